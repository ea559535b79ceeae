"""Small calls: all of them up to a size, of the types that the known ones have, none sharing an object with another."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from values import CALLS, Call, digest, unchanged

from speedproof.profiling.worker.small_scope import small_calls


def first(seeds: list[Call], count: int, function: Any = None) -> list[Call]:
    return list(itertools.islice(small_calls(seeds, random.Random(1), function), count))


@settings(deadline=None)
@given(CALLS, CALLS)
def test_the_forms_of_the_calls_stay(one: Call, other: Call) -> None:
    made: list[Call] = []
    assert unchanged([one, other], lambda: made.extend(first([one, other], 200)))
    assert {(len(a), tuple(k)) for a, k in made} <= {(len(a), tuple(k)) for a, k in (one, other)}


@pytest.mark.parametrize(
    ("seed", "among"),
    [
        (([3, 1],), ([],)),
        (([3, 1],), ([0, 0],)),
        (([3, 1],), ([1, -1, 0],)),
        (("xy",), ("",)),
        (("xy",), ("yxy",)),
        (({"k": 5},), ({},)),
        (({"k": 5},), ({"k": 0, "": 1},)),
        (([(1, "a")],), ([(0, ""), (1, "a")],)),
        (({2}, True), ({0, 1}, False)),
        (([3, 1], 7), ([0], -1)),
        (([[3]],), ([[], [0]],)),
        ((2.5,), (-0.0,)),
        ((b"\x07",), (b"a\xff",)),
        ((frozenset({1}),), (frozenset({0, 1}),)),
    ],
    ids=repr,
)
def test_what_is_small_comes_early(seed: Any, among: Any) -> None:
    assert digest((among, {})) in [digest(call) for call in first([(seed, {})], 2000)]


def in_code(n: int, text: str = "unusual word") -> bool:
    return n == 4711 or text == "#!"


@pytest.mark.parametrize("call", [((4711, ""), {}), ((4710, ""), {}), ((0, "#!"), {}), ((0, "unusual word"), {})])
def test_what_the_code_names_is_small(call: Call) -> None:
    made = first([((1, "a"), {})], 3000, in_code)
    assert digest(call) in [digest(other) for other in made]


def test_nothing_is_shared() -> None:
    seeds: list[Call] = [(([[1]], [[2]]), {})]
    values = [value for args, _ in [*seeds, *first(seeds, 500)] for value in (*args, *args[0], *args[1])]
    assert len({id(value) for value in values}) == len(values)


def test_each_argument_varies_alone_too() -> None:
    """So that one argument gets far while the others are as real as they were."""
    rest = ("a rather long text", {"many": 1, "more": 2}, [9, 8, 7, 6, 5])
    made = first([((4, *rest), {})], 3000)
    alone = {args[0] for args, _ in made if args[1:] == rest}
    assert {0, 1, -1, 10, 1000} <= alone


def test_what_cannot_be_made_is_taken_as_it_is() -> None:
    functions = [abs, len, max, min, sum]
    made = first([((function, [1]), {}) for function in functions], 400)
    assert {args[0] for args, _ in made} <= set(functions)
    assert len({args[0] for args, _ in made}) > 2


def test_it_ends() -> None:
    assert len(first([((True, None), {})], 10_000)) < 200
