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

    def seconds(self, clock: str) -> float:
        return self.wall if clock == "wall" else self.cpu

    @property
    def blocks(self) -> bool:
        return self.switched and self.cpu < BUSY_SHARE * self.wall


Side = int
BASELINE, CANDIDATE = 0, 1


@dataclass(frozen=True, slots=True)
class Round:
    """Of every pass the batches of the baseline and of the candidate, one per input in the order of the inputs."""

    passes: Sequence[tuple[Sequence[Batch], Sequence[Batch]]]

    @property
    def blocks(self) -> bool:
        """Whether some input makes either side wait, in most passes: then CPU time would not see all of it."""
        n_inputs = len(self.passes[0][BASELINE])
        return any(
            2 * sum(one[side][index].blocks for one in self.passes) > len(self.passes)
            for side in (BASELINE, CANDIDATE)
            for index in range(n_inputs)
        )

    def ratio(self, indices: Sequence[int], clock: str) -> float:
        """The round's log ratio over these inputs together: the median of its passes."""
        return median(self.pass_ratios(indices, clock))

    def error(self, indices: Sequence[int], clock: str) -> float:
        """The standard error of `ratio` as far as the passes show it."""
        ratios = self.pass_ratios(indices, clock)
        return math.sqrt(math.pi / 2 / len(ratios)) * robust_deviation(ratios)

    def pass_ratios(self, indices: Sequence[int], clock: str) -> list[float]:
        return [
            math.log(_total(baseline, indices, clock) / _total(candidate, indices, clock))
            for baseline, candidate in self.passes
        ]

    def seconds(self, side: Side, indices: Sequence[int], clock: str) -> float:
        """What one call of each of these inputs takes together: the median of the passes."""
        return median(_total(one[side], indices, clock) for one in self.passes)


def _total(batches: Sequence[Batch], indices: Sequence[int], clock: str) -> float:
    return sum(batches[index].seconds(clock) for index in indices)
