"""Which lines of a function its inputs reach. Costs little: a line that was seen is not looked at again."""

from __future__ import annotations

import sys
import types
from typing import Any, Callable


def executable_lines(code: types.CodeType) -> set[int]:
    """Lines with instructions, nested functions and comprehensions included, the `def` line excluded."""
    own = {line for line in _lines(code) if line is not None}
    own.discard(code.co_firstlineno)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            own |= executable_lines(constant)
    return own


class Lines:
    """The executable lines of one function, and those that were seen to run; without those in `excused`."""

    def __init__(self, code: types.CodeType, excused: frozenset[int] = frozenset()) -> None:
        self.executable = executable_lines(code) - excused
        self.hit: set[int] = set()
        self._codes = with_nested(code)

    def watch(self, work: Callable[[], Any]) -> None:
        """Runs `work()`; costs nothing more once every line has been seen."""
        if self.executable <= self.hit:
            work()
        elif sys.version_info >= (3, 12):
            _monitored(self._codes, self.hit, work)
        else:
            _settrace({code: executable_lines(code) - self.hit for code in self._codes}, self.hit, work)
        self.hit &= self.executable


def with_nested(code: types.CodeType) -> set[types.CodeType]:
    found = {code}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= with_nested(constant)
    return found


def _lines(code: types.CodeType) -> list[Any]:
    if hasattr(code, "co_lines"):
        return [line for _, _, line in code.co_lines()]
    import dis

    return [line for _, line in dis.findlinestarts(code)]


def _monitored(codes: set[types.CodeType], hit: set[int], work: Callable[[], Any]) -> None:
    monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    tool = monitoring.COVERAGE_ID

    def on_line(code: types.CodeType, line: int) -> Any:
        hit.add(line)
        return monitoring.DISABLE

    monitoring.use_tool_id(tool, "speedproof")
    try:
        monitoring.register_callback(tool, monitoring.events.LINE, on_line)
        for code in codes:
            monitoring.set_local_events(tool, code, monitoring.events.LINE)
        work()
    finally:
        for code in codes:
            monitoring.set_local_events(tool, code, 0)
        monitoring.free_tool_id(tool)


def _settrace(missing: dict[types.CodeType, set[int]], hit: set[int], work: Callable[[], Any]) -> None:
    remaining = {id(code): lines for code, lines in missing.items() if lines}

    def local(frame: types.FrameType, event: str, _: Any) -> Any:
        if event == "line":
            hit.add(frame.f_lineno)
            lines = remaining[id(frame.f_code)]
            lines.discard(frame.f_lineno)
            if not lines:
                return None
        return local

    def on_call(frame: types.FrameType, event: str, _: Any) -> Any:
        if not remaining.get(id(frame.f_code)):
            return None
        hit.add(frame.f_lineno)
        return local

    run_traced(on_call, work)


def run_traced(on_call: Callable[[types.FrameType, str, Any], Any], work: Callable[[], Any]) -> None:
    previous = sys.gettrace()
    sys.settrace(on_call)
    try:
        work()
    finally:
        sys.settrace(previous)
