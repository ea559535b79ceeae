"""What differs between two texts of a module, statement by statement; and what a statement binds and reads."""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any, Optional

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
COMPOUND: tuple[Any, ...] = (
    ast.If,
    ast.With,
    ast.AsyncWith,
    *(getattr(ast, name) for name in ("Try", "TryStar") if hasattr(ast, name)),
)


class Text:
    """A module's text with its syntax tree. Raises SyntaxError."""

    def __init__(self, text: str, path: str) -> None:
        self.tree = ast.parse(text, path)
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def words(self, statement: ast.stmt) -> Any:
        """Equal for statements that read the same. Much cheaper than comparing trees."""
        lines = tuple(self._lines[first_line(statement) - 1 : statement.end_lineno])
        return type(statement), statement.col_offset, statement.end_col_offset, lines


class Pair:
    """A statement as it was and as it is now. `old` is None for a new one, `new` for one that is gone."""

    def __init__(self, old: Optional[ast.stmt], new: Optional[ast.stmt], same: bool) -> None:
        self.old = old
        self.new = new
        self.same = same


def paired(before: Text, old: list[ast.stmt], after: Text, new: list[ast.stmt]) -> list[Pair]:
    """Every statement of `new`, in order, with what it was in `old`; then those that are gone. Layout aside."""
    partner: dict[int, tuple[ast.stmt, bool]] = {}
    left_old, left_new = list(old), list(new)
    for key_of_old, key_of_new, same in (
        (before.words, after.words, True),
        (shape, shape, True),
        (_full_role, _full_role, False),
        (_role, _role, False),
    ):
        known: dict[Any, deque[ast.stmt]] = defaultdict(deque)
        for statement in left_old:
            known[key_of_old(statement)].append(statement)
        known.pop(None, None)
        for statement in left_new:
            candidates = known.get(key_of_new(statement))
            if candidates:
                partner[id(statement)] = candidates.popleft(), same
        taken = {id(statement) for statement, _ in partner.values()}
        left_old = [statement for statement in left_old if id(statement) not in taken]
        left_new = [statement for statement in left_new if id(statement) not in partner]
    pairs = [Pair(*_unpacked(partner.get(id(statement)), statement)) for statement in new]
    return pairs + [Pair(statement, None, False) for statement in left_old]


def _unpacked(found: Optional[tuple[ast.stmt, bool]], new: ast.stmt) -> tuple[Optional[ast.stmt], ast.stmt, bool]:
    return (None, new, False) if found is None else (found[0], new, found[1])


def _role(statement: ast.stmt) -> Any:
    """What stays the same about a statement whose inside changes; None where nothing does."""
    if isinstance(statement, FUNCTIONS):
        return "function", statement.name
    if isinstance(statement, ast.ClassDef):
        return "class", statement.name
    if isinstance(statement, COMPOUND):
        return "compound", head_shape(statement)
    return None


def _full_role(statement: ast.stmt) -> Any:
    """The role with the decorators: a property's getter and its setter have one name."""
    role = _role(statement)
    return role and (role, *map(shape, getattr(statement, "decorator_list", ())))


def shape(node: ast.AST) -> str:
    return ast.dump(node)


def head_shape(statement: Any) -> str:
    """A class or compound statement without what is in its blocks."""
    fields = {name: value for name, value in ast.iter_fields(statement) if not _is_block(value)}
    # How many blocks there are, and of what kind the exceptions are that they handle, is part of the head.
    blocks = [(name, len(value)) for name, value in ast.iter_fields(statement) if name == "handlers"]
    handlers = [h.type and shape(h.type) for h in getattr(statement, "handlers", ())]
    return repr((type(statement).__name__, sorted((n, _field_shape(v)) for n, v in fields.items()), blocks, handlers))


def _field_shape(value: Any) -> str:
    if isinstance(value, list):
        return repr([shape(item) if isinstance(item, ast.AST) else item for item in value])
    return shape(value) if isinstance(value, ast.AST) else repr(value)


def _is_block(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], (ast.stmt, ast.ExceptHandler))


def blocks(statement: Any) -> list[list[ast.stmt]]:
    """The blocks of a compound statement, in a fixed order; missing ones are empty."""
    found = [list(getattr(statement, name, ())) for name in ("body", "orelse", "finalbody")]
    return found + [list(handler.body) for handler in getattr(statement, "handlers", ())]


def first_line(statement: Any) -> int:
    """Where a definition starts, decorators included: what its code calls its first line."""
    decorators = getattr(statement, "decorator_list", ())
    return int(min([statement.lineno, *(decorator.lineno for decorator in decorators)]))


def bound(statement: ast.stmt) -> set[str]:
    """The names that running the statement binds in its own scope, as far as they are written out."""
    names = set()
    for node in run_now(statement):
        if isinstance(node, DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def read(statement: ast.stmt) -> set[str]:
    """The names that running the statement reads; not those that a function reads once it is called."""
    return {node.id for node in run_now(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def called(statement: ast.stmt) -> set[str]:
    """The names that running the statement calls, decorators among them: `f` of `f(x)`, and of `f.g(x)`."""
    functions = [node.func for node in run_now(statement) if isinstance(node, ast.Call)]
    for node in run_now(statement):
        functions += getattr(node, "decorator_list", ())
    names = set()
    for function in functions:
        while isinstance(function, (ast.Attribute, ast.Call)):
            function = function.value if isinstance(function, ast.Attribute) else function.func
        if isinstance(function, ast.Name):
            names.add(function.id)
    return names


def run_now(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run with the statement: the bodies of functions do not, what stands in their heads does."""
    yield statement
    children: Iterable[ast.AST] = ast.iter_child_nodes(statement)
    if isinstance(statement, FUNCTIONS):
        children = [*statement.decorator_list, *_defaults(statement)]
    elif isinstance(statement, ast.Lambda):
        children = _defaults(statement)
    for child in children:
        yield from run_now(child)


def _defaults(function: Any) -> list[ast.AST]:
    return [default for default in (*function.args.defaults, *function.args.kw_defaults) if default is not None]


def is_idle(statement: ast.stmt) -> bool:
    """Whether the statement does nothing when the module is imported: a docstring, `pass`, `if __name__ == …`."""
    if isinstance(statement, ast.If):
        return not statement.orelse and _never_on_import(statement.test)
    return isinstance(statement, (ast.Pass, ast.Global)) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _never_on_import(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.Eq) and "'__main__'" in shape(test) and "'__name__'" in shape(test)
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return bool(name == "TYPE_CHECKING")
