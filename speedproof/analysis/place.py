"""What the syntax says about the cursor: what kind of text it is in, how much text is wanted there, and what fits.

The tree says where statements begin and what is a string; the text from there to the cursor, which is often broken,
is read by `core.lexical`, for what a tree holds of broken code depends on what follows it.
"""

import re
from dataclasses import dataclass

from tree_sitter import Node

from speedproof.analysis.syntax import Segment, Syntax, syntax_error
from speedproof.core.completion import Kind, Place
from speedproof.core.indentation import columns, indent_at, indent_of, unit_at
from speedproof.core.lexical import Line, Reading, read
from speedproof.core.text import Edit, Span

LONGEST_PARSED = 100_000
"""Code points. A statement longer than that is compared by its tree alone."""

FURTHEST_READ = 8000
"""Code points before the cursor that are read for a string or a bracket left open."""

_UNFINISHED = ("expected an indented block", "expected 'except'")
"""How the messages begin that say no more than that the text could go on."""
_CLAUSE = re.compile(r"(?:else|finally)[ \t]*:|(?:elif|except|case)\b.*:[ \t]*(?:#.*)?$")
_STRING = re.compile(r"""[rRuU]?(["']).*\1""", re.DOTALL)
_DEFINITION = re.compile(r"(?:async[ \t]+def|def|class)\b|@")


@dataclass(frozen=True, slots=True)
class _Below:
    """The next line that is not blank."""

    indent: str
    content: str


def place_at(syntax: Syntax, offset: int) -> Place:
    """The place of a completion at `offset`, in Python."""
    text = syntax.text
    start, end = _line_of(text, offset)
    typed, rest = text[start:offset], text[offset:end]
    reading, shift, kind = _read(syntax, offset)
    last = next((line for line in reversed(reading.lines) if line.word != "#"), None)
    last_indent = "" if last is None else indent_at(text, last.start + shift)
    header = last is not None and last.opens_block
    below = _below(text, end)
    if kind is not Kind.CODE or reading.opened or reading.continued or rest.strip():
        return Place(kind, multi_line=False, indent=_beside(text, offset))
    if typed.strip():
        at_header = header and reading.on_line and typed.rstrip().endswith(":")
        indent = last_indent + unit_at(text, offset) if at_header else last_indent
        return Place(kind, at_header and not _deeper(below, last_indent), indent)
    if header:
        indent = _body_indent(indent_of(typed), last_indent, below, unit_at(text, offset))
        return Place(kind, not _deeper(below, last_indent), indent)
    indent = _indent(indent_of(typed), last_indent, below, apart=text[max(start - 3, 0) : start] == "\n\n\n")
    above = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : start]
    parted = not above.strip() or columns(last_indent) > columns(indent)
    multi_line = _ends_scope(below, indent, last, parted) or _lacks_body(reading, text, shift, below)
    return Place(kind, multi_line, indent)


def plain_place(text: str, offset: int) -> Place:
    """The place of a completion at `offset` of a text in a language that is not known: line by line."""
    return Place(Kind.CODE, multi_line=False, indent=_beside(text, offset))


def sound(syntax: Syntax, edit: Edit) -> bool:
    """Whether the text with `edit` has no more syntax errors around the edit than before.

    Where it parsed before, it must parse. Where it did not, which is usual in the middle of a line, nothing may be
    wrong in the lines that the edit writes, unless a bracket was open there, and elsewhere no more than before.
    """
    span, before, after = _affected(syntax, edit)
    if len(after) <= LONGEST_PARSED:
        fault = syntax_error(after)
        if fault is None:
            return True
        if syntax_error(before) is None:
            return False
        first = after.count("\n", 0, edit.span.start - span.start) + 1
        within = first <= fault[0] <= first + edit.new_text.count("\n")
        if within and not fault[1].startswith(_UNFINISHED) and not _read(syntax, edit.span.start)[0].opened:
            return False
    after_span = Span(span.start, span.start + len(after))
    return _n_errors(syntax.edited(edit), after_span) <= _n_errors(syntax, span)


def _read(syntax: Syntax, offset: int) -> tuple[Reading, int, Kind]:
    """The statement that ends or is broken off before `offset`, read to there; where it begins; and what it is in."""
    start, segment = syntax.segment_at(max(offset - 1, 0))
    statement = _statement_before(segment, offset - start)
    if statement is None and start:  # only blanks and comments: what counts is the end of the segment before
        start, segment = syntax.segment_at(start - 1)
        statement = _statement_before(segment, len(segment.text))
    begin = start if statement is None else start + max(segment.span(statement).start, 0)
    reading = read(syntax.text[begin:offset])
    kind = _kind_at(segment, offset - start)
    if kind is None:
        kind = reading.kind if statement is None or statement.has_error else Kind.CODE
    return reading, begin, kind


def _statement_before(segment: Segment, position: int) -> Node | None:
    """The innermost statement that ends or goes on before `position`, comments aside.

    In broken code it is the outermost statement with errors that begins near: a string left open is above what it
    swallows, of which the tree knows nothing.
    """
    while position := len(segment.text[:position].rstrip()):
        node = _node_at(segment, position - 1, position)
        if node is None or node.type != "comment":
            break
        position = max(segment.span(node).start, 0)
    else:
        return None
    statement: Node | None = None
    while node is not None:
        parent = node.parent
        if parent is None or parent.type in ("module", "block"):
            if statement is None and parent is not None and _is_docstring(node, parent):
                node = parent.parent
                continue
            near = position - segment.span(node).start <= FURTHEST_READ
            statement = node if statement is None or (node.has_error and near and parent is not None) else statement
        node = parent
    return statement


