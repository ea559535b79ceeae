"""What holds of all real calls and is too much to be chance: cells are 0 or 1, lists are in order.

No annotation can say so, and yet it is what the function is made for. A made-up call that breaks such a habit tells
nothing about real use; that none was tried is part of the evidence. Habits that tests have by carelessness, as lists
that are never empty or texts without accents, are none: those are what a search for differences is for.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any, Tuple

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MIN_CALLS = 3
MIN_CELLS = 16
MIN_RISING, MIN_FALLING = 20, 5
"""People like to write lists in rising order where order is of no matter, but not that many of them."""
MAX_LOOKED_AT = 20_000


def habits(calls: list[Call]) -> Tuple[Callable[[Any, Any], bool], list[str]]:
    """A check of `(args, kwargs)` against the habits of real `calls`, and the habits in words."""
    columns: dict[Any, list[Any]] = {}
    for args, kwargs in calls:
        for name, value in (*enumerate(args), *kwargs.items()):
            columns.setdefault(name, []).append(value)
    kept: dict[Any, list[Callable[[Any], bool]]] = {}
    words = []
    for name, values in columns.items():
        for text, applies, holds in _HABITS:
            if len(values) >= MIN_CALLS and applies(values) and all(map(holds, values)):
                kept.setdefault(name, []).append(holds)
                words.append(text % (name + 1 if isinstance(name, int) else name))

    def keeps(args: Any, kwargs: Any) -> bool:
        named = (*enumerate(args), *kwargs.items())
        return all(holds(value) for name, value in named for holds in kept.get(name, ()))

    return keeps, words


def _bits_applies(values: list[Any]) -> bool:
    cells = [cell for value in values for cell in _cells(value)]
    return len(cells) >= MIN_CELLS and {0, 1} <= set(cells)


def _are_bits(value: Any) -> bool:
    return all(cell in (0, 1) for cell in _cells(value))


def _rising_applies(values: list[Any]) -> bool:
    return _long_lists(values) >= MIN_RISING


def _falling_applies(values: list[Any]) -> bool:
    return _long_lists(values) >= MIN_FALLING


def _long_lists(values: list[Any]) -> int:
    """How many there are with three different numbers or more: less is in order too easily."""
    return sum(len(set(row)) > 2 for value in values for row in _rows(value))


def _are_rising(value: Any) -> bool:
    return all(all(map(operator.le, row, row[1:])) for row in _rows(value))


def _are_falling(value: Any) -> bool:
    return all(all(map(operator.ge, row, row[1:])) for row in _rows(value))


def _cells(value: Any) -> list[Any]:
    """The numbers in nested sequences, and the digits of texts that hold nothing but digits."""
    if type(value) is str:
        return [int(letter) if letter in "01" else letter for letter in value[:MAX_LOOKED_AT]]
    found: list[Any] = []
    for row in _rows(value):
        found.extend(row)
    return found[:MAX_LOOKED_AT]


def _rows(value: Any) -> list[Any]:
    """The sequences of plain numbers in nested sequences, as far as MAX_LOOKED_AT numbers go."""
    found: list[Any] = []
    stack, left = [value], MAX_LOOKED_AT
    while stack and left > 0:
        part = stack.pop()
        if type(part) not in (list, tuple) or not part:
            continue
        if {int, float}.issuperset(map(type, itertools.islice(part, left))):
            found.append(part[:left])
            left -= len(part)
        else:
            stack.extend(itertools.islice(part, left))
    return found


_HABITS = (
    ("values other than 0 and 1 in argument %s: no recorded call has any", _bits_applies, _are_bits),
    (
        "lists in argument %s that are not in rising order: those of all recorded calls are",
        _rising_applies,
        _are_rising,
    ),
    ("lists in argument %s not in falling order: those of all recorded calls are", _falling_applies, _are_falling),
)
