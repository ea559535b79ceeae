"""Matching and building code by example.

In a pattern `$name` stands for any expression, and for the same one wherever it occurs again; as a whole
statement, `$$name` stands for any number of statements. Whitespace, comments, parentheses and the spelling of
literals don't matter.

    match(node, "$items[: $i + 1].count($item)")
    match_lines(statements, "$out = []\nfor $x in $xs:\n    $out.append($value)\n$$rest")
    expression("sum($values)", values=node)
    statements("for $x in $xs:\n    $$body", x="i", xs=node, body=[...])
"""

import ast
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import libcst as cst

from speedproof.suggest.syntax.precedence import fitted, parenthesized
from speedproof.suggest.syntax.tree import Statement, code, is_kind, lines, meaningful_fields

_EXPRESSION, _STATEMENTS = "__one_", "__all_"
_LITERALS = (cst.SimpleString, cst.Integer, cst.Float)
_IN_BRACKETS = (cst.Arg, cst.BaseElement, cst.BaseDictElement, cst.SubscriptElement)


class Found:
    """What the placeholders stood for: `found.name` is the expression under `$name`, or the statements of `$$name`."""

    def __init__(self, parts: Mapping[str, Any] | None = None) -> None:
        self._parts = dict(parts or {})

    def __getattr__(self, name: str) -> Any:
        try:
            return self._parts[name]
        except KeyError:
            raise AttributeError(name) from None

    def id(self, name: str) -> str | None:
        """The identifier that `$name` stood for, or None where it was something else."""
        node = self._parts[name]
        return node.value if isinstance(node, cst.Name) else None

    def as_parts(self) -> dict[str, Any]:
        """All of them, to fill another pattern with."""
        return self._parts


def match(node: cst.CSTNode | None, *patterns: str) -> Found | None:
    """What the placeholders of the first pattern that fits the expression or statement stand for, or None."""
    if node is None:
        return None
    for pattern in patterns:
        found = Found()
        if isinstance(node, cst.BaseExpression):
            expected = _expression(pattern)
            if expected is not None and _fits(expected, node, found):
                return found
        elif isinstance(node, cst.BaseSmallStatement):
            if _fits_lines(_statements(pattern), (cst.SimpleStatementLine([node]),), found):
                return found
        elif _fits_lines(_statements(pattern), (node,), found):
            return found
    return None


def match_lines(statements: Sequence[Statement], *patterns: str) -> Found | None:
    """As `match`, for a run of statements."""
    for pattern in patterns:
        found = Found()
        if _fits_lines(_statements(pattern), statements, found):
            return found
    return None


def same(one: cst.CSTNode, other: cst.CSTNode) -> bool:
    """Whether two pieces of code mean the same to the parser."""
    return _fits(one, other, Found())


def expression(pattern: str, **parts: cst.BaseExpression | str) -> cst.BaseExpression:
    """The expression with its placeholders filled; parentheses are added where precedence needs them."""
    template = _expression(pattern)
    assert template is not None, pattern
    built = template.deep_clone().visit(_Filler(parts))
    assert isinstance(built, cst.BaseExpression)
    return built


def statements(pattern: str, **parts: cst.BaseExpression | str | Sequence[Statement]) -> list[Statement]:
    """As `expression`, for statements."""
    module = cst.Module([statement.deep_clone() for statement in _statements(pattern)])
    built = module.visit(_Filler(parts))
    assert isinstance(built, cst.Module)
    return list(built.body)


def statement(pattern: str, **parts: cst.BaseExpression | str | Sequence[Statement]) -> Statement:
    (built,) = statements(pattern, **parts)
    return built


@cache
def _expression(pattern: str) -> cst.BaseExpression | None:
    """None where the pattern is a statement."""
    try:
        return cst.parse_expression(_spelled(pattern))
    except cst.ParserSyntaxError:
        return None


@cache
def _statements(pattern: str) -> tuple[Statement, ...]:
    return tuple(cst.parse_module(_spelled(pattern)).body)


def _spelled(pattern: str) -> str:
    pattern = re.sub(r"\$\$(\w+)", rf"{_STATEMENTS}\1", pattern)
    return re.sub(r"\$(\w+)", rf"{_EXPRESSION}\1", pattern)


