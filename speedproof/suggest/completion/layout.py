"""The indentation of answers: what a model took for that of its block, and the same lines in the document's own."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from speedproof.core.completion import Kind, Place
from speedproof.core.indentation import TAB_COLUMNS, columns, indent_of, unit_at
from speedproof.core.lexical import Reading
from speedproof.suggest.completion.overlap import Cursor

_GOES_ON = re.compile(r"(?:[,(\[{\\+\-*/%|&^=<>]|\b(?:and|or|not|in|is|if|else|for))$")
"""Ends a line that the next one goes on with."""
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_HEADER = re.compile(r"[ \t]*(?:async|def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b")
_DEFINITION = re.compile(r"(?:async[ \t]+def|def|class|elif|else|except|finally)\b|@")
"""And clauses, which have to be where their statement is."""


def settled(answer: str, cursor: Cursor, place: Place) -> Place:
    """`place` with the indentation that the answer itself has, where the cursor is at the margin and that makes sense.

    In an editor that does not indent by itself, an empty line below a body may be of any block that is not closed yet,
    or begin a definition at the margin. In brackets and strings there are no rules.
    """
    content = answer.lstrip("\n\t ")
    if cursor.typed or not content or not cursor.above:
        return place
    own = _indent_before(answer, len(answer) - len(content))
    level = next((level for level in _levels(content, own, cursor, place) if columns(level) == columns(own)), None)
    return place if level is None else replace(place, indent=level)


def _levels(content: str, own: str, cursor: Cursor, place: Place) -> list[str]:
    """Indentations that `content`, which the model indented by `own`, may have on a line that is empty."""
    if cursor.above[-1].lstrip().startswith("#") and indent_of(cursor.above[-1]) == own:  # that leads up to it
        return [own]
    code = (_COMMENT.sub("", line).rstrip() for line in reversed(cursor.above))
    last = next((line for line in code if line), "")
    if place.kind is Kind.STRING or content[0] in ")]}" or (own and _goes_on(last, content)):
        return [own]
    if last.endswith(":"):  # the body is there already, perhaps a level too deep because the header of it is missing
        header = next((line for line in reversed(cursor.above) if _HEADER.match(line)), last)
        text = "\n".join(cursor.above)
        body = indent_of(header) + unit_at(text, len(text))
        return [body] if columns(body) < columns(place.indent) else []
    above_its_block = _opens_block(content) and cursor.below and indent_of(cursor.below[0])
    at_margin = [""] if _DEFINITION.match(content) or above_its_block else []
    return at_margin + [level for level in _open_blocks(cursor.above) if level]


def _goes_on(line: str, content: str) -> bool:
    """Whether `content` goes on with what `line` begins."""
    return _GOES_ON.search(line) is not None or (line[-1:] in ("'", '"') and content[0] in "\"'frbFRB")


def _opens_block(content: str) -> bool:
    line = content.partition("\n")[0]
    return _HEADER.match(line) is not None and line.rstrip().endswith(":")


def _open_blocks(above: Sequence[str]) -> list[str]:
    """The indentation of the last line, and of the blocks around it."""
    levels = [indent_of(above[-1])]
    for line in reversed(above):
        if not levels[-1]:
            break
        if columns(indent_of(line)) < columns(levels[-1]):
            levels.append(indent_of(line))
    return levels


def model_columns(answer: str, reading: Reading, cursor: Cursor, place: Place) -> int:
    """The columns that the lines of `answer` have which belong to the block of the cursor.

    On a blank line a model may have been shown the blanks or not, and may count from the line or from the margin:
    what its second line looks like tells. `reading` is that of `answer` and has a line.
    """
    first = reading.lines[0]
    own = columns(_indent_before(answer, first.start))
    wanted = columns(place.indent)
    if not cursor.is_blank or "\n" in answer[: first.start]:
        return own
    base = max(own, wanted)
    if len(reading.lines) > 1:
        second = columns(_indent_before(answer, reading.lines[1].start))
        if first.opens_block and 0 < second <= base:  # the body of what is at `base` must be deeper
            base = max(second - TAB_COLUMNS, 0)
        elif second > base and not first.opens_block and first.word not in ("#", "@"):
            base = second
    return base


def laid_out(answer: str, reading: Reading, cursor: Cursor, place: Place, unit: str) -> str:
    """`answer` as it can follow the cursor: its lines moved to `place.indent`, its levels made of `unit`.

    Blank lines at its start go where the cursor's line is blank itself.
    """
    if not reading.lines and not answer.strip():
        return ""
    base = model_columns(answer, reading, cursor, place) if reading.lines else columns(place.indent)
    model_unit = _unit(answer, reading, cursor, base)
    lines = answer.split("\n")
    if cursor.is_blank:
        while not lines[0].strip():
            del lines[0]
        lines[0] = _lead(cursor.typed, place) + lines[0].lstrip()
    for index, line in enumerate(lines[1:], start=1):
        relative = columns(indent_of(line)) - base
        lines[index] = _indented(place.indent, relative, model_unit, unit) + line.strip() if line.strip() else ""
    return "\n".join(lines)


def _lead(typed: str, place: Place) -> str:
    """What is missing before the first statement."""
    return place.indent[len(typed) :] if place.indent.startswith(typed) else ""


def _indented(indent: str, relative: int, model_unit: int | None, unit: str) -> str:
    if relative < 0:
        return indent.expandtabs(TAB_COLUMNS)[: max(columns(indent) + relative, 0)]
    levels, extra = divmod(relative, model_unit or (TAB_COLUMNS if "\t" in unit else 1))
    return indent + (unit if model_unit or "\t" in unit else " ") * levels + " " * extra


def _unit(answer: str, reading: Reading, cursor: Cursor, base: int) -> int | None:
    """By how many columns the model indents the body of a block, if it shows."""
    if not cursor.is_blank:  # the header was typed
        return max(base - columns(indent_of(cursor.typed)), 0) or None
    for header, body in pairwise(reading.lines):
        above = base if header is reading.lines[0] else columns(_indent_before(answer, header.start))
        step = columns(_indent_before(answer, body.start)) - above
        if header.opens_block and step > 0:
            return step
    return None


def _indent_before(text: str, start: int) -> str:
    """The blanks at the start of the line of `start`."""
    return indent_of(text[text.rfind("\n", 0, start) + 1 : start + 1])
