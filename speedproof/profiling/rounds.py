"""What one pair of processes showed under the clock. Pure data and arithmetic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from speedproof.profiling.statistics import robust_deviation

BUSY_SHARE = 0.7
"""A call that gives up its processor and still computes for this share of its time is not waiting for anything."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Calls with one input, one after the other: seconds per call by both clocks."""

    cpu: float
    wall: float
    switched: bool
    """Whether every call gave up the processor by itself."""

    @property
    def blocks(self) -> bool:
        return self.switched and self.cpu < BUSY_SHARE * self.wall


@dataclass(frozen=True, slots=True)
class Pair:
    """One batch of each side with the same input, measured right after each other."""

    baseline: Batch
    candidate: Batch


@dataclass(frozen=True, slots=True)
class Round:
    """The pairs of each input, in the order of the inputs. What takes long is measured more often than the rest.

    A pass is one pair of each input; of those that have fewer pairs the same ones serve again and again.
    """

    pairs: Sequence[Sequence[Pair]]
    waited: float = 0.0
    """Seconds until a core was free to measure on."""

    @property
    def blocks(self) -> bool:
        """Whether some input makes either side wait, most times: then CPU time would not see all of it."""
        return any(
            2 * sum(side.blocks for side in sides) > len(sides)
            for pairs in self.pairs
            for sides in ([pair.baseline for pair in pairs], [pair.candidate for pair in pairs])
        )

    def ratio(self, indices: Sequence[int], clock: str) -> float:
        """The round's log ratio over these inputs together: the median of its passes."""
        return median(self.pass_ratios(indices, clock))

    def error(self, indices: Sequence[int], clock: str) -> float:
        """The standard error of `ratio` as far as the passes show it."""
        ratios = self.pass_ratios(indices, clock)
        return math.sqrt(math.pi / 2 / len(ratios)) * robust_deviation(ratios)

    def pass_ratios(self, indices: Sequence[int], clock: str) -> list[float]:
        return [math.log(baseline / candidate) for baseline, candidate in self._passes(indices, clock)]

    def seconds(self, indices: Sequence[int], clock: str) -> tuple[float, float]:
        """What one call of each of these inputs takes together on either side: the median of the passes."""
        baseline, candidate = zip(*self._passes(indices, clock), strict=True)
        return median(baseline), median(candidate)

    def _passes(self, indices: Sequence[int], clock: str) -> list[tuple[float, float]]:
        """Seconds of the baseline and of the candidate in each pass.

        By wall time there is only one, of the shortest batches: other processes make it longer, and nothing shorter.
        """
        chosen = [self.pairs[index] for index in indices]
        if clock == "wall":
            baseline = sum(min(pair.baseline.wall for pair in pairs) for pairs in chosen)
            return [(baseline, sum(min(pair.candidate.wall for pair in pairs) for pairs in chosen))]
        passes = [
            [pairs[number % len(pairs)] for pairs in chosen] for number in range(max(len(pairs) for pairs in chosen))
        ]
        return [(sum(pair.baseline.cpu for pair in one), sum(pair.candidate.cpu for pair in one)) for one in passes]
