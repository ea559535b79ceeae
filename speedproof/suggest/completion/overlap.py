"""What of a suggestion is there already: right of the cursor, and on the lines below."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from speedproof.core.completion import Around, Kind, Place
from speedproof.core.indentation import columns, indent_of
from speedproof.core.lexical import CLOSERS, read

N_LINES_BELOW = 3
_FURTHEST_BELOW = _FURTHEST_ABOVE = 4000
_LONG, _VERY_LONG = 8, 12
"""Code points besides blanks that make a line telling: as one of those below, and with another indentation."""
MOST, MOST_LENGTH = 0.6, 16
"""The part of a line, and the characters, that still say what the line says."""
_JUMPS = ("return", "raise", "pass", "break", "continue", "yield")
"""Begin lines that may well stand there twice."""
_EMPTY = re.compile(r"(?:=|\breturn)\s*[\[{]$")
"""A long list or table that was begun: an empty one does."""
_HEADER = re.compile(r"\s*(?:if|elif|else|for|while|with|def|class|try|except|finally|async)\b")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The line of the cursor, and what follows."""

    typed: str
    """Left of it on its line."""
    rest: str
    """Right of it."""
    below: tuple[str, ...]
    """The next lines that are not blank, at most `N_LINES_BELOW`."""
    above: tuple[str, ...]
    """Lines before that are not blank."""

    @classmethod
    @lru_cache(maxsize=4)  # every piece of an answer asks
    def of(cls, around: Around) -> "Cursor":
        typed = around.prefix[around.prefix.rfind("\n") + 1 :]
        rest, newline, _ = around.suffix[:_FURTHEST_BELOW].partition("\n")
        following = around.suffix[len(rest) + len(newline) : len(rest) + _FURTHEST_BELOW]
        below = [line for line in following.split("\n") if line.strip()]
        end = len(around.prefix) - len(typed)
        above = [line for line in around.prefix[max(end - _FURTHEST_ABOVE, 0) : end].split("\n") if line.strip()]
        return cls(typed, rest, tuple(below[:N_LINES_BELOW]), tuple(above))

    @property
    def is_blank(self) -> bool:
        """Nothing but blanks is left of it."""
        return not self.typed.strip()

    @property
    def in_word(self) -> bool:
        """Something that is more than punctuation is right of it."""
        return any(character.isalnum() or character == "_" for character in self.rest)


def opened_at(cursor: Cursor, place: Place) -> list[str]:
    """The brackets and quotes that are open at the cursor, as far as its line tells."""
    if place.kind is Kind.COMMENT:
        return []
    opened = list(read(cursor.typed).opened)
    if place.kind is Kind.STRING and not (opened and opened[-1] in ('"', "'", '"""', "'''")):
        opened.append("'''" if "'''" in cursor.rest else '"""')
    return opened


def is_below(line: str, indent: int, below: Sequence[str]) -> bool:
    """Whether `line`, indented by `indent` columns, stands among the lines `below` already."""
    content = _compact(line)
    jump = line.lstrip().startswith(_JUMPS)
    for distance, other in enumerate(below):
        other_indent = columns(indent_of(other))
        if content and content == _compact(other):
            if distance == 0 and (other_indent == indent or (len(content) >= _VERY_LONG and not jump)):
                return True
            if other_indent == indent and len(content) >= _LONG and not jump:
                return True
        if other_indent < indent:  # another block
            return False
    return False


def without_below(text: str, cursor: Cursor) -> str:
    """`text`, which follows the cursor, up to the first line that stands below already."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        whole = cursor.typed + line if index == 0 else line
        if index == 0 and not line.strip():
            continue
        if is_below(whole, columns(indent_of(whole)), cursor.below):
            return "\n".join(lines[:index]).rstrip()
    return text


def n_covered(text: str, cursor: Cursor, place: Place) -> int:
    """How many characters right of the cursor, which are punctuation, `text` brings itself.

    These are closers of what was open at the cursor, as editors add them by themselves, and what may follow them.
    """
    tail = cursor.rest.rstrip()
    covered = 0
    for _, closer in read(text, opened=opened_at(cursor, place)).closers:
        at = covered + len(tail[covered:]) - len(tail[covered:].lstrip())
        if not tail.startswith(closer, at):
            break
        covered = at + len(closer)
    left = tail[covered:].strip()
    if left and text.rstrip().endswith(left) and not any(character in "()[]{}\"'" for character in left):
        covered = len(tail)
    return len(cursor.rest) if covered == len(tail) else covered


def without_rest(text: str, cursor: Cursor, place: Place) -> str:
    """`text` up to where it goes on like what is right of the cursor."""
    wanted = cursor.rest.strip()
    if cursor.rest[:1].isspace():
        text = text.rstrip()
    body, given = text.rstrip(), opened_at(cursor, place)
    for n in range(min(len(body), len(wanted)), 0, -1):
        kept = body[:-n]
        if not body.endswith(wanted[:n]) or _parts_word(body, len(kept)) or _parts_word(wanted, n):
            continue
        reading = read(kept, opened=given)
        if list(reading.opened) == given and not reading.closers:  # as many brackets are open as where `rest` begins
            return kept.rstrip() if cursor.rest[:1].isspace() else kept
    return text


def closed(text: str, cursor: Cursor, place: Place) -> Iterator[str]:
    """`text`, which is one line that was broken off, with what is missing at its end.

    That is the brackets and quotes that it opened itself, then those that its line had open before it, and the colon of
    a header.
    """
    text = text.rstrip()
    if place.kind is not Kind.CODE or not text.strip():
        return
    given = opened_at(cursor, place)
    reading = read(text, opened=given)
    if reading.opened and (text[-1:].isalnum() or text[-1:] in "_\"')]}" or _EMPTY.search(text)):
        own = reading.opened[len(given) :] if not reading.closers else ()
        for opened in (own, reading.opened):
            if opened and not (cursor.rest.strip() and opened is not own):
                yield text + "".join(CLOSERS[opener] for opener in reversed(opened))
    whole = cursor.typed + text
    if not reading.opened and not cursor.rest.strip() and not whole.endswith((":", "\\")) and _HEADER.match(whole):
        yield f"{text}:"


def most_of(text: str, cursor: Cursor, place: Place) -> Iterator[str]:
    """Beginnings of the one line `text`, the longest first, that leave no bracket open: for one that was broken off.

    They end before a blank and are most of it: less of it would say something else.
    """
    given = tuple(opened_at(cursor, place))
    n = len(text)
    while (n := text.rfind(" ", 0, n)) >= max(MOST_LENGTH, MOST * len(text)):
        reading = read(text, end=n, opened=given)
        if reading.opened == given and not reading.closers:
            yield text[:n].rstrip()


def _compact(line: str) -> str:
    return "".join(line.split())


def _parts_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and all(each.isalnum() or each == "_" for each in text[at - 1 : at + 1])
