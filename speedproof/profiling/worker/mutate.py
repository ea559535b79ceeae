"""Makes new inputs out of known ones: nearby values, boundaries, aliases, parts of one put into another.

Types are kept, so that most results are calls that the function was made for; `Mutator.recast` alone changes them.
Nothing here changes the inputs it is given. The idea of mutating by type is EvalPlus's (Liu et al., 2023).
"""

from __future__ import annotations

import contextlib
import copy
import pickle
import random
import types
from collections.abc import Iterator
from typing import Any, Optional, Tuple

from . import pickling
from .boundaries import boundaries
from .mutate_context import Context
from .mutate_values import mutated
from .recast import recasts
from .scale import scaled as scaled
from .shrink import shrink as shrink
from .vocabulary import Vocabulary

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_CHANGES = 4
MAX_BOUNDARY_SEEDS = 3


class Mutator:
    """Variations of a growing pool of calls. Empty, and good for nothing, where no seed can be copied."""

    def __init__(
        self,
        seeds: list[Call],
        rng: random.Random,
        function: Optional[types.FunctionType] = None,
        words: Optional[Vocabulary] = None,
    ) -> None:
        """`function` lends its defaults, and where there are no `words`, the constants of its code."""
        self.function = function
        self.pool = [call for call in map(copied, seeds) if call is not None]
        code = None if function is None else function.__code__
        self._pickled: dict[int, bytes] = {}
        """Of the calls of the pool, by their place: many times quicker to copy than the values themselves."""
        self.context = Context(rng, words or Vocabulary.of(self.pool, code), mutated)

    def boundaries(self, fills: bool = False) -> Iterator[Call]:
        """Some known calls at the boundaries of their types; see `boundaries.boundaries`."""
        return boundaries(self.pool, self.function, fills)

    def next_call(self) -> Call:
        """A new call that shares no mutable object with the pool. May repeat what came before."""
        call = self.copied(_favoured(len(self.pool), self.context.rng))
        if call is None:
            raise ValueError("an argument can be copied only once")
        for count in range(MAX_CHANGES):
            if count and self.context.chance(0.55):
                break
            call = self.changed(call)
        return call

    def copied(self, place: int) -> Optional[Call]:
        """A copy of a call of the pool; None where it can be copied only once."""
        if place not in self._pickled:
            try:
                self._pickled[place] = pickling.dumps(self.pool[place])
            except Exception:
                self._pickled[place] = b""
        if self._pickled[place]:
            with contextlib.suppress(Exception):  # some types pickle and do not come back
                call: Call = pickle.loads(self._pickled[place])
                return call
        return copied(self.pool[place])

    def remember(self, call: Call) -> None:
        """`call` turned out interesting: variations of it will follow."""
        again = copied(call)
        if again is not None:
            self.pool.append(again)

    def changed(self, call: Call) -> Call:
        """`call` with one change: in one argument, or in how two of them relate."""
        args, kwargs = call
        values = [*args, *kwargs.values()]
        if not values:
            return call
        roll = self.context.rng.random()
        if roll < 0.1:
            values = _exchanged(values, self.pool, self.context)
        elif roll < 0.3 and len(values) > 1:
            with contextlib.suppress(Exception):  # no relation is to be had, or an object cannot be asked for one
                values = _related(values, self.context)
        else:
            place = self.context.rng.randrange(len(values))
            values[place] = mutated(values[place], self.context)
        return _call(values, call)

    def recasts(self, call: Call) -> Iterator[tuple[tuple[int, str], Call]]:
        """`call` with a value of another type in one place, in every way: the place and the name of the change first.

        Whether the function is made for such calls is for the caller to find out.
        """
        for place in range(len(call[0]) + len(call[1])):
            again = copied(call)
            if again is None:
                return
            for name, value in recasts([*again[0], *again[1].values()][place], self.context):
                yield (place, name), with_value(again, place, value)


def mutations(seeds: list[Call], rng: random.Random, function: Optional[types.FunctionType] = None) -> Iterator[Call]:
    """Endlessly many variations of `seeds`, none sharing a mutable object with a seed; some repeat themselves."""
    mutator = Mutator(seeds, rng, function)
    while mutator.pool:
        yield mutator.next_call()


def with_value(call: Call, place: int, value: Any) -> Call:
    """`call` with another value as its argument at `place`."""
    values = [*call[0], *call[1].values()]
    values[place] = value
    return _call(values, call)


def _call(values: list[Any], like: Call) -> Call:
    args, kwargs = like
    return tuple(values[: len(args)]), {name: values[len(args) + n] for n, name in enumerate(kwargs)}


def copied(call: Call) -> Optional[Call]:
    """A deep copy that keeps aliasing; None where the arguments cannot be copied."""
    try:
        return copy.deepcopy(call)
    except Exception:  # the project's own classes decide how they are copied
        return None


def _exchanged(values: list[Any], pool: list[Call], context: Context) -> list[Any]:
    """One argument taken from another known call of the same form."""
    other_args, other_kwargs = context.rng.choice(pool)
    others = [*other_args, *other_kwargs.values()]
    place = context.rng.randrange(len(values))
    if len(others) == len(values):
        values[place] = copy.deepcopy(others[place])
    return values


def _related(values: list[Any], context: Context) -> list[Any]:
    """Two arguments swapped, made equal or one object; one made a part, the length or the index of the other.

    Raises IndexError where there is no relation to be had.
    """
    rng = context.rng
    one, two = rng.sample(range(len(values)), 2)
    first, second = values[one], values[two]
    if type(first) is type(second) and context.chance(0.7):
        change = rng.randrange(4)
        if change == 0:
            values[one], values[two] = second, first
        elif change == 1:
            values[two] = first
        else:
            values[two] = copy.deepcopy(first)
            if change == 3:
                values[two] = mutated(values[two], context)
        return values
    sized = hasattr(first, "__len__") and hasattr(first, "__iter__") and not isinstance(first, type)
    if sized and type(second) is int and context.chance(0.5):
        values[two] = len(first) + rng.choice((0, 0, -1, 1)) if context.chance(0.7) else -len(first)
    elif isinstance(first, str) and isinstance(second, str) and first:
        start = rng.randrange(len(first))
        values[two] = first[start : rng.randint(start, len(first)) or 1]
    elif sized:
        parts = [part for part in first if type(part) is type(second)]
        if parts and isinstance(first, list) and context.chance(0.3):
            values[one] = [*first, second]
        else:
            values[two] = rng.choice(parts)
    return values


def _favoured(count: int, rng: random.Random) -> int:
    """A place in the pool; what was found interesting lately comes at the end, and is taken more often."""
    return rng.randrange(count) if rng.random() < 0.6 else max(0, count - 1 - int(rng.expovariate(0.15)))
