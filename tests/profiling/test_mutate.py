"""Variations, larger and smaller versions of calls: of the same types, made without harm to the call they come from."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from naming import shown
from values import CALLS, SAMPLES, Call, digest, unchanged

from speedproof.profiling.worker.mutate import Mutator, mutations
from speedproof.profiling.worker.scale import scaled
from speedproof.profiling.worker.shrink import complexity, shrink


def variations(seeds: list[Call], count: int, function: Any = None) -> list[Call]:
    return list(itertools.islice(mutations(seeds, random.Random(3), function), count))


def flat(call: Call) -> list[Any]:
    return [*call[0], *call[1].values()]


@settings(deadline=None)
@given(CALLS, CALLS)
def test_variations_of_any_call(one: Call, other: Call) -> None:
    made: list[Call] = []
    assert unchanged([one, other], lambda: made.extend(variations([one, other], 40)))
    assert len(made) == 40
    shapes = {(len(args), tuple(kwargs)) for args, kwargs in (one, other)}
    assert {(len(args), tuple(kwargs)) for args, kwargs in made} <= shapes


@pytest.mark.parametrize("value", SAMPLES, ids=shown)
def test_types_are_kept(value: Any) -> None:
    made = variations([((value,), {})], 60)
    assert {type(flat(call)[0]) for call in made} == {type(value)}


@pytest.mark.parametrize(
    "value", [sample for sample in SAMPLES if sample is not None and not callable(sample)], ids=shown
)
def test_variations_vary(value: Any) -> None:
    assert len({digest(call) for call in variations([((value,), {})], 60)}) > 1


def with_constants(n: int, text: str) -> bool:
    return n == 4711 or text == "magic word"


def test_constants_of_the_code_are_tried() -> None:
    made = variations([((1, "a"), {})], 600, with_constants)
    assert {4711, 4712} <= {args[0] for args, _ in made}
    assert any("magic" in args[1] for args, _ in made)


def test_boundaries_are_tried_always_the_same() -> None:
    call = ([3, 4], "text", 2.5)
    mutators = [Mutator([(call, {})], random.Random(seed)) for seed in (1, 2)]
    one, other = ([digest(made) for made in mutator.boundaries()] for mutator in mutators)
    assert one == other
    assert digest((([], "text", 2.5), {})) in one
    assert digest((([3, 4], "", 2.5), {})) in one
    assert digest((([3, 4], "text", float("nan")), {})) in one
    assert digest((([], "", 0.0), {})) in one


def with_defaults(xs: Any, n: int = 3, flag: bool = False, /, word: str = "w", *, size: int = 0) -> None: ...


def test_defaults_are_relied_on() -> None:
    function: Any = with_defaults
    calls: list[Call] = [(([1], 2, True, "x"), {"size": 5})]
    shapes = {(len(args), *kwargs) for args, kwargs in Mutator(calls, random.Random(1), function).boundaries()}
    assert shapes == {(4, "size"), (3, "size"), (2, "size"), (1, "size"), (4,)}


def test_defaults_are_replaced_where_wanted() -> None:
    function: Any = with_defaults
    mutator = Mutator([(([1], 2, True), {})], random.Random(1), function)
    assert not any(kwargs for _, kwargs in mutator.boundaries())
    filled = [kwargs for _, kwargs in mutator.boundaries(fills=True) if kwargs]
    assert {"word": ""} in filled
    assert {"size": -1} in filled
    assert all(kwargs.keys() <= {"word", "size"} and kwargs != {"size": 0} for kwargs in filled)


def test_texts_hold_every_letter() -> None:
    letters = set().union(*(args[0] for args, _ in Mutator([(("text",), {})], random.Random(1)).boundaries()))
    assert set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!_~") <= letters


def test_what_cannot_be_copied_gives_nothing() -> None:
    assert variations([(((x for x in [1]),), {})], 5) == []


class Shelves(list[Any]):
    """Derived from a container, but what it holds is in a field."""

    def __init__(self) -> None:
        self.rows = [["a"]]


def test_fields_of_derived_containers_vary() -> None:
    made = [flat(call)[0] for call in variations([((Shelves(),), {})], 200)]
    assert {type(value) for value in made} == {Shelves}
    assert any(len(value.rows) > 1 for value in made)
    assert any(len(value) == 0 for value in made)


GROWN: list[tuple[Any, Callable[[Any], object]]] = [
    ([1, 2, 3], len),
    (list(range(20)), lambda xs: xs == sorted(xs) and len(set(xs)) == len(xs)),
    (["a", "b", "a"], lambda xs: set(xs) <= {"a", "b"}),
    ("some words here", lambda text: " " in text),
    ("abcba", lambda text: text == text[::-1]),
    ("12345", str.isdigit),
    ({"a": ["b"], "b": ["a"]}, lambda graph: all(node in graph for row in graph.values() for node in row)),
    ([[1, 2], [3, 4]], lambda rows: {len(row) for row in rows} == {len(rows)}),
    ([[9, 5, 1], [7, 3, 2], [8, 0, -5]], lambda rows: all(row == sorted(row, reverse=True) for row in rows)),
    ({1, 2, 3}, len),
    ((1, 2, 3), lambda xs: type(xs) is tuple),
    (range(3), lambda xs: type(xs) is range),
    (b"ab", len),
]


@pytest.mark.parametrize(("value", "holds"), GROWN)
@pytest.mark.parametrize("factor", [2, 16])
def test_larger_versions_keep_what_holds(value: Any, holds: Callable[[Any], object], factor: int) -> None:
    assert holds(value)
    grown = scaled(((value,), {}), factor, random.Random(1))
    assert grown is not None
    larger = grown[0][0]
    assert type(larger) is type(value)
    assert len(larger) > 1.5 * len(value)
    assert holds(larger)


RELATED: list[tuple[tuple[Any, ...], Callable[..., bool]]] = [
    (([1, 2], [3, 4]), lambda xs, ys: len(xs) == len(ys) > 2),
    (([1, 2, 3], 3), lambda xs, n: n == len(xs) > 3),
    ((20,), lambda n: n == 80),
    (("a,b,c", ","), lambda text, separator: separator == "," and text.count(",") > 2),
]


@pytest.mark.parametrize(("args", "holds"), RELATED)
def test_larger_versions_keep_relations(args: tuple[Any, ...], holds: Callable[..., bool]) -> None:
    grown = scaled((args, {}), 4, random.Random(1))
    assert grown is not None
    assert holds(*grown[0])


@settings(deadline=None)
@given(CALLS)
def test_any_call_can_be_asked_to_grow(call: Call) -> None:
    assert unchanged(call, lambda: scaled(call, 4, random.Random(1)))


@settings(deadline=None)
@given(CALLS)
def test_smaller_versions_come_to_an_end(call: Call) -> None:
    steps = 0
    while True:
        size, before = complexity(call), digest(call)
        variants = list(itertools.islice(shrink(*call), 5))
        assert digest(call) == before
        assert all(complexity(variant) < size for variant in variants)
        if not variants:
            break
        call, steps = variants[-1], steps + 1
        assert steps < 2000


def smallest(call: Call, fails: Callable[..., bool]) -> Call:
    while True:
        for variant in shrink(*call):
            if fails(*variant[0], **variant[1]):
                call = variant
                break
        else:
            return call


SMALLEST: list[tuple[tuple[Any, ...], Callable[..., bool], Callable[..., bool]]] = [
    (([5, 9, 120, 3],), lambda xs: any(x > 100 for x in xs), lambda xs: len(xs) == 1),
    (("hello world",), lambda text: "o" in text, lambda text: text == "o"),
    (({"a": [1, 2], "b": [7]},), lambda mapping: len(mapping) > 1, lambda mapping: not any(mapping.values())),
    ((250,), lambda n: n >= 16, lambda n: n < 32),
    (([1, 2], 5), lambda xs, n: n > 3, lambda xs, n: xs == [] and n < 8),
]


@pytest.mark.parametrize(("args", "fails", "is_small"), SMALLEST)
def test_the_smallest_that_still_fails(
    args: tuple[Any, ...], fails: Callable[..., bool], is_small: Callable[..., bool]
) -> None:
    found = smallest((args, {}), fails)[0]
    assert fails(*found)
    assert is_small(*found)
