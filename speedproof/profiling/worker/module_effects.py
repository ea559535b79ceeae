"""What statements at a module's level do besides binding names: which objects they change in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Optional

from .module_diff import bound, run_now

PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.For, ast.While, ast.Delete)
"""Statements that can be run once more, where what they change is made once more."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HARMLESS = _words("""
    abs all any bin bool bytearray bytes chr complex dict divmod enumerate filter float frozenset hash hex int
    isinstance len list map max min oct ord pow range repr reversed round set sorted str sum tuple type zip
""")
_HARMLESS_METHODS = _words("""
    as_integer_ratio bit_length capitalize casefold center copy count decode difference encode endswith find format
    get hex index intersection isalnum isalpha isdecimal isdigit islower isnumeric isspace issubset issuperset isupper
    items join keys ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust
    rpartition rsplit rstrip split splitlines startswith strip swapcase title to_bytes translate union upper values
    zfill
""")
_HARMLESS_MODULES = frozenset(("cmath", "itertools", "math", "operator", "re", "string", "struct"))


def changed_in_place(statement: ast.stmt) -> Optional[set[str]]:
    """The names of the objects that running the statement changes; None where it may do what its text does not show.

    A function that it calls is not looked into: what calls one of the project's may do anything.
    """
    if not isinstance(statement, PLAIN):
        return None
    changed: set[str] = set()
    own = bound(statement)
    for node in run_now(statement):
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.With, ast.Await, ast.Yield, ast.YieldFrom)):
            return None
        for name in _changed_by(node):
            if name is None or (name in own and not isinstance(node, ast.AugAssign)):
                return None
            changed.add(name)
    return changed


def changed_in_functions(tree: ast.AST) -> set[str]:
    """Names of what the functions of a module may change when they are called, which they may be on import."""
    changed: set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for node in ast.walk(function):
                changed |= {name for name in _changed_by(node) if name is not None}
                if isinstance(node, ast.Global):
                    changed |= set(node.names)
                elif isinstance(node, ast.Call) and not _is_harmless(node.func):
                    changed |= {part.id for part in (*node.args, *_values(node)) if isinstance(part, ast.Name)}
    return changed


def _changed_by(node: ast.AST) -> Iterator[Optional[str]]:
    """What one node changes, apart from what is in it; None for what has no name, or cannot be told."""
    if isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
        yield _root(node)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, ast.Call) and not _is_harmless(node.func):
        yield _root(node.func) if isinstance(node.func, ast.Attribute) else None


def _is_harmless(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _HARMLESS
    if not isinstance(function, ast.Attribute):
        return False
    return function.attr in _HARMLESS_METHODS or _root(function) in _HARMLESS_MODULES


def _root(node: ast.expr) -> Optional[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _values(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords]
