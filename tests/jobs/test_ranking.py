"""Which of several verified rewrites is the best one."""

import pytest

from speedproof.core.report import Trial
from speedproof.core.target import Candidate
from speedproof.core.verdict import Speedup, Status, Verdict
from speedproof.jobs.ranking import ranked

BEFORE = "a\nb\nc\n"


def trial(name: str, low: float, n_lines: int, status: Status = Status.VERIFIED) -> Trial:
    text = BEFORE + "".join(f"more {number}\n" for number in range(n_lines))
    return Trial(Candidate(text, "model", (name,)), Verdict(status, "", speedup=Speedup(2 * low, low, 3 * low)))


@pytest.mark.parametrize(
    ("trials", "order"),
    [
        ([], ""),
        ([("a", 1.2, 1), ("b", 1.5, 9)], "ba"),
        ([("a", 1.47, 1), ("b", 1.5, 9)], "ab"),
        ([("a", 1.5, 1), ("b", 1.47, 9)], "ab"),
        ([("a", 1.40, 1), ("b", 1.45, 2), ("c", 1.5, 3)], "bca"),
    ],
)
def test_the_surer_gain_comes_first_and_of_equal_ones_the_smaller_change(
    trials: list[tuple[str, float, int]], order: str
) -> None:
    assert "".join(each.candidate.title for each in ranked(BEFORE, [trial(*each) for each in trials])) == order


def test_only_what_is_verified_counts() -> None:
    assert ranked(BEFORE, [trial("a", 9.0, 1, Status.NOT_FASTER)]) == []
