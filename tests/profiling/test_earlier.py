"""Which parts of a result live on."""

import dataclasses
import types
from typing import Any

import pytest

from speedproof.profiling.worker.earlier import Earlier
from speedproof.profiling.worker.encode import encode


class Plain:
    pass


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int


CASES: list[tuple[str, Any, bool]] = [
    ("a list", [1], True),
    ("a dict", {}, True),
    ("an object", Plain(), True),
    ("a namespace", types.SimpleNamespace(a=1), True),
    ("a tuple", (1, 2), False),
    ("a frozen object", Frozen(1), False),
    ("a class", Plain, False),
    ("a function", len, False),
    ("a text", "a", False),
    ("a set that cannot change", frozenset("a"), False),
]


@pytest.mark.parametrize(("name", "part", "counts"), CASES, ids=[name for name, _, _ in CASES])
def test_only_what_can_change_counts(name: str, part: Any, counts: bool) -> None:
    earlier = Earlier()
    assert earlier.shared(encode([part]).parts) == []
    assert bool(earlier.shared(encode([part]).parts)) is counts
    earlier = Earlier()
    earlier.own(encode([part]).parts)
    assert bool(earlier.shared(encode([part]).parts)) is counts


def test_equal_ones_are_not_the_same() -> None:
    earlier = Earlier()
    for _ in range(100):
        assert earlier.shared(encode([[1], {"a": []}]).parts) == []
