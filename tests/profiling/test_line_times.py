"""Where in a function the time of a call goes."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from speedproof.profiling.worker import line_times as subject
from speedproof.profiling.worker.line_times import line_times


def waiting(n: int) -> int:
    total = 0
    for number in range(n):
        total += number
    time.sleep(0.02)
    return total


def recursive(n: int) -> int:
    if n == 0:
        return 0
    return 1 + recursive(n - 1)


def nested(items: list[int]) -> int:
    return sum(
        item
        for item in items
    )  # fmt: skip


def told(function: Callable[..., Any], *arguments: Any) -> dict[int, int]:
    """How often each line ran, lines from the `def` on."""
    found = line_times(function.__code__, lambda: function(*arguments))
    return {line - function.__code__.co_firstlineno: n_runs for line, (n_runs, _) in found.items() if n_runs}


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (waiting, (3,), {1: 1, 2: 4, 3: 3, 4: 1, 5: 1}),
        (recursive, (3,), {1: 4, 2: 1, 3: 3}),
    ],
)
def test_each_line_ran_so_often(
    function: Callable[..., Any], arguments: tuple[Any, ...], expected: dict[int, int]
) -> None:
    assert told(function, *arguments) == expected


def test_the_lines_of_nested_code_are_among_them() -> None:
    assert told(nested, [1, 2, 3])[2] >= 3


def test_what_a_line_calls_is_the_lines_time() -> None:
    found = line_times(waiting.__code__, lambda: waiting(100))
    seconds = {line - waiting.__code__.co_firstlineno: spent for line, (_, spent) in found.items()}
    assert max(seconds, key=seconds.__getitem__) == 4


def test_only_the_first_lines_of_a_long_run_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MAX_EVENTS", 100)
    assert sum(told(waiting, 10_000).values()) <= 100
