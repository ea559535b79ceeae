"""Python syntax trees that follow their text at the cost of what an edit touches, with offsets in code points.

A text is kept as segments, each of some statements at the module's top level. An edit reparses the segment that it
is in and leaves the others alone: tree-sitter by itself goes through the whole file on every edit, and where that
breaks the code for a moment, as typing does, takes as long as for a new file. It also means that a bracket or a
quote left open breaks its own segment only, and the rest of the file stays as it was. Where a file is broken from the
start, tree-sitter may see one error from there to the end: that is cut at what looks like a statement.

tree-sitter counts bytes. Rather than translate between bytes and code points at every node, the parser is given a
*mask* of the text: a byte string in which every code point is exactly one byte, so that both counts are the same
number. The mask changes nothing that the grammar cares about: outside ASCII, Python has only letters of identifiers
and the contents of strings and comments, and all become `_`, a letter that no keyword contains. Names are therefore
always read from the text, never from the tree.
"""

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Tree

from speedproof.core.text import Edit, Span

PYTHON = Language(tree_sitter_python.language())

SEGMENT_LENGTH = 4000
"""Code points in a segment, about; one statement, a large class, may make it longer."""

SETTLED_LENGTH = 100_000
"""Code points that are parsed as one when typing pauses: the parser holds the interpreter's lock, for 0.1 s at most."""

_STATEMENT = re.compile(rb"(?m)^(?!(?:elif|else|except|finally|case)\b)[@A-Za-z_]")
"""What looks like one at the top level, and begins no further clause of the one above it."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LONE_CARRIAGE_RETURN = re.compile(r"\r(?!\n)")
_PYTHON_2_STATEMENTS = ("print_statement", "exec_statement")


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Whole statements of the top level. Its nodes are those of `tree` from `tree_start` on, for its length.

    After parsing a file its segments share one tree; one that was edited has its own, from 0 on.
    """

    text: str
    mask: bytes
    tree: Tree
    tree_start: int = 0

    @property
    def has_error(self) -> bool:
        root = self.tree.root_node
        return root.has_error and (root.type == "ERROR" or any(node.has_error for node in self.statements))

    @property
    def statements(self) -> Iterator[Node]:
        """The nodes of the top level, comments among them."""
        cursor = self.tree.walk()
        found = cursor.goto_first_child_for_byte(self.tree_start) is not None
        while found and (node := cursor.node) and node.start_byte < self.tree_start + len(self.text):
            yield node
            found = cursor.goto_next_sibling()

    def span(self, node: Node) -> Span:
        """Where `node` is in this segment's text."""
        return Span(node.start_byte - self.tree_start, node.end_byte - self.tree_start)

    def source(self, node: Node) -> str:
        """The text of `node`."""
        return self.span(node).of(self.text)


@dataclass(frozen=True, slots=True, eq=False)
class Syntax:
    """A text and its trees. Immutable: an edit makes a new one, which shares all that the edit did not touch."""

    text: str
    segments: tuple[Segment, ...]
    starts: tuple[int, ...]
    """The offset of each segment, and after the last the text's length."""

    @classmethod
    def parse(cls, text: str) -> "Syntax":
        return _syntax(text, _segments(text, at_start=True))

    @property
    def has_error(self) -> bool:
        return any(segment.has_error for segment in self.segments)

    def segment_at(self, offset: int) -> tuple[int, Segment]:
        """The segment that holds `offset`, and where it begins."""
        index = self._index_of(offset)
        return self.starts[index], self.segments[index]

    def edited(self, *edits: Edit) -> "Syntax":
        """The syntax after `edits`, each of which refers to the text that the one before it made."""
        syntax = self
        for edit in edits:
            syntax = syntax._edited(edit)
        return syntax

    def _edited(self, edit: Edit) -> "Syntax":
        text = self.text[: edit.span.start] + edit.new_text + self.text[edit.span.end :]
        # An edit that touches a segment's end touches the next one too: its first statement may become part of the
        # last one here, and a line end of two characters may be parted or joined.
        first, last = self._index_of(max(edit.span.start - 1, 0)), self._index_of(edit.span.end)
        start, end = self.starts[first], self.starts[last + 1] + len(text) - len(self.text)
        segment = self.segments[first]
        if first == last and segment.tree_start == 0 and segment.tree.root_node.end_byte <= len(segment.text):
            inner = Edit(Span(edit.span.start - start, edit.span.end - start), edit.new_text)
            renewed = _reparsed(segment, inner, text[start:end], at_start=start == 0)
        else:
            renewed = _segments(text[start:end], at_start=start == 0)
        return _syntax(text, (*self.segments[:first], *renewed, *self.segments[last + 1 :]))

    def settled(self) -> "Syntax":
        """What is between two errors, or more, parsed as one, where that leaves fewer of them.

        The parts take errors one by one, as they were typed; two together may be none, like the two ends of a string.
        """
        broken = [number for number, segment in enumerate(self.segments) if segment.has_error]
        if len(broken) < 2:
            return self
        first, last = broken[0], broken[-1] + 1
        if self.starts[last] - self.starts[first] > SETTLED_LENGTH:
            return self
        renewed = _segments(self.text[self.starts[first] : self.starts[last]], at_start=first == 0)
        if sum(segment.has_error for segment in renewed) >= len(broken):
            return self
        return _syntax(self.text, (*self.segments[:first], *renewed, *self.segments[last:]))

    def _index_of(self, offset: int) -> int:
        return min(bisect_right(self.starts, offset), len(self.segments)) - 1


def _syntax(text: str, segments: Iterable[Segment]) -> Syntax:
    segments = tuple(segments)
    return Syntax(text, segments, tuple(accumulate((len(segment.text) for segment in segments), initial=0)))


