"""How to make a value of each type that everybody knows. `Drawer` in draw.py is what the makers draw with."""

from __future__ import annotations

import builtins
import collections
import collections.abc
import datetime
import decimal
import fractions
import io
import numbers
import operator
import pathlib
import re
import typing
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Dict, Tuple

if TYPE_CHECKING:
    from .draw import Drawer

WORDS = ("a", "b", "ab", "abc", "Hello", "x y", "the cat", "", " ", "0", "12", "A", "a,b", "aba", "zz top", "é", "\n")
LETTERS = "abcab cAB01,.-_"


class Unknown(LookupError):
    """There is no way known to make a value of this type."""


def integer(drawer: Drawer) -> int:
    roll = drawer.rng.random()
    if roll < 0.15 and drawer.words.constants.get(int):
        return int(drawer.word(int)) + drawer.rng.choice((0, 0, -1, 1))
    if roll < 0.7:
        return drawer.rng.randint(0, 10)
    return drawer.rng.randint(10, 40) if roll < 0.88 else drawer.rng.randint(-10, -1) if roll < 0.97 else 100


def _real(drawer: Drawer) -> float:
    roll = drawer.rng.random()
    if roll < 0.25:
        return drawer.rng.choice((0.0, 1.0, -1.0, 0.5, 2.0, 10.0, -0.0, 0.1))
    return round(drawer.rng.uniform(-10 if roll < 0.4 else 0, 20), drawer.rng.choice((0, 1, 2, 3, 6)))


def _text(drawer: Drawer) -> str:
    roll = drawer.rng.random()
    if roll < 0.2 and drawer.words.constants.get(str):
        return str(drawer.word(str))
    if roll < 0.6:
        return drawer.rng.choice(WORDS)
    return "".join(drawer.rng.choice(LETTERS) for _ in range(drawer.size()))


def _moment(drawer: Drawer) -> datetime.datetime:
    return datetime.datetime(2024, 2, 27) + datetime.timedelta(seconds=drawer.rng.randrange(-(10**8), 10**8))  # noqa: DTZ001


def _record(drawer: Drawer, parts: Tuple[Any, ...]) -> Tuple[Any, ...]:
    if not parts or parts == ((),):
        return tuple(drawer.items((int,))) if not parts else ()
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(drawer.items(parts))
    return tuple(drawer.draw(part) for part in parts)


def _iterable(drawer: Drawer, parts: Tuple[Any, ...]) -> Any:
    """Mostly a list; but who says "any iterable" means iterators, too."""
    items = drawer.items(parts)
    return drawer.rng.choice((items, items, items, tuple(items), iter(items)))


def _default_mapping(drawer: Drawer, parts: Tuple[Any, ...]) -> Any:
    factory = typing.get_origin(parts[1]) or parts[1] if len(parts) == 2 else int
    return collections.defaultdict(factory if isinstance(factory, type) else None, drawer.pairs(parts))


def _function(drawer: Drawer, parts: Tuple[Any, ...]) -> Any:
    """A function of the standard library, so that it is the same one in every process."""
    count = len(parts[0]) if len(parts) == 2 and isinstance(parts[0], list) else 1
    result = parts[1] if len(parts) == 2 else None
    if count == 1 and result in FUNCTIONS_TO:
        return drawer.rng.choice(FUNCTIONS_TO[result])
    if count not in FUNCTIONS:
        raise Unknown("a function of %d arguments" % count)
    return drawer.rng.choice(FUNCTIONS[count])


