"""The arithmetic of "faster", pure functions. Logarithms of ratios baseline / candidate make 2× and 0.5× symmetric.

Medians with order-statistic intervals: they need no assumption about the noise and no library. Why several fresh
processes matter more than long measurement: a process is off by about 1 % for all its life, and now and then by 20 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from speedproof.core.verdict import Speedup

MIN_ROUNDS = 3
MAX_ROUNDS = 9
FLOOR = 1.02
"""The interval's lower end must clear this: below it, differences between identical code are common."""
FUTILE_ROUNDS, FUTILE_ESTIMATE = 5, 1.03
"""By then an effect worth showing shows; what is below is not worth the time of more rounds."""
HOPELESS_ESTIMATE = 1.01
HOPELESS_HIGH = 1.03


class Decision(StrEnum):
    FASTER = "faster"
    NOT_FASTER = "not faster"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Interval:
    """Of log ratios."""

    low: float
    mid: float
    high: float

    def speedup(self) -> Speedup:
        return Speedup(math.exp(self.mid), math.exp(self.low), math.exp(self.high))


def decide(rounds: Sequence[Sequence[float]], min_speedup: float) -> tuple[Decision, Interval]:
    """What the rounds measured so far say. Each round is one pair of fresh processes: its paired log ratios.

    `min_speedup` is the smallest estimate that counts. Stops early both ways, from MIN_ROUNDS on.
    """
    interval = combine(rounds)
    if len(rounds) < MIN_ROUNDS:
        return Decision.UNDECIDED, interval
    if interval.low > math.log(FLOOR) and interval.mid >= math.log(min_speedup):
        return Decision.FASTER, interval
    if len(rounds) >= FUTILE_ROUNDS and interval.mid < math.log(FUTILE_ESTIMATE):
        return Decision.NOT_FASTER, interval
    hopeless = interval.mid < math.log(HOPELESS_ESTIMATE) or interval.high < math.log(HOPELESS_HIGH)
    if hopeless or len(rounds) >= MAX_ROUNDS:
        return Decision.NOT_FASTER, interval
    return Decision.UNDECIDED, interval


def combine(rounds: Sequence[Sequence[float]]) -> Interval:
    """One interval for all rounds, no narrower than the spread between processes.

    Within a round the median's own interval; between rounds the order statistics of the round medians. The wider wins.
    """
    within = [median_interval(samples) for samples in rounds]
    between = median_interval([interval.mid for interval in within])
    return Interval(
        low=min(between.low, median(interval.low for interval in within)),
        mid=between.mid,
        high=max(between.high, median(interval.high for interval in within)),
    )


def median_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """The median with its order-statistic (sign test) interval; with too few values, their whole range.

    Raises ValueError on no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = _outer_rank(len(ordered), confidence)
    return Interval(ordered[rank], median(ordered), ordered[-1 - rank])


def _outer_rank(n: int, confidence: float) -> int:
    """The largest r for which the r-th smallest to the r-th largest value (from 0) cover with `confidence`."""
    tail, rank = 0.0, 0
    for k in range(n // 2):
        tail += math.comb(n, k) / 2**n  # P(at most k of n values lie below the median)
        if 2 * tail > 1 - confidence:
            break
        rank = k
    return rank