def root_of(text: str) -> Node:
    """The one tree of a whole text. Offsets in it are those in the text, what it says of names is not: see above."""
    return Parser(PYTHON).parse(_mask(text, at_start=True)).root_node


def _segments(text: str, *, at_start: bool) -> list[Segment]:
    """`text`, parsed anew, in segments."""
    mask = _mask(text, at_start=at_start)
    return _cut(Segment(text, mask, Parser(PYTHON).parse(mask)))


def _reparsed(segment: Segment, edit: Edit, text: str, *, at_start: bool) -> list[Segment]:
    """`segment` after an edit of it, which makes its text `text`."""
    mask = _mask(text, at_start=at_start)
    start, end = edit.span.start, edit.span.end
    # The neighbours may be masked in another way now, where they are halves of a line end.
    first, last = max(start - 1, 0), min(end + 1, len(segment.text))
    new_last = last + len(text) - len(segment.text)
    tree = segment.tree.copy()
    points = (_point(segment.mask, first), _point(segment.mask, last), _point(mask, new_last))
    tree.edit(first, last, new_last, *points)
    renewed = Segment(text, mask, Parser(PYTHON).parse(mask, tree))
    if _has_indented(renewed):  # what was a statement of its own may belong to a header that was typed above it
        renewed = Segment(text, mask, Parser(PYTHON).parse(mask))
    return _cut(renewed) if len(text) > 2 * SEGMENT_LENGTH else [renewed]


def _has_indented(segment: Segment) -> bool:
    """Whether a statement of the top level is indented, which tree-sitter takes for sound."""
    return any(
        segment.mask[max(node.start_byte - 1, 0) : node.start_byte] in (b" ", b"\t") and node.type != "comment"
        for node in segment.statements
    )


def _cut(segment: Segment) -> list[Segment]:
    """A segment with a tree of its own in segments of about the right length, before sound statements only.

    Not before a comment: below it may be an indented block, which waits for its header.

    What is broken over a much longer stretch is cut all the same, and each part of it is parsed by itself.
    """
    if segment.tree.root_node.type == "ERROR":  # what is in it was read as anything
        return _cut_anyway(segment)
    cuts = [0]
    for node in segment.statements:
        start = node.start_byte
        begins_line = start > 0 and segment.mask[start - 1] == ord("\n")
        if start - cuts[-1] >= SEGMENT_LENGTH and begins_line and node.type != "comment" and not node.has_error:
            cuts.append(start)
    found = []
    for cut, end in zip(cuts, [*cuts[1:], len(segment.text)], strict=True):
        part = Segment(segment.text[cut:end], segment.mask[cut:end], segment.tree, cut)
        is_long = len(part.text) > 2 * SEGMENT_LENGTH
        found += _cut_anyway(part) if is_long and part.has_error else [part]
    return found


def _cut_anyway(segment: Segment) -> list[Segment]:
    """`segment`, which is broken, in parts of about the right length, most of which are not."""
    cuts = [0]
    was_decorator = False
    for found in _STATEMENT.finditer(segment.mask):
        if not was_decorator and found.start() - cuts[-1] >= SEGMENT_LENGTH:
            cuts.append(found.start())
        was_decorator = found.group() == b"@"
    if len(cuts) == 1:
        return [segment]
    parts = [slice(*ends) for ends in pairwise([*cuts, len(segment.text)])]
    masks = [segment.mask[part] for part in parts]
    return [
        Segment(segment.text[part], mask, Parser(PYTHON).parse(mask)) for part, mask in zip(parts, masks, strict=True)
    ]


def syntax_error(text: str) -> tuple[int, str] | None:
    """The line (from 1) and message of the first syntax error in `text`, or None.

    What the running interpreter parses is right. What it rejects may be syntax that is newer than it: where
    tree-sitter, which is lenient, finds no fault but a construct that newer versions brought, it counts as right.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        return (error.lineno or 1, error.msg) if not _is_newer_syntax(text) else None
    except ValueError as error:  # null bytes, before Python 3.12
        return (text.count("\n", 0, max(text.find("\0"), 0)) + 1, str(error))
    except (RecursionError, MemoryError):
        return (1, "too deeply nested")
    return None


def _is_newer_syntax(text: str) -> bool:
    """Whether `text` seems to be sound and to need a Python newer than 3.11, the oldest that runs this."""
    root = root_of(text)
    if root.has_error:
        return False
    stack = [root]
    newer = False
    while stack:
        node = stack.pop()
        if node.type in _PYTHON_2_STATEMENTS:
            return False
        # 3.12: generics and f-strings without limits. 3.14: `except A, B:`.
        newer |= node.type in ("type_parameter", "type_alias_statement", "interpolation")
        newer |= node.type == "except_clause" and any(child.type == "," for child in node.children)
        stack += node.named_children
    return newer


def _mask(text: str, *, at_start: bool) -> bytes:
    """`text` with one ASCII byte for each code point; `at_start` if it begins the file."""
    masked = text
    if not text.isascii():
        if at_start and text[0] == "\ufeff":
            masked = "\f" + text[1:]  # a byte order mark is no letter; a form feed is the blank that indents nothing
        masked = _NOT_ASCII.sub("_", masked)
    if "\r" in masked:
        # Python ends a line at a lone carriage return too; tree-sitter does not.
        masked = _LONE_CARRIAGE_RETURN.sub("\n", masked)
    return masked.encode("ascii")


def _point(mask: bytes, offset: int) -> tuple[int, int]:
    """Row and column of `offset`, as tree-sitter counts them."""
    return mask.count(b"\n", 0, offset), offset - (mask.rfind(b"\n", 0, offset) + 1)
