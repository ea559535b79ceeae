"""The arithmetic of "faster", pure functions. Logarithms of ratios baseline / candidate make 2× and 0.5× symmetric.

A round is one pair of fresh processes and gives one number, the median over its passes. A process is off by about 1 %
for all its life, and now and then by 20 %, however long it is measured: so what decides is how many rounds there are
and how far they lie apart, not how many passes a round has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from statistics import NormalDist, median

from speedproof.core.verdict import Speedup

MIN_ROUNDS = 3
MAX_ROUNDS = 18
MAX_ROUNDS_AHEAD = 48
"""For what is faster with 95 % confidence by MAX_ROUNDS, and by enough: identical code hardly ever gets there."""
LATER_SHARE = 0.25
"""Of the error, for each look after the first one: there are up to fifteen, all on much the same rounds."""
FLOOR = 1.02
"""The lower bound must clear this: below it, differences between identical code are common."""
SYSTEMATIC_SHARE = 0.4
"""Of what rounds differ by, as much as may lean one way in all rounds of a function: no number of rounds averages that
out, so the lower bound must clear it, too. It is more than FLOOR where rounds differ by more than 5 %."""
QUIET_NOISE = 0.01
"""Standard deviation of a round's log ratio for identical code on a quiet machine; nothing is assumed to do better."""
ERROR = 0.005
"""How often one function may get a candidate called faster that is not, all of its candidates together."""
OTHER_TIMES = 2.0
"""Where rounds differ by so much more than identical code did, the machine is no longer what it was."""
SHOWN = 0.95
CLEARLY_SLOWER = 0.85
"""What is below that in each of two process pairs needs no third."""
FUTILE_ESTIMATES = {3: 1.01, 4: 1.015, 5: 1.025, 6: 1.03, 7: 1.035, 9: 1.04, 11: 1.05}
"""From so many rounds on, what is below is not worth the time of more: an effect worth showing shows by then."""
_MEDIAN_FACTOR = math.sqrt(math.pi / 2)
"""The standard error of a median over that of a mean."""
_MAD_FACTORS = {2: 1.196, 3: 1.495, 4: 1.363, 5: 1.206, 6: 1.200, 7: 1.140, 8: 1.129, 9: 1.107}
"""What the median absolute deviation of few values lacks (Croux and Rousseeuw 1992)."""


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


def decide(
    rounds: Sequence[float],
    min_speedup: float,
    *,
    floor: float = QUIET_NOISE,
    identical: Sequence[float] = (),
    error: float = ERROR,
) -> Decision:
    """What the rounds measured so far say; `rounds` are their log ratios.

    `min_speedup` is the smallest estimate that counts, `floor` and `identical` are as in `combine`, `error` is the
    chance of calling identical code faster. Stops early both ways.
    """
    spent = error if len(rounds) <= MIN_ROUNDS else error * LATER_SHARE
    strict = combine(rounds, floor=floor, identical=identical, confidence=1 - 2 * spent)
    if len(rounds) < MIN_ROUNDS:
        slower = len(rounds) > 1 and max(rounds) < math.log(CLEARLY_SLOWER)
        return Decision.NOT_FASTER if slower else Decision.UNDECIDED
    leaning = SYSTEMATIC_SHARE * _noise(rounds, identical)[0]
    if strict.low > max(math.log(FLOOR), leaning) and strict.mid >= math.log(min_speedup):
        return Decision.FASTER
    futile = max(estimate for count, estimate in FUTILE_ESTIMATES.items() if count <= len(rounds))
    shown = combine(rounds, floor=floor, identical=identical)
    hopeless = strict.mid < math.log(futile) or shown.high < math.log(min_speedup)
    is_ahead = shown.low > 0.0 and shown.mid >= math.log(min_speedup)
    most = MAX_ROUNDS_AHEAD if is_ahead else MAX_ROUNDS
    return Decision.NOT_FASTER if hopeless or len(rounds) >= most else Decision.UNDECIDED


def error_share(attempt: int) -> float:
    """The part of ERROR that the `attempt`-th candidate of a function, from 1, may spend. All parts add up to ERROR."""
    return ERROR / (attempt * (attempt + 1))


