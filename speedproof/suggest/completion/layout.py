"""The indentation of answers: what a model took for that of its block, and the same lines in the document's own."""

from itertools import pairwise

from speedproof.core.completion import Place
from speedproof.core.indentation import TAB_COLUMNS, columns, indent_of
from speedproof.core.lexical import Reading
from speedproof.suggest.completion.overlap import Cursor


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
    base = own if own >= wanted else columns(cursor.typed) + own if own else wanted
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
