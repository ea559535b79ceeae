"""Which types real calls have in which place: in a list of lists of texts, another text is no list.

Thousands of made-up calls come upon every mixture there can be, and on a line separator in the middle of a date. What a
function does with what no caller would think of says nothing about a rewrite. Texts beyond ASCII, NaN and infinities
count as types of their own here; the calls that are observed one by one have their share of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, Tuple

Call = Tuple[Tuple[Any, ...], "dict[str, Any]"]

MAX_LOOKED_AT = 200
MAX_DEPTH = 6
MAX_PLACES = 4
"""So many places of a tuple have types of their own."""
MIN_TUPLES = 3
_SEQUENCES = (list, set, frozenset)


def shapes(calls: list[Call]) -> Callable[[Any, Any], bool]:
    """A check of `(args, kwargs)` against `calls`: each type in a place where they have it, tuples as long as theirs.

    What is ordinary may stand where they have what is not. Places that they do not have, like the items of lists that
    are always empty, may hold anything.
    """
    known: dict[Any, set[Any]] = {}
    tuples: dict[Any, int] = {}
    for args, kwargs in calls:
        for path, value in _parts(args, kwargs):
            known.setdefault(path, set()).add(_kind(value))
            tuples[path] = tuples.get(path, 0) + (type(value) is tuple)

    def is_known(path: Any, value: Any) -> bool:
        kinds = known.get(path)
        kind = _kind(value)
        if kinds is None or kind in kinds:
            return True
        if kind[0] is not tuple:
            return kind == (kind[0], True) and (kind[0], False) in kinds
        lengths = {length for other, length in kinds if other is tuple}
        return len(lengths) > 1 or (len(lengths) == 1 and tuples[path] < MIN_TUPLES)

    return lambda args, kwargs: all(is_known(path, value) for path, value in _parts(args, kwargs))


def _kind(value: Any) -> Tuple[type, Any]:
    """The type, and how long a tuple is, or whether a text or a number is an ordinary one."""
    kind = type(value)
    if kind is tuple:
        return kind, len(value)
    if kind is str:
        return kind, value.isascii() and value.replace("\n", "").replace("\t", "").isprintable()
    return kind, kind is not float or math.isfinite(value)


def _parts(args: Any, kwargs: Any) -> Iterator[Tuple[Any, Any]]:
    """All values in a call with their paths, as far as plain containers go."""
    stack: list[Tuple[Tuple[Any, ...], Any]] = [((name,), value) for name, value in (*enumerate(args), *kwargs.items())]
    while stack:
        path, value = stack.pop()
        yield path, value
        kind = type(value)
        if len(path) > MAX_DEPTH:
            continue
        if kind in _SEQUENCES:
            stack += [((*path, kind), item) for item in itertools.islice(value, MAX_LOOKED_AT)]
        elif kind is tuple:
            stack += [((*path, min(place, MAX_PLACES)), item) for place, item in enumerate(value[:MAX_LOOKED_AT])]
        elif kind is dict:
            for key, item in itertools.islice(value.items(), MAX_LOOKED_AT):
                stack += [((*path, "key"), key), ((*path, "value"), item)]
