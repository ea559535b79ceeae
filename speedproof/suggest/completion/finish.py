"""From a model's answer to what is shown, in two stages, so that the answer can be kept and used again.

The first stage makes of the answer a text that can follow the cursor. The second makes of that an edit of the document
as it is, in which nothing is there twice, and which breaks nothing.
"""

import re
from collections.abc import Callable, Iterator

from speedproof.core.completion import Around, Kind, Place
from speedproof.core.indentation import unit_at
from speedproof.core.lexical import read
from speedproof.core.text import Edit, Span
from speedproof.suggest.completion.ending import ended, normal
from speedproof.suggest.completion.layout import laid_out, settled
from speedproof.suggest.completion.leaks import answer_in
from speedproof.suggest.completion.overlap import Cursor, closed, most_of, n_covered, without_below, without_rest

SHORTEST_REPEATED = 3
"""Characters typed on the line that are taken to be repeated if the answer begins with the same."""
SHORTEST_REPEATED_LINE = 8
MAX_SHORTENED = 8
"""Lines that are left out at most to find something sound."""

_NEAR = 8000
"""Characters around the cursor that are enough to tell how the document is laid out."""
_ONE_BLANK_BEFORE = re.compile(r"\S $")
_ONE_BLANK = re.compile(r" \S")
"""More of them align something."""
_LETTER = re.compile(r"[^\W\d_]")


def cleaned(raw: str, around: Around, place: Place, *, cut_off: bool = False) -> str:
    """What of the answer `raw` can follow the cursor; empty if nothing does. The first stage, before the cache.

    `cut_off`: the model did not end by itself, but because it was given no more tokens. Of several lines the last is
    left out then.
    """
    if not raw.strip():
        return ""
    end = ended(raw, around, place)
    whole = end is not None or not cut_off
    if end is None:  # the last line is over, too
        end = ended(raw + "\n", around, place)
    text = normal(raw[:end])
    start, limit = answer_in(text, around, place)
    text, cursor = text[start:limit], Cursor.of(around)
    if not whole and place.multi_line and "\n" in text.strip():
        text = text[: text.rstrip().rindex("\n")]
    text = _without_typed(text, around, cursor)
    if not text.strip():
        return ""
    text = laid_out(text, read(text), cursor, settled(text, cursor, place), _unit(around))
    if not cursor.is_blank and _ONE_BLANK_BEFORE.search(cursor.typed) and _ONE_BLANK.match(text):
        text = text[1:]
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip()


def fitted(text: str, around: Around, place: Place, sound: Callable[[Edit], bool]) -> Edit | None:
    """The edit that puts `text` at the cursor; None if nothing in it is new, or nothing of it leaves the code sound.

    The second stage, after the cache. The edit's span is in offsets of the whole text, `prefix` and `suffix`, on the
    cursor's line, and begins at the cursor: punctuation to the right is replaced where `text` brings it along. `sound`
    says whether the document is no worse with an edit.
    """
    if not text.strip():
        return None
    cursor = Cursor.of(around)
    if cursor.rest.strip():
        text = text.partition("\n")[0]
    text = without_below(text, cursor)
    for edit in _variants(text, around, cursor, place):
        if edit.new_text.strip() and edit.new_text.rstrip() != _replaced(edit, around).rstrip() and sound(edit):
            return edit
    return None


def _variants(text: str, around: Around, cursor: Cursor, place: Place) -> Iterator[Edit]:
    """Edits that would do, the best first: all of `text`, its first lines, brackets closed, most of the one line."""
    yield from _edits(text, around, cursor, place)
    lines = text.split("\n")
    for n in range(len(lines) - 1, max(len(lines) - 1 - MAX_SHORTENED, 0), -1):
        yield from _edits("\n".join(lines[:n]), around, cursor, place)
    for whole in closed(lines[0], cursor, place):
        yield from _edits(whole, around, cursor, place)
    if len(lines) == 1 and place.kind is Kind.CODE:
        for part in most_of(text, cursor, place):
            yield from _edits(part, around, cursor, place)


def _edits(text: str, around: Around, cursor: Cursor, place: Place) -> Iterator[Edit]:
    """`text` at the cursor, with as much of what is right of it replaced as seems right, or else none of it."""
    start = len(around.prefix)
    if not cursor.rest.strip():
        if not _leads_nowhere(text, place):
            yield Edit(Span(start, start + len(cursor.rest)), text)
    elif cursor.in_word:
        yield Edit(Span(start, start), without_rest(text, cursor, place))
    else:
        covered = n_covered(text, cursor, place)
        yield Edit(Span(start, start + covered), text)
        if covered:
            yield Edit(Span(start, start), text)


def _unit(around: Around) -> str:
    prefix = around.prefix[-_NEAR:]
    return unit_at(prefix + around.suffix[:_NEAR], len(prefix))


def _leads_nowhere(text: str, place: Place) -> bool:
    """Whether the last of several lines is a header without its block, a decorator or a comment."""
    if place.kind is not Kind.CODE or "\n" not in text.strip():
        return False
    lines = read(text).lines
    return bool(lines) and (lines[-1].opens_block or lines[-1].word in ("@", "#"))


def _replaced(edit: Edit, around: Around) -> str:
    start = edit.span.start - len(around.prefix)
    return around.suffix[start : edit.span.end - len(around.prefix)]


def _without_typed(text: str, around: Around, cursor: Cursor) -> str:
    """`text` without what it repeats at its start: what is typed on the line, or on a blank line the line above."""
    if not cursor.is_blank:
        typed, answer = cursor.typed.strip(), text.lstrip()
        if len(typed) >= SHORTEST_REPEATED and _LETTER.search(typed) and answer.startswith(typed):
            return answer[len(typed) :]
        return text
    above = around.prefix[-_NEAR:].rstrip().rpartition("\n")[2].strip()
    first, _, others = text.lstrip().partition("\n")
    telling = above.endswith(":") or (len(above) >= SHORTEST_REPEATED_LINE and _LETTER.search(above))
    return others if telling and first.strip() == above else text
