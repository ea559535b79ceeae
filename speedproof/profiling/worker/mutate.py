"""Makes new inputs out of known ones: nearby values, boundaries, aliases, parts of one put into another.

Types are kept for the most part, so that most results are calls that the function was made for; a minority is
daring. Nothing here changes the inputs it is given. The idea of mutating by type is EvalPlus's (Liu et al., 2023).
"""

from __future__ import annotations

import copy
import random
import types
from collections.abc import Generator
from typing import Any, Optional, Tuple

from .mutate_context import Context
from .mutate_values import mutated
from .scale import scaled as scaled
from .shrink import shrink as shrink
from .vocabulary import Vocabulary

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_CHANGES = 4


def mutations(
    seeds: list[Call], rng: random.Random, code: Optional[types.CodeType] = None, daring: float = 0.1
) -> Generator[Call, Optional[bool], None]:
    """Endlessly many variations of `seeds`, none sharing a mutable object with a seed; some repeat themselves.

    `code` lends its constants. `daring` is the share of variations that may change a type. Send True after an input
    that turned out interesting, and variations of it will follow, too. Ends at once where no seed can be copied.
    """
    pool = [call for call in map(copied, seeds) if call is not None]
    context = Context(rng, Vocabulary.of(pool, code), mutated)
    while pool:
        call = copied(pool[_favoured(len(pool), rng)])
        if call is None:
            return
        context.daring = context.chance(daring)
        call = changed(call, pool, context)
        for _ in range(MAX_CHANGES - 1):
            if context.chance(0.55):
                break
            call = changed(call, pool, context)
        if (yield call):
            again = copied(call)
            if again is not None:
                pool.append(again)


def changed(call: Call, pool: list[Call], context: Context) -> Call:
    """`call` with one change: in one argument, or in how two of them relate."""
    args, kwargs = call
    values = [*args, *kwargs.values()]
    if not values:
        return call
    roll = context.rng.random()
    if roll < 0.1:
        values = _exchanged(values, pool, context)
    elif roll < 0.3 and len(values) > 1:
        values = _related(values, context)
    else:
        place = context.rng.randrange(len(values))
        values[place] = mutated(values[place], context)
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
    """Two arguments swapped, made equal or one object; one made a part, the length or the index of the other."""
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
    sized = hasattr(first, "__len__") and hasattr(first, "__iter__")
    if sized and type(second) is int and context.chance(0.5):
        values[two] = len(first) + rng.choice((0, 0, -1, 1)) if context.chance(0.7) else -len(first)
    elif isinstance(first, str) and isinstance(second, str) and first:
        start = rng.randrange(len(first))
        values[two] = first[start : rng.randint(start, len(first)) or 1]
    elif sized:
        parts = [part for part in first if type(part) is type(second)]
        if parts:
            values[two] = rng.choice(parts)
        elif isinstance(first, list):
            values[one] = [*first, second]
    return values


def _favoured(count: int, rng: random.Random) -> int:
    """A place in the pool; what was found interesting lately comes at the end, and is taken more often."""
    return rng.randrange(count) if rng.random() < 0.6 else max(0, count - 1 - int(rng.expovariate(0.15)))
