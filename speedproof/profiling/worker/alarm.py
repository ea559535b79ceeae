"""A bound on how long a piece of Python code runs, where the platform can interrupt it."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
import types
from collections.abc import Iterator
from typing import Optional


class TimeUp(BaseException):
    """The time for the code in an `alarm` block is over. Not an Exception, so that the code does not swallow it."""


@contextlib.contextmanager
def alarm(seconds: float, again: Optional[float] = None) -> Iterator[None]:
    """Raises TimeUp in the block after `seconds` (> 0) of real time, and again every so often until the block ends.

    Without effect where there are no timers, or outside the main thread. While a block is inside another, the outer
    one's time runs on, but its alarm waits for the end of the inner one.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signum: int, frame: Optional[types.FrameType]) -> None:
        if frame is None or frame.f_code not in _OURS:
            raise TimeUp

    handler = signal.signal(signal.SIGALRM, ring)
    start = time.monotonic()
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, seconds if again is None else again)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - start)), interval)


# Where an alarm must not strike: on the way out of a block it would leave the timer running.
_OURS = (
    alarm.__wrapped__.__code__,  # type: ignore[attr-defined]
    contextlib._GeneratorContextManager.__exit__.__code__,
    contextlib._GeneratorContextManager.__enter__.__code__,
)
