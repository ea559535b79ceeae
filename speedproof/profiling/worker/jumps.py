"""Which way a call takes through the code, told as the jumps between its instructions."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator
from typing import Any

MAX_EVENTS = 4000
"""So many instructions of a call are followed; a long loop shows nothing new after that."""


@contextlib.contextmanager
def followed(filename: str, features: set[Any]) -> Iterator[None]:
    """Adds to `features` each jump between instructions of code in `filename`, with the rough number of its turns."""
    turns: dict[tuple[int, int, int], int] = {}
    events = 0

    def on_call(frame: types.FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename != filename:
            return None
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        identity, last = id(frame.f_code), -1

        def on_instruction(frame: types.FrameType, event: str, _argument: Any) -> Any:
            nonlocal events, last
            if event == "opcode":
                place = frame.f_lasti
                jump = identity, last, place
                turns[jump] = turns.get(jump, 0) + 1
                last = place
                events += 1
                if events > MAX_EVENTS:
                    sys.settrace(None)
                    frame.f_trace_opcodes = False
                    return None
            return on_instruction

        return on_instruction

    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(None)
        features.update((jump, min(count.bit_length(), 5)) for jump, count in turns.items())
