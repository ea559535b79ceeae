"""The arithmetic of "faster", against worked values and on simulated noise."""

import math
import random

import pytest

from speedproof.profiling.statistics import (
    MAX_ROUNDS,
    MIN_ROUNDS,
    Decision,
    combine,
    decide,
    median_interval,
)


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [(1, 0, 0), (3, 0, 2), (6, 0, 5), (9, 1, 7), (12, 2, 9), (20, 5, 14)],
)
def test_the_interval_of_the_median_is_the_sign_tests(n: int, low: int, high: int) -> None:
    interval = median_interval([float(value) for value in range(n)])
    assert (interval.low, interval.high) == (low, high)
    assert interval.mid == (n - 1) / 2


def test_an_interval_is_never_narrower_than_the_spread_of_few_processes() -> None:
    rounds = [[0.1] * 10, [0.2] * 10, [0.3] * 10]
    interval = combine(rounds)
    assert (interval.low, interval.mid, interval.high) == (0.1, 0.2, 0.3)


def simulated(effect: float, rng: random.Random) -> tuple[Decision, int]:
    """Rounds as they are measured here: a process is off by 1 %, now and then by 20 %, a pass by another 2 %."""
    rounds: list[list[float]] = []
    while True:
        bias = rng.gauss(0, 0.2 if rng.random() < 0.02 else 0.01)
        rounds.append([math.log(effect) + bias + rng.gauss(0, 0.02) for _ in range(12)])
        decision, _ = decide(rounds, 1.05)
        if decision is not Decision.UNDECIDED:
            return decision, len(rounds)


def test_identical_code_is_not_called_faster() -> None:
    rng = random.Random(1)
    assert not any(simulated(1.0, rng)[0] is Decision.FASTER for _ in range(2000))


@pytest.mark.parametrize(("effect", "least"), [(1.10, 0.90), (1.30, 0.99), (3.0, 0.99)])
def test_true_effects_are_found(effect: float, least: float) -> None:
    rng = random.Random(2)
    found = sum(simulated(effect, rng)[0] is Decision.FASTER for _ in range(500))
    assert found / 500 >= least


def test_the_number_of_rounds_is_bounded() -> None:
    rng = random.Random(3)
    counts = [simulated(1.04, rng)[1] for _ in range(200)]
    assert MIN_ROUNDS <= min(counts) <= max(counts) <= MAX_ROUNDS
