"""Inputs made from type hints and from guesses: of the right types, in time, and never at the cost of an exception."""

import collections
import collections.abc
import contextlib
import dataclasses
import datetime
import decimal
import enum
import pathlib
import re
import sys
import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol, TypedDict, TypeVar

import pytest
from values import Call, digest

from speedproof.profiling.worker.install import resolve
from speedproof.profiling.worker.strategies import from_annotations

T = TypeVar("T")


class Sink:
    """Keeps what it is given, as the one on disk does."""

    def __init__(self, limit: int = 60) -> None:
        self.limit = limit
        self.calls: list[tuple[str, Call]] = []

    def add(self, qualname: str, origin: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        self.calls.append((origin, (args, kwargs)))
        return True

    def full(self, qualname: str, origin: str) -> bool:
        return len(self.calls) >= self.limit


def made(function: Any, qualname: str = "f", owner: Any = None, guesses: bool = True) -> tuple[set[str], list[Call]]:
    """The origins and the calls that come of a function."""
    sink = Sink()
    start = time.monotonic()
    outcome = from_annotations(function, qualname, owner, sink, 30, 1, 1.0, guesses=guesses)
    assert time.monotonic() - start < 3.0
    assert outcome["kept"] == len(sink.calls)
    return {origin for origin, _ in sink.calls}, [call for _, call in sink.calls]


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Row(TypedDict, total=False):
    name: str
    count: int


class Pair(NamedTuple):
    x: int
    y: str | None


@dataclasses.dataclass
class Item:
    name: str
    price: float = 1.0
    tags: list[str] = dataclasses.field(default_factory=list)
    below: "Item | None" = None


class Shop:
    def __init__(self, items: list[Item], discount=0.0):  # type: ignore[no-untyped-def]
        if discount > 5:
            raise ValueError(discount)
        self.items = items
        self.discount = discount

    def total(self, tax: float) -> float:
        return sum(item.price for item in self.items) * tax

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.items]

    @classmethod
    def of(cls, names: list[str]) -> "Shop":
        return cls([Item(name) for name in names])

    @staticmethod
    def cheaper(one: Item, other: Item) -> Item:
        return min(one, other, key=lambda item: item.price)

    def __len__(self) -> int:
        return len(self.items)


class Shape(Protocol):
    def area(self) -> float: ...


def plain(n: int, x: float, text: str, flag: bool, raw: bytes) -> None: ...
def containers(xs: list[int], by: dict[str, list[int]], seen: set[str], pair: tuple[int, str]) -> None: ...
def choices(a: int | None, b: Literal["x", 3], c: Colour) -> None: ...
def records(row: Row, pair: Pair, item: Item) -> None: ...
def known(when: datetime.date, price: decimal.Decimal, pattern: re.Pattern[str], kind: type[Item]) -> None: ...
def abstract(xs: collections.abc.Sequence[int], m: collections.abc.Mapping[str, int]) -> None: ...
def variable(xs: list[T], x: T) -> None: ...
def called(predicate: Callable[[int], bool], combine: Callable[[int, int], int]) -> None: ...
def shapes(*numbers: int, scale: float = 1.0, **more: int) -> None: ...
def keyword(*, n: int) -> None: ...
def positional(n: int, m: int = 3, /, k: int = 4) -> None: ...


HINTED: list[tuple[Callable[..., Any], Callable[..., bool]]] = [
    (plain, lambda n, x, text, flag, raw: [type(v) for v in (n, text, flag, raw)] == [int, str, bool, bytes]),
    (containers, lambda xs, by, seen, pair: {int} >= set(map(type, xs)) and type(pair[1]) is str and type(by) is dict),
    (choices, lambda a, b, c: (a is None or type(a) is int) and b in ("x", 3) and isinstance(c, Colour)),
    (records, lambda row, pair, item: set(row) <= {"name", "count"} and type(pair.x) is int and type(item) is Item),
    (
        known,
        lambda when, price, pattern, kind: (isinstance(when, datetime.date) and pattern.search("") is None) or True,
    ),
    (abstract, lambda xs, m: type(xs) in (list, tuple) and type(m) is dict),
    (variable, lambda xs, x: {type(x)} >= set(map(type, xs))),
    (called, lambda predicate, combine: type(combine(2, 3)) is int and callable(predicate)),
    (shapes, lambda *numbers, scale=1.0: {int} >= set(map(type, numbers)) and type(scale) in (int, float)),
    (keyword, lambda *, n: type(n) is int),
    (positional, lambda n, m=3, /, k=4: {type(n), type(m), type(k)} == {int}),
    (lambda: None, lambda: True),
]


@pytest.mark.parametrize(("function", "holds"), HINTED)
def test_of_the_types_that_are_named(function: Callable[..., Any], holds: Callable[..., bool]) -> None:
    origins, calls = made(function)
    assert origins == {"annotation"}
    assert len(calls) >= 10
    assert all(holds(*args, **kwargs) for args, kwargs in calls)


