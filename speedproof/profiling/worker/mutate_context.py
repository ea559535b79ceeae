"""What the operators of mutation share: the source of chance, the vocabulary, the limits."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from .vocabulary import ORDINARY_FLOATS, ORDINARY_INTS, ORDINARY_TEXTS, Vocabulary

Operator = Callable[[Any, "Context"], Any]
Operators = dict[Operator, int]
"""Operators with their weights."""

MAX_DEPTH = 8
FAST_SECONDS = 0.002
SLOW_SECONDS = 0.02
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
        self.reach = 1000
        self.longest = 64
        self.depth = 0

    def mutate(self, value: Any) -> Any:
        """A variation of a part of the value being mutated."""
        if self.depth >= MAX_DEPTH:
            return value
        self.depth += 1
        try:
            return self.mutate_value(value, self)
        finally:
            self.depth -= 1

    def adapt(self, pace: Pace, largest: int, longest: int, sized: bool) -> None:
        """Larger numbers and longer containers while calls stay fast; no more of them once they do not.

        `largest` and `longest` are what the call had, `sized` says whether calls have containers at all.
        """
        if pace.abandoned or pace.seconds > SLOW_SECONDS:
            if largest > 100:
                self.reach = min(self.reach, max(100, largest // 10))
            self.longest = min(self.longest, max(16, longest // 2))
        elif pace.returned and pace.seconds < FAST_SECONDS:
            # Beside a container a number is mostly a size or an index: nobody means a million million of them.
            if largest * 10 >= self.reach and (not sized or self.reach < MAX_REACH_OF_SIZES):
                self.reach = min(MAX_REACH, self.reach * 10)
            if longest * 2 >= self.longest:
                self.longest = min(MAX_LONGEST, self.longest * 2)

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
