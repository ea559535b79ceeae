"""What the operators of mutation share: the source of chance, the vocabulary, the limits."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .vocabulary import ORDINARY_FLOATS, ORDINARY_INTS, ORDINARY_TEXTS, Vocabulary

Operator = Callable[[Any, "Context"], Any]
Operators = dict[Operator, int]
"""Operators with their weights."""

MAX_DEPTH = 8


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
