"""Made-up calls that mix types where real calls do not are told from those that do not."""

from typing import Any

import pytest

from speedproof.profiling.worker.shapes import shapes

TEXTS: list[Any] = [([["john"], ["a", "b"]],)]
PAIRS: list[Any] = [([("a", 1), ("b", 2), ("c", 3)],)]
MIXED: list[Any] = [([1, "a", None], 2.5)]


@pytest.mark.parametrize(
    ("real", "made", "fits"),
    [
        (TEXTS, ([],), True),
        (TEXTS, ([[], ["c"]],), True),
        (TEXTS, (["", []],), False),
        (TEXTS, ([["a", 1]],), False),
        (TEXTS, ((["a"],),), False),
        (PAIRS, ([("", -1)],), True),
        (PAIRS, ([(1, "")],), False),
        (PAIRS, ([("a", 1), ()],), False),
        (PAIRS, ([("a", 1, 1)],), False),
        ([((1, 2),)], ((1, 2, 3),), True),
        ([((1, 2),), ((),), ((3,),)], ((1, 2, 3, 4),), True),
        (MIXED, ([None, 1, 1], 0.0), True),
        (MIXED, ([True], 0.0), False),
        (MIXED, ([1], 1), False),
        ([([],)], ([1, "a"],), True),
        ([({"a": [1]},)], ({"b": []},), True),
        ([({"a": [1]},)], ({1: []},), False),
        ([({"a": [1]},)], ({"a": [""]},), False),
        ([({1},)], ({2, 3},), True),
        ([("a b",)], ("a\tb\n",), True),
        ([("a b",)], ("a\u2028b",), False),
        ([("a b",)], ("a\x1cb",), False),
        ([("é",)], ("a",), True),
        ([("é",)], ("\u2028",), True),
        ([(1.5,)], (-0.0,), True),
        ([(1.5,)], (float("nan"),), False),
        ([(float("inf"),)], (float("nan"),), True),
        ([(float("inf"),)], (1.5,), True),
        ([(1,)], (1, "more than real calls give"), True),
    ],
    ids=repr,
)
def test_types_in_their_places(real: list[Any], made: Any, fits: bool) -> None:
    assert shapes([(args, {}) for args in real])(made, {}) is fits


def test_arguments_by_name() -> None:
    check = shapes([(([1],), {"key": "a"})])
    assert check(([2],), {"key": "b"})
    assert not check(([2],), {"key": 1})
