"""Values of another type in place of those given: which there are, and that nothing happens to the given ones."""

import collections
import pickle
import random
from typing import Any

import pytest
from hypothesis import given
from values import VALUES, digest, unchanged

from speedproof.profiling.worker.mutate_context import Context
from speedproof.profiling.worker.mutate_values import mutated
from speedproof.profiling.worker.recast import OneShot, recasts
from speedproof.profiling.worker.vocabulary import Vocabulary


def context(seed: int = 0) -> Context:
    return Context(random.Random(seed), Vocabulary(), mutated)


def all_recast(value: Any) -> dict[str, Any]:
    """By the name of the change."""
    return dict(recasts(value, context()))


CASES: list[tuple[Any, dict[str, Any]]] = [
    (True, {"integer": 1}),
    (2.0, {"integer": 2}),
    (1, {"bool": True}),
    (2, {}),
    (2.5, {}),
    (float("inf"), {}),
    ("text", {}),
    (["a", "b"], {"sequence": ("a", "b"), "unhashable": [["a"], ["b"]], "iterator": ["a", "b"]}),
    ((), {"sequence": [], "iterator": []}),
    ({"a": 1}, {"forgiving": collections.defaultdict(int, {"a": 1})}),
    ({"a": 1, "b": "c"}, {}),
    ({}, {}),
]


@pytest.mark.parametrize(("value", "expected"), CASES)
def test_changes_that_apply(value: Any, expected: dict[str, Any]) -> None:
    found = all_recast(value)
    if "iterator" in found:
        found["iterator"] = list(found["iterator"])
    assert {name: digest(item) for name, item in found.items()} == {n: digest(item) for n, item in expected.items()}


def test_one_item_of_several() -> None:
    assert digest(all_recast([1.0, "a"])["item"]) == digest([1, "a"])


def test_an_iterator_is_read_once_and_pickled_as_new() -> None:
    items = OneShot([1, 2, 3])
    before = digest(items)
    assert next(items) == 1
    assert digest(items) == before
    again = pickle.loads(pickle.dumps(items))
    assert list(items) == [2, 3]
    assert list(items) == []
    assert list(again) == [1, 2, 3]
    assert repr(items) == "iter([1, 2, 3])"


@given(VALUES)
def test_the_given_value_stays(value: Any) -> None:
    assert unchanged(value, lambda: [dict(recasts(value, context(seed))) for seed in range(8)])
