"""Python syntax trees that follow their text, edit by edit, with offsets in code points.

tree-sitter counts bytes. Rather than translate between bytes and code points at every node, the parser is
given a *mask* of the text: a byte string in which every code point is exactly one byte, so that both counts
are the same number. The mask changes nothing the grammar cares about: outside ASCII Python has only letters of
identifiers and the contents of strings and comments, and all become `_`, a letter that no keyword contains.
Names are therefore always read from the text, never from the tree.
"""

import ast
import re
import warnings
from dataclasses import dataclass

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Tree

from speedproof.core.text import Edit, Span

PYTHON = Language(tree_sitter_python.language())

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LONE_CARRIAGE_RETURN = re.compile(r"\r(?!\n)")
_PYTHON_2_STATEMENTS = ("print_statement", "exec_statement")


@dataclass(frozen=True, slots=True, eq=False)
class Syntax:
    """A text and its tree. Immutable: an edit makes a new one, which shares all that the edit did not touch."""

    text: str
    mask: bytes
    tree: Tree

    @classmethod
    def parse(cls, text: str) -> "Syntax":
        mask = _mask(text, at_start=True)
        return cls(text, mask, Parser(PYTHON).parse(mask))

    @property
    def root(self) -> Node:
        return self.tree.root_node

    def edited(self, *edits: Edit) -> "Syntax":
        """The syntax after `edits`, each of which refers to the text that the one before it made.

        Costs what reparsing the changed places costs.
        """
        text, mask, tree = self.text, self.mask, self.tree.copy()
        for edit in edits:
            start, end = edit.span.start, edit.span.end
            # The neighbours are masked anew: they may be halves of a "\r\n" that the edit parts or joins.
            first, last = max(start - 1, 0), min(end + 1, len(text))
            text_before = text
            text = text[:start] + edit.new_text + text[end:]
            new_last = last + len(text) - len(text_before)
            middle = _mask(text[first : new_last + 1], at_start=first == 0)[: new_last - first]
            mask_before = mask
            mask = mask[:first] + middle + mask[last:]
            places = (_point(mask_before, first), _point(mask_before, last), _point(mask, new_last))
            tree.edit(first, last, new_last, *places)
        return Syntax(text, mask, Parser(PYTHON).parse(mask, tree))

    def source(self, node: Node) -> str:
        """The text of `node`."""
        return self.text[node.start_byte : node.end_byte]


def span_of(node: Node) -> Span:
    return Span(node.start_byte, node.end_byte)


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
    root = Syntax.parse(text).root
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
            masked = (
                "\f" + text[1:]
            )  # a byte order mark is no letter; a form feed is the blank that indents nothing
        masked = _NOT_ASCII.sub("_", masked)
    if "\r" in masked:
        # Python ends a line at a lone carriage return too; tree-sitter does not.
        masked = _LONE_CARRIAGE_RETURN.sub("\n", masked)
    return masked.encode("ascii")


def _point(mask: bytes, offset: int) -> tuple[int, int]:
    """Row and column of `offset`, as tree-sitter counts them."""
    return mask.count(b"\n", 0, offset), offset - (mask.rfind(b"\n", 0, offset) + 1)
