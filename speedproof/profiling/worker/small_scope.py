"""All small calls of a function, the smallest first: what tells two implementations apart mostly shows in a small one.

The idea is SmallCheck's (Runciman, Naylor and Lindblad, 2008). What a parameter takes is read from known calls: their
types, and what the containers among them hold. A number costs about its distance from zero or from a number in the
code, a text its length over the letters that matter, a container one for each item and what the item costs.
"""

from __future__ import annotations

import itertools
import math
import random
import types
from collections.abc import Iterator
from typing import Any, Optional, Tuple

from .calls import defaults_of
from .vocabulary import Vocabulary

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_COST = 24
MAX_LEVEL = 4000
"""Where more values than this cost the same, a sample of that size stands for them."""
MAX_CHOSEN = 4
"""So many known values stand for a type whose values cannot be made."""
MAX_ALPHABET = 5
INTS = ((0,), (1, -1), (2, 3), (-2, 4), (5, 10), (7, -10), (100,), (1000,))
FLOATS = ((0.0,), (1.0, -1.0), (0.5, -0.0), (2.0, 1.5), (math.nan, math.inf), (-math.inf, 1e16), (0.1,))
LETTERS = "aA 0b\n"


def small_calls(
    seeds: list[Call],
    rng: random.Random,
    function: Optional[types.FunctionType] = None,
    words: Optional[Vocabulary] = None,
) -> Iterator[Call]:
    """Calls of the forms that the seeds have, none sharing an object with another or with a seed.

    One with every argument small, and one with one of them small and the others as in a seed, in turn. Finitely many.
    Without `words`, the numbers and letters that matter are those of the function's code.
    """
    words = words or Vocabulary.of(seeds, None if function is None else function.__code__)
    forms: dict[tuple[int, tuple[str, ...]], list[Call]] = {}
    for args, kwargs in seeds:
        forms.setdefault((len(args), tuple(kwargs)), []).append((args, kwargs))
    streams = []
    for (count, names), calls in forms.items():
        columns = [list(column) for column in zip(*([*args, *kwargs.values()] for args, kwargs in calls))]  # noqa: B905
        if function is not None:
            _add_defaults(columns, function, names)
        domains = [Domain(column, words, rng) for column in columns]
        rows = [_all_small(domains)]
        if len(columns) > 1:
            some = [[*args, *kwargs.values()] for args, kwargs in calls[:: max(1, len(calls) // 3)][:3]]
            alone = [_one_small(place, domain, row) for row in some for place, domain in enumerate(domains)]
            rows.append(_in_turn(alone))
        streams.append(_formed(_in_turn(rows), count, names))
    return _in_turn(streams)


class Domain:
    """The values like some samples, by what they cost. Nothing is computed before it is asked for."""

    def __init__(self, samples: list[Any], words: Vocabulary, rng: random.Random, depth: int = 0) -> None:
        self.words = words
        self.rng = rng
        self.groups: dict[type, list[Any]] = {}
        for sample in samples:
            self.groups.setdefault(type(sample), []).append(sample)
        self.depth = depth
        self.parts: dict[Any, list[Domain]] = {}
        self.levels: dict[int, list[Any]] = {}

    def of_cost(self, cost: int) -> list[Any]:
        """Not to be changed by the caller, nor what they hold: see `fresh`."""
        if cost not in self.levels:
            found: list[Any] = []
            for kind, samples in self.groups.items():
                found.extend(itertools.islice(self._of_kind(kind, samples, cost), 4 * MAX_LEVEL))
            if len(found) > MAX_LEVEL:
                found = self.rng.sample(found, MAX_LEVEL)
            self.levels[cost] = found
        return self.levels[cost]

    def _of_kind(self, kind: type, samples: list[Any], cost: int) -> Iterator[Any]:
        if kind is bool:
            yield from (False, True) if cost == 0 else ()
        elif kind is int:
            yield from self._numbers(INTS, int, cost)
        elif kind is float:
            yield from self._numbers(FLOATS, float, cost)
        elif kind in (str, bytes):
            yield from self._texts(kind, samples, cost)
        elif kind is tuple and _is_record(samples):
            columns = self._inside(kind, [list(column) for column in zip(*samples)])  # noqa: B905
            yield from (tuple(values) for values in _sums(columns, cost))
        elif kind in (list, tuple):
            [items] = self._inside(kind, [[item for sample in samples for item in list(sample)[:20]]])
            yield from (kind(values) for values in _sequences(items, cost))
        elif kind in (set, frozenset):
            [items] = self._inside(kind, [[item for sample in samples for item in list(sample)[:20]]])
            yield from (kind(values) for values in _selections(items, cost))
        elif kind is dict:
            yield from self._mappings(samples, cost)
        else:
            yield from samples[cost : cost + 1] if cost < MAX_CHOSEN else ()

    def _numbers(self, table: tuple[tuple[Any, ...], ...], kind: type, cost: int) -> Iterator[Any]:
        plain = list(itertools.chain.from_iterable(table))
        yield from table[cost] if cost < len(table) else ()
        # The numbers in the code, and one to either side: there a comparison turns over.
        constants = [number for number in self.words.constants.get(kind, ()) if number == number]
        near = [number + step for number in constants for step in (0, 1, -1) if abs(number) < 10**6]
        extra = [number for number in dict.fromkeys(near) if number not in plain]
        yield from extra[:12] if cost == 2 else ()

    def _texts(self, kind: type, samples: list[Any], cost: int) -> Iterator[Any]:
        if kind is bytes:
            letters: list[Any] = [b"\x00", b"a", b" ", b"\xff"]
            yield from (b"".join(parts) for parts in itertools.product(letters, repeat=cost))
            return
        alphabet = self._alphabet(samples)
        whole = [text for text in self.words.constants.get(str, ()) if len(text) > 1]
        yield from ("".join(parts) for parts in itertools.product(alphabet, repeat=cost))
        yield from whole[:10] if cost == 2 else ()
        yield from samples[-5:] if cost == 3 else ()

    def _alphabet(self, samples: list[str]) -> list[str]:
        """Letters of the code's texts, then of the samples by how frequent they are, then ordinary ones."""
        named = [letter for text in self.words.constants.get(str, ()) if 0 < len(text) <= 2 for letter in text]
        used = "".join(sample[:50] for sample in samples[:20])
        frequent = sorted(set(used), key=lambda letter: (-used.count(letter), letter))
        return list(dict.fromkeys([*named[:3], *frequent[:2], *LETTERS]))[:MAX_ALPHABET]

    def _mappings(self, samples: list[Any], cost: int) -> Iterator[dict[Any, Any]]:
        """In two orders of their keys where there are several."""
        keys, values = self._inside(
            dict,
            [
                [key for sample in samples for key in list(sample)[:20]],
                [value for sample in samples for value in list(sample.values())[:20]],
            ],
        )
        for share in range(cost + 1):
            for chosen in _selections(keys, share):
                for given in _sums([values] * len(chosen), cost - share):
                    pairs = list(zip(chosen, given))  # noqa: B905 - `strict` is new in 3.10
                    yield dict(pairs)
                    if len(pairs) > 1:
                        yield dict(reversed(pairs))

    def _inside(self, kind: type, columns: list[list[Any]]) -> list[Domain]:
        if kind not in self.parts:
            self.parts[kind] = [Domain(column or [0], self.words, self.rng, self.depth + 1) for column in columns]
        return self.parts[kind]


def fresh(value: Any) -> Any:
    """A copy of the plain containers in `value`, of which no two are one object."""
    kind = type(value)
    if kind in (list, tuple):
        return kind(map(fresh, value))
    if kind is dict:
        return {fresh(key): fresh(item) for key, item in value.items()}
    return set(value) if kind is set else value


def _all_small(domains: list[Domain]) -> Iterator[list[Any]]:
    for cost in range(MAX_COST):
        yield from _sums(domains, cost)


def _one_small(place: int, domain: Domain, row: list[Any]) -> Iterator[list[Any]]:
    for cost in range(MAX_COST):
        yield from ([*row[:place], value, *row[place + 1 :]] for value in domain.of_cost(cost))


def _sums(domains: list[Domain], cost: int) -> Iterator[list[Any]]:
    """One value of each domain, which together cost so much."""
    possible: dict[tuple[int, int], bool] = {}

    def is_possible(place: int, left: int) -> bool:
        """Looked up first: there are many more ways to share out a cost than values that cost it."""
        if place == len(domains):
            return left == 0
        if (place, left) not in possible:
            possible[place, left] = any(
                domains[place].of_cost(share) and is_possible(place + 1, left - share) for share in range(left + 1)
            )
        return possible[place, left]

    def rows(place: int, left: int) -> Iterator[list[Any]]:
        if place == len(domains):
            yield []
            return
        for share in range(left + 1):
            if is_possible(place + 1, left - share):
                for value in domains[place].of_cost(share):
                    yield from ([value, *rest] for rest in rows(place + 1, left - share))

    if is_possible(0, cost):
        yield from rows(0, cost)


def _sequences(items: Domain, cost: int) -> Iterator[tuple[Any, ...]]:
    """Each item costs one more than by itself."""
    if cost == 0:
        yield ()
        return
    for left in range(cost):
        values = items.of_cost(cost - 1 - left)
        if values:
            for rest in _sequences(items, left):
                yield from ((value, *rest) for value in values)


def _selections(items: Domain, cost: int, level: int = 0, start: int = 0) -> Iterator[tuple[Any, ...]]:
    """Distinct items in the order of their domain, from a place in it on."""
    if cost == 0:
        yield ()
        return
    for price in range(level, cost):
        values = items.of_cost(price)
        for place in range(start if price == level else 0, len(values)):
            for rest in _selections(items, cost - 1 - price, price, place + 1):
                yield (values[place], *rest)


def _formed(rows: Iterator[list[Any]], count: int, names: tuple[str, ...]) -> Iterator[Call]:
    for row in rows:
        values = [fresh(value) for value in row]
        yield tuple(values[:count]), dict(zip(names, values[count:]))  # noqa: B905 - `strict` is new in 3.10


def _in_turn(streams: list[Iterator[Any]]) -> Iterator[Any]:
    """One of each, again and again, until all are at their end."""
    while streams:
        for stream in list(streams):
            found = next(stream, None)
            if found is None:
                streams.remove(stream)
            else:
                yield found


def _is_record(samples: list[Any]) -> bool:
    """Whether the tuples have places: always as many, and few; or of several types."""
    lengths = {len(sample) for sample in samples}
    return len(lengths) == 1 and (lengths <= {1, 2, 3} or any(len(set(map(type, sample))) > 1 for sample in samples))


def _add_defaults(columns: list[list[Any]], function: types.FunctionType, names: tuple[str, ...]) -> None:
    """What a parameter defaults to is a value that it takes."""
    code, defaults = function.__code__, defaults_of(function)
    for place, column in enumerate(columns):
        number = place - (len(columns) - len(names))
        name = names[number] if number >= 0 else code.co_varnames[place] if place < code.co_argcount else ""
        if name in defaults:
            column.append(defaults[name])
