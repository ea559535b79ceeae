"""Generators among the arguments of a recorded call: read ahead, so that they can be kept, and given out again.

What has been read of a generator is gone from it. So the call gets another one in its place, which yields what was
read and then goes on with the rest, and which can be pickled as long as it has not been started.
"""

from __future__ import annotations

import ctypes
import gc
import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any, Optional

MAX_LOOKED_AT = 50
MAX_READ_AHEAD = 1000
"""Of one that does not end, so many items are kept."""


def hold_generators(frame: types.FrameType) -> None:
    """Put a generator that can be kept in the place of each generator among the arguments of a call that starts."""
    code, values = frame.f_code, frame.f_locals
    n_named = code.co_argcount + code.co_kwonlyargcount
    changes: dict[str, Any] = {n: _held(values[n]) for n in code.co_varnames[:n_named] if _is_passing(values.get(n))}
    if code.co_flags & inspect.CO_VARARGS:
        name = code.co_varnames[n_named]
        if any(map(_is_passing, values[name])):
            changes[name] = tuple(_held(value) if _is_passing(value) else value for value in values[name])
    if not changes:
        return
    values.update(changes)
    if sys.version_info < (3, 13):  # from then on, `f_locals` is no copy
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))


def _is_passing(value: Any) -> bool:
    """Whether it is a generator, or an iterator that draws on one, so that no pickle can take it."""
    pending, looked_at = [value], 0
    while pending and looked_at < MAX_LOOKED_AT:
        item = pending.pop()
        looked_at += 1
        kind = type(item)
        if kind is types.GeneratorType:
            return True
        if kind.__module__ == "itertools" and sys.version_info >= (3, 14):  # from then on, they cannot be pickled
            return True
        if kind in _DRAWING or kind.__module__ == "itertools":
            pending += gc.get_referents(item)
    return False


def _held(source: Any) -> Any:
    """The same items, and the same end."""
    if getattr(source, "gi_running", False) or items_of(source) is not None:
        return source
    items: list[Any] = []
    error: Optional[BaseException] = None
    try:
        for item in source:
            items.append(item)
            if len(items) >= MAX_READ_AHEAD:
                break
    except Exception as raised:
        error = raised
    return _replayed(items, error, source)


def _replayed(items: list[Any], error: Optional[BaseException], rest: Any = ()) -> Iterator[Any]:
    yield from list(items)
    if error is not None:
        raise error
    yield from rest


def items_of(value: Any) -> Optional[list[Any]]:
    """What a generator of ours is going to yield; None for others, and where it has begun."""
    if type(value) is not types.GeneratorType or value.gi_code is not _replayed.__code__:
        return None
    if inspect.getgeneratorstate(value) != inspect.GEN_CREATED or value.gi_frame is None:
        return None
    found: list[Any] = value.gi_frame.f_locals["items"]
    return found


def reduce(value: Any) -> Any:
    """For pickle."""
    items = items_of(value)
    if items is None:
        raise TypeError("cannot pickle 'generator' object")
    return _replayed, (items, value.gi_frame.f_locals["error"])


_DRAWING = (map, filter, zip, enumerate, tuple)
