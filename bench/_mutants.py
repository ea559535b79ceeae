"""Seeded faults: every way in which a function can be changed by one of the operators, each as a text of its module.

A mutant that compiles to the same instructions as its original, or as a mutant made before, is left out.
"""

import ast
import copy
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from _mutation_operators import EXPRESSION_OPERATORS
from _mutation_statements import BLOCK_OPERATORS

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MAX_TEXT = 70


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed function, in the text of its whole module."""

    operator: str
    change: str
    """What was changed into what, with the line in the original."""
    text: str


def mutants(text: str, qualname: str) -> Iterator[Mutant]:
    """All mutants of the function in the module's text, in the order of its code. Its annotations stay as they are."""
    tree = ast.parse(text)
    function, statement = _find(tree, qualname)
    known = {_code_key(ast.Module([statement], []))}
    for operator, before, after, line in _changes(function):
        key = _code_key(ast.Module([statement], []))
        if key is not None and key not in known:
            known.add(key)
            yield Mutant(operator, f"line {line}: {before} → {after}", _replaced(text, statement))


def chosen(text: str, qualname: str, count: int, rng: Random) -> list[Mutant]:
    """Up to `count` mutants: one of each operator in turn, so that rare operators are there as often as common ones."""
    groups: dict[str, list[Mutant]] = {}
    for mutant in mutants(text, qualname):
        groups.setdefault(mutant.operator, []).append(mutant)
    for group in groups.values():
        rng.shuffle(group)
    order = sorted(groups)
    rng.shuffle(order)
    taken: list[Mutant] = []
    while len(taken) < count and any(groups.values()):
        taken += [groups[operator].pop() for operator in order if groups[operator]]
    return taken[:count]


def _changes(function: ast.AST) -> Iterator[tuple[str, str, str, int]]:
    """Change the tree in one place at a time; it is as before when the next one is asked for."""
    for parent, name, value in list(_fields(function)):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            for operator, offered in BLOCK_OPERATORS.items():
                for start, end, block in offered(value):
                    before, after = _text(value[start:end]), _text(block)
                    setattr(parent, name, [*value[:start], *block, *value[end:]] or [ast.Pass()])
                    yield operator, before, after, value[start].lineno if start < len(value) else value[-1].lineno
                    setattr(parent, name, value)
    for parent, name, value in list(_fields(function)):
        places = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for place, node in places:
            if not isinstance(node, (ast.expr, ast.ExceptHandler, ast.Raise)):
                continue
            for operator, offers in EXPRESSION_OPERATORS.items():
                for new in offers(node):
                    _put(parent, name, place, new)
                    yield operator, _text(node), _text(new), node.lineno
                    _put(parent, name, place, node)


def _fields(function: ast.AST) -> Iterator[tuple[ast.AST, str, Any]]:
    """Every field of every node of the function's body and of its defaults; no docstring, no annotation."""
    assert isinstance(function, FUNCTIONS)
    stack: list[ast.AST] = [function]
    while stack:
        node = stack.pop()
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params", "type_comment", "ctx", "op", "ops"):
                continue
            if isinstance(node, ast.Expr) and isinstance(value, ast.Constant):
                continue
            if isinstance(value, ast.AST):
                yield node, name, value
                stack.append(value)
            elif isinstance(value, list):
                yield node, name, value
                stack.extend(item for item in value if isinstance(item, ast.AST))


def _put(parent: ast.AST, name: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[place] = node


def _find(tree: ast.Module, qualname: str) -> tuple[ast.AST, ast.stmt]:
    """The function, and the statement of the module that holds it. Of several of one name, the last is in force."""
    first, *rest = qualname.replace(".<locals>", "").split(".")
    statement = [node for node in tree.body if getattr(node, "name", None) == first][-1]
    node: Any = statement
    for part in rest:
        node = [child for child in node.body if getattr(child, "name", None) == part][-1]
    if not isinstance(node, FUNCTIONS):
        raise ValueError(f"{qualname} is no function")
    return node, statement


def _replaced(text: str, statement: ast.stmt) -> str:
    """The text with the statement of the module as its tree is now. Only that statement loses its comments."""
    lines = text.split("\n")
    decorators = getattr(statement, "decorator_list", [])
    start = min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1
    assert statement.end_lineno is not None
    return "\n".join(
        [*lines[:start], ast.unparse(ast.fix_missing_locations(statement)), *lines[statement.end_lineno :]]
    )


def _code_key(tree: ast.Module) -> Any:
    """What the statement compiles to, but for places in the text; None where it does not compile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of `is` with a literal
            return _key(compile(ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree))), "mutant", "exec"))
    except (SyntaxError, ValueError):
        return None


def _key(value: Any) -> Any:
    if isinstance(value, types.CodeType):
        consts = tuple(map(_key, value.co_consts))
        return value.co_code, consts, value.co_names, value.co_varnames, value.co_flags, value.co_exceptiontable
    return type(value).__name__, repr(value)


def _text(node: Any) -> str:
    nodes = node if isinstance(node, list) else [node]
    text = "; ".join(" ".join(ast.unparse(ast.fix_missing_locations(item)).split()) for item in nodes) or "nothing"
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
