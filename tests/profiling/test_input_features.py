"""What is notable about values: that it can be said of any value, quickly, and tells apart what should be."""

import time
from typing import Any

import pytest
from hypothesis import given
from values import CALLS, VALUES, Call, unchanged

from speedproof.profiling.worker.features import extent, of_input, of_result

NAN = float("nan")
SHARED = [1]

TOLD_APART: list[tuple[list[Any], list[Any]]] = [
    ([1], [True]),
    ([1], [1.0]),
    ([5], [-5]),
    ([4], [5]),
    ([0.0], [-0.0]),
    ([1.5], [NAN]),
    ([99], [98]),
    ([100], [98]),
    ([[1, 2, 3]], [[3, 2, 1]]),
    ([[1, 2]], [[1, 1]]),
    ([[1.0, 2.0]], [[1.0, NAN]]),
    ([[1, 2]], [(1, 2)]),
    ([[1, "a"]], [[1, 2]]),
    (["abc"], ["abc "]),
    (["abc"], ["Abc"]),
    (["abc"], ["abß"]),
    (["abc"], ["abb"]),
    ([[1, 2], 1], [[1, 2], 2]),
    ([[1, 2], 1], [[1, 2], -1]),
    ([SHARED, SHARED], [SHARED, [1]]),
    ([[SHARED, SHARED]], [[SHARED, [1]]]),
    ([[[1], [2]]], [[[1], [2, 3]]]),
    ([None], [0]),
]


@pytest.mark.parametrize(("one", "other"), TOLD_APART)
def test_inputs_are_told_apart(one: list[Any], other: list[Any]) -> None:
    assert of_input(one) != of_input(other)


ALIKE: list[tuple[list[Any], list[Any]]] = [([12], [14]), (["abc"], ["abd"]), ([[3, 4, 7]], [[3, 6, 9]])]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_inputs_are_alike(one: list[Any], other: list[Any]) -> None:
    assert of_input(one) == of_input(other)


RESULTS: list[tuple[Any, Any]] = [(True, False), (1, 2), (1, -1), ([], [1]), ([1], (1,)), ([1], ["a"]), (None, 0)]


@pytest.mark.parametrize(("one", "other"), RESULTS)
def test_results_are_told_apart(one: Any, other: Any) -> None:
    assert of_result(one) != of_result(other)


EXTENTS: list[tuple[list[Any], tuple[int, int, int]]] = [
    ([], (0, 0, 0)),
    ([3, -9], (-9, 3, 0)),
    (["abc", [1, 20]], (0, 20, 3)),
    ([{"key": [1, 2, 3, 4]}], (0, 4, 4)),
]


@pytest.mark.parametrize(("values", "expected"), EXTENTS)
def test_extent(values: list[Any], expected: tuple[int, int, int]) -> None:
    assert extent(values) == expected


@given(CALLS)
def test_any_input_has_features_and_stays(call: Call) -> None:
    values = [*call[0], *call[1].values()]
    assert unchanged(values, lambda: (of_input(values), extent(values)))


@given(VALUES)
def test_any_result_has_features_and_stays(value: Any) -> None:
    assert unchanged(value, lambda: of_result(value))


def test_large_values_are_looked_at_in_part() -> None:
    values: list[Any] = [list(range(10**6)), "ab" * 10**6, dict.fromkeys(range(10**6)), 7 ** (10**5)]
    start = time.process_time()
    of_input(values)
    extent(values)
    assert time.process_time() - start < 0.5


class Broken(dict[str, int]):
    """What a varied object of the project's may come to."""

    def __len__(self) -> int:
        raise TypeError

    def __iter__(self) -> Any:
        raise TypeError

    def values(self) -> Any:
        raise TypeError


def test_objects_that_cannot_be_asked_are_passed_over() -> None:
    assert extent([Broken(a=1), [5]]) == (0, 5, 1)
    assert of_input([Broken(a=1), 3])
