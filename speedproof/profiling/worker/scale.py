"""Larger versions of an input, for timing: more of the same kind, in the same relation.

What holds of a container holds of the larger one where that can be seen: sorted stays sorted, distinct stays distinct,
texts keep their letters, matrices their form, the values of a mapping go on naming its keys; arguments of equal length
stay equal in length, and a number that was a length is one again.
"""

from __future__ import annotations

import collections
import copy
import random
import re
import string
import sys
from collections.abc import Callable, Iterable
from typing import Any, Optional, Tuple

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_ITEMS = 1_000_000
MAX_FAMILY = 100
"""New items are like some of the old; to look at all of them for each would take the square of their number."""
_SEPARATED = re.compile(r"(\s+|,\s*|;|\n)")


def scaled(seed: Call, factor: float, rng: random.Random) -> Optional[Call]:
    """`seed` with its containers and texts about `factor` times as long; without such, its numbers so much larger.

    None where nothing can grow, or would grow beyond MAX_ITEMS. The seed stays as it is.
    """
    times = max(2, round(factor))
    try:
        args, kwargs = copy.deepcopy(seed)
        grower = _Grower(times, rng)
        values = [*args, *kwargs.values()]
        values = [value if _serves_another(value, values) else grower.grown(value) for value in values]
        if grower.lengths:
            values = [grower.lengths.get(v, v) if type(v) is int else v for v in values]
        else:
            values = [v * times if type(v) is int and abs(v) > 1 else v for v in values]
            if values == [*args, *kwargs.values()]:
                return None
    except Exception:  # objects of the project decide how they are copied and compared
        return None
    return tuple(values[: len(args)]), {name: values[len(args) + n] for n, name in enumerate(kwargs)}


