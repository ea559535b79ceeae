"""Operators for sequences, sets and mappings, of the standard library's kinds and derived from them."""

from __future__ import annotations

import collections
import copy
from typing import Any

from .mutate_context import Context, Operators


def item_changed(items: Any, context: Context) -> Any:
    """One item mutated: the most frequent operator, for it works at every depth."""
    values = list(items)
    place = context.rng.randrange(len(values))
    values[place] = context.mutate(values[place])
    return rebuilt(items, values)


def items_changed(items: Any, context: Context) -> Any:
    return rebuilt(items, [context.mutate(value) if context.chance(0.5) else value for value in items])


def dropped(items: Any, context: Context) -> Any:
    values = list(items)
    del values[context.rng.randrange(len(values))]
    return rebuilt(items, values)


def kept(items: Any, context: Context) -> Any:
    values = list(items)
    start = context.rng.randrange(len(values))
    end = context.rng.randint(start, len(values))
    return rebuilt(items, context.rng.choice((values[start:end], values[:end], values[start:])))


def doubled(items: Any, context: Context) -> Any:
    """An item again, as the same object, somewhere in the sequence."""
    values = list(items)
    value = context.rng.choice(values)
    for _ in range(context.rng.choice((1, 1, 2))):
        values.insert(context.rng.randint(0, len(values)), value)
    return rebuilt(items, values)


def inserted(items: Any, context: Context) -> Any:
    values = list(items)
    values.insert(context.rng.randint(0, len(values)), new_item(items, context))
    return rebuilt(items, values)


def replaced(items: Any, context: Context) -> Any:
    values = list(items)
    values[context.rng.randrange(len(values))] = new_item(items, context)
    return rebuilt(items, values)


def swapped(items: Any, context: Context) -> Any:
    values = list(items)
    one, two = context.rng.sample(range(len(values)), 2)
    values[one], values[two] = values[two], values[one]
    return rebuilt(items, values)


def ordered(items: Any, context: Context) -> Any:
    values = list(items)
    change = context.rng.randrange(4)
    if change == 0:
        values.reverse()
    elif change == 1:
        context.rng.shuffle(values)
    else:
        values.sort(reverse=change == 3)
    return rebuilt(items, values)


def all_one(items: Any, context: Context) -> Any:
    values = list(items)
    return rebuilt(items, [context.rng.choice(values)] * context.rng.randint(1, max(4, min(len(values), 64))))


def repeated(items: Any, context: Context) -> Any:
    values = list(items) * context.rng.choice((2, 2, 3))
    if len(values) > max(context.longest, 2 * len(items)):
        raise LookupError("too long")
    return rebuilt(items, values)


def resized(items: Any, context: Context) -> Any:
    """As long as a number in the code, or beside it: where histograms, chunks and thresholds change."""
    numbers = [n for n in context.words.constants.get(int, ()) if 0 <= n <= 20 * context.longest]
    length = context.rng.choice(numbers or [8, 16, 33]) * context.rng.choice((1, 1, 1, 2, 3)) + context.rng.choice(
        (-1, 0, 1)
    )
    values = list(items)
    if not values:
        values = [new_item(items, context)]
    varied = context.chance(0.5)
    more = [
        context.mutate(values[n % len(values)]) if varied else values[n % len(values)]
        for n in range(max(0, min(length, 20 * context.longest)) - len(values))
    ]
    return rebuilt(items, values[: max(0, length)] + more)


def fresh(items: Any, context: Context) -> Any:
    """A short sequence of items of the same kind, from a small stock: small cases, nearly exhaustively."""
    stock = [new_item(items, context) for _ in range(context.rng.randint(1, 4))]
    return rebuilt(items, [context.rng.choice(stock) for _ in range(context.rng.randint(0, 7))])


def emptied(items: Any, _: Context) -> Any:
    return rebuilt(items, [])


def single(items: Any, context: Context) -> Any:
    return rebuilt(items, [new_item(items, context)])


def seen(items: Any, context: Context) -> Any:
    """Another container of the same type from the seeds, or the two together."""
    other = copy.deepcopy(context.words.pick(type(items), context.rng))
    if context.chance(0.5):
        return other
    return rebuilt(items, list(items) + list(other))


def copies(items: Any, context: Context) -> Any:
    """Items that are one object replaced by equal copies, or equal ones by one object."""
    values = list(items)
    one, two = context.rng.sample(range(len(values)), 2)
    values[two] = copy.deepcopy(values[one]) if context.chance(0.5) else values[one]
    return rebuilt(items, values)


