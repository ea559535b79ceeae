"""Values in words, for a reader of a counterexample: what tells two of them apart should be seen."""

from __future__ import annotations

import sys
from typing import Any, Callable

MAX_DEPTH = 3
MAX_PARTS = 12
_NO_REPR: Any = object.__repr__


def preview(value: Any, limit: int = 160) -> str:
    """`repr(value)`, shortened in the middle; never raises. Of what has no repr of its own the attributes are shown."""
    try:
        digits = getattr(sys, "set_int_max_str_digits", None)
        if digits is not None:
            digits(0)
        text = _told(value, MAX_DEPTH)
    except Exception as error:
        text = "<%s whose repr raises %s>" % (type(value).__name__, type(error).__name__)
    if len(text) > limit:
        text = "%s … %s" % (text[: limit * 2 // 3], text[-limit // 4 :])
    return text


def _told(value: Any, depth: int) -> str:
    kind = type(value)
    if _is_iterator(kind) and (depth == 0 or not getattr(value, "__dict__", None)):
        return "<%s>" % kind.__name__
    if depth == 0:
        return repr(value)
    if kind in (list, tuple, dict) and len(value) <= MAX_PARTS:
        return _CONTAINERS[kind](value, depth - 1)
    if issubclass(kind, BaseException):
        return _exception(value, depth - 1)
    if kind.__repr__ is _NO_REPR:
        return _plain(value, depth - 1)
    return repr(value)


def _is_iterator(kind: type) -> bool:
    return any("__next__" in vars(base) for base in kind.__mro__)


def _exception(error: BaseException, depth: int) -> str:
    text = repr(error)
    if error.__cause__ is not None:
        return "%s from %s" % (text, _told(error.__cause__, depth))
    return "%s from None" % text if error.__suppress_context__ else text


def _plain(value: Any, depth: int) -> str:
    """An object whose repr would be its class and its address, which says nothing and differs in every process."""
    attributes = list(getattr(value, "__dict__", {}).items())
    parts = ["%s=%s" % (name, _told(content, depth)) for name, content in attributes[:MAX_PARTS]]
    if len(attributes) > MAX_PARTS:
        parts.append("…")
    name = "%s.%s" % (type(value).__module__, type(value).__qualname__)
    return "<%s object%s>" % (name, ": " + ", ".join(parts) if parts else "")


def _list(value: Any, depth: int) -> str:
    return "[%s]" % ", ".join(_told(item, depth) for item in value)


def _tuple(value: Any, depth: int) -> str:
    return "(%s%s)" % (", ".join(_told(item, depth) for item in value), "," if len(value) == 1 else "")


def _dict(value: Any, depth: int) -> str:
    return "{%s}" % ", ".join("%s: %s" % (_told(key, depth), _told(item, depth)) for key, item in value.items())


_CONTAINERS: dict[type, Callable[[Any, int], str]] = {list: _list, tuple: _tuple, dict: _dict}
