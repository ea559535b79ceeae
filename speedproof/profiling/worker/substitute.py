"""Calls in which what the function compares has been made equal: one operand stands in the arguments, so the other is
put in its place.

The idea is REDQUEEN's (Aschermann et al., 2019): most of what is compared is in the input as it is, or as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Tuple

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_PLACES = 4
MAX_DEPTH = 5
MAX_TEXT = 2000
_NUMBER = re.compile(r"[0-9]+")


def substituted(call: Call, one: Any, other: Any) -> Iterator[Call]:
    """`call` with `one` replaced in one place, by `other` and by what lies to either side of it; then the reverse."""
    args, kwargs = call
    values = [*args, *kwargs.values()]
    for old, new in ((one, other), (other, one)):
        for target in _near(new):
            for changed in _changed(values, old, target, 0):
                yield tuple(changed[: len(args)]), {name: changed[len(args) + n] for n, name in enumerate(kwargs)}


def _near(value: Any) -> Tuple[Any, ...]:
    return (value, value + 1, value - 1) if type(value) is int else (value,)


def _changed(value: Any, old: Any, new: Any, depth: int) -> Iterator[Any]:
    """Copies of `value` with one occurrence of `old` replaced, a few at most. What is unchanged is shared."""
    kind = type(value)
    if depth > MAX_DEPTH:
        return
    if kind is type(old) and kind in (int, float) and value == old:
        yield new
    elif kind is str and len(value) <= MAX_TEXT:
        yield from _changed_text(value, old, new)
    elif kind in (list, tuple):
        found = 0
        for place, item in enumerate(value):
            for changed in _changed(item, old, new, depth + 1):
                yield kind([*value[:place], changed, *value[place + 1 :]])
                found += 1
            if found >= MAX_PLACES:
                break
    elif kind is dict:
        for key, item in list(value.items())[:MAX_PLACES]:
            for changed in _changed(item, old, new, depth + 1):
                yield {**value, key: changed}
            for changed in _changed(key, old, new, depth + 1):
                yield {(changed if other == key else other): item for other, item in value.items()}


def _changed_text(text: str, old: Any, new: Any) -> Iterator[str]:
    if type(old) is int and type(new) is int and new >= 0:
        found = [match for match in _NUMBER.finditer(text) if len(match[0]) < 20 and int(match[0]) == old]
        for match in found[:MAX_PLACES]:
            yield text[: match.start()] + str(new).zfill(len(match[0])) + text[match.end() :]
    elif type(old) is str and type(new) is str and old:
        start = text.find(old)
        for _ in range(MAX_PLACES):
            if start < 0:
                break
            yield text[:start] + new + text[start + len(old) :]
            start = text.find(old, start + 1)
