"""Where in a function the time of one call goes, line by line: how often each line runs, and for how long.

What a line calls counts for the line, unless that is code of the function itself. To trace makes everything slower,
lines that do little most of all: the shares say where to look, and nothing about how fast the code is.
"""

from __future__ import annotations

import time
import types
from typing import Any, Callable

from .lines import run_traced, with_nested

MAX_EVENTS = 1_000_000
"""What comes after that many lines is not looked at."""


def line_times(code: types.CodeType, work: Callable[[], Any]) -> dict[int, list[Any]]:
    """Line → [how often it ran, seconds], of the first MAX_EVENTS lines that `work()` runs in `code`."""
    found: dict[int, list[Any]] = {}
    codes = with_nested(code)
    now = time.perf_counter
    current, since, events = 0, 0.0, 0

    def on_event(frame: types.FrameType, event: str, _: Any) -> Any:
        nonlocal current, since, events
        if current:
            found[current][1] += now() - since
        events += 1
        if events > MAX_EVENTS:
            current = 0
            return None
        if event == "line":
            current = frame.f_lineno
            found.setdefault(current, [0, 0.0])[0] += 1
        elif event == "return":  # back in the line that called it, if that is one of ours
            caller = frame.f_back
            current = caller.f_lineno if caller is not None and caller.f_code in codes else 0
            if current:
                found.setdefault(current, [0, 0.0])
        since = now()
        return on_event

    def on_call(frame: types.FrameType, event: str, value: Any) -> Any:
        return on_event(frame, event, value) if frame.f_code in codes else None

    run_traced(on_call, work)
    return found