def new_item(items: Any, context: Context) -> Any:
    """An item of the kind that the container holds, of a kind that the seeds hold where it is empty."""
    values = list(items)
    if not values:
        for other in context.words.values.get(type(items), ()):
            values.extend(list(other)[:10])
    if not values:
        return context.ordinary_item()
    value = context.rng.choice(values)
    if context.chance(0.6):
        return context.mutate(value)
    try:
        return copy.deepcopy(context.words.pick(type(value), context.rng))
    except LookupError:
        return value


def rebuilt(like: Any, values: list[Any]) -> Any:
    """`values` in a container of the type of `like`, with whatever else that one carries."""
    kind = type(like)
    if kind in (list, tuple, set, frozenset):
        return kind(values)
    if isinstance(like, tuple):
        return like._make(values) if hasattr(like, "_make") else kind(values)
    if isinstance(like, frozenset):
        return kind(values)
    result = copy.copy(like)
    result.clear()
    result.update(values) if isinstance(like, set) else result.extend(values)
    return result


def value_changed(mapping: Any, context: Context) -> Any:
    result = copy.copy(mapping)
    key = context.rng.choice(list(mapping))
    result[key] = context.mutate(mapping[key])
    return result


def key_changed(mapping: Any, context: Context) -> Any:
    """One key mutated, in its place."""
    place = context.rng.randrange(len(mapping))
    pairs = list(mapping.items())
    pairs[place] = (context.mutate(pairs[place][0]), pairs[place][1])
    return _remapped(mapping, pairs)


def key_dropped(mapping: Any, context: Context) -> Any:
    result = copy.copy(mapping)
    del result[context.rng.choice(list(mapping))]
    return result


def key_added(mapping: Any, context: Context) -> Any:
    keys, values = list(mapping), list(mapping.values())
    if not keys:
        for other in context.words.values.get(type(mapping), ()):
            keys, values = keys + list(other), values + list(other.values())
    result = copy.copy(mapping)
    key = context.mutate(context.rng.choice(keys)) if keys else context.ordinary()
    value = context.rng.choice(values) if values else context.ordinary()
    result[key] = context.mutate(value) if context.chance(0.5) else value
    return result


def values_shared(mapping: Any, context: Context) -> Any:
    """Two values swapped, or one given to two keys."""
    one, two = context.rng.sample(list(mapping), 2)
    result = copy.copy(mapping)
    result[one] = mapping[two]
    if context.chance(0.5):
        result[two] = mapping[one]
    return result


def keys_ordered(mapping: Any, context: Context) -> Any:
    pairs = list(mapping.items())
    change = context.rng.randrange(3)
    if change == 0:
        pairs.reverse()
    elif change == 1:
        context.rng.shuffle(pairs)
    else:
        pairs.sort(key=lambda pair: pair[0])
    return _remapped(mapping, pairs)


def mapping_emptied(mapping: Any, _: Context) -> Any:
    return _remapped(mapping, [])


def mapping_seen(mapping: Any, context: Context) -> Any:
    other = copy.deepcopy(context.words.pick(type(mapping), context.rng))
    if context.chance(0.5):
        return other
    return _remapped(mapping, [*mapping.items(), *other.items()])


def keys_from_words(mapping: Any, context: Context) -> Any:
    """Keys or values taken from elsewhere in the call: an element of a list becomes a key that is looked up."""
    result = copy.copy(mapping)
    key = context.rng.choice(list(mapping))
    result[context.words.pick(type(key), context.rng)] = mapping[key]
    return result


def _remapped(like: Any, pairs: list[Any]) -> Any:
    result = copy.copy(like)
    result.clear()
    for key, value in pairs:
        result[key] = value
    return result


SEQUENCE: Operators = {
    item_changed: 8, items_changed: 2, dropped: 3, kept: 3, doubled: 4, inserted: 4, replaced: 3, swapped: 3,
    ordered: 3, all_one: 2, repeated: 1, resized: 1, fresh: 4, emptied: 1, single: 2, seen: 2, copies: 2,
}  # fmt: skip
RECORD: Operators = {item_changed: 6, items_changed: 2, replaced: 1, swapped: 1, seen: 2}
"""A tuple of mixed types has its places, and keeps its length."""
SET: Operators = {item_changed: 3, dropped: 3, inserted: 3, fresh: 2, emptied: 1, single: 1, seen: 2, kept: 2}
MAPPING: Operators = {
    value_changed: 7, key_changed: 2, key_dropped: 3, key_added: 4, values_shared: 2, keys_ordered: 2,
    mapping_emptied: 1, mapping_seen: 1, keys_from_words: 2,
}  # fmt: skip
KINDS: dict[type, Operators] = {
    list: SEQUENCE,
    tuple: SEQUENCE,
    collections.deque: SEQUENCE,
    set: SET,
    frozenset: SET,
    dict: MAPPING,
}
