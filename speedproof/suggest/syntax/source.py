"""One function cut out of its module, parsed alone, and put back.

Only the function goes through libcst, so that the cost follows its size and not the file's.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from speedproof.core.target import Target
from speedproof.core.text import Edit, Span, apply_edits
from speedproof.suggest.syntax.module import Additions, additions_to, line_starts


@dataclass(frozen=True)
class FunctionSource:
    """A function's tree, and how to write it back."""

    function: cst.FunctionDef
    indent: str
    """What stands before the first line of the definition."""
    _inner_indent: str
    _newline: str

    @staticmethod
    @lru_cache(maxsize=16)
    def of(target: Target) -> "FunctionSource | None":
        """None where the span does not hold one function that starts its own line, or it does not parse.

        Nor where expressions nest so deeply that walking them is not safe, or libcst does not take what Python takes
        (`for x in(1, 2)`).
        """
        start = max(s for s in line_starts(target.text) if s <= target.span.start)
        indent = target.text[start : target.span.start].lstrip("\ufeff").rpartition("\f")[2]
        if indent.strip(" \t"):
            return None
        newline = "\r\n" if "\r\n" in target.text else "\n"
        wrapped = f"if 1:{newline}{indent}{target.source}{newline}" if indent else target.source + newline
        try:
            module = cst.parse_module(wrapped)
        except (cst.ParserSyntaxError, cst.CSTValidationError, UnicodeError, RecursionError):
            return None
        body = module.body
        if indent and isinstance(body[0], cst.If) and len(body) == 1:
            block = body[0].body
            body = block.body  # type: ignore[assignment]
        if len(body) != 1 or not isinstance(body[0], cst.FunctionDef):
            return None
        inner = _inner_indent(body[0]) or module.default_indent
        try:
            function = body[0].visit(_ExplicitIndents(module.default_indent, inner))
        except RecursionError:
            return None
        assert isinstance(function, cst.FunctionDef)
        return FunctionSource(function, indent, inner, newline)

    def render(self, function: cst.FunctionDef) -> str:
        """The text of `function` in this one's place, from its `def` or first decorator to its last character."""
        module = cst.Module([function], default_indent=self._inner_indent, default_newline=self._newline)
        if self.indent:
            block = cst.IndentedBlock([function], indent=self.indent)
            module = module.with_changes(body=[cst.If(cst.Integer("1"), block)])
            text = module.code.removeprefix(f"if 1:{self._newline}{self.indent}")
        else:
            text = module.code
        return text.rstrip(" \t\r\n")


def tree_of(lines: str) -> ast.Module | None:
    """The tree of a definition in whole lines, as it stands in its module; None where it does not parse."""
    try:
        return ast.parse(f"if 1:\n{lines}" if lines[:1] in (" ", "\t") else lines)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def put_back(target: Target, source: FunctionSource, function: cst.FunctionDef, additions: Additions) -> Target:
    """The target with `function` in its place and the additions around it."""
    new = source.render(function)
    around = additions_to(target.text, additions, target.span.start)
    start = target.span.start + sum(len(e.new_text) - (e.span.end - e.span.start) for e in around)
    text = apply_edits(target.text, [*around, Edit(target.span, new)])
    return Target(target.path, target.qualname, text, Span(start, start + len(new)))


def _inner_indent(function: cst.FunctionDef) -> str | None:
    """What the function's own body is indented by, relative to the function."""
    body = function.body
    return body.indent if isinstance(body, cst.IndentedBlock) else None


class _ExplicitIndents(cst.CSTTransformer):
    """Blocks indented by what libcst took for the file's habit say so themselves, where the habit is another."""

    def __init__(self, detected: str, wanted: str) -> None:
        super().__init__()
        self._detected, self._wanted = detected, wanted

    def leave_IndentedBlock(self, _: cst.IndentedBlock, updated: cst.IndentedBlock) -> cst.BaseSuite:  # noqa: N802
        actual = self._detected if updated.indent is None else updated.indent
        return updated.with_changes(indent=None if actual == self._wanted else actual)
