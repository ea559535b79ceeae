"""What the operators of mutation share: the source of chance, the vocabulary, the limits."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .features import Extent
from .vocabulary import ORDINARY_FLOATS, ORDINARY_INTS, ORDINARY_TEXTS, Vocabulary

Operator = Callable[[Any, "Context"], Any]
Operators = dict[Operator, int]
"""Operators with their weights."""

MAX_DEPTH = 8
FAST_SECONDS = 0.002
SLOW_SECONDS = 0.02
MIN_REACH = 1000
MAX_REACH = 10**40
"""Far beyond 2**53 squared: up to there, the root of a square is exact in a float, too."""
MAX_REACH_OF_SIZES = 10_000
MAX_LONGEST = 2000


class Pace(NamedTuple):
    """How a call went. `abandoned`: it was interrupted, because it took too long."""

    seconds: float
    returned: bool
    abandoned: bool


class Context:
    """`reach` bounds the numbers made, `longest` the lengths; both may grow while they prove cheap."""

    def __init__(self, rng: random.Random, words: Vocabulary, mutate: Operator) -> None:
        self.rng = rng
        self.words = words
        self.mutate_value = mutate
        self.reach = MIN_REACH
        self.longest = 64
        self.depth = 0
        self._ceiling = MAX_REACH
        self._borne: dict[int, int] = {}
        """The highest number that each argument had in a fast call; without those that never had any."""
        self._lowest: dict[int, int] = {}

    def mutate(self, value: Any) -> Any:
        """A variation of a part of the value being mutated."""
        if self.depth >= MAX_DEPTH:
            return value
        self.depth += 1
        try:
            return self.mutate_value(value, self)
        finally:
            self.depth -= 1

    def adapt(self, pace: Pace, extents: list[Extent], sized: bool) -> None:
        """Larger numbers and longer containers while calls stay fast; no more of them once they do not.

        `extents` are those of each argument before the call, `sized` says whether calls have containers at all.
        """
        largest = max((part.largest for part in extents), default=0)
        longest = max((part.longest for part in extents), default=0)
        if pace.abandoned or pace.seconds > SLOW_SECONDS:
            if largest > 100:
                self.reach = min(self.reach, max(100, largest // 10))
                if pace.abandoned:
                    self._ceiling = min(self._ceiling, max(MIN_REACH, largest))
            self.longest = min(self.longest, max(16, longest // 2))
        elif pace.seconds < FAST_SECONDS:
            self._bear(extents)
            # Beside a container a number is mostly a size or an index: nobody means a million million of them.
            limit = min(self._ceiling, MAX_REACH_OF_SIZES if sized else MAX_REACH)
            if min(self._borne.values(), default=0) * 10 >= self.reach:
                self.reach = max(self.reach, min(limit, self.reach * 10))
            if longest * 2 >= self.longest and pace.returned:
                self.longest = min(MAX_LONGEST, self.longest * 2)

    def _bear(self, extents: list[Extent]) -> None:
        """Each argument has to show by itself what it bears, and below zero nothing shows: loops over it have no turns.

        A loop in C over a number that is too large can only be killed, and with it the search.
        """
        for place, part in enumerate(extents):
            if part.largest > 0:
                self._borne[place] = max(self._borne.get(place, 0), part.highest)
                self._lowest[place] = min(self._lowest.get(place, 0), part.lowest)

    def steps_to(self, value: int, place: int) -> Iterator[int]:
        """Numbers to try first in the argument at `place`, so that `value` is no leap into the dark."""
        borne = self._borne.get(place, 0) if value > 0 else self._lowest.get(place, 0)
        step = max(MIN_REACH, abs(borne)) * 10
        while step < abs(value):
            yield step if value > 0 else -step
            step *= 10

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def ordinary(self) -> Any:
        """A plain value of a plain type."""
        table = self.rng.choice((ORDINARY_INTS, ORDINARY_INTS, ORDINARY_TEXTS, ORDINARY_FLOATS))
        return self.rng.choice(table)

    def ordinary_item(self) -> Any:
        """An item for a container about whose items nothing is known: plain, a list, or a pair."""
        shape = self.rng.randrange(6)
        if shape == 0:
            return [self.ordinary() for _ in range(self.rng.randint(0, 3))]
        if shape == 1:
            return (self.ordinary(), self.ordinary())
        return self.ordinary()
