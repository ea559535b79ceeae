"""Coverage of one function by calls, nested code included, with and without an exception on the way."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import pytest

from speedproof.profiling.worker.lines import Lines, executable_lines


def branchy(x: int) -> str:
    if x > 0:
        return "positive"
    if x < 0:
        raise ValueError(x)
    return "zero"


def nested(items: list[int]) -> list[int]:
    def double(x: int) -> int:
        return x * 2

    return [
        double(x)
        for x in items
        if x
    ]  # fmt: skip


def lazy(n: int) -> Any:
    for i in range(n):  # noqa: UP028 - lines to be counted
        yield i
    yield -1


def numbers(function: Callable[..., Any], *offsets: int) -> set[int]:
    return {function.__code__.co_firstlineno + offset for offset in offsets}


def traced(function: Callable[..., Any], work: Callable[[], Any]) -> set[int]:
    lines = Lines(function.__code__)
    lines.watch(work)
    return lines.hit


CASES: list[tuple[Callable[..., Any], list[Any], set[int]]] = [
    (branchy, [1], numbers(branchy, 1, 2)),
    (branchy, [1, 0], numbers(branchy, 1, 2, 3, 5)),
    (branchy, [1, 0, -1], numbers(branchy, 1, 2, 3, 4, 5)),
    (lazy, [2], numbers(lazy, 1, 2, 3)),
]


@pytest.mark.parametrize(("function", "arguments", "expected"), CASES)
def test_lines_that_ran_are_found(function: Callable[..., Any], arguments: list[Any], expected: set[int]) -> None:
    def work() -> None:
        for argument in arguments:
            with contextlib.suppress(ValueError):
                result = function(argument)
                list(result) if function is lazy else None

    assert traced(function, work) == expected
    assert expected <= executable_lines(function.__code__)


def test_code_inside_the_function_counts() -> None:
    everything = executable_lines(nested.__code__)
    assert traced(nested, lambda: nested([1, 2])) == everything
    assert traced(nested, lambda: nested([])) < everything


def test_what_was_seen_stays_seen() -> None:
    lines = Lines(branchy.__code__)
    for argument in (1, 0, 1):
        lines.watch(functools.partial(branchy, argument))
    assert lines.hit == numbers(branchy, 1, 2, 3, 5)
    assert lines.executable > lines.hit
