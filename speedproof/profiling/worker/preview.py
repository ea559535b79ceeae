"""Values in words, for a reader of a counterexample: what tells two of them apart should be seen."""

from __future__ import annotations

import contextlib
import copy
import itertools
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 3
MAX_PARTS = 12
_NO_REPR: Any = object.__repr__
Read = Mapping[int, "list[Any]"]
"""By the identity of an iterator what was read of it."""


def preview(value: Any, limit: int = 160, read: Read = types.MappingProxyType({})) -> str:
    """`repr(value)`, shortened in the middle; never raises. Of what has no repr of its own the attributes are shown.

    Of iterators the items are shown: of those that have been read already, they are in `read`.
    """
    try:
        with _all_digits():
            text = _Teller(read).told(value, MAX_DEPTH)
    except Exception as error:
        text = "<%s whose repr raises %s>" % (type(value).__name__, type(error).__name__)
    if len(text) > limit:
        text = "%s … %s" % (text[: limit * 2 // 3], text[-limit // 4 :])
    return text


@contextlib.contextmanager
def _all_digits() -> Iterator[None]:
    """Without the interpreter's limit on the digits of a number, which the code under test goes on having."""
    limit = getattr(sys, "get_int_max_str_digits", int)()
    change = getattr(sys, "set_int_max_str_digits", id)  # new in 3.10.7
    change(0)
    try:
        yield
    finally:
        change(limit)


class End:
    """Stands after what was read of an iterator, where it ends in another way than iterators do."""

    def __init__(self, how: str, value: Any) -> None:
        self.how = how
        self.value = value

    def __repr__(self) -> str:
        return "%s %r" % (self.how, self.value)


class _Teller:
    def __init__(self, read: Read) -> None:
        self.read = read

    def told(self, value: Any, depth: int) -> str:
        kind = type(value)
        if _is_iterator(kind) and (id(value) in self.read or depth == 0 or not getattr(value, "__dict__", None)):
            return self.iterator(value, kind, max(depth - 1, 0))
        if kind.__name__ == "ndarray" and kind.__module__ == "numpy":
            return repr(value) + _layout(value.flags)
        if depth == 0:
            return repr(value)
        if kind in (list, tuple, dict) and len(value) <= MAX_PARTS:
            return self.container(value, depth - 1)
        if issubclass(kind, BaseException):
            return self.exception(value, depth - 1)
        if kind.__repr__ is _NO_REPR:
            return self.plain(value, depth - 1)
        return repr(value)

    def iterator(self, value: Any, kind: type, depth: int) -> str:
        """An expression that makes the like where there is one; without reading what has not been read."""
        items = self.read.get(id(value))
        if items is None and kind in _COPIED:
            items = list(itertools.islice(copy.copy(value), MAX_PARTS + 1))
        if items is not None:
            shown = self.parts(items, depth)
            return "iter([%s])" % shown if kind in _COPIED else "<%s: %s>" % (kind.__name__, shown or "nothing")
        if kind in _DRAWING:
            drawn_from = value.__reduce__()[1]
            return "%s(%s)" % (kind.__name__, ", ".join(_name(part) or self.told(part, depth) for part in drawn_from))
        text = "" if kind.__repr__ is _NO_REPR else repr(value)
        return text if text and " at 0x" not in text else "<%s>" % kind.__name__

    def parts(self, items: list[Any], depth: int) -> str:
        return ", ".join([self.told(item, depth) for item in items[:MAX_PARTS]] + ["…"] * (len(items) > MAX_PARTS))

    def exception(self, error: BaseException, depth: int) -> str:
        text = repr(error)
        if error.__cause__ is not None:
            return "%s from %s" % (text, self.told(error.__cause__, depth))
        return "%s from None" % text if error.__suppress_context__ else text

    def plain(self, value: Any, depth: int) -> str:
        """An object whose repr would be its class and its address, which says nothing and differs in every process."""
        attributes = list(getattr(value, "__dict__", {}).items())
        parts = ["%s=%s" % (name, self.told(content, depth)) for name, content in attributes[:MAX_PARTS]]
        if len(attributes) > MAX_PARTS:
            parts.append("…")
        name = "%s.%s" % (type(value).__module__, type(value).__qualname__)
        return "<%s object%s>" % (name, ": " + ", ".join(parts) if parts else "")

    def container(self, value: Any, depth: int) -> str:
        if type(value) is dict:
            pairs = ["%s: %s" % (self.told(key, depth), self.told(item, depth)) for key, item in value.items()]
            return "{%s}" % ", ".join(pairs)
        shown = ", ".join(self.told(item, depth) for item in value)
        return "[%s]" % shown if type(value) is list else "(%s%s)" % (shown, "," if len(value) == 1 else "")


def _is_iterator(kind: type) -> bool:
    return any("__next__" in vars(base) for base in kind.__mro__)


def _layout(flags: Any) -> str:
    """What an array's repr does not say of it, where it is unusual."""
    found = [] if flags.writeable else ["read-only"]
    if not flags.c_contiguous:
        found.append("by columns" if flags.f_contiguous else "with gaps")
    return " (%s)" % ", ".join(found) if found else ""


def _name(value: Any) -> str:
    return value.__name__ if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)) else ""


_SOURCES: tuple[Any, ...] = (
    [], (), "", "é", b"", bytearray(), range(0), range(2**70), {}, {}.values(), {}.items(), set(),
)  # fmt: skip
_COPIED = frozenset(type(iter(source)) for source in _SOURCES)
"""Iterators over something that is there: a copy of one goes on by itself, and leaves it as it is."""
_DRAWING = frozenset((map, filter, zip, enumerate, reversed))
