"""Walking and changing libcst trees, blind to whitespace, comments and punctuation."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache, lru_cache
from types import UnionType
from typing import Any, TypeVar

import libcst as cst

from speedproof.suggest.syntax.precedence import fitted

Statement = cst.BaseCompoundStatement | cst.SimpleStatementLine
"""One or more lines of a block. A line `a; b` is a single statement with two parts."""

Node = TypeVar("Node", bound=cst.CSTNode)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TRIVIA = words(
    "colon comma dot empty_lines equal first_colon first_line footer header indent last_line lbrace "
    "lbracket leading_lines leading_whitespace lines_after_decorators lpar newline posonly_ind rbrace "
    "rbracket rpar second_colon semicolon separator trailing_comma trailing_whitespace"
)
_SCOPES = (cst.FunctionDef, cst.ClassDef, cst.Lambda)
_MODULE = cst.Module([])


def walk(node: cst.CSTNode, *, into_functions: bool = True) -> Iterator[cst.CSTNode]:
    """`node` and everything in it, outermost first, in source order.

    With `into_functions` off, nested functions, lambdas and classes are yielded but not entered.
    """
    left = [node]
    while left:
        current = left.pop()
        yield current
        if into_functions or current is node or not isinstance(current, _SCOPES):
            left.extend(reversed(children(current)))


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly in `node`, in source order, without trivia."""
    found: list[cst.CSTNode] = []
    for name in meaningful_fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, list | tuple):
            found.extend(item for item in value if isinstance(item, cst.CSTNode))
    return found


@cache
def meaningful_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a node type that say something to the interpreter."""
    names = [field.name for field in fields(kind)]
    return tuple(name for name in names if name not in _TRIVIA and not name.startswith("whitespace"))


def is_kind(node: object, *kinds: type[object] | UnionType) -> bool:
    """As `isinstance`, which takes ten times as long for libcst's types: they are abstract."""
    return _is_subclass(type(node), kinds)  # type: ignore[arg-type]


@cache
def _is_subclass(of: type[object], kinds: tuple[type[object] | UnionType, ...]) -> bool:
    return issubclass(of, kinds)


def replace(root: Node, changes: Mapping[Any, object]) -> Node:
    """`root` with every key replaced: by a node, a sequence of statements, or (None) by nothing.

    An expression gets parentheses where its new place needs them.
    """
    replaced = root.visit(_Replacer(changes))
    assert isinstance(replaced, type(root))
    return replaced


def lines(body: cst.BaseSuite) -> tuple[Statement, ...]:
    """The statements of a suite; those of `if x: y` become lines of their own."""
    if isinstance(body, cst.SimpleStatementSuite):
        return tuple(
            cst.SimpleStatementLine([part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)]) for part in body.body
        )
    assert isinstance(body, cst.IndentedBlock)
    return tuple(body.body)  # type: ignore[arg-type]


def with_lines(body: cst.BaseSuite, statements: Sequence[Statement]) -> cst.IndentedBlock:
    """`body` with other statements, its header and footer comments kept."""
    if isinstance(body, cst.IndentedBlock):
        return body.with_changes(body=tuple(statements))
    return cst.IndentedBlock(statements)


def small(statement: cst.CSTNode) -> cst.BaseSmallStatement | None:
    """The statement proper of a line that holds exactly one."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        return statement.body[0]
    return None


def code(node: cst.CSTNode) -> str:
    return _MODULE.code_for_node(node)


@lru_cache(maxsize=8192)
def meaning(node: cst.CSTNode) -> ast.AST:
    """`node` as the standard library sees it: an expression, or a Module of statements."""
    if isinstance(node, cst.BaseExpression):
        return ast.parse(f"({code(node)}\n)", mode="eval").body
    if isinstance(node, cst.BaseSmallStatement):
        node = cst.SimpleStatementLine([node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
    if isinstance(node, cst.BaseSuite):
        node = cst.Module(lines(node))
    return ast.parse(code(node))


def move_comments(old: cst.CSTNode, new: Node) -> Node:
    """`new` with the blank lines and comments that stand above `old`."""
    return new.with_changes(leading_lines=getattr(old, "leading_lines", ()))


class _Replacer(cst.CSTTransformer):
    def __init__(self, changes: Mapping[Any, object]) -> None:
        super().__init__()
        self._changes = changes
        self._parents: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        self._parents.append(node)
        return node not in self._changes

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> object:  # type: ignore[override]
        self._parents.pop()
        if original_node not in self._changes:
            return updated_node
        change = self._changes[original_node]
        if change is None:
            return cst.RemoveFromParent()
        if isinstance(change, Sequence):
            return cst.FlattenSentinel(list(change))
        if isinstance(change, cst.GeneratorExp) and isinstance(original_node, cst.GeneratorExp):
            return change.with_changes(lpar=original_node.lpar, rpar=original_node.rpar)
        if isinstance(change, cst.BaseExpression):
            # A copy: the same node in two places would have two parents.
            return fitted(change.deep_clone(), self._parents[-1] if self._parents else None, original_node)
        return change
