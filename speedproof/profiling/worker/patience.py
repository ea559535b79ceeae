"""How long the search for inputs waits: for the machine, for objects of the project's, and in silence."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator
from typing import Any

from .alarm import TimeUp, alarm

MAKING_SECONDS = 0.5
PATIENCE = 8
"""So much more real time than processor time may pass; a machine that is busier makes the search poorer."""


class Clock:
    """Processor time, so that a busy machine does not make the search poorer; a bound on real time, too."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.process_time() + seconds
        now = time.monotonic()
        self.ends_at_first, self.ends_at_last = now + seconds, now + PATIENCE * seconds

    def is_over(self) -> bool:
        # To ask for processor time may cost more than a call; no more of it passes than of real time.
        now = time.monotonic()
        if now < self.ends_at_first:
            return False
        left = self.ends - time.process_time()
        self.ends_at_first = now + left
        return left < 0 or now > self.ends_at_last


def patiently(calls: Iterator[Any]) -> Iterator[Any]:
    """Up to the first that takes too long to be made: by methods of the project's, which may have no end."""
    while True:
        try:
            with alarm(MAKING_SECONDS):
                call = next(calls, None)
        except TimeUp:
            return
        if call is None:
            return
        yield call


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