class _Grower:
    """`lengths` maps the lengths that were there to those they became."""

    def __init__(self, times: int, rng: random.Random) -> None:
        self.times = times
        self.rng = rng
        self.lengths: dict[int, int] = {}

    def grown(self, value: Any) -> Any:
        """A larger version of a container or text; everything else as it is."""
        kind = type(value)
        grow = _GROWERS.get(kind)
        if grow is None and isinstance(value, collections.OrderedDict):
            grow = _Grower.mapping
        if grow is None and isinstance(value, list):
            grow = _Grower.sequence
        if grow is None:
            return self.array(value) if kind.__module__.partition(".")[0] in ("numpy", "pandas") else value
        if kind not in _ITERATORS and not 0 < len(value) <= MAX_ITEMS // self.times:
            return value
        result = grow(self, value)
        if kind not in _ITERATORS:
            self.lengths.setdefault(len(value), len(result))
        return result

    def sequence(self, items: Any, times: int = 0) -> Any:
        values = list(items)
        count = len(values) * (times or self.times)
        rows = {len(row) if isinstance(row, (list, tuple)) else -1 for row in values}
        if len(values) > 1 and len(rows) == 1 and rows != {-1} and rows != {0}:
            more = self.matrix(values)
        else:
            more = self.more(values, count)
        if isinstance(items, tuple):
            return tuple(more)
        result = copy.copy(items)
        result.clear()
        result.extend(more)
        return result

    def matrix(self, rows: list[Any]) -> list[Any]:
        """Rows of one length. A square stays one; else only the number of rows grows."""
        width = len(rows[0])
        if width != len(rows) or any(type(cell) is not type(rows[0][0]) for row in rows for cell in row):
            return self.more(rows, len(rows) * self.times)
        side = max(2, round(self.times**0.5))
        wide = [self.sequence(row, side) for row in rows]
        cells = [cell for row in wide for cell in row]
        kind = type(rows[0])
        new = [[self.rng.choice(cells) for _ in wide[0]] for _ in range(len(rows) * side - len(rows))]
        rising = all(map(_is_sorted, rows))
        if rising or all(_is_sorted(row[::-1]) for row in rows):
            new = [sorted(row, reverse=not rising) for row in new]
        self.lengths.setdefault(width, width * side)
        return wide + list(map(kind, new))

    def more(self, values: list[Any], count: int) -> list[Any]:
        """`values` and so many new ones like them that there are `count`."""
        distinct = _all_distinct(values)
        rising = _is_sorted(values)
        falling = not rising and _is_sorted(values[::-1])
        taken = set(values) if distinct else set()
        result = list(values)
        family = values if len(values) <= MAX_FAMILY else self.rng.sample(values, MAX_FAMILY)
        spread = 1
        while len(result) < count:
            value = self.like(self.rng.choice(values), family, spread)
            if distinct:
                if value in taken:
                    spread *= 2
                    if spread < 2**40:
                        continue
                    distinct = False  # there are no more of the kind: an enum, a bool
                else:
                    taken.add(value)
            result.append(value)
        if rising or falling:
            result.sort(reverse=falling)
        return result

    def like(self, value: Any, family: list[Any], spread: int = 1) -> Any:
        """A value of the kind of `value`; `family` are its siblings, a larger `spread` goes further from them."""
        kind = type(value)
        if kind is int:
            return self.number_like(family, spread)
        if kind is float:
            numbers = [v for v in family if type(v) is float and v - v == 0] or [0.0]
            low, high = min(numbers), max(numbers)
            middle = self.rng.uniform(low, high + (high - low) * (spread - 1))
            return round(middle, 3) if all(round(v, 3) == v for v in numbers) and spread == 1 else middle
        if kind is str:
            return self.text_like(value, spread)
        if kind in (list, tuple):
            column = [item for other in family if type(other) is kind for item in other] or list(value)
            return kind(self.like(item, [c for c in column[:200] if type(c) is type(item)], spread) for item in value)
        if kind is dict:
            return {key: self.like(item, [item], max(2, spread)) for key, item in value.items()}
        return copy.deepcopy(value)

    def number_like(self, family: list[Any], spread: int) -> int:
        numbers = [v for v in family if type(v) is int]
        low, high = min(numbers), max(numbers)
        if spread == 1 and self.rng.random() < 0.5:
            return int(self.rng.choice(numbers))
        room = max(1, high - low, 3 if len(numbers) == 1 else 0) * (max(1, spread))
        return self.rng.randint(low, low + room) if spread > 1 or len(numbers) > 1 else low

    def text_like(self, text: str, spread: int) -> str:
        """A text of the same length over letters of the same kinds; longer where many are needed."""
        letters = "".join(_alphabet(letter, spread) for letter in (text or "a"))
        length = len(text) + (spread.bit_length() - 1) // 4
        if text.isalnum() or not text:
            return "".join(self.rng.choice(letters) for _ in range(length))
        return "".join(self.rng.choice(_alphabet(c, 2)) if c.isalnum() else c for c in text) + "".join(
            self.rng.choice(letters) for _ in range(length - len(text))
        )

    def text(self, text: str) -> str:
        length = len(text) * self.times
        parts = _SEPARATED.split(text)
        if len(text) > 2 and text == text[::-1] and not parts[1:]:
            half = "".join(self.rng.choice(text) for _ in range(length // 2))
            return half + text[0] * (length % 2) + half[::-1]
        if text.isalnum():
            return text + "".join(self.rng.choice(text) for _ in range(length - len(text)))
        if len(parts) < 3:
            return text * self.times
        words, joints = parts[::2], parts[1::2]
        result = [text]
        size = len(text)
        while size < length:
            word = self.rng.choice(words)
            if self.rng.random() < 0.3 and word.isalnum():
                word = self.text_like(word, 1)
            result += [self.rng.choice(joints), word]
            size += len(result[-1]) + len(result[-2])
        return "".join(result)[:length]

    def octets(self, value: Any) -> Any:
        return value * self.times

    def members(self, value: Any) -> Any:
        return type(value)(self.more(list(value), len(value) * self.times))

    def mapping(self, mapping: Any) -> Any:
        """New keys like the old; where values name keys, new values name any of them."""
        keys = self.more(list(mapping), len(mapping) * self.times)
        values = list(mapping.values())
        known = set(mapping)
        names_keys = _names(values, known)
        result = copy.copy(mapping)
        for key in (
            keys[len(mapping) :] if list(mapping) == keys[: len(mapping)] else [k for k in keys if k not in known]
        ):
            like = self.rng.choice(values)
            value = self.like(like, values, 1)
            if names_keys:
                value = type(like)(self.rng.choice(keys) for _ in like)
                if isinstance(like, dict):
                    value = {self.rng.choice(keys): item for item in like.values()}
            result[key] = value
        return result

    def numbers(self, value: range) -> range:
        return range(value.start, value.start + len(value) * self.times * value.step, value.step)

    def rest(self, iterator: Any) -> Any:
        values = list(copy.copy(iterator))
        return iter(self.more(values, len(values) * self.times)) if values else iterator

    def array(self, value: Any) -> Any:
        """A numpy array or pandas frame, repeated along its rows; a square matrix along both."""
        if not hasattr(value, "shape") or not getattr(value, "size", 0) or value.ndim == 0:
            return value
        if type(value).__module__.startswith("pandas"):
            frames: Any = sys.modules["pandas"]
            result = frames.concat([value] * self.times, ignore_index=type(value.index).__name__ == "RangeIndex")
        else:
            arrays: Any = sys.modules["numpy"]
            square = value.ndim == 2 and value.shape[0] == value.shape[1]
            side = max(2, round(self.times**0.5))
            shape = (side, side) if square else (self.times,) + (1,) * (value.ndim - 1)
            result = arrays.tile(value, shape)
        self.lengths.setdefault(len(value), len(result))
        return result


_ITERATORS: tuple[type, type] = (type(iter([])), type(iter(())))
_GROWERS: dict[type, Callable[[_Grower, Any], Any]] = {
    list: _Grower.sequence,
    tuple: _Grower.sequence,
    collections.deque: _Grower.sequence,
    set: _Grower.members,
    frozenset: _Grower.members,
    dict: _Grower.mapping,
    collections.defaultdict: _Grower.mapping,
    collections.Counter: _Grower.mapping,
    str: _Grower.text,
    bytes: _Grower.octets,
    bytearray: _Grower.octets,
    range: _Grower.numbers,
    _ITERATORS[0]: _Grower.rest,
    _ITERATORS[1]: _Grower.rest,
}


def _serves_another(value: Any, values: list[Any]) -> bool:
    """Whether a text is a separator, a pattern or a key for another argument rather than what is worked on."""
    if type(value) not in (str, bytes):
        return False
    for other in values:
        if other is value:
            continue
        if type(other) is type(value):
            if len(value) < len(other) and (len(value) == 1 or value in other):
                return True
        elif isinstance(other, (list, tuple, set, frozenset, dict)) and len(other) > 0 and value in other:
            return True
    return False


def _alphabet(letter: str, spread: int) -> str:
    """Letters of the kind of `letter`; itself alone where few are needed and it is of no plain kind."""
    if spread == 1:
        return letter
    for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if letter in kind:
            return kind
    return letter if spread < 1000 else letter + string.ascii_lowercase


def _names(values: Iterable[Any], keys: set[Any]) -> bool:
    """Whether the values are containers of nothing but keys: adjacency lists and the like."""
    found = False
    for value in values:
        if type(value) not in (list, tuple, set, frozenset, dict):
            return False
        for item in value:
            found = True
            if item not in keys:
                return False
    return found


def _all_distinct(values: list[Any]) -> bool:
    try:
        return len(values) > 1 and len(set(values)) == len(values)
    except TypeError:
        return False


def _is_sorted(values: list[Any]) -> bool:
    try:
        return len(values) > 1 and all(values[n] <= values[n + 1] for n in range(len(values) - 1))
    except Exception:
        return False