def combine(
    rounds: Sequence[float],
    *,
    floor: float = QUIET_NOISE,
    identical: Sequence[float] = (),
    confidence: float = SHOWN,
) -> Interval:
    """The median of the rounds with an interval: no narrower than their order statistics, nor than noise explains.

    `floor` is the standard deviation of a round's log ratio that is taken for granted, `identical` are the log ratios
    of rounds with identical code on this machine now. What the rounds themselves differ by counts as what it is, an
    estimate from a few values: three that happen to lie close together are no proof of a quiet machine.

    Raises ValueError on no rounds.
    """
    ordered = median_interval(rounds)
    upper = (1 + confidence) / 2
    half = NormalDist().inv_cdf(upper) * floor
    deviation, degrees = _noise(rounds, identical)
    if deviation > QUIET_NOISE:
        half = max(half, student_quantile(upper, degrees) * deviation)
    half *= _MEDIAN_FACTOR / math.sqrt(len(rounds))
    return Interval(min(ordered.low, ordered.mid - half), ordered.mid, max(ordered.high, ordered.mid + half))


def _noise(rounds: Sequence[float], identical: Sequence[float]) -> tuple[float, int]:
    """The standard deviation of a round, and from how many values it is known beyond the first."""
    center, degrees = median(rounds), len(rounds) - 1
    own = math.sqrt(sum((ratio - center) ** 2 for ratio in rounds) / max(1, degrees))
    others = robust_deviation(identical, 0.0)
    if not identical or (own > QUIET_NOISE and own > OTHER_TIMES * others):
        return own, max(1, degrees)
    pooled = degrees * own**2 + len(identical) * others**2
    return math.sqrt(pooled / (degrees + len(identical))), degrees + len(identical)


@cache
def student_quantile(probability: float, degrees: int) -> float:
    """Of Student's t distribution, for 0.5 < probability < 1; by its finite series (Abramowitz and Stegun, 26.7)."""
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        low, high = (angle, high) if _student_share(angle, degrees) < 2 * probability - 1 else (low, angle)
    return math.tan(low) * math.sqrt(degrees)


def _student_share(angle: float, degrees: int) -> float:
    """How much of the distribution lies within ±tan(angle)·√degrees."""
    sine, cosine = math.sin(angle), math.cos(angle)
    term, total = (cosine, 0.0) if degrees % 2 else (1.0, 0.0)
    for power in range(1 + degrees % 2, degrees, 2):
        total += term
        term *= cosine**2 * power / (power + 1)
    return (angle + sine * total) * 2 / math.pi if degrees % 2 else sine * total


def robust_deviation(values: Sequence[float], center: float | None = None) -> float:
    """The standard deviation that the median absolute deviation suggests; 0.0 of a single value around itself."""
    if not values:
        return 0.0
    center = median(values) if center is None else center
    n = len(values)
    small = _MAD_FACTORS.get(n, n / (n - 0.8))
    return 1.4826 * small * median(abs(value - center) for value in values)


def median_interval(values: Sequence[float], confidence: float = SHOWN) -> Interval:
    """The median with its order-statistic (sign test) interval; with too few values, their whole range.

    Raises ValueError on no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = _outer_rank(len(ordered), confidence)
    return Interval(ordered[rank], median(ordered), ordered[-1 - rank])


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """The Theil-Sen slope: the median over all pairs. None where no two points differ in their first coordinate."""
    slopes = [
        (y2 - y1) / (x2 - x1) for place, (x1, y1) in enumerate(points) for x2, y2 in points[place + 1 :] if x1 != x2
    ]
    return median(slopes) if slopes else None


@cache
def _outer_rank(n: int, confidence: float) -> int:
    """The largest r for which the r-th smallest to the r-th largest value (from 0) cover with `confidence`."""
    tail, rank = 0.0, 0
    for k in range(n // 2):
        tail += math.comb(n, k) / 2**n  # P(at most k of n values lie below the median)
        if 2 * tail > 1 - confidence:
            break
        rank = k
    return rank
