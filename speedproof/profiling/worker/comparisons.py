"""What a function compares while it runs: on which side of each other the operands lie, and how close.

`<` and `<=` part on equal operands alone, and no branch tells that a call had some. So for the search for inputs the
function's comparisons get their operands through here: `a < b` becomes `operand(1, 0, a) < operand(1, 1, b)`, and so
do `min` and `max` of several values.
"""

from __future__ import annotations

import ast
import contextlib
import types
from collections.abc import Iterator
from typing import Any, Optional

NAME = "__operand_of_comparison__"
CLOSE = 2
"""Distances of whole numbers are told apart up to this."""
SMALL = 256
"""Up to here, equal ints are one object in CPython."""

MAX_PAIRS = 12
MAX_TEXT = 200

_features: Optional[set[Any]] = None
_pairs: dict[Any, tuple[Any, Any]] = {}
_operands: dict[int, Any] = {}
"""By comparison, its operand evaluated last. Of a recursive call's operands one may be taken for the caller's."""


def instrument(function: types.FunctionType, text: str, qualname: str) -> bool:
    """Give the function code that notes its comparisons, made from its module's text; False where that cannot be."""
    try:
        tree = ast.parse(text)
        scope: Any = tree
        for name in _names(qualname):
            scope = [node for node in _statements(scope) if getattr(node, "name", None) == name][-1]
        noter = _Noter()
        scope.body = [noter.visit(statement) for statement in scope.body]
        old = function.__code__
        code = compile(ast.fix_missing_locations(tree), old.co_filename, "exec", dont_inherit=True)
        for name in _names(qualname):
            code = [part for part in code.co_consts if isinstance(part, types.CodeType) and part.co_name == name][-1]
        if _interface(code) != _interface(old) or not noter.count:
            return False
        function.__globals__[NAME] = operand
        function.__code__ = code
    except (SyntaxError, ValueError, TypeError, IndexError, AttributeError, RecursionError):
        return False
    return True


@contextlib.contextmanager
def noted(features: set[Any]) -> Iterator[dict[Any, tuple[Any, Any]]]:
    """While in the block, what comparisons show is added to `features`.

    Gives the operands that were not equal, a pair for each comparison: numbers and short texts, of one type.
    """
    global _features, _pairs
    _features, _pairs = features, {}
    _operands.clear()
    try:
        yield _pairs
    finally:
        _features = None


def operand(comparison: int, place: int, value: Any) -> Any:
    """The value itself. Called as the operands are evaluated, from left to right."""
    if _features is not None:
        if place and comparison in _operands:
            other = _operands[comparison]
            _features.add(("compared", comparison, place, _relation(other, value)))
            if len(_pairs) < MAX_PAIRS and _is_plain(other) and type(other) is type(value) and other != value:
                _pairs.setdefault((comparison, place), (other, value))
        _operands[comparison] = value
    return value


def _relation(one: Any, other: Any) -> Any:
    """How the two lie to each other, as far as saying so runs no code of the project and takes no time."""
    kinds = type(one), type(other)
    if kinds[0] in (int, bool) and kinds[1] in (int, bool):
        distance = max(-CLOSE, min(CLOSE, other - one))
        return distance, kinds[0] is kinds[1], distance == 0 and one > SMALL
    if kinds[0] in (int, float) and kinds[1] in (int, float):
        return kinds[0] is kinds[1], one < other, one == other, one != one, other != other
    if kinds[0] is kinds[1] and kinds[0] in (str, bytes):
        return one < other, one == other, one[: len(other)] == other, other[: len(one)] == one
    return one is other, kinds[0] is kinds[1]


def _is_plain(value: Any) -> bool:
    return type(value) in (int, float) or (type(value) is str and len(value) <= MAX_TEXT)


class _Noter(ast.NodeTransformer):
    def __init__(self) -> None:
        self.count = 0

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        number = self.count
        self.count += 1
        self.generic_visit(node)
        parts = [self.wrapped(number, place, part) for place, part in enumerate((node.left, *node.comparators))]
        node.left, node.comparators = parts[0], parts[1:]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The smaller and the larger one of several: which of two equal ones is taken shows in their types."""
        self.generic_visit(node)
        chooses = isinstance(node.func, ast.Name) and node.func.id in ("min", "max") and len(node.args) > 1
        if chooses and not any(isinstance(part, ast.Starred) for part in node.args):
            number = self.count
            self.count += 1
            node.args = [self.wrapped(number, place, part) for place, part in enumerate(node.args)]
        return node

    @staticmethod
    def wrapped(number: int, place: int, part: ast.expr) -> ast.expr:
        arguments = [ast.Constant(number), ast.Constant(place), part]
        return ast.copy_location(ast.Call(ast.Name(NAME, ast.Load()), arguments, []), part)


def _names(qualname: str) -> list[str]:
    return [name for name in qualname.split(".") if name != "<locals>"]


def _statements(scope: ast.AST) -> Iterator[ast.AST]:
    """All statements of a scope in order, those in branches and blocks too, but none of scopes within."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            yield from _statements(node)


def _interface(code: types.CodeType) -> Any:
    """What must stay so that one code can take the place of another in a function."""
    count = code.co_argcount + code.co_kwonlyargcount
    return (
        code.co_name,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_varnames[:count],
        code.co_freevars,
        code.co_flags,
    )