def test_they_are_varied_and_repeatable() -> None:
    one, other = made(containers)[1], made(containers)[1]
    assert digest(one) == digest(other)
    assert len({digest(call) for call in one}) > 20


def words_joined(words, separator=","):  # type: ignore[no-untyped-def]
    return separator.join(word.upper() for word in words)


def doubled(n):  # type: ignore[no-untyped-def]
    return [i * 2 for i in range(n)]


def row_sums(matrix):  # type: ignore[no-untyped-def]
    return [sum(row) for row in matrix]


def named(record):  # type: ignore[no-untyped-def]
    return record["name"], record.get("count", 0)


def farthest(points):  # type: ignore[no-untyped-def]
    return max(x * x + y * y for x, y in points)


def mapped(function, xs):  # type: ignore[no-untyped-def]
    return [function(x) for x in xs]


def positions(text, pattern):  # type: ignore[no-untyped-def]
    return [i for i in range(len(text)) if text[i : i + len(pattern)] == pattern]


def asked(thing):  # type: ignore[no-untyped-def]
    if isinstance(thing, dict):
        return sorted(thing)
    raise TypeError(thing)


def half(x: "MissingType", n: int) -> Any:  # type: ignore[name-defined]  # noqa: F821
    return x, n


GUESSED: list[tuple[Callable[..., Any], Callable[..., bool]]] = [
    (words_joined, lambda words, separator=",": type(separator) is str),
    (doubled, lambda n: isinstance(n, int)),
    (row_sums, lambda matrix: True),
    (named, lambda record: isinstance(record, dict)),
    (farthest, lambda points: True),
    (mapped, lambda function, xs: callable(function)),
    (positions, lambda text, pattern: True),
    (asked, lambda thing: type(thing) is dict),
    (half, lambda x, n: type(n) is int),
]


@pytest.mark.parametrize(("function", "holds"), GUESSED)
def test_guesses_that_work(function: Callable[..., Any], holds: Callable[..., bool]) -> None:
    origins, calls = made(function)
    assert origins == {"guessed"}
    assert len(calls) >= 10
    working = 0
    for args, kwargs in calls[3:]:
        function(*args, **kwargs)
        working += holds(*args, **kwargs)
    assert working > 0.8 * len(calls[3:])


@pytest.mark.parametrize("function", [words_joined, half])
def test_no_guesses_unless_wanted(function: Callable[..., Any]) -> None:
    assert made(function, guesses=False) == (set(), [])


METHODS = ["Shop.total", "Shop.names", "Shop.of", "Shop.cheaper", "Shop.__len__", "Shop.__init__", "Item.__eq__"]


@pytest.mark.parametrize("qualname", METHODS)
def test_methods_come_with_their_receivers(qualname: str) -> None:
    module = sys.modules[__name__]
    function = resolve(module, qualname)
    assert function is not None
    _, calls = made(function, qualname, getattr(module, qualname.partition(".")[0]))
    assert len(calls) >= 10
    accepted = 0
    for args, kwargs in calls:
        with contextlib.suppress(ValueError, TypeError):  # the first guesses are not tried out
            function(*args, **kwargs)
            accepted += 1
    assert accepted > 0.8 * len(calls)


class Stubborn:
    def __init__(self, n: int) -> None:
        raise RuntimeError("no")


class Slow:
    def __init__(self, n: int) -> None:
        while True:
            pass


class Quits:
    def __init__(self, n: int) -> None:
        sys.exit(n)


def takes_stubborn(x: Stubborn) -> None: ...
def takes_slow(x: Slow) -> None: ...
def takes_quits(x: Quits) -> None: ...
def takes_shape(x: Shape) -> None: ...
def takes_nonsense(x: 3) -> None: ...  # type: ignore[valid-type]
def takes_broken(x: "1 +") -> None: ...  # type: ignore[valid-type]  # noqa: F722


def endless(n):  # type: ignore[no-untyped-def]
    while True:
        pass


def quits(n):  # type: ignore[no-untyped-def]
    sys.exit(3)


def recurses(n: int) -> Any:
    return recurses(n)


@pytest.mark.parametrize(
    "function",
    [
        takes_stubborn,
        takes_slow,
        takes_quits,
        takes_shape,
        takes_nonsense,
        takes_broken,
        endless,
        quits,
        recurses,
    ],
)
def test_nothing_can_make_it_raise(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made(function)
    assert capsys.readouterr() == ("", "")


def test_what_stands_in_the_way_is_said() -> None:
    function: Any = takes_stubborn
    assert "no Stubborn can be made: no" in from_annotations(function, "f", None, Sink(), 5, 1, 0.5)["why"]


def test_without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    assert len(made(records)[1]) == 30
    assert made(takes_shape) == (set(), [])


def test_hypothesis_knows_more_types() -> None:
    import ipaddress

    def function(address: ipaddress.IPv4Address) -> None: ...

    assert {type(args[0]) for args, _ in made(function)[1]} == {ipaddress.IPv4Address}


def test_no_files_are_touched(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for function, _ in (*HINTED, *GUESSED):
        made(function)
    assert list(tmp_path.iterdir()) == []
