"""Values of another type that may stand for the ones given: an iterator for a list, 2 for 2.0.

Whether a function is made for such calls is a question of evidence (see `explore.py`); here they are only made.
"""

from __future__ import annotations

import collections
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Tuple

from . import recast_arrays
from .mutate_context import Context


class OneShot:
    """An iterator over a list, readable once. How far it was read is the reader's affair: it pickles as when new.

    Nor is it among its attributes, because those are compared: whoever was called with lists so far may read as much of
    an iterator as it likes.
    """

    def __init__(self, items: list[Any]) -> None:
        self._items = items
        _RESTS[self] = iter(items)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(_RESTS[self])

    def __repr__(self) -> str:
        return "iter(%r)" % self._items

    def __reduce__(self) -> Tuple[Any, ...]:
        return OneShot, (self._items,)


_RESTS: weakref.WeakKeyDictionary[OneShot, Iterator[Any]] = weakref.WeakKeyDictionary()


def recasts(value: Any, context: Context) -> Iterator[Tuple[str, Any]]:
    """Every change of type that applies to `value`: its name, and what it makes of it."""
    for name, change in _CHANGES.items():
        result = change(value, context)
        if result is not None:
            yield name, result


def _to_integer(value: Any, _: Context) -> Any:
    if type(value) is bool:
        return int(value)
    if type(value) is float and value - value == 0 and value == int(value):
        return int(value)
    return None


def _to_bool(value: Any, _: Context) -> Any:
    return bool(value) if type(value) is int and value in (0, 1) else None


def _to_iterator(value: Any, _: Context) -> Any:
    return OneShot(list(value)) if type(value) in (list, tuple) else None


def _to_other_sequence(value: Any, _: Context) -> Any:
    return tuple(value) if type(value) is list else list(value) if type(value) is tuple else None


def _to_unhashable_items(value: Any, _: Context) -> Any:
    """Every item in a list of its own: equal where they were equal, in order where they were, not hashable."""
    return type(value)([item] for item in value) if type(value) in (list, tuple) and value else None


def _to_forgiving_mapping(value: Any, _: Context) -> Any:
    """A mapping that makes up missing values, and keeps what it made up."""
    kinds = {type(item) for item in value.values()} if type(value) is dict else set()
    if len(kinds) == 1 and kinds <= {int, float, list, dict, set, str}:
        return collections.defaultdict(kinds.pop(), value)
    return None


def _one_item(value: Any, context: Context) -> Any:
    """One item of a sequence taken for a number of another type."""
    if type(value) not in (list, tuple):
        return None
    values = list(value)
    for place in context.rng.sample(range(len(values)), len(values)):
        for change in (_to_integer, _to_bool):
            item = change(values[place], context)
            if item is not None:
                values[place] = item
                return type(value)(values)
    return None


_CHANGES: dict[str, Callable[[Any, Context], Any]] = {
    "integer": _to_integer,
    "bool": _to_bool,
    "iterator": _to_iterator,
    "sequence": _to_other_sequence,
    "unhashable": _to_unhashable_items,
    "forgiving": _to_forgiving_mapping,
    "item": _one_item,
    **recast_arrays.CHANGES,
}
