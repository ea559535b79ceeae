"""One operand of a comparison put in the other's place, wherever it stands in the arguments."""

from typing import Any

import pytest
from hypothesis import given, settings
from values import ATOMS, CALLS, Call, digest, unchanged

from speedproof.profiling.worker.substitute import substituted


@pytest.mark.parametrize(
    ("args", "one", "other", "among"),
    [
        ((5,), 5, 9, [(9,), (10,), (8,)]),
        ((9,), 5, 9, [(5,), (6,), (4,)]),
        (([1, 5, 5],), 5, 7, [([1, 7, 5],), ([1, 5, 7],)]),
        (({"a": 5},), 5, 7, [({"a": 7},)]),
        (({5: "a", 6: "b"},), 5, 7, [({7: "a", 6: "b"},)]),
        (((5, (5,)),), 5, 7, [((7, (5,)),), ((5, (7,)),)]),
        ((2.5,), 2.5, 1.5, [(1.5,)]),
        (("03-11-2000",), 11, 30, [("03-30-2000",), ("03-31-2000",), ("03-29-2000",)]),
        (("x3",), 3, 12, [("x12",)]),
        (("the cat sat",), "cat", "dog", [("the dog sat",)]),
        (("aXbX",), "X", "Y", [("aYbX",), ("aXbY",)]),
        ((5, 5), 5, 6, [(6, 5), (5, 6)]),
        ((True,), 1, 5, []),
        (("a",), 1, 5, []),
        (("0007",), 7, -3, []),
        (("0",), None, 0, []),
    ],
)
def test_what_is_made(args: Any, one: Any, other: Any, among: list[Any]) -> None:
    made = [digest(call) for call in substituted((args, {}), one, other)]
    assert {digest((call, {})) for call in among} <= set(made)
    assert bool(made) is bool(among)


@settings(deadline=None)
@given(CALLS, ATOMS, ATOMS)
def test_any_call(call: Call, one: Any, other: Any) -> None:
    """The call stays as it is, and so does its form."""
    made: list[Call] = []
    assert unchanged(call, lambda: made.extend(substituted(call, one, other)))
    assert {(len(args), tuple(kwargs)) for args, kwargs in made} <= {(len(call[0]), tuple(call[1]))}


def test_named_arguments() -> None:
    assert ((1,), {"n": 9}) in list(substituted(((1,), {"n": 5}), 5, 9))
