"""Which of several verified rewrites is the best one."""

import difflib
from collections.abc import Iterable
from functools import lru_cache

from speedproof.core.report import Trial

SAME_GAIN = 0.95
"""Of the largest lower bound: what has so much of it is as fast, as far as anybody can tell."""


def ranked(before: str, trials: Iterable[Trial]) -> list[Trial]:
    """Those that are verified, the best first: by what they gain for certain, and where that is the same, by how little
    of the text `before` they change.
    """
    left = sorted((trial for trial in trials if trial.verdict.verified), key=gain, reverse=True)
    order = []
    while left:
        equal = [trial for trial in left if gain(trial) >= SAME_GAIN * gain(left[0])]
        order.append(min(equal, key=lambda trial: n_changed(before, trial.candidate.text)))
        left.remove(order[-1])
    return order


def gain(trial: Trial) -> float:
    """The lower bound of the speedup."""
    return trial.verdict.speedup.low if trial.verdict.speedup is not None else 0.0


@lru_cache(maxsize=64)
def n_changed(before: str, after: str) -> int:
    """Lines that one has and the other has not."""
    lines = list(difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm=""))
    return sum(line[:1] in "+-" for line in lines[2:])  # without the names of the files
