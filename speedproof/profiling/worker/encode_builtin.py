"""How values of built-in types are encoded: exactly, and without asking methods that a subclass may override."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import pathlib
import re
import uuid
from typing import Any, Callable


def _int(encoder: Any, value: int) -> None:
    encoder.put("int", (b"%x" % value) if -(2**64) < value < 2**64 else hex(value).encode())


def _float(encoder: Any, value: float) -> None:
    encoder.put("float", b"nan" if value != value else float.hex(value).encode())


def _complex(encoder: Any, value: complex) -> None:
    encoder.put("complex")
    _float(encoder, value.real)
    _float(encoder, value.imag)


def _str(encoder: Any, value: str) -> None:
    encoder.put("str", str.encode(value, "utf-8", "surrogatepass"))


def _bytes(encoder: Any, value: bytes) -> None:
    encoder.put("bytes", bytes(value))


_BY_REPR = frozenset((int, float, str, bool, type(None), bytes))
"""The repr of these tells value and type exactly."""
MIN_PLAIN = 8


def _items(encoder: Any, value: Any) -> None:
    encoder.put("items", str(len(value)).encode())
    if not _plainly(encoder, lambda: repr(list(value)), value):
        encoder.later(value)


def _dict_items(encoder: Any, value: Any) -> None:
    encoder.put("pairs", str(dict.__len__(value)).encode())
    if not _plainly(encoder, lambda: repr(list(dict.items(value))), dict.keys(value), dict.values(value)):
        encoder.later(part for pair in dict.items(value) for part in pair)


def _set_items(encoder: Any, value: Any) -> None:
    items = frozenset.union(frozenset(), value)
    encoder.put("set", str(len(items)).encode())
    if not _plainly(encoder, lambda: repr(sorted(map(repr, items))), items):
        for digest in sorted(encoder.sub(item) for item in items):
            encoder.put("element", digest)


def _plainly(encoder: Any, text: Callable[[], str], *parts: Any) -> bool:
    """Put the items as one text, which is made at the speed of C; False where it does not tell all of `parts`."""
    if len(parts[0]) < MIN_PLAIN or not all(_BY_REPR.issuperset(map(type, part)) for part in parts):
        return False
    try:
        encoder.put("plain", text().encode("utf-8", "backslashreplace"))
    except ValueError:  # an int of more digits than the interpreter writes
        return False
    encoder.budget -= len(parts[0]) // 16
    return True


def _frozenset(encoder: Any, value: frozenset[Any]) -> None:
    encoder.put("frozenset")
    _set_items(encoder, value)


def _atom(encoder: Any, value: Any) -> None:
    encoder.put("atom", repr(value).encode())


def _mutable(tag: str, content: Any) -> Any:
    def handler(encoder: Any, value: Any) -> None:
        if not encoder.met(value):
            encoder.put(tag)
            content(encoder, value)

    return handler


def _tuple(encoder: Any, value: tuple[Any, ...]) -> None:
    # Identity of tuples is no behaviour, but a tuple may hold itself through a list: that ends at the list.
    encoder.put("tuple")
    _items(encoder, value)


def _range(encoder: Any, value: range) -> None:
    encoder.put("range", repr(value).encode())


def _plain(value: Any) -> list[Any]:
    """The built-in content of a list or tuple, whatever `__iter__` its subclass has."""
    return list(list.__iter__(value)) if isinstance(value, list) else list(tuple.__iter__(value))


BY_TYPE: dict[type, Any] = {
    **dict.fromkeys((type(None), bool, type(Ellipsis), type(NotImplemented)), _atom),
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    tuple: _tuple,
    range: _range,
    list: _mutable("list", _items),
    dict: _mutable("dict", _dict_items),
    set: _mutable("set", _set_items),
    frozenset: _frozenset,
    bytearray: _mutable("bytearray", _bytes),
}
CONTENT: list[tuple[Any, Any]] = [
    (dict, _dict_items),
    ((list, tuple), lambda e, v: _items(e, _plain(v))),
    ((set, frozenset), _set_items),
    (str, _str),
    ((bytes, bytearray), _bytes),
    (int, lambda e, v: _int(e, int.__index__(v))),
    (float, lambda e, v: _float(e, float.__float__(v))),
    (complex, lambda e, v: _complex(e, complex.__add__(v, 0j))),
]
VALUES = (
    str, bytes, int, float, complex, tuple, frozenset, enum.Enum, decimal.Decimal, fractions.Fraction, datetime.date,
    datetime.time, datetime.timedelta, datetime.tzinfo, uuid.UUID, pathlib.PurePath, re.Pattern, slice,
)  # fmt: skip
"""Immutable; where they carry no attributes of their own, two equal ones are as good as one."""
