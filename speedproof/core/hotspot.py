"""Where a program spends its time, function by function."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FunctionTime:
    """The calls of one function in one run of a workload. Times are in seconds."""

    path: Path
    line: int
    """Of its definition, or of the first decorator (`co_firstlineno`)."""
    name: str
    n_calls: int
    own_seconds: float
    """In its own lines and in built-in functions that they call: what another body could save."""
    seconds: float
    """With all that it calls."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One run of a workload."""

    workload: str
    """As the user names it, or where the figures were read from."""
    seconds: float
    functions: tuple[FunctionTime, ...]
    problem: str = ""
    """Why it did not end well: its last words. What was seen until then still counts."""


@dataclass(frozen=True, slots=True)
class Hotspot:
    """What one target takes of a workload, as shares of the whole, 0 to 1."""

    n_calls: int
    own_share: float
    share: float

    def saved_by(self, speedup: float) -> float:
        """The share of the workload's time that a function which is `speedup` times faster saves (Amdahl)."""
        return self.share * (1 - 1 / speedup) if speedup > 0 else 0.0
