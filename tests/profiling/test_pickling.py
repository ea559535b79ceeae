"""Pickles that keep which NaNs are one object, and that take more than others do."""

import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from values import VALUES, digest

from speedproof.profiling.worker.pickling import dumps, dumps_by_value, nans_in

NAN, OTHER = float("nan"), float("nan")


def reloaded(value: Any) -> Any:
    return pickle.loads(dumps(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (([NAN], [NAN]), True),
        (([NAN], [OTHER]), False),
        (([NAN, OTHER], [NAN, OTHER]), True),
        (([NAN, OTHER], [OTHER, NAN]), False),
        (([1.0, "G\x7f\xf8"], [1.0, "G\x7f\xf8"]), True),
        (([-NAN], [-NAN]), False),
    ],
)
def test_equal_only_where_they_were(value: tuple[Any, Any], expected: bool) -> None:
    assert (value[0] == value[1]) is expected
    one, other = reloaded(value)
    assert (one == other) is expected


def test_membership_stays() -> None:
    xs, x = reloaded(([1.0, NAN], NAN))
    assert x in xs
    xs, x = reloaded(([1.0, NAN], OTHER))
    assert x not in xs


def test_shared_ones_count_once() -> None:
    assert [nans_in(dumps(value)) for value in ([NAN, NAN], [NAN, OTHER], [1.0])] == [1, 2, 0]


def test_deep_values_fall_back() -> None:
    deep: Any = [NAN]
    for _ in range(400):
        deep = [deep]
    found = reloaded(deep)
    for _ in range(400):
        (found,) = found
    assert found[0] != found[0]


@given(VALUES)
def test_anything_comes_back(value: Any) -> None:
    assert digest(reloaded(value)) == digest(value)


class Rows(list[int]):
    """Cannot be filled before its own attributes are there."""

    def __init__(self, items: Any) -> None:
        self.added = 0
        super().__init__(items)

    def append(self, item: int) -> None:
        self.added += 1
        super().append(item)

    def extend(self, items: Any) -> None:
        for item in items:
            self.append(item)


class Counted(dict[str, int]):
    def __init__(self) -> None:
        self.changes: list[str] = []

    def __setitem__(self, key: str, value: int) -> None:
        self.changes.append(key)
        super().__setitem__(key, value)


def rows() -> Rows:
    made = Rows([1, 2])
    made.append(3)
    return made


def counted() -> Counted:
    made = Counted()
    made["a"] = 1
    return made


def a_file() -> Any:
    file = Path(__file__).open("rb")  # noqa: SIM115
    file.seek(3)
    return file


def a_traceback() -> Any:
    try:
        raise ValueError
    except ValueError as error:
        return error.__traceback__


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (rows(), lambda value: (type(value), list(value), vars(value))),
        (counted(), lambda value: (type(value), dict(value), vars(value))),
        (threading.Lock(), lambda value: (type(value), value.locked())),
        (threading.RLock(), type),
        ({"lock": threading.Lock(), "name": "x"}, lambda value: value["name"]),
        (a_traceback(), type),
        (a_file(), lambda value: (value.tell(), value.read(5), value.seek(3))),
    ],
    ids=[
        "a list of its own",
        "a dict of its own",
        "a lock",
        "a recursive lock",
        "an object with a lock",
        "a traceback",
        "a file",
    ],
)
@pytest.mark.parametrize("dumped", [dumps, lambda value: dumps_by_value(value, [])], ids=["plain", "by value"])
def test_more_than_pickle_takes(value: Any, seen: Any, dumped: Any) -> None:
    reloaded = pickle.loads(dumped((value, NAN)))[0]
    assert seen(reloaded) == seen(value)


def test_what_cannot_be_made_again_is_refused() -> None:
    for value in ((n for n in (1,)), sys, memoryview(b"a")):
        with pytest.raises((TypeError, pickle.PicklingError)):
            dumps(value)
