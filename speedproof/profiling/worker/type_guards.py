"""Lines that run only for arguments of other types than a function is made for: `if not isinstance(n, int): raise …`.

Made-up calls keep to the types of real ones, so none of them gets there, and to ask that the inputs reach these lines
would ask for what is never tried. That other types were not tried is part of the evidence.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable
from typing import Any, Optional

_KINDS = ("isinstance", "issubclass", "callable")


def guarded_lines(code: types.CodeType, texts: Iterable[str]) -> frozenset[int]:
    """The lines of such guards in the function that `code` is of, below their tests.

    `texts` are modules, of which one holds the definition at the line that the code names; none where none does.
    """
    for text in texts:
        definition = _definition(text, code)
        if definition is not None:
            return frozenset(
                line
                for node in ast.walk(definition)
                if isinstance(node, ast.If) and _asks_for_type(node.test) and _only_raises(node.body)
                for line in range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1)
            )
    return frozenset()


def _definition(text: str, code: types.CodeType) -> Optional[ast.AST]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name != code.co_name:
            continue
        if code.co_firstlineno == min([node.lineno, *(part.lineno for part in node.decorator_list)]):
            return node
    return None


def _asks_for_type(test: Any) -> bool:
    """Whether the condition is of types alone. `not isinstance(n, int) or n < 0` is not: a number makes it true."""
    if isinstance(test, ast.BoolOp):
        return all(map(_asks_for_type, test.values))
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _asks_for_type(test.operand)
    if isinstance(test, ast.Compare):
        return _is_call(test.left, ("type",))
    if _is_call(test, ("any", "all")) and isinstance(test.args[0], (ast.GeneratorExp, ast.ListComp)):
        return _asks_for_type(test.args[0].elt)
    return _is_call(test, _KINDS)


def _is_call(node: Any, names: Iterable[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and bool(node.args)


def _only_raises(body: list[ast.stmt]) -> bool:
    """Whether all that is done is to raise, with a text that is put together before."""
    return isinstance(body[-1], ast.Raise) and all(isinstance(part, ast.Assign) for part in body[:-1])
