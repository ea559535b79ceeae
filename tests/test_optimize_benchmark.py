"""What `bench/optimize.py` makes of results."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from speedproof.core.report import FunctionResult, Trial
from speedproof.core.target import Candidate
from speedproof.core.verdict import Speedup, Status, Verdict

BENCH = Path(__file__).resolve().parents[1] / "bench"


@pytest.fixture
def optimize(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("optimize")


def trial(name: str, origin: str, speedup: float = 0.0) -> Trial:
    verdict = Verdict(Status.DIFFERS, "")
    if speedup:
        verdict = Verdict(Status.VERIFIED, "", speedup=Speedup(speedup, speedup - 0.1, speedup + 0.1))
    return Trial(Candidate(name, origin, (name,)), verdict)


def tried(module: ModuleType, trials: list[Trial], wrong: Mapping[str, str] = {}, n_unusable: int = 0) -> object:
    verdict = Verdict(Status.VERIFIED, "")
    return module.Tried(
        None, FunctionResult(Path("a.py"), "f", "", verdict, None, tuple(trials)), 1.0, wrong, n_unusable
    )


def test_the_figures_of_rules_alone_and_with_answers(optimize: ModuleType) -> None:
    found = [
        tried(optimize, [trial("a", "rule", 2.0), trial("b", "rule"), trial("c", "model", 8.0)], {"b": "wrong"}, 1),
        tried(optimize, [trial("d", "ruff", 1.05)]),
    ]
    figures = optimize._figures(found)
    assert (figures["rules_candidates"], figures["both_candidates"]) == (3, 5)
    assert (figures["rules_correct"], figures["both_correct"]) == (pytest.approx(2 / 3), pytest.approx(3 / 5))
    assert (figures["rules_opt"], figures["both_opt"]) == (0.5, 0.5)
    assert figures["rules_mean"] == pytest.approx((2 + 1.05) / 2)
    assert figures["both_geometric_mean"] == pytest.approx((8 * 1.05) ** 0.5)
    # The best of one of 8, 2, 1 and 1 is their mean; of the second function there is only one.
    assert figures["both_best_at_1"] == pytest.approx((3 + 1.05) / 2)
    assert figures["both_best_at_8"] == pytest.approx((8 + 1.05) / 2)
    assert figures["wrong_surfaced"] == 0
