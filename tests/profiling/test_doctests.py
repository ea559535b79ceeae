"""The calls that examples in docstrings make: all of them, whatever the examples come to."""

import time
import types
from typing import Any

import pytest

from speedproof.profiling.worker.doctests import examples

SOURCE = '''
"""The module.

>>> double(1)
2
"""
import functools

def traced(function):
    def wrapper(*args):
        return function(*args)
    wrapper.__wrapped__ = function
    return wrapper

def double(x):
    """
    >>> double(2)
    4
    >>> double(3)
    'wrong'
    >>> double(undefined)
    1
    >>> [double(n) for n in (5, 6)]
    [10, 12]
    """
    return 2 * x

@traced
def hidden(x):
    return x

hidden.__wrapped__.__doc__ = """
>>> hidden(7)
7
"""

def malformed(x):
    """
    >>> malformed(1)
  1
    >>> malformed(2)
    """
    return x

def breaks(x):
    """
    >>> import sys
    >>> sys.stdout = None
    >>> breaks(1)
    >>> breaks(2)
    """

class Shape:
    """
    >>> Shape(2).area()
    4
    """
    def __init__(self, side):
        self.side = side

    def area(self):
        """
        >>> Shape(3).area()
        9
        """
        return self.side ** 2
'''


class Sink:
    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def add(self, qualname: str, origin: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        self.calls.append((origin, args))
        return True


@pytest.fixture
def module() -> types.ModuleType:
    made = types.ModuleType("documented")
    exec(compile(SOURCE, "documented.py", "exec"), vars(made))
    return made


CASES: dict[str, set[Any]] = {
    "double": {1, 2, 3, 5, 6},
    "hidden": {7},
    "malformed": set(),
    "breaks": {1, 2},
}


@pytest.mark.parametrize("name", CASES)
def test_examples_are_calls(name: str, module: types.ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    sink = Sink()
    function = getattr(vars(module)[name], "__wrapped__", vars(module)[name])
    examples(module, {name: function}, sink, 5.0)
    assert {args[0] for _, args in sink.calls} == CASES[name]
    assert {origin for origin, _ in sink.calls} <= {"doctest"}
    assert capsys.readouterr() == ("", "")


def test_examples_of_a_class(module: types.ModuleType) -> None:
    sink = Sink()
    examples(module, {"Shape.area": vars(module)["Shape"].area}, sink, 5.0)
    assert {args[0].side for _, args in sink.calls} == {2, 3}


def test_no_time_left(module: types.ModuleType) -> None:
    sink = Sink()
    start = time.monotonic()
    examples(module, {"double": vars(module)["double"]}, sink, 0.0)
    assert time.monotonic() - start < 1.0
    assert len(sink.calls) <= 1
