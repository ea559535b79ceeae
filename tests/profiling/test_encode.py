"""Equal encodings mean equal behaviour; anything that a caller could tell apart is encoded apart."""

import collections
import copy
import datetime
import decimal
import enum
import itertools
import re
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from naming import shown

from speedproof.profiling.worker.encode import UNKNOWN, TooLarge, encode


class Text(str):
    __slots__ = ()


class Items(list[Any]):
    def __iter__(self) -> Any:
        return iter(())


@dataclass
class Point:
    x: int
    y: int


class Slotted:
    __slots__ = ("_hidden", "value")

    def __init__(self, value: Any) -> None:
        self.value = value


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def shared() -> Any:
    part = [1]
    return [part, part]


def cyclic(size: int) -> Any:
    ring: list[Any] = list(range(size))
    ring.append(ring)
    return ring


def raising(message: str) -> Any:
    yield 1
    raise ValueError(message)


def caused() -> Exception:
    error = ValueError("a")
    error.__cause__ = KeyError("b")
    return error


APART: list[tuple[Any, Any]] = [
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (1.0, 1.0000000000000002),
    (10**30, float(10**30)),
    ("a", b"a"),
    (b"a", bytearray(b"a")),
    ("e\u0301", "\u00e9"),
    ("a", Text("a")),
    ([1, 2], (1, 2)),
    ([1, 2], [2, 1]),
    ([1], Items([1])),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1: 2}, collections.OrderedDict({1: 2})),
    (collections.defaultdict(list), collections.defaultdict(int)),
    (collections.Counter("ab"), {"a": 1, "b": 1}),
    (collections.deque([1], maxlen=2), collections.deque([1], maxlen=3)),
    ({1}, frozenset({1})),
    ({1}, {True}),
    (shared(), [[1], [1]]),
    ([[]] * 3, [[] for _ in range(3)]),
    (cyclic(3), cyclic(4)),
    (Point(1, 2), Point(2, 1)),
    (Slotted(1), Slotted(1.0)),
    (Colour.RED, Colour.BLUE),
    (ValueError("a"), ValueError("b")),
    (ValueError("a"), TypeError("a")),
    (ValueError("a"), caused()),
    (RuntimeError("IndexError('x')"), IndexError("x")),
    (datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)),  # noqa: DTZ001
    (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    (re.compile("a"), re.compile("a", re.IGNORECASE)),
    (range(3), range(4)),
    (iter([1, 2]), [1, 2]),
    (iter([1, 2]), iter([1, 2, 3])),
    (raising("a"), raising("b")),
    (list(range(20)), [*range(19), 19.0]),
    (["a"] * 10, ["a"] * 9 + [b"a"]),
]


@pytest.mark.parametrize(("one", "other"), APART, ids=lambda value: shown(value)[:40])
def test_values_that_differ_are_encoded_apart(one: Any, other: Any) -> None:
    assert encode(one).digest != encode(other).digest


SAME: list[Any] = [
    lambda: float("nan"),
    lambda: [float("nan"), 1.5],
    lambda: {"a": [1, {2, 3}], "b": None},
    lambda: {"x", "y", "z", ("t", 1)},
    lambda: shared(),
    lambda: cyclic(3),
    lambda: Point(1, 2),
    lambda: Slotted([1]),
    lambda: Colour.RED,
    lambda: caused(),
    lambda: raising("a"),
    lambda: map(str, [1, 2]),
    lambda: collections.defaultdict(list, {1: [2]}),
    lambda: collections.deque([1, 2], maxlen=4),
    lambda: decimal.Decimal("1.5"),
    lambda: re.compile("a+"),
    lambda: datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    lambda: "\ud800",
    lambda: 10**5000,
    lambda: [10**5000] * 20,
    lambda: len,
    lambda: [].append,
    lambda: Point,
]


@pytest.mark.parametrize("make", SAME, ids=lambda make: shown(make())[:40])
def test_values_made_twice_are_encoded_the_same(make: Any) -> None:
    one, other = encode(make()), encode(make())
    assert one.digest == other.digest
    assert not one.opaque


def test_a_result_that_is_an_argument_is_told_from_a_copy_of_it() -> None:
    argument = [1]
    assert encode(argument, [argument]).digest != encode(list(argument), [argument]).digest


def test_sets_are_encoded_without_their_order() -> None:
    names = [str(number) for number in range(50)]
    assert encode(set(names)).digest == encode({*reversed(names)}).digest


def test_what_cannot_be_looked_into_is_named() -> None:
    assert encode(object()).digest == encode(object()).digest
    assert encode(threading.local()).opaque == {"_thread._local"}
    assert encode(threading.local()).digest == UNKNOWN
    scale = 2
    assert encode(lambda x: x * scale).opaque


def test_an_endless_iterator_is_read_to_a_bound() -> None:
    assert encode(itertools.count()).digest == encode(itertools.count()).digest


def test_a_value_of_too_many_parts_is_refused() -> None:
    with pytest.raises(TooLarge):
        encode([[number] for number in range(500_000)])


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner) | st.sets(st.integers())
    ),
)


@given(json_like)
def test_a_copy_is_encoded_the_same_and_a_wrapped_value_apart(value: Any) -> None:
    assert encode(value).digest == encode(copy.deepcopy(value)).digest
    assert encode(value).digest != encode([value]).digest


@given(json_like, json_like)
def test_equal_digests_mean_equal_reprs(one: Any, other: Any) -> None:
    if encode(one).digest == encode(other).digest:
        assert repr(one) == repr(other) or "{" in repr(one)
