"""Why a definition in a module's text is not what runs under its name."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from typing import Any

from .locate import mangled
from .module_diff import blocks


def reason(module: types.ModuleType, qualname: str) -> str:
    """In words; for a name under which no function of the module's own text is found."""
    told = "no function written in Python runs as %s" % qualname
    try:
        with open(str(module.__file__), "rb") as file:
            found = list(_definitions(ast.parse(file.read()).body, qualname.split("."), ""))
    except (OSError, SyntaxError, ValueError):
        return told
    if not found:
        return told
    _, line, around = found[-1]
    if around:
        told = "its definition in line %d has not run here, being under %s" % (line, around)
    value: Any = module
    for part in qualname.split("."):
        value = getattr(value, mangled(value, part), None)
    if value is None:
        return told
    kind = "a class" if isinstance(value, type) else "of the type %s" % type(value).__name__
    name = "%s.%s" % (getattr(value, "__module__", "?"), getattr(value, "__qualname__", qualname))
    return "%s; what runs as %s is %s, %s" % (told, qualname, name, kind)


def _definitions(statements: Any, names: list[str], around: str) -> Iterator[tuple[Any, int, str]]:
    """Those of that name, each with its line, and the innermost condition that it is under."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if names == [statement.name]:
                yield statement, statement.lineno, around
        elif isinstance(statement, ast.ClassDef):
            if len(names) > 1 and names[0] == statement.name:
                yield from _definitions(statement.body, names[1:], around)
        elif isinstance(statement, ast.If):
            test = "`if %s` in line %d" % (ast.unparse(statement.test)[:60], statement.lineno)
            yield from _definitions(statement.body, names, test)
            yield from _definitions(statement.orelse, names, "the `else` of %s" % test)
        elif hasattr(statement, "handlers"):
            first, orelse, final, *handlers = blocks(statement)
            for block in (first, orelse, final):
                yield from _definitions(block, names, around)
            for handler, block in zip(statement.handlers, handlers):  # noqa: B905 - `strict` is new in 3.10
                caught = "" if handler.type is None else " " + ast.unparse(handler.type)[:60]
                yield from _definitions(block, names, "`except%s` in line %d" % (caught, handler.lineno))
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from _definitions(statement.body, names, around)
