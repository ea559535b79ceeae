"""Calls at the edges of what a function is called with: always the same ones, tried before chance has its say."""

from __future__ import annotations

import copy
import itertools
import math
import random
import string
import types
from collections.abc import Iterator
from typing import Any, Optional, Tuple

from .calls import defaults_of
from .features import extent
from .scale import scaled

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_SEEDS = 3
MANY = 260
"""More than any implementation has in its tables: CPython keeps one object for each int up to 256."""
PLAIN: dict[type, tuple[Any, ...]] = {
    bool: (False, True),
    int: (0, 1, -1, 2),
    float: (0.0, -0.0, 1.0, -1.0, 0.5, math.nan, math.inf, -math.inf),
    str: (
        "", " ", "a", "A", "0", "\n",
        # For tables with an entry for each letter.
        string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation,
    ),
    bytes: (b"", b"\x00", b"a", bytes(range(256))),
}  # fmt: skip
"""The plainest and most extreme values of a type."""


def boundaries(pool: list[Call], function: Optional[types.FunctionType] = None, fills: bool = False) -> Iterator[Call]:
    """Some calls of the pool with arguments at a boundary of their type: one, all, or two that are one object.

    Then without what `function` has a default for, and if `fills`, with something for each default not passed yet.
    Finitely many. The calls of the pool must be such as can be copied.
    """
    for call in pool[:: max(1, len(pool) // MAX_SEEDS)][:MAX_SEEDS]:
        values = [*call[0], *call[1].values()]
        yield from _long(call, values)
        columns = [boundaries_of(value) for value in values]
        for place, column in enumerate(columns):
            for boundary in column:
                yield _with(call, {place: boundary})
        if columns and all(columns):
            yield _with(call, {place: column[0] for place, column in enumerate(columns)})
        for one, two in itertools.combinations(range(len(values)), 2):
            for boundary in columns[one] if type(values[one]) is type(values[two]) else ():
                yield _with(call, {one: boundary, two: boundary})
        if function is not None:
            yield from _shorter(call, function)
            if fills:
                yield from _longer(call, function)


def boundaries_of(value: Any) -> list[Any]:
    """The plainest and most extreme values of the type of `value`; of a container, those with up to two items."""
    kind = type(value)
    if kind in PLAIN:
        return list(PLAIN[kind])
    if kind in (list, tuple, set, frozenset):
        items = list(value)
        if not items or len({type(item) for item in items}) > 1:
            return [kind()] if kind is not tuple else []
        single = [kind([item]) for item in boundaries_of(items[0])] if type(items[0]) in PLAIN else []
        return [kind(), *single, kind(items[:1]), kind([items[0], items[0]]), kind(items[::-1])]
    if kind is dict:
        return [{}, *({key: value[key]} for key in list(value)[:1])]
    return []


def _long(call: Call, values: list[Any]) -> Iterator[Call]:
    """The call with more items than fit the small numbers of any implementation: once, where it has fewer."""
    longest = extent(values).longest
    if 0 < longest < MANY:
        grown = scaled(call, MANY / longest + 1, random.Random(longest))
        if grown is not None and extent([*grown[0], *grown[1].values()]).longest >= MANY:
            yield grown


def _with(call: Call, changes: dict[int, Any]) -> Call:
    """A copy of `call` with some values replaced; those replaced by one object stay one."""
    args, kwargs = copy.deepcopy(call)
    values = [*args, *kwargs.values()]
    copies = {id(value): copy.deepcopy(value) for value in changes.values()}
    for place, value in changes.items():
        values[place] = copies[id(value)]
    return tuple(values[: len(args)]), {name: values[len(args) + n] for n, name in enumerate(kwargs)}


def _shorter(call: Call, function: types.FunctionType) -> Iterator[Call]:
    """Without one more argument at the end each time, and without each one passed by name, as far as defaults go."""
    defaults, code = defaults_of(function), function.__code__
    args, kwargs = copy.deepcopy(call)
    for count in range(min(len(args), code.co_argcount), 0, -1):
        if code.co_varnames[count - 1] not in defaults:
            break
        yield args[: count - 1], kwargs
    for name in kwargs:
        if name in defaults:
            yield args, {other: value for other, value in kwargs.items() if other != name}


def _longer(call: Call, function: types.FunctionType) -> Iterator[Call]:
    """With a value for a parameter that the call leaves to its default, and of the default's type."""
    code = function.__code__
    args, kwargs = copy.deepcopy(call)
    by_place = code.co_varnames[: max(code.co_posonlyargcount, min(len(args), code.co_argcount))]
    given = {*by_place, *kwargs}
    for name, default in defaults_of(function).items():
        if name not in given:
            for value in boundaries_of(default):
                if value != default:
                    yield args, {**kwargs, name: copy.deepcopy(value)}
