"""Where an answer is complete, told while it still comes in: every token that is not made saves the time for it."""

from collections.abc import Sequence
from itertools import count

from speedproof.core.completion import Around, Place
from speedproof.core.indentation import columns, indent_of
from speedproof.core.lexical import CLAUSES, DEFINITIONS, Line, Reading, read
from speedproof.suggest.completion.layout import model_columns, settled
from speedproof.suggest.completion.leaks import answer_in
from speedproof.suggest.completion.overlap import Cursor, is_below
from speedproof.suggest.completion.repetition import repeats_from, round_in

MAX_LINES = 16
"""Of a suggestion, blank ones not counted."""
MAX_BLANK_LINES = 3
"""At the start of an answer."""
SHORTEST_REST = 3
"""Characters of what is right of the cursor, for an answer to be cut where it comes to the same."""

_LEAVING = frozenset({"return", "raise", "break", "continue"})
"""Nothing behind these in the same block is ever reached."""


def ended(raw: str, around: Around, place: Place) -> int | None:
    """The length at which `raw`, an answer or its beginning, is complete; None if it may go on.

    What follows that length is of no use. An answer that ends by itself may be shorter than what this would allow.
    """
    text = normal(raw)
    start, limit = answer_in(text, around, place)
    answer, cursor = text[start:limit], Cursor.of(around)
    place = settled(answer, cursor, place)
    end = _end_of_block(answer, cursor, place) if place.multi_line else _end_of_line(answer, cursor)
    if end is None and limit is None:
        return None
    return _length_in(raw, start + len(answer) if end is None else start + end)


def normal(raw: str) -> str:
    """`raw` with "\\n" for its line ends."""
    return raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw


def _length_in(raw: str, length: int) -> int:
    """The length of `raw` that `normal` turns into `length`."""
    if "\r" not in raw:
        return length
    return next((n for n in count(length) if n >= len(raw) or len(normal(raw[:n])) >= length), length)


def _end_of_line(answer: str, cursor: Cursor) -> int | None:
    """The end of the first line; on a blank line, of the first that is not blank."""
    start = len(answer) - len(answer.lstrip("\n\t ")) if cursor.is_blank else 0
    start = answer.rfind("\n", 0, start) + 1
    if answer.count("\n", 0, start) > MAX_BLANK_LINES:
        return 0
    newline = answer.find("\n", start)
    line = answer[start : None if newline < 0 else newline]
    ends = [len(line)] if newline >= 0 else []
    rest = cursor.rest.strip()
    if cursor.in_word and len(rest) >= SHORTEST_REST and rest in line:
        ends.append(line.index(rest) + len(rest))  # the next stage cuts what is there already
    if (going_round := round_in(line)) is not None:
        ends.append(going_round)
    return start + min(ends) if ends else None


def _end_of_block(answer: str, cursor: Cursor, place: Place) -> int | None:
    reading = read(answer)
    if not reading.lines:
        return 0 if answer.count("\n") > MAX_BLANK_LINES else None
    newline = answer.find("\n")
    if not cursor.is_blank and answer[: newline if newline >= 0 else None].strip():  # `if x:` and the body behind it
        return newline if newline >= 0 else None
    base = model_columns(answer, reading, cursor, place)
    if not cursor.is_blank and base <= columns(indent_of(cursor.typed)):
        return 0
    for index, line in enumerate(reading.lines):
        known = line.word == "@" or line.start + len(line.word) < len(answer)
        cut = _cut_before(answer, reading, index, known, base, place) or _is_there(answer, line, cursor, place, base)
        if cut:
            return _before(answer, reading.lines, index)
        if (first := _repeated(answer, reading.lines, index)) is not None:
            return _up_to(answer, reading.lines[first])
        if line.word in _LEAVING and (not index or _columns(answer, line) == base) and "\n" in answer[line.end :]:
            return _physical(answer, line)[1]
    return _end_of_lines(answer)


def _cut_before(answer: str, reading: Reading, index: int, known: bool, base: int, place: Place) -> bool:
    """Whether the line is no longer of the block, or begins what is another suggestion. `known`: its word is whole."""
    line = reading.lines[index]
    indent = _columns(answer, line) if index else base
    if indent < base:
        return True
    if indent > base or not index or line.word == "#" or line.word in CLAUSES:
        return False
    if not known and _may_become(line.word, CLAUSES):
        return False
    same = [each for each in reading.lines[1:index] if _columns(answer, each) == base and each.word != "#"]
    before = [each for each in [reading.lines[0], *same] if each.word != "#"]
    if not before or before[-1].word == "@":
        return False
    if before[-1].word in DEFINITIONS:
        return True
    if not known and _may_become(line.word, DEFINITIONS):
        return False
    if line.word in DEFINITIONS:
        return True
    return not place.indent and (any(each.opens_block for each in before) or _after_blank(answer, line))


def _is_there(answer: str, line: Line, cursor: Cursor, place: Place, base: int) -> bool:
    """Whether the line, if it is whole, stands below the cursor already."""
    start, end = _physical(answer, line)
    if end == len(answer):
        return False
    on_cursor = start == 0
    text = answer[start:end]
    indent = columns(place.indent) + (0 if on_cursor else _columns(answer, line) - base)
    return is_below(cursor.typed + text if on_cursor else text, indent, cursor.below)


def _repeated(answer: str, lines: Sequence[Line], index: int) -> int | None:
    """The index of the line from which on lines only repeat themselves, up to the one at `index` if that is whole."""
    if "\n" not in answer[lines[index].end :]:
        return None
    return repeats_from([answer[line.start : line.end] for line in lines[: index + 1]])


def _before(answer: str, lines: Sequence[Line], index: int) -> int:
    """Where the answer ends if the line at `index` is left out, and comments right above it that lead up to it."""
    while index and lines[index - 1].word == "#" and not _after_blank(answer, lines[index]):
        index -= 1
    return _up_to(answer, lines[index])


def _up_to(answer: str, line: Line) -> int:
    """The end of what is before `line`."""
    return len(answer[: _physical(answer, line)[0]].rstrip())


def _end_of_lines(answer: str) -> int | None:
    """The end of the last line that may be, if there are more."""
    n_lines, offset = 0, 0
    while (newline := answer.find("\n", offset)) >= 0:
        n_lines += bool(answer[offset:newline].strip())
        if n_lines == MAX_LINES:
            return newline
        offset = newline + 1
    return None


def _may_become(word: str, words: frozenset[str]) -> bool:
    return any(each.startswith(word) for each in words)


def _physical(text: str, line: Line) -> tuple[int, int]:
    """Where the lines of text begin and end that `line` is on."""
    end = text.find("\n", line.end)
    return text.rfind("\n", 0, line.start) + 1, len(text) if end < 0 else end


def _columns(text: str, line: Line) -> int:
    start, _ = _physical(text, line)
    return columns(text[start : line.start])


def _after_blank(text: str, line: Line) -> bool:
    start, _ = _physical(text, line)
    return start > 0 and not text[text.rfind("\n", 0, start - 1) + 1 : start].strip()
