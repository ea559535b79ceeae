"""What all real calls have in common counts as the function's domain only where that is no chance."""

import itertools
from typing import Any

import pytest

from speedproof.profiling.worker.habits import habits

GRID = [[0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 0, 0]]
FALLING = [[9, 7, 2], [8, 3, 1], [5, 4, 0], [7, 2, -1], [3, 1, -4], [6, 5, 4], [2, 0, -2]]
UNSORTED = [[1, 3, 2], *FALLING]


@pytest.mark.parametrize(
    ("columns", "call", "kept"),
    [
        ([GRID] * 3, [[0, 1]], True),
        ([GRID] * 3, [], True),
        ([GRID] * 3, [[0, 2]], False),
        ([GRID] * 3, [[0, -1]], False),
        ([GRID] * 2, [[0, 2]], True),
        ([[[1]], [[0]], [[1]]], [[2]], True),
        ([[[1] * 8]] * 3, [[2]], True),
        (["0110100101"] * 3, "012", False),
        (["0110100101"] * 3, "", True),
        (["abc"] * 30, "012", True),
        ([FALLING] * 3, [[3, 2, 2]], True),
        ([FALLING] * 3, [[1, 2, 3]], False),
        ([FALLING] * 3, [[1]], True),
        ([FALLING[:2], FALLING[2:4], FALLING[4:]], [[1, 2, 3]], False),
        ([FALLING[:1], FALLING[1:2], FALLING[2:4]], [[1, 2, 3]], True),
        ([UNSORTED] * 3, [[1, 2, 3]], True),
        ([[1, 2, 3], [2, 4, 6], [1, 2], [5, 6, 7, 8]], [3, 1], True),
        ([[1, 2, n] for n in range(3, 40)], [3, 1], False),
        ([["a", "b", "c"]] * 30, ["c", "a"], True),
        ([5, 6, 7], -1, True),
        ([[[3, "a"], [4, "b"]]] * 5, [[9, "b"]], True),
    ],
)
def test_habits(columns: list[Any], call: Any, kept: bool) -> None:
    keeps, words = habits([((value,), {}) for value in columns])
    assert keeps((call,), {}) is kept
    assert kept or any("argument 1" in text for text in words)


def test_each_argument_has_its_own() -> None:
    keeps, words = habits([((n, GRID), {"limits": FALLING}) for n in range(4)])
    assert len(words) == 2
    assert keeps((7, GRID), {"limits": []})
    assert keeps(([2], [[0]]), {})
    assert not keeps((7, [[2]]), {})
    assert not keeps((7, GRID), {"limits": [[1, 2]]})


def test_no_calls_no_habits() -> None:
    for count in range(3):
        keeps, words = habits(list(itertools.repeat((([0, 1] * 20,), {}), count)))
        assert keeps(([7],), {})
        assert not words
