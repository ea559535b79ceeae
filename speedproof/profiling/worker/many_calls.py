"""Streams of very many calls: long ones, small ones, numbers counted up, and variations of known ones."""

from __future__ import annotations

import itertools
import random
import types
from collections.abc import Iterator
from typing import Any, Tuple

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


def calls(mutator: Mutator, rng: random.Random, function: types.FunctionType, words: Vocabulary) -> Iterator[Call]:
    """Small ones, numbers counted up, and variations in turn: the last without end."""
    varied = _varied(mutator)
    small = small_calls(mutator.pool, rng, function, words)
    for row in itertools.zip_longest(small, counted(mutator.pool)):
        yield from (call for call in row if call is not None)
        yield from itertools.islice(varied, 2)
    yield from varied


def long(pool: list[Call], rng: random.Random) -> Iterator[Call]:
    """Known calls grown beyond the depth to which Python lets functions call each other, and with lists in a row."""
    sizes = [(extent([*args, *kwargs.values()])[1], (args, kwargs)) for args, kwargs in pool]
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


def _in_a_row(value: Any, step: int) -> Any:
    if type(value) is not list or not value or any(type(item) is not int for item in value):
        return value
    return list(range(value[0], value[0] + step * LONG[0], step))


def counted(pool: list[Call]) -> Iterator[Call]:
    """Known calls with their integers counted up from 0 together, those with the smallest product first."""
    rows = [call for call in pool if any(type(value) is int for value in (*call[0], *call[1].values()))]
    streams = [_counted(call) for call in rows[:: max(1, len(rows) // MAX_COUNTED_ROWS)][:MAX_COUNTED_ROWS]]
    for row in itertools.zip_longest(*streams):
        yield from (call for call in row if call is not None)


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


def _varied(mutator: Mutator) -> Iterator[Call]:
    while mutator.pool:
        try:
            yield mutator.next_call()
        except ValueError:
            return