def _is_docstring(statement: Node, block: Node) -> bool:
    is_string = statement.type == "expression_statement" and [child.type for child in statement.children] == ["string"]
    return is_string and block.type == "block" and block.parent is not None and block.named_children[0] == statement


def _kind_at(segment: Segment, position: int) -> Kind | None:
    """What the tree says, which is nothing where it has neither a comment nor a string."""
    node = _node_at(segment, max(position - 1, 0), position)
    while node is not None:
        span = segment.span(node)
        if node.type == "comment" and span.start < position:
            return Kind.COMMENT
        if node.type == "interpolation" and span.start < position < span.end:
            return Kind.CODE
        if node.type == "string" and _is_inside(segment, node, position):
            return Kind.STRING
        node = node.parent
    return None


def _is_inside(segment: Segment, string: Node, position: int) -> bool:
    quotes = [segment.span(child) for child in string.children if child.type in ("string_start", "string_end")]
    return bool(quotes) and quotes[0].end <= position and (len(quotes) == 1 or position <= quotes[-1].start)


def _node_at(segment: Segment, start: int, end: int) -> Node | None:
    shift = segment.tree_start
    return segment.tree.root_node.descendant_for_byte_range(start + shift, end + shift)


def _indent(typed: str, last_indent: str, below: _Below | None, *, apart: bool) -> str:
    """That of a statement on a line of which only the blanks `typed` are there, and which no header is above of.

    Two blank lines above set it `apart`: there people begin something at the margin.
    """
    if below is None or columns(typed) > columns(below.indent):
        return typed
    if _CLAUSE.match(below.content):
        # In front of `else:` only the block above can go on.
        return last_indent if columns(last_indent) > columns(below.indent) else typed
    return typed or ("" if apart else min(last_indent, below.indent, key=columns))


def _body_indent(typed: str, header_indent: str, below: _Below | None, unit: str) -> str:
    """That of a line, of which only the blanks `typed` are there, right below a header."""
    if columns(typed) > columns(header_indent):
        return typed
    return below.indent if below is not None and _deeper(below, header_indent) else header_indent + unit


def _beside(text: str, offset: int) -> str:
    """The indentation of the cursor's line; if the line is empty, what the lines around it suggest."""
    start, end = _line_of(text, offset)
    if start < offset:
        return indent_of(text[start:offset])
    above = text[max(start - 1000, 0) : start].rstrip()
    above = above[above.rfind("\n") + 1 :]
    if above.endswith(("{", "(", "[", ":")):
        return indent_of(above) + unit_at(text, offset)
    below = _below(text, end)
    goes_on = below is not None and (below.indent != "" or below.content[0] in ")]}")
    return indent_of(above) if goes_on else ""


def _ends_scope(below: _Below | None, indent: str, last: Line | None, parted: bool) -> bool:
    """Whether nothing follows in the block of `indent`, or a definition of which a blank line or a body parts it."""
    if below is None or columns(below.indent) < columns(indent):
        return True
    if columns(below.indent) > columns(indent):
        return False
    decorated = last is not None and last.word == "@"
    return parted and not decorated and _DEFINITION.match(below.content) is not None


def _lacks_body(reading: Reading, text: str, shift: int, below: _Below | None) -> bool:
    """Whether what was read ends with a function that consists of its docstring so far."""
    if len(reading.lines) < 2 or reading.on_line:
        return False
    header, docstring = reading.lines[-2:]
    written = text[docstring.start + shift : docstring.end + shift]
    is_function = header.opens_block and header.word in ("def", "async")
    indent = indent_at(text, header.start + shift)
    return is_function and _STRING.fullmatch(written) is not None and not _deeper(below, indent)


def _deeper(below: _Below | None, indent: str) -> bool:
    return below is not None and columns(below.indent) > columns(indent)


def _line_of(text: str, offset: int) -> tuple[int, int]:
    """Where the line of `offset` begins and ends, its line end aside."""
    start, end = text.rfind("\n", 0, offset) + 1, text.find("\n", offset)
    end = len(text) if end < 0 else end
    # Most texts have no "\r", and to look for one as far as the text goes would take as long as the text is.
    earlier = text.find("\r", offset, end)
    return max(start, text.rfind("\r", start, offset) + 1), end if earlier < 0 else earlier


def _below(text: str, line_end: int) -> _Below | None:
    """The first line after `line_end`, which is the end of a line, that is not blank; None where there is none."""
    while line_end < len(text):
        start, line_end = _line_of(text, line_end + 1)
        line = text[start:line_end]
        if content := line.strip():
            return _Below(indent_of(line), content)
    return None


def _affected(syntax: Syntax, edit: Edit) -> tuple[Span, str, str]:
    """The segments that `edit` touches, and their text without and with it."""
    start, _ = syntax.segment_at(max(edit.span.start - 1, 0))
    last_start, last = syntax.segment_at(edit.span.end)
    end = last_start + len(last.text)
    before = syntax.text[start:end]
    after = syntax.text[start : edit.span.start] + edit.new_text + syntax.text[edit.span.end : end]
    return Span(start, end), before, after


def _n_errors(syntax: Syntax, span: Span) -> int:
    """How many nodes of the segments in `span` are errors, or are missing."""
    count, offset = 0, span.start
    while offset < span.end:
        start, segment = syntax.segment_at(offset)
        root = segment.tree.root_node
        count += root.is_error
        nodes = [node for node in segment.statements if node.has_error]
        while nodes:
            node = nodes.pop()
            count += node.is_error or node.is_missing
            nodes += [child for child in node.children if child.has_error]
        offset = start + max(len(segment.text), 1)
    return count
