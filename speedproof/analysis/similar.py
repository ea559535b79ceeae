"""The part of another text that is most like the surroundings of the cursor, by the identifiers that both use.

Jaccard similarity over windows of lines, as several assistants do it. Windows begin at fixed lines, so that a text of
which the same part is the most similar one gives the very same part again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from keyword import kwlist, softkwlist

STEP = 20
"""Lines from one window to the next; a window has two steps."""
MIN_SIMILARITY = 0.15

_IDENTIFIER = re.compile(r"[^\W\d]\w{2,}")
_COMMON = frozenset([*kwlist, *softkwlist, "self", "cls", "int", "str", "float", "bool", "list", "dict", "tuple"])


@dataclass(frozen=True, slots=True)
class Similar:
    """Some lines of a text."""

    text: str
    similarity: float
    """Of their identifiers to those looked for, from 0 to 1."""


def identifiers(text: str) -> frozenset[str]:
    """Those that say something about what code is about."""
    return frozenset(_IDENTIFIER.findall(text)) - _COMMON


def most_similar(text: str, to: frozenset[str]) -> Similar | None:
    """The lines of `text` whose identifiers are most like `to`; None where they have little in common."""
    best, place = 0.0, -1
    for number, window in enumerate(_windows(text)):
        n_common = len(window & to)
        similarity = n_common / (len(window) + len(to) - n_common) if n_common else 0.0
        if similarity > best:
            best, place = similarity, number
    if best < MIN_SIMILARITY:
        return None
    lines = text.split("\n")[place * STEP : (place + 2) * STEP]
    return Similar("\n".join(lines).strip("\n"), best)


def _windows(text: str) -> Iterator[frozenset[str]]:
    blocks = _blocks(text)
    for number in range(max(len(blocks) - 1, 1)):
        yield frozenset().union(*blocks[number : number + 2])


@lru_cache(maxsize=64)
def _blocks(text: str) -> tuple[frozenset[str], ...]:
    """The identifiers of each step."""
    lines = text.split("\n")
    return tuple(identifiers("\n".join(lines[start : start + STEP])) for start in range(0, len(lines), STEP))
