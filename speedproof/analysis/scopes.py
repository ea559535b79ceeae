"""Which names of its module a definition refers to, by Python's own account of scopes."""

import ast
import symtable
from collections.abc import Iterator, Mapping

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Scopes = Mapping[tuple[str, int], symtable.SymbolTable]
"""Of all functions and classes of a module, by name and line."""


def scopes_of(text: str) -> Scopes:
    """Raises SyntaxError, ValueError."""
    return dict(_below(symtable.symtable(text, "module", "exec")))


def globals_of(definition: Definition, scopes: Scopes) -> frozenset[str]:
    """The names of the module, or of the builtins, that a definition refers to when it is made and when it is used."""
    if isinstance(definition, ast.ClassDef):
        outside: list[ast.AST] = [*definition.bases, *definition.keywords]
    else:
        outside = [definition.args, *([definition.returns] if definition.returns else [])]
    made_of = [*definition.decorator_list, *outside]
    names = {node.id for part in made_of for node in ast.walk(part) if isinstance(node, ast.Name)}
    scope = scopes.get((definition.name, definition.lineno))
    waiting = [] if scope is None else [scope]
    while waiting:
        scope = waiting.pop()
        names |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
        waiting += scope.get_children()
    return frozenset(names)


def _below(table: symtable.SymbolTable) -> Iterator[tuple[tuple[str, int], symtable.SymbolTable]]:
    for child in table.get_children():
        yield (child.get_name(), child.get_lineno()), child
        yield from _below(child)
