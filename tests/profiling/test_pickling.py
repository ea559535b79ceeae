"""Pickles that keep which NaNs are one object."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from values import VALUES, digest

from speedproof.profiling.worker.pickling import dumps, nans_in

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
