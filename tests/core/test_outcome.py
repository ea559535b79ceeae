"""What a verdict means for a change that is there already."""

import pytest

from speedproof.core.report import Outcome
from speedproof.core.verdict import Counterexample, Evidence, InputTime, Speedup, Status, Verdict


@pytest.mark.parametrize(
    ("status", "speedup", "noise", "expected"),
    [
        (Status.VERIFIED, (2.0, 1.9, 2.1), None, Outcome.FASTER),
        (Status.NOT_FASTER, (1.02, 0.99, 1.05), None, Outcome.SAME),
        (Status.NOT_FASTER, (1.4, 0.7, 2.8), None, Outcome.SAME),
        (Status.NOT_FASTER, None, None, Outcome.SAME),
        (Status.NOT_FASTER, (0.5, 0.4, 0.6), None, Outcome.SLOWER),
        (Status.NOT_FASTER, (0.97, 0.96, 0.98), None, Outcome.SAME),
        (Status.NOT_FASTER, (0.9, 0.7, 1.1), None, Outcome.SAME),
        (Status.NOT_FASTER, (0.9, 0.85, 0.95), 1.05, Outcome.SLOWER),
        (Status.NOT_FASTER, (0.9, 0.85, 0.95), 1.2, Outcome.SAME),
        (Status.UNVERIFIABLE, (1.3, 0.8, 1.9), 1.3, Outcome.SAME),
        (Status.UNVERIFIABLE, None, None, Outcome.UNVERIFIABLE),
        (Status.DIFFERS, None, None, Outcome.DIFFERS),
        (Status.DIFFERS, (2.0, 1.9, 2.1), None, Outcome.DIFFERS),
        (Status.CRASHED, None, None, Outcome.UNVERIFIABLE),
        (Status.TIMED_OUT, None, None, Outcome.UNVERIFIABLE),
    ],
)
def test_of_each_verdict(
    status: Status, speedup: tuple[float, float, float] | None, noise: float | None, expected: Outcome
) -> None:
    verdict = Verdict(status, "", Evidence(noise=noise), None if speedup is None else Speedup(*speedup))
    assert Outcome.of(verdict) is expected


@pytest.mark.parametrize(
    ("status", "expected"), [(Status.CRASHED, Outcome.CRASHED), (Status.TIMED_OUT, Outcome.TIMED_OUT)]
)
def test_with_an_input_that_shows_it(status: Status, expected: Outcome) -> None:
    assert Outcome.of(Verdict(status, "", counterexample=Counterexample("f(1)", "outcome", "1", "died"))) is expected


@pytest.mark.parametrize(
    ("recorded", "scaled", "low", "expected"),
    [
        ((1.0, 3.0), (90.0, 30.0), 1.4, Outcome.SLOWER),
        ((1.0, 3.0), (90.0, 30.0), 0.7, Outcome.SAME),  # where all is noise, these figures are, too
        ((1.0, 1.1), (90.0, 30.0), 1.4, Outcome.SAME),
        ((1.0, 0.5), (30.0, 90.0), 1.4, Outcome.SAME),
    ],
)
def test_what_real_use_loses_counts(
    recorded: tuple[float, float], scaled: tuple[float, float], low: float, expected: Outcome
) -> None:
    per_input = tuple(
        InputTime("f(1)", origin, before, after, before / after, 9)
        for origin, (before, after) in (("recorded", recorded), ("scaled", scaled))
    )
    verdict = Verdict(Status.NOT_FASTER, "", Evidence(per_input=per_input), Speedup(1.5, low, 1.6))
    assert Outcome.of(verdict) is expected
