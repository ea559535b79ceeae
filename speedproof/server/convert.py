"""The one place that knows positions: line and column in the client's encoding on the outside, offsets within.

Columns count code units of the encoding agreed on at `initialize`. As the specification has it, a column past the
end of its line means that end; likewise a line past the end of the text means the end of the text. A position
within a character (half of a surrogate pair) means the character's beginning.
"""

from collections.abc import Sequence
from typing import Any

from lsprotocol import types

from speedproof.core.text import Edit, Span
from speedproof.server.document import Document

Encoding = types.PositionEncodingKind | str


def offset_at(document: Document, position: types.Position, encoding: Encoding) -> int:
    if position.line >= document.lines.n_lines:
        return len(document.text)
    start = document.lines.line_start(position.line)
    return start + _code_points(_line_text(document, position.line), position.character, encoding)


def position_at(document: Document, offset: int, encoding: Encoding) -> types.Position:
    line = document.lines.line_of(offset)
    before = document.text[document.lines.line_start(line) : offset]
    return types.Position(line, _units(before, encoding))


def span_at(document: Document, where: types.Range, encoding: Encoding) -> Span:
    start = offset_at(document, where.start, encoding)
    end = offset_at(document, where.end, encoding)
    return Span(min(start, end), max(start, end))


def range_at(document: Document, span: Span, encoding: Encoding) -> types.Range:
    return types.Range(position_at(document, span.start, encoding), position_at(document, span.end, encoding))


def changed(
    document: Document, change: types.TextDocumentContentChangeEvent, version: int, encoding: Encoding
) -> Document:
    """The document after one change of a `textDocument/didChange`."""
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return document.replaced(change.text, version)
    return document.edited(Edit(span_at(document, change.range, encoding), change.text), version)


def text_edits(document: Document, edits: Sequence[Edit], encoding: Encoding) -> list[types.TextEdit]:
    return [types.TextEdit(range_at(document, edit.span, encoding), edit.new_text) for edit in edits]


def range_to_json(where: types.Range) -> dict[str, Any]:
    """A range as it stands in a command's arguments, which are plain JSON."""
    start, end = where.start, where.end
    return {
        "start": {"line": start.line, "character": start.character},
        "end": {"line": end.line, "character": end.character},
    }


def range_from_json(value: Any) -> types.Range:
    """Raises ValueError where `value` is no range."""
    try:
        ends = [types.Position(value[end]["line"], value[end]["character"]) for end in ("start", "end")]
    except (KeyError, TypeError) as error:
        raise ValueError("not a range") from error
    return types.Range(*ends)


def _line_text(document: Document, line: int) -> str:
    """The text of `line` without its end."""
    start = document.lines.line_start(line)
    is_last = line + 1 == document.lines.n_lines
    end = len(document.text) if is_last else document.lines.line_start(line + 1)
    text = document.text[start:end]
    return text if is_last else text.removesuffix("\n").removesuffix("\r")


def _code_points(line: str, units: int, encoding: Encoding) -> int:
    """How many code points of `line` its first `units` code units hold in full."""
    if encoding == types.PositionEncodingKind.Utf32 or line.isascii():
        return min(units, len(line))
    seen = 0
    for index, character in enumerate(line):
        seen += _units(character, encoding)
        if seen > units:
            return index
    return len(line)


def _units(text: str, encoding: Encoding) -> int:
    """How many code units `text` has."""
    if encoding == types.PositionEncodingKind.Utf32 or text.isascii():
        return len(text)
    if encoding == types.PositionEncodingKind.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
