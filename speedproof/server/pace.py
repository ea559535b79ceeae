"""How long to wait for a pause in typing before a model is asked."""

from collections import deque
from statistics import median

BURST_SECONDS = 1.0
"""A longer time between two keystrokes is a pause, and says nothing about how fast somebody types."""
N_INTERVALS = 8
PATIENCE = 1.5
"""Who has not typed for so many of their usual intervals has paused."""


class Pace:
    """Of one document's typing. Somebody who begins, or types slowly, waits for nothing."""

    def __init__(self) -> None:
        self._intervals: deque[float] = deque(maxlen=N_INTERVALS)
        self._last: float | None = None

    def delay(self, now: float, latency: float, limit: float) -> float:
        """Seconds to wait at this keystroke, at most `limit`; `latency` is what a completion usually takes.

        While the model works the user may go on as well: what that takes has not to be waited for in addition.
        """
        if self._last is not None and now - self._last < BURST_SECONDS:
            self._intervals.append(now - self._last)
            wait = PATIENCE * median(self._intervals) - latency
        else:
            wait = 0.0
        self._last = now
        return min(max(wait, 0.0), limit)