FUNCTIONS_TO: Dict[Any, Tuple[Any, ...]] = {
    bool: (bool, operator.not_, callable),
    str: (str, repr, ascii),
    int: (hash, operator.neg, operator.index, len),
    float: (float, operator.neg),
}
FUNCTIONS: Dict[int, Tuple[Any, ...]] = {
    0: (int, list, str),
    1: (str, bool, operator.neg, abs, repr, len),
    2: (operator.add, operator.mul, max, min, operator.sub),
    3: (max, min),
}
PLAIN: Dict[Any, Callable[["Drawer"], Any]] = {
    bool: lambda d: d.rng.random() < 0.5,
    int: integer,
    float: lambda d: _real(d) if d.rng.random() < 0.9 else d.rng.randint(-3, 10),
    complex: lambda d: complex(_real(d), _real(d)),
    str: _text,
    bytes: lambda d: _text(d).encode(),
    bytearray: lambda d: bytearray(_text(d).encode()),
    range: lambda d: range(d.rng.randint(-2, 3), d.rng.randint(0, 12), d.rng.choice((1, 1, 2))),
    slice: lambda d: slice(d.rng.choice((None, 0, 1)), d.rng.choice((None, -1, 3)), d.rng.choice((None, 1, 2))),
    decimal.Decimal: lambda d: decimal.Decimal(d.rng.randint(-1000, 10000)) / d.rng.choice((1, 10, 100)),
    fractions.Fraction: lambda d: fractions.Fraction(d.rng.randint(-10, 30), d.rng.randint(1, 12)),
    datetime.datetime: _moment,
    datetime.date: lambda d: _moment(d).date(),
    datetime.time: lambda d: _moment(d).time(),
    datetime.timedelta: lambda d: datetime.timedelta(seconds=d.rng.choice((0, 1, 60, 86400, 90061))),
    uuid.UUID: lambda d: uuid.UUID(int=d.rng.getrandbits(128)),
    pathlib.Path: lambda d: pathlib.Path(d.rng.choice(("a", "a/b.txt", ".", "a/b/c.tar.gz", "/a"))),
    pathlib.PurePath: lambda d: pathlib.PurePath(d.rng.choice(("a", "a/b.txt", ".", "a/b/c.tar.gz", "/a"))),
    pathlib.PurePosixPath: lambda d: pathlib.PurePosixPath(d.rng.choice(("a", "a/b.txt", ".", "/a"))),
    numbers.Number: lambda d: d.draw(d.rng.choice((int, float))),
    numbers.Real: lambda d: d.draw(d.rng.choice((int, float))),
    numbers.Integral: integer,
    numbers.Rational: lambda d: d.draw(d.rng.choice((int, fractions.Fraction))),
    typing.SupportsInt: integer,
    typing.SupportsIndex: integer,
    typing.SupportsFloat: _real,
    typing.SupportsAbs: integer,
    typing.SupportsRound: _real,
    typing.TextIO: lambda d: io.StringIO("\n".join(d.items((str,)))),
    typing.BinaryIO: lambda d: io.BytesIO("\n".join(d.items((str,))).encode()),
    io.StringIO: lambda d: io.StringIO("\n".join(d.items((str,)))),
    io.BytesIO: lambda d: io.BytesIO("\n".join(d.items((str,))).encode()),
    collections.abc.Hashable: lambda d: d.draw(d.rng.choice((int, str))),
    builtins.Exception: lambda d: ValueError(_text(d)),
}
CONTAINERS: Dict[Any, Callable[["Drawer", Tuple[Any, ...]], Any]] = {
    list: lambda d, p: d.items(p),
    tuple: _record,
    set: lambda d, p: set(d.items(p)),
    frozenset: lambda d, p: frozenset(d.items(p)),
    dict: lambda d, p: dict(d.pairs(p)),
    collections.deque: lambda d, p: collections.deque(d.items(p)),
    collections.OrderedDict: lambda d, p: collections.OrderedDict(d.pairs(p)),
    collections.defaultdict: _default_mapping,
    collections.Counter: lambda d, p: collections.Counter(d.items(p or (str,))),
    collections.abc.Sequence: lambda d, p: d.rng.choice((list, list, tuple))(d.items(p)),
    collections.abc.MutableSequence: lambda d, p: d.items(p),
    collections.abc.Reversible: lambda d, p: d.items(p),
    collections.abc.Sized: lambda d, _: d.items((int,)),
    collections.abc.Container: lambda d, p: d.items(p),
    collections.abc.Collection: lambda d, p: d.rng.choice((list, list, tuple))(d.items(p)),
    collections.abc.Iterable: _iterable,
    collections.abc.Iterator: lambda d, p: iter(d.items(p)),
    collections.abc.Generator: lambda d, p: iter(d.items(p)),
    collections.abc.Set: lambda d, p: set(d.items(p)),
    collections.abc.MutableSet: lambda d, p: set(d.items(p)),
    collections.abc.Mapping: lambda d, p: dict(d.pairs(p)),
    collections.abc.MutableMapping: lambda d, p: dict(d.pairs(p)),
    collections.abc.Callable: _function,
    re.Pattern: lambda d, p: re.compile(d.rng.choice((r"\d+", r"\w+", r"a|b", r"\s*,\s*", r"(a)(b)?"))),
}
