"""The values that mutation draws on: what the seeds hold and what the function's code names."""

from __future__ import annotations

import dis
import itertools
import random
import types
from typing import Any, Optional

MAX_DEPTH = 6
MAX_PARTS = 3000
MAX_PER_TYPE = 200
MAX_CONSTANT_LETTERS = 80
CONTAINERS = (list, tuple, set, frozenset)
ORDINARY_INTS = (0, 1, -1, 2, 3, 10)
ORDINARY_FLOATS = (0.0, 1.0, -1.0, 0.5, -0.0, 2.5)
ORDINARY_TEXTS = ("", "a", " ", "b", "A", "0", "ab")


class Vocabulary:
    """Values by exact type, the characters of all texts, and the constants of the code by type."""

    def __init__(self) -> None:
        self.values: dict[type, list[Any]] = {}
        self.constants: dict[type, list[Any]] = {}
        self.letters: list[str] = []
        self.longest = 0

    @classmethod
    def of(cls, seeds: list[tuple[tuple[Any, ...], dict[str, Any]]], code: Optional[types.CodeType]) -> Vocabulary:
        self = cls()
        self.know([] if code is None else constants_of(code))
        for args, kwargs in seeds:
            self.learn((*args, *kwargs.values()))
        return self

    def learn(self, values: Any) -> None:
        """Take in `values` and what they hold, to a bound."""
        stack, parts = [(value, 0) for value in values], 0
        while stack and parts < MAX_PARTS:
            value, depth = stack.pop()
            parts += 1
            kind = type(value)
            self._add_unique(self.values, value)
            if kind is str:
                self.letters += [letter for letter in value[:200] if letter not in self.letters]
            if depth >= MAX_DEPTH:
                continue
            if kind in CONTAINERS:
                self.longest = max(self.longest, len(value))
                stack.extend((item, depth + 1) for item in itertools.islice(value, MAX_PARTS))
            elif kind is dict:
                pairs = itertools.islice(value.items(), MAX_PARTS)
                stack.extend((item, depth + 1) for pair in pairs for item in pair)

    def know(self, constants: list[Any]) -> None:
        """Take `constants` for such of the code."""
        for constant in constants:
            self._add_unique(self.constants, constant)

    def pick(self, kind: type, rng: random.Random) -> Any:
        """A value of exactly this type, from the seeds or the code. Raises LookupError where there is none."""
        values, constants = self.values.get(kind, ()), self.constants.get(kind, ())
        if constants and (not values or rng.random() < 0.4):
            return rng.choice(constants)
        if not values:
            raise LookupError(kind)
        return rng.choice(values)

    def letter(self, rng: random.Random) -> str:
        """A character of the seeds, of the constants, or an ordinary one."""
        texts = [text for text in self.constants.get(str, ()) if text]
        roll = rng.random()
        if texts and roll < 0.4:
            return str(rng.choice(rng.choice(texts)))
        if self.letters and roll < 0.8:
            return rng.choice(self.letters)
        return rng.choice("ab zA0 19.,-_\n")

    def _add_unique(self, table: dict[type, list[Any]], value: Any) -> None:
        known = table.setdefault(type(value), [])
        if len(known) < MAX_PER_TYPE and not any(value is other or _same(value, other) for other in known):
            known.append(value)


def constants_of(code: types.CodeType) -> list[Any]:
    """The literals in the code and in the code nested in it; of containers the items. Prose is left out."""
    found: list[Any] = []
    stack: list[Any] = [code]
    while stack:
        value = stack.pop()
        if isinstance(value, types.CodeType):
            stack.extend(value.co_consts)
            # From Python 3.14, small numbers are part of the instruction.
            stack.extend(i.argval for i in dis.get_instructions(value) if i.opname == "LOAD_SMALL_INT")
        elif isinstance(value, (tuple, frozenset)):
            stack.extend(value)
        elif type(value) in (int, float, bytes, complex) or (type(value) is str and len(value) <= MAX_CONSTANT_LETTERS):
            found.append(value)
    return found


def new_constants(before: str, after: str) -> list[Any]:
    """The literals that stand in the text `after` of a module and not in the text `before`. Raises SyntaxError."""
    old, new = (constants_of(compile(text, "<text>", "exec", dont_inherit=True)) for text in (before, after))
    known = {(type(constant), str(constant)) for constant in old}
    return [constant for constant in new if (type(constant), str(constant)) not in known]


def _same(value: Any, other: Any) -> bool:
    """Equality for values whose equality is known to be harmless."""
    kind = type(value)
    if kind not in (int, float, str, bytes, bool, complex):
        return False
    return bool(value == other) and str(value) == str(other)
