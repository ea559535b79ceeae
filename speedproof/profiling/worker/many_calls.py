"""Streams of very many calls: long ones, small ones, numbers counted up, and variations of known ones."""

from __future__ import annotations

import itertools
import operator
import random
import types
from collections.abc import Iterator, Sequence
from typing import Any, Optional, Tuple

from .features import extent
from .mutate import Mutator
from .scale import scaled
from .small_scope import small_calls
from .vocabulary import Vocabulary

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_LONG = 3
LONG = (1050, 2500)
"""Python lets functions call each other 1000 deep."""
MAX_COUNTED_ROWS = 3
WORTHWHILE_SIZES = range(8, 1001)


def calls(mutator: Mutator, rng: random.Random, function: types.FunctionType, words: Vocabulary) -> Iterator[Call]:
    """Small ones, numbers counted up, large numbers, and variations in turn: the last without end."""
    varied = _varied(mutator)
    small = small_calls(mutator.pool, rng, function, words)
    for row in itertools.zip_longest(small, counted(mutator.pool, words.constants.get(int, ())), roots(mutator)):
        yield from (call for call in row if call is not None)
        yield from itertools.islice(varied, 2)
    yield from varied


def long(pool: list[Call], rng: random.Random) -> Iterator[Call]:
    """Known calls grown beyond the depth to which Python lets functions call each other, and with lists in a row."""
    sizes = [(extent([*args, *kwargs.values()]).longest, (args, kwargs)) for args, kwargs in pool]
    sizes = [(size, call) for size, call in sizes if size > 1]
    for size, call in sizes[:: max(1, len(sizes) // MAX_LONG)][:MAX_LONG]:
        for length in LONG:
            grown = scaled(call, length / size, rng)
            if grown is not None:
                yield grown
        args, kwargs = call
        for step in (1, -1):
            values = [_in_a_row(value, step) for value in (*args, *kwargs.values())]
            yield tuple(values[: len(args)]), dict(zip(kwargs, values[len(args) :]))  # noqa: B905


def _in_a_row(value: Any, step: int, length: int = LONG[0]) -> Any:
    if type(value) is not list or not value or any(type(item) is not int for item in value):
        return value
    return list(range(value[0], value[0] + step * length, step))


def counted(pool: list[Call], sizes: Sequence[int] = ()) -> Iterator[Call]:
    """Known calls with their integers counted up from 0 together, those with the smallest product first.

    The same, too, with integers in a row, as many as the first of `sizes` that is worth it: what is a share of a
    hundred, or a place in a table, comes out by both.
    """
    rows = [call for call in pool if any(type(value) is int for value in (*call[0], *call[1].values()))]
    rows = rows[:: max(1, len(rows) // MAX_COUNTED_ROWS)][:MAX_COUNTED_ROWS]
    size = next((number for number in sizes if number in WORTHWHILE_SIZES), None)
    if size is not None:
        rows += [call for call in (_with_lists(call, size) for call in rows) if call is not None][:1]
    for row in itertools.zip_longest(*map(_counted, rows)):
        yield from (call for call in row if call is not None)


def _with_lists(call: Call, size: int) -> Optional[Call]:
    """None where there is no list of integers."""
    args, kwargs = call
    values = [*args, *kwargs.values()]
    rows = [_in_a_row(value, 1, size) for value in values]
    if all(map(operator.is_, values, rows)):
        return None
    return tuple(rows[: len(args)]), dict(zip(kwargs, rows[len(args) :]))  # noqa: B905


def _counted(call: Call) -> Iterator[Call]:
    args, kwargs = call
    values = [*args, *kwargs.values()]
    places = [place for place, value in enumerate(values) if type(value) is int]
    for product in itertools.count(1):
        for factors in _factored(product, len(places)):
            for place, factor in zip(places, factors):  # noqa: B905 - `strict` is new in 3.10
                values[place] = factor - 1
            yield tuple(values[: len(args)]), dict(zip(kwargs, values[len(args) :]))  # noqa: B905


def _factored(product: int, count: int) -> Iterator[Tuple[int, ...]]:
    """All ways to write `product` as so many factors, in every order."""
    if count == 1:
        yield (product,)
        return
    small = [n for n in range(1, int(product**0.5) + 1) if product % n == 0]
    for factor in dict.fromkeys([*small, *(product // n for n in reversed(small))]):
        yield from ((factor, *rest) for rest in _factored(product // factor, count - 1))


def roots(mutator: Mutator) -> Iterator[Optional[Call]]:
    """Squares and cubes, and what is one less, in place of an integer: there, floats round to the wrong side.

    Up to where calls are known to stay quick; None instead of a call as long as the next one is beyond.
    """
    rows = [call for call in mutator.pool if any(type(value) is int for value in (*call[0], *call[1].values()))]
    for number in _POWERS if rows else ():
        while number > mutator.context.reach:
            yield None
        args, kwargs = rows[number % len(rows)]
        values = [*args, *kwargs.values()]
        for place, value in enumerate(values):
            if type(value) is int:
                changed = [*values[:place], number, *values[place + 1 :]]
                yield tuple(changed[: len(args)]), dict(zip(kwargs, changed[len(args) :]))  # noqa: B905


_ROOTS = (*(10**n + 1 for n in range(20)), *(2**n - 1 for n in range(2, 65)))
_POWERS = sorted({root**power - less for root in _ROOTS for power in (2, 3) for less in (0, 1)})


def _varied(mutator: Mutator) -> Iterator[Call]:
    while mutator.pool:
        try:
            yield mutator.next_call()
        except ValueError:
            return
