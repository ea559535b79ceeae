"""Simpler versions of an input: how a counterexample becomes one that a reader takes in at a glance."""

from __future__ import annotations

import collections
import copy
from collections.abc import Iterator
from typing import Any, Tuple

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_PLACES = 48
_SEQUENCES = (list, tuple, collections.deque)


def shrink(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Call]:
    """Variants of a call, the simplest first, every one strictly simpler by `complexity`.

    So taking over the first variant that still tells two functions apart, and starting again from it, comes to an end.
    The arguments stay as they are; a variant shares with them what it does not change, so copy it before use.
    """
    values = [*args, *kwargs.values()]
    found: list[tuple[tuple[int, int], int, Call]] = []

    def add(new_values: list[Any], names: list[str]) -> None:
        call = tuple(new_values[: len(args)]), {name: new_values[len(args) + n] for n, name in enumerate(names)}
        found.append((complexity(call), len(found), call))

    names = list(kwargs)
    for place in range(len(names)):
        rest = len(args) + place
        add(values[:rest] + values[rest + 1 :], names[:place] + names[place + 1 :])
    for place, value in enumerate(values):
        for simpler in _simpler(value):
            add([*values[:place], simpler, *values[place + 1 :]], names)
    limit = complexity((args, kwargs))
    for size, _, call in sorted(found, key=lambda entry: entry[:2]):
        if size < limit:
            yield call


def complexity(value: Any) -> tuple[int, int]:
    """How much there is to read: the number of parts and letters, then how far they are from plain. Never negative."""
    parts, weight, stack, seen = 0, 0, [value], set()
    while stack:
        value = stack.pop()
        parts += 1
        kind = type(value)
        if kind is bool:
            weight += value
        elif kind is int:
            weight += 2 * abs(value).bit_length() + (value < 0)
        elif kind is float:
            weight += 4 * len(repr(value)) + (value < 0)
        elif isinstance(value, str):
            parts += len(value)
            weight += sum(_letter_weight(letter) for letter in value)
        elif isinstance(value, (bytes, bytearray)):
            parts += len(value)
        elif id(value) in seen:
            continue
        elif isinstance(value, (*_SEQUENCES, set, frozenset)):
            seen.add(id(value))
            parts += len(value)
            stack.extend(value)
        elif isinstance(value, dict):
            seen.add(id(value))
            parts += len(value)
            stack.extend(value)
            stack.extend(value.values())
        elif value is not None:
            seen.add(id(value))
            weight += 1
            stack.extend(getattr(value, "__dict__", {}).values())
    return parts, weight


def _simpler(value: Any) -> Iterator[Any]:
    """Candidates only: those that are not simpler after all are sorted out by `shrink`."""
    kind = type(value)
    if kind is bool:
        yield False
    elif kind is int:
        yield from dict.fromkeys((0, 1, -1, -value, value // 2, value // 10, value - 1 if value > 0 else value + 1))
    elif kind is float:
        yield from (0.0, 1.0, -1.0)
        if value - value == 0:
            yield from (float(int(value)), round(value, 1), round(value, 3), value / 2, -value)
    elif isinstance(value, (str, bytes)):
        yield from _shorter(value)
        if isinstance(value, str):
            yield "a" * len(value)
            for place in _places(len(value)):
                for letter in "a 0":
                    yield value[:place] + letter + value[place + 1 :]
    elif isinstance(value, _SEQUENCES):
        if not hasattr(value, "_fields"):
            for values in _shorter(list(value)):
                yield _like(value, values)
        for place in _places(len(value)):
            for item in _simpler(value[place]):
                values = list(value)
                values[place] = item
                yield _like(value, values)
    elif isinstance(value, (set, frozenset)):
        for values in _shorter(list(value)):
            yield kind(values)
        for member in list(value)[:MAX_PLACES]:
            for simpler in _simpler(member):
                yield kind([*(value - {member}), simpler])
    elif isinstance(value, dict):
        yield from _simpler_mapping(value)


def _simpler_mapping(value: Any) -> Iterator[Any]:
    keys = list(value)
    for kept in _shorter(keys):
        result = copy.copy(value)
        for key in keys:
            if not any(key is other for other in kept):
                del result[key]
        yield result
    for key in keys[:MAX_PLACES]:
        for item in _simpler(value[key]):
            result = copy.copy(value)
            result[key] = item
            yield result


def _shorter(value: Any) -> Iterator[Any]:
    """Without all of it, without halves, quarters and so on of it, without single items."""
    length = len(value)
    if length:
        yield value[:0]
    size = length // 2
    while size > 1:
        for start in range(0, length, size):
            yield value[:start] + value[start + size :]
        size //= 2
        if length // max(size, 1) > MAX_PLACES:
            break
    for place in _places(length):
        yield value[:place] + value[place + 1 :]


def _places(length: int) -> list[int]:
    """Every place, or as many as are worth the time, both ends among them."""
    if length <= MAX_PLACES:
        return list(range(length))
    return [n * (length - 1) // (MAX_PLACES - 1) for n in range(MAX_PLACES)]


def _like(value: Any, values: list[Any]) -> Any:
    if isinstance(value, tuple):
        return value._make(values) if hasattr(value, "_make") else type(value)(values)
    result = copy.copy(value)
    result.clear()
    result.extend(values)
    return result


def _letter_weight(letter: str) -> int:
    """Plain letters are lighter than digits, those than other signs, those than what not every font has."""
    if letter == "a":
        return 0
    if letter.isascii():
        return 1 if letter.islower() else 2 if letter.isalnum() or letter == " " else 3
    return 5
