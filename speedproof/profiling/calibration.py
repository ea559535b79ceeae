"""How far identical code differs on this machine now: the original against itself, in the same kind of rounds.

Without it, "1.08× faster" on a laptop that compiles something beside is a guess. It is kept in memory only: what
matters is the noise of this minute, and an old figure of a quiet machine would do harm.
"""

import time
from collections import deque
from dataclasses import dataclass, field

from speedproof.profiling.statistics import QUIET_NOISE, robust_deviation

ENOUGH_ROUNDS = 3
REMEMBERED_ROUNDS = 24
RECENT_SECONDS = 120.0


@dataclass(slots=True)
class Noise:
    """Log ratios of identical code, with the time (monotonic) at which each was measured; of one machine."""

    rounds: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_ROUNDS))

    def add(self, ratio: float) -> None:
        self.rounds.append((time.monotonic(), ratio))

    def recent(self) -> list[float]:
        since = time.monotonic() - RECENT_SECONDS
        return [ratio for when, ratio in self.rounds if when >= since]

    @property
    def known(self) -> bool:
        return len(self.recent()) >= ENOUGH_ROUNDS

    @property
    def level(self) -> float:
        """The standard deviation of a round's log ratio for identical code; what a quiet machine has where unknown."""
        return max(QUIET_NOISE, robust_deviation(self.recent(), 0.0))

    @property
    def extent(self) -> float:
        """The log ratio that identical code has reached lately, in either direction, single outliers aside."""
        return min(2 * self.level, max((abs(ratio) for ratio in self.recent()), default=0.0))


@dataclass(slots=True)
class Clock:
    """What the timing of all candidates for one function shares."""

    noise: Noise = field(default_factory=Noise)
    attempts: int = 0
    """How many candidates have been timed: each further one has to be surer, see `statistics.error_share`."""
    timed: set[int] = field(default_factory=set)
    """The places of the inputs that have been timed; a confirmation takes others where it can."""
    look_seconds: dict[int, float] = field(default_factory=dict)
    """Place of an input → how long it takes to look at its result."""
    sizes: dict[int, int | None] = field(default_factory=dict)
    """Place of an input → its size, see `InputTime.size`."""
