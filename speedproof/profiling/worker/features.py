"""What is notable about a call: its arguments, and what came of it. Sets of plain tuples, compared by inclusion."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any, NamedTuple

MAX_LOOKED_AT = 100
MAX_LENGTH_BITS = 9
"""Lengths are told apart by their power of two up to here: beyond 256, equal ints are two objects in CPython."""


def of_input(values: list[Any]) -> set[Any]:
    """Signs, emptiness, order, repetition and the like of each argument, and how the arguments relate."""
    found: set[Any] = set()
    for place, value in enumerate(values):
        found.update((place, *feature) for feature in _of_value(value))
    for one, two in itertools.combinations(range(len(values)), 2):
        first, second = values[one], values[two]
        if type(first) is type(second):
            if type(first) not in (bool, int, float, str, bytes, type(None)) and first is second:
                found.add((one, two, "one object", (one, "nan") in found))
            elif type(first) is float and first != first and second != second:
                found.add((one, two, "one nan", first is second))
            elif type(first) in _COMPARED and first == second:
                found.add((one, two, "equal", (one, "nan") in found))
        for sized, number in ((first, second), (second, first)):
            if type(number) is int and isinstance(sized, (list, tuple, str, dict)):
                size = _size(sized)
                found.add((one, two, number == size, number == size - 1, number > size, -size <= number < 0))
    return found


def of_result(value: Any) -> set[Any]:
    kind = type(value)
    found: set[Any] = {("returned", kind)}
    if kind is bool or value is None:
        found.add(("returned", kind, value))
    elif kind in (int, float):
        found.add(("returned", kind, (value > 0) - (value < 0), value != value, abs(value) == 1))
    elif kind in (str, bytes, list, tuple, dict, set, frozenset):
        found.add(("returned", kind, min(len(value).bit_length(), 6)))
        if kind in (list, tuple) and value:
            found.add(("returned", kind, type(value[0]), type(value[-1])))
    return found


class Extent(NamedTuple):
    """The lowest and the highest int, 0 included, and the length of the longest container or text."""

    lowest: int
    highest: int
    longest: int

    @property
    def largest(self) -> int:
        return max(-self.lowest, self.highest)


def extents(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Extent]:
    """Of each argument."""
    return [extent([value]) for value in (*args, *kwargs.values())]


def extent(values: list[Any]) -> Extent:
    """Of `values` and what they hold."""
    lowest = highest = longest = 0
    stack = list(values)
    for _ in range(500):
        if not stack:
            break
        value = stack.pop()
        if type(value) is int:
            lowest, highest = min(lowest, value), max(highest, value)
        elif isinstance(value, (str, bytes, list, tuple, set, frozenset, dict)):
            longest = max(longest, _size(value))
            if not isinstance(value, (str, bytes)):
                stack.extend(_some(value))
            if isinstance(value, dict):
                stack.extend(_some(dict.values(value)))
    return Extent(lowest, highest, longest)


def _size(value: Any) -> int:
    """Classes of the project's decide what asking them comes to."""
    try:
        return len(value)
    except Exception:
        return 0


def _some(value: Any) -> list[Any]:
    try:
        return list(itertools.islice(value, MAX_LOOKED_AT))
    except Exception:
        return []


_COMPARED = (int, float, str, bytes, list, tuple, dict, set, frozenset)


def _of_value(value: Any) -> set[Any]:
    kind = type(value)
    found: set[Any] = {(kind,)}
    if kind is bool or value is None:
        found.add((value,))
    elif kind is int:
        found.add((kind, (value > 0) - (value < 0), min(value.bit_length(), 64) // 11))
        found.add(("odd", value % 2, value in (-1, 1)))
        digits = str(abs(value)) if abs(value) < 10**40 else ""
        if len(digits) > 1 and (not digits.strip("9") or digits.rstrip("0") == "1"):
            found.add(("round", len(digits), digits[-1:]))
        if value > 1 and math.isqrt(value) ** 2 == value:
            found.add(("square", value.bit_length() // 8))
    elif kind is float:
        if value != value:
            found.add(("nan",))
        else:
            found.add((kind, math.copysign(1, value), value == 0, math.isinf(value), value % 1 == 0))
    elif kind is str:
        found.add((kind, min(len(value).bit_length(), MAX_LENGTH_BITS)))
        found.add(("ascii", value.isascii()))
        found.add(("letters", min(len(set(value[:MAX_LOOKED_AT])).bit_length(), 5)))
        found.add(("space", value[:1].isspace(), value[-1:].isspace(), value.endswith("\n")))
        found.add(("case", value == value.lower(), value == value.upper()))
        found.add(("repeats", any(map(operator.eq, value[:MAX_LOOKED_AT], value[1:MAX_LOOKED_AT]))))
    elif kind in (list, tuple):
        items = list(value[:MAX_LOOKED_AT])
        found.add((kind, min(len(value).bit_length(), MAX_LENGTH_BITS)))
        found.add(("of", frozenset(map(type, items))))
        if items and all(type(item) in (bool, int, float, str) for item in items):
            found.update(("holds", *feature) for item in items[:20] for feature in _of_value(item) if len(feature) < 4)
            found.add(("distinct", len(set(items)) == len(items)))
            nans = [id(item) for item in items if item != item]
            if nans:
                found.update([("nan",), ("one nan", len(nans) > len(set(nans)))])
        if len(items) > 1 and len({type(item) for item in items}) == 1 and type(items[0]) in (int, float, str):
            found.add(("rising", all(map(operator.le, items, items[1:]))))
            found.add(("falling", all(map(operator.ge, items, items[1:]))))
        if items and all(isinstance(item, (list, tuple)) for item in items):
            found.add(("one object twice", len({id(item) for item in items}) < len(items)))
            found.add(("lengths", len({len(item) for item in items}) > 1, not all(items)))
    elif isinstance(value, (dict, set, frozenset)):
        found.add((kind, min(_size(value).bit_length(), MAX_LENGTH_BITS)))
        found.add(("of", frozenset(map(type, _some(value)))))
    return found
