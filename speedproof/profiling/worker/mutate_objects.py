"""Operators for everything that is neither number, text nor container."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
import pathlib
from typing import Any

from . import mutate_arrays
from .mutate_context import Context, Operators


def field_changed(value: Any, context: Context) -> Any:
    """A public field of an object mutated in a copy: in a shallow one of a plain object.

    A shallow copy of what is derived from a list appends the items to a copy that has its fields already. Where those
    are what the items come from, that has no end.
    """
    fields = _fields(value)
    name = context.rng.choice(sorted(fields))
    changed = context.mutate(fields[name])
    result = copy.deepcopy(value) if isinstance(value, (list, dict, set)) else copy.copy(value)
    object.__setattr__(result, name, changed)  # a frozen dataclass forbids it to others
    return result


def member_changed(value: enum.Enum, context: Context) -> Any:
    return context.rng.choice(list(type(value)))


def moment_changed(value: Any, context: Context) -> Any:
    return value + datetime.timedelta(
        days=context.rng.choice((-1, 1, 0, 28, 365)), seconds=context.rng.choice((0, 0, 1, -1))
    )


def time_changed(value: datetime.time, context: Context) -> datetime.time:
    return context.rng.choice(
        (value.replace(microsecond=0), value.replace(second=59), value.replace(minute=0), value.replace(hour=23))
    )


def span_changed(value: datetime.timedelta, context: Context) -> datetime.timedelta:
    return context.rng.choice(
        (
            -value,
            value * 2,
            value + datetime.timedelta(seconds=1),
            datetime.timedelta(0),
            value + datetime.timedelta(days=1),
        )
    )


def path_changed(value: pathlib.PurePath, context: Context) -> pathlib.PurePath:
    return type(value)(context.mutate(str(value)))


def range_changed(value: range, context: Context) -> range:
    numbers = [value.start, value.stop, value.step]
    place = context.rng.randrange(3)
    numbers[place] = context.mutate(numbers[place])
    if abs(numbers[1] - numbers[0]) > 100 * context.longest:
        raise LookupError("too long")
    return range(numbers[0], numbers[1], numbers[2] or 1)


def slice_changed(value: slice, context: Context) -> slice:
    numbers = [value.start, value.stop, value.step]
    place = context.rng.randrange(3)
    numbers[place] = context.rng.choice((None, context.mutate(numbers[place] if numbers[place] is not None else 1)))
    return slice(*numbers)


def iterator_changed(value: Any, context: Context) -> Any:
    """The rest of a list's iterator (or of an equally plain one) mutated as a list."""
    return iter(context.mutate(list(copy.copy(value))))


KINDS: dict[type, Operators] = {
    enum.Enum: {member_changed: 1},
    datetime.date: {moment_changed: 1},
    datetime.time: {time_changed: 1},
    datetime.timedelta: {span_changed: 1},
    pathlib.PurePath: {path_changed: 1},
    range: {range_changed: 1},
    slice: {slice_changed: 1},
    type(iter([])): {iterator_changed: 1},
    type(iter(())): {iterator_changed: 1},
}


def of_other(value: Any) -> Operators:
    """The operators for a value of no known type: by what it can do."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    if package == "numpy" and kind.__name__ == "ndarray":
        return mutate_arrays.ARRAY
    if package == "pandas" and kind.__name__ in ("Series", "DataFrame"):
        return mutate_arrays.FRAME
    if isinstance(value, type) or callable(value):
        return {}
    return of_fields(value)


def of_fields(value: Any) -> Operators:
    return {field_changed: 10} if _fields(value) else {}


def _fields(value: Any) -> dict[str, Any]:
    """The public fields of a plain object, by name."""
    if dataclasses.is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                found[name] = getattr(value, name)
    return {name: field for name, field in found.items() if not name.startswith("_")}
