"""Made-up calls keep to annotations; where those say nothing that can be checked, everything does."""

import collections
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Optional, TypeVar, Union

import pytest
from naming import shown

from speedproof.profiling.worker.domain import checker, conforms

Number = TypeVar("Number", int, float)
Free = TypeVar("Free")

CASES: list[tuple[Any, list[Any], list[Any]]] = [
    (int, [1, True, 10**30], [1.0, "1", None]),
    (float, [1.0, 1, float("nan")], ["1", None, 1j]),
    (complex, [1j, 1.0, 1], ["1"]),
    (str, ["", "a"], [b"a", 1]),
    (None, [None], [0]),
    (list[str], [[], ["a"]], [[1], [["a"]], ("a",), iter(["a"])]),
    (list[list[int]], [[[1], []]], [[1], [["a"]]]),
    (tuple[int, str], [(1, "a")], [(1,), ("a", 1), [1, "a"]]),
    (tuple[int, ...], [(), (1, 2)], [("a",)]),
    (dict[str, int], [{}, {"a": 1}, collections.Counter("a")], [{1: 1}, {"a": "b"}, []]),
    (Mapping[str, int], [{"a": 1}], [{"a": None}]),
    (set[int], [{1}], [{"a"}, [1]]),
    (Iterable[int], [[1], (1,), iter([1]), {1}], [1, ["a"]]),
    (list[int | None], [[1] * 999 + [None]], [[1] * 999 + ["a"]]),
    (list[list[int]], [[[1]] * 999], [[[1]] * 999 + [["a"]]]),
    (dict[str, int], [dict.fromkeys(map(str, range(999)), 1)], [{**dict.fromkeys(map(str, range(999)), 1), "a": None}]),
    (tuple[Literal["a"], ...], [("a",) * 999], [("a",) * 999 + ("b",)]),
    (Sequence[int], [range(10**15)], []),
    (Sequence[str], [], [range(10**15)]),
    (Iterator[int], [iter([1])], [[1]]),
    (Sequence[float], [[1, 2.0], (1,)], [{1.0}, ["a"]]),
    (Optional[int], [None, 1], ["a"]),  # noqa: UP045 - the old way of writing it
    (Union[int, str], [1, "a"], [1.0]),  # noqa: UP007
    (int | None, [None, 1], [1.5]),
    (Literal["a", 1], ["a", 1], ["b", True]),
    (Annotated[int, "positive"], [1], ["a"]),
    (Number, [1, 1.0], ["a"]),
    (Free, [1, "a", None], []),
    (Any, [1, "a", None], []),
    (Callable[[int], int], [len], [1]),
]


@pytest.mark.parametrize(("hint", "inside", "outside"), CASES, ids=lambda value: shown(value)[:40])
def test_conforms(hint: Any, inside: list[Any], outside: list[Any]) -> None:
    assert [value for value in inside if not conforms(value, hint)] == []
    assert [value for value in outside if conforms(value, hint)] == []


def takes(xs: list[int], y, *rest: str, z: float = None, **more: bool) -> None:  # type: ignore[assignment,no-untyped-def] # noqa: RUF013
    pass


def unresolved(x: "Missing") -> None:  # type: ignore[name-defined]  # noqa: F821
    pass


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "expected"),
    [
        (takes, ([1], "anything"), {}, True),
        (takes, (["a"], 1), {}, False),
        (takes, ([1], 1, "a", "b"), {}, True),
        (takes, ([1], 1, "a", 2), {}, False),
        (takes, ([1], 1), {"z": None}, True),
        (takes, ([1], 1), {"z": "a"}, False),
        (takes, ([1], 1), {"more": True}, True),
        (takes, ([1], 1), {"more": "a"}, False),
        (takes, (), {}, False),
        (unresolved, (1,), {}, True),
    ],
)
def test_checker(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], expected: bool) -> None:
    assert checker(function)(args, kwargs) is expected
