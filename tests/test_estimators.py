"""The estimators of benchmarks, against values worked out by hand and against all choices one by one."""

import sys
from itertools import combinations
from pathlib import Path
from statistics import mean

import pytest

sys.path.append(str(Path(__file__).parents[1] / "bench"))
from _estimators import eff_at


@pytest.mark.parametrize(
    ("k", "scores", "expected"),
    [
        (1, [0.0, 1.0], 0.5),
        (2, [0.0, 1.0], 1.0),
        (1, [0.4], 0.4),
        (2, [0.9, 0.2, 0.5], (0.5 + 0.9 + 0.9) / 3),
        (2, [0.0, 0.0, 0.0, 0.8], 0.4),
        (3, [0.0, 0.6, 0.3, 0.6], 0.6),
    ],
)
def test_eff_at_k_by_hand(k: int, scores: list[float], expected: float) -> None:
    assert eff_at(k, scores) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 2, 3, 5, 8])
def test_eff_at_k_is_the_mean_of_the_best_of_all_choices(k: int) -> None:
    scores = [0.0, 0.3, 0.1, 0.9, 0.9, 0.2, 0.0, 0.55]
    assert eff_at(k, scores) == pytest.approx(mean(max(chosen) for chosen in combinations(scores, k)))


def test_many_samples_need_no_large_numbers() -> None:
    assert eff_at(100, [1.0] * 5_000 + [0.0] * 5_000) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="the best of 3 out of 2 samples"):
        eff_at(3, [1.0, 0.0])
