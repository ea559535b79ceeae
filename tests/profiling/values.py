"""Arbitrary arguments for the tests of what makes inputs."""

import collections
import datetime
import decimal
import enum
import fractions
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hypothesis import strategies as st

from speedproof.profiling.worker.encode import encode

Call = tuple[tuple[Any, ...], dict[str, Any]]


class Colour(enum.Enum):
    RED = 1
    BLUE = "b"


class Point(NamedTuple):
    x: int
    y: float


@dataclass
class Item:
    name: str
    price: float
    parts: list[Any]


class Name(str):
    """A subclass of a built-in type."""

    __slots__ = ()


ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.complex_numbers()
    | st.decimals()
    | st.fractions()
    | st.datetimes()
    | st.timedeltas()
    | st.sampled_from(Colour)
    | st.builds(Point, st.integers(), st.floats())
    | st.builds(Name, st.text(max_size=4))
    | st.builds(range, st.integers(-5, 5), st.integers(-5, 20))
)
HASHABLE = st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(Colour)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    small = st.lists(inner, max_size=4)
    return (
        small
        | small.map(tuple)
        | small.map(collections.deque)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.dictionaries(HASHABLE, st.integers(), max_size=4).map(collections.Counter)
        | st.dictionaries(HASHABLE, inner, max_size=3).map(collections.OrderedDict)
        | st.dictionaries(HASHABLE, st.integers(), max_size=3).map(lambda d: collections.defaultdict(int, d))
        | st.sets(HASHABLE, max_size=4)
        | st.frozensets(HASHABLE, max_size=4)
        | st.binary(max_size=6).map(bytearray)
        | st.builds(Item, st.text(max_size=4), st.floats(), small)
    )


VALUES = st.recursive(ATOMS, _containers, max_leaves=12)
CALLS: st.SearchStrategy[Call] = st.tuples(
    st.lists(VALUES, max_size=3).map(tuple), st.dictionaries(st.sampled_from(["key", "other"]), VALUES, max_size=1)
)

SAMPLES: tuple[Any, ...] = (
    None, True, 0, -7, 10**30, 2.5, float("nan"), "", "Straße", b"ab", 1j, decimal.Decimal("1.10"),
    fractions.Fraction(1, 3), datetime.date(2024, 2, 29), Colour.RED, Point(1, 2.0), Name("n"), range(3), [], [1, 2, 2],
    (1, "a"), {1, 2}, frozenset("ab"), {"a": [1]}, collections.deque([1], maxlen=3), collections.Counter("aab"),
    Item("i", 1.0, [None]), [[1, 2], [3, 4]], len, int,
)  # fmt: skip


def digest(value: Any) -> str:
    return encode(value).digest


def unchanged(value: Any, work: Callable[[], object]) -> bool:
    """Whether `work` leaves `value` as it is, to the last part."""
    before = digest(value)
    work()
    return digest(value) == before