def _placeholder(node: object, prefix: str) -> str | None:
    if type(node) is cst.Name and node.value.startswith(prefix):
        return node.value.removeprefix(prefix)
    return None


def _rest(statement: object) -> str | None:
    """The name of a `$$name` that stands as a statement."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        only = statement.body[0]
        return _placeholder(only.value, _STATEMENTS) if isinstance(only, cst.Expr) else None
    return None


def _fits(pattern: object, node: object, found: Found) -> bool:
    name = _placeholder(pattern, _EXPRESSION)
    if name is not None:
        if not is_kind(node, cst.BaseExpression):
            return False
        if name in found._parts:
            return _fits(found._parts[name], node, found)
        found._parts[name] = node
        return True
    if is_kind(pattern, cst.BaseSuite) and is_kind(node, cst.BaseSuite):
        return _fits_lines(lines(pattern), lines(node), found)  # type: ignore[arg-type]
    if is_kind(pattern, cst.CSTNode):
        return type(pattern) is type(node) and _fits_node(pattern, node, found)
    if isinstance(pattern, list | tuple):
        if not isinstance(node, list | tuple) or len(pattern) != len(node):
            return False
        return all(_fits(one, other, found) for one, other in zip(pattern, node, strict=True))
    return pattern == node


def _fits_node(pattern: Any, node: Any, found: Found) -> bool:
    """Of two nodes of the same type."""
    if type(pattern) in _LITERALS:
        one, other = pattern.evaluated_value, node.evaluated_value
        return type(one) is type(other) and one == other
    return all(
        _fits(getattr(pattern, field), getattr(node, field), found)
        for field in meaningful_fields(type(pattern))  # type: ignore[arg-type]
    )


def _fits_lines(pattern: Sequence[Statement], nodes: Sequence[cst.CSTNode], found: Found) -> bool:
    """Whether the statements fit, a `$$name` taking as few as it can."""
    if not pattern:
        return not nodes
    name = _rest(pattern[0])
    if name is None:
        return bool(nodes) and _fits(pattern[0], nodes[0], found) and _fits_lines(pattern[1:], nodes[1:], found)
    for n_taken in range(len(nodes) + 1):
        attempt = Found({**found._parts, name: list(nodes[:n_taken])})
        if _fits_lines(pattern[1:], nodes[n_taken:], attempt):
            found._parts.update(attempt._parts)
            return True
    return False


class _Filler(cst.CSTTransformer):
    """Puts the parts where their placeholders stand."""

    def __init__(self, parts: Mapping[str, cst.BaseExpression | str | Sequence[Statement]]) -> None:
        super().__init__()
        self._parts = parts
        self._parents: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        self._parents.append(node)
        return True

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        self._parents.pop()
        if isinstance(updated_node, cst.Call) and len(updated_node.args) == 1:
            only = updated_node.args[0]
            if isinstance(only.value, cst.GeneratorExp):
                return updated_node.with_changes(
                    args=[only.with_changes(value=only.value.with_changes(lpar=[], rpar=[]))]
                )
        if isinstance(updated_node, cst.EmptyLine) and updated_node.comment is None:
            return updated_node.with_changes(indent=False)
        rest = _rest(original_node)
        if rest is not None:
            return cst.FlattenSentinel([line.deep_clone() for line in self._parts[rest]])  # type: ignore[union-attr]
        name = _placeholder(original_node, _EXPRESSION)
        if name is None:
            return updated_node
        part = self._parts[name]
        if isinstance(part, str):
            return cst.parse_expression(part)
        assert isinstance(part, cst.BaseExpression)
        made = fitted(part.deep_clone(), self._parents[-1] if self._parents else None, original_node)
        in_brackets = any(isinstance(above, _IN_BRACKETS) for above in self._parents)
        return made if in_brackets or not _breaks_lines(made) else parenthesized(made)


def _breaks_lines(part: cst.BaseExpression) -> bool:
    """Whether it goes over several lines, and can do so only because there are brackets around it."""
    text = code(part)
    if "\n" not in text:
        return False
    try:
        ast.parse(f"_ = {text}")
    except SyntaxError:
        return True
    return False


def text_of(node: cst.CSTNode) -> str:
    """The code of `node` on one line, for messages."""
    return " ".join(code(node).split())
