"""Code that notes what it compares: it does what it did, and tells equal operands from unequal ones."""

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from speedproof.profiling.worker.comparisons import instrument, noted
from speedproof.profiling.worker.explore import explore

TEXT = """
import contextlib


def ordered(a, b):
    return a < b


def chained(a, b, c):
    return a <= b < c


def least(a, b):
    return min(a, b), max(a, b, key=repr)


def nested(values, limit):
    def fits(value):
        return value <= limit

    return [value for value in values if fits(value) and value is not None]


def lazily(values):
    for value in values:
        if value == 3:
            yield value


def recursive(n):
    return n if n <= 1 else recursive(n - 1) + recursive(n - 2)


async def later(a):
    return a == 1


def plain(a):
    return a


def twice(a):
    return a > 1


if True:

    def twice(a):
        return a > 2


class Shelf:
    size = 3

    def __init__(self, limit):
        self.__limit = limit

    def fits(self, n):
        return super().__init__() is None and n <= self.__limit

    @property
    def is_small(self):
        return self.__limit < self.size

    @classmethod
    def of(cls, n):
        return cls(n if n < cls.size else cls.size)


def fits(n):
    return n
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    path = tmp_path / "compared.py"
    path.write_text(TEXT)
    spec = importlib.util.spec_from_file_location("compared", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "compared", made)
    spec.loader.exec_module(made)
    return made


def features(function: Any, *args: Any) -> set[Any]:
    found: set[Any] = set()
    with noted(found):
        result = function(*args)
        if hasattr(result, "__next__"):
            list(result)
    return found


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("ordered", [(1, 2), (2, 1), (1, 1), ("a", "b"), ([1], [2]), (1.5, 2)]),
        ("chained", [(1, 2, 3), (3, 2, 1), (1, 1, 1)]),
        ("least", [(1, 2), (1, 1.0), ("a", "b")]),
        ("nested", [([1, 2, 3], 2), ([], 0)]),
        ("lazily", [([1, 3, 3],)]),
        ("recursive", [(7,)]),
        ("twice", [(1,), (2,), (3,)]),
    ],
)
def test_what_it_does_stays(module: ModuleType, name: str, args: list[Any]) -> None:
    def outcomes() -> list[Any]:
        function = getattr(module, name)
        return [list(done) if hasattr(done := function(*given), "__next__") else done for given in args]

    before = outcomes()
    assert instrument(getattr(module, name), TEXT, name)
    assert outcomes() == before
    assert all(features(getattr(module, name), *given) or given == ([], 0) for given in args)


def test_methods(module: ModuleType) -> None:
    shelf = module.Shelf
    for name, function in (
        ("fits", shelf.fits),
        ("is_small", shelf.is_small.fget),
        ("of", vars(shelf)["of"].__func__),
    ):
        assert instrument(function, TEXT, f"Shelf.{name}")
    assert [shelf(2).fits(n) for n in (1, 2, 3)] == [True, True, False]
    assert [shelf(n).is_small for n in (2, 3)] == [True, False]
    assert features(shelf.of, 2) != features(shelf.of, 3)
    assert module.fits(7) == 7


@pytest.mark.parametrize(
    ("name", "one", "other", "told_apart"),
    [
        ("ordered", (1, 2), (1, 1), True),
        ("ordered", (1, 2), (1, 3), True),
        ("ordered", (1, 5), (1, 9), False),
        ("ordered", (1.0, 2.0), (1.0, 1.0), True),
        ("ordered", (1.0, float("nan")), (1.0, 0.5), True),
        ("ordered", ("a", "b"), ("b", "b"), True),
        ("ordered", ("a", "b"), ("a", "ab"), True),
        ("ordered", (7, 7), (1000, 1000), True),
        ("least", (1, 1), (1, 1.0), True),
        ("least", (1, 1), (2, 2), False),
        ("chained", (1, 2, 2), (1, 2, 9), True),
    ],
)
def test_what_is_told_apart(module: ModuleType, name: str, one: Any, other: Any, told_apart: bool) -> None:
    function = getattr(module, name)
    assert instrument(function, TEXT, name)
    assert (features(function, *one) != features(function, *other)) is told_apart


class Counting:
    """Compares itself, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.count = 0

    def __lt__(self, other: object) -> bool:
        self.count += 1
        return True


def test_operands_are_compared_once(module: ModuleType) -> None:
    """What a comparison costs, prints or changes is the function's affair alone."""
    assert instrument(module.ordered, TEXT, "ordered")
    one, other = Counting(), Counting()
    features(module.ordered, one, other)
    assert (one.count, other.count) == (1, 0)


DATES = """
def is_date(text):
    if len(text) != 10 or text[2] != "-" or text[5] != "-":
        return False
    month, day = int(text[:2]), int(text[3:5])
    if month in (4, 6, 9, 11):
        return 1 <= day and day <= 30
    return 1 <= month <= 12 and 1 <= day <= 31
"""


@pytest.mark.parametrize("day", ["00", "01", "30", "31"])
def test_the_search_reaches_the_ends_of_ranges(day: str) -> None:
    """Where a text has to be right in all its parts before a number in it counts."""
    namespace: dict[str, Any] = {}
    exec(compile(DATES, "dates.py", "exec"), namespace)
    kept: list[str] = []

    def keep(args: Any, kwargs: Any) -> bool:
        kept.append(args[0])
        return True

    assert instrument(namespace["is_date"], DATES, "is_date")
    explore(namespace["is_date"], [(("03-11-2000",), {})], random.Random(2), keep, 200, 2.0)
    assert any(text[:2] in ("04", "06", "09", "11") and text[3:5] == day for text in kept if len(text) == 10)


@pytest.mark.parametrize(
    ("text", "qualname"),
    [
        (TEXT, "plain"),
        (TEXT, "missing"),
        ("def ordered(a, b, c):\n    return a < b\n", "ordered"),
        ("def ordered(a, b:\n", "ordered"),
        ("ordered = 1\n", "ordered"),
    ],
)
def test_what_cannot_be_done_is_left(module: ModuleType, text: str, qualname: str) -> None:
    function = getattr(module, qualname, module.ordered)
    code = function.__code__
    assert not instrument(function, text, qualname)
    assert function.__code__ is code
