"""What differs between two versions of a module, function by function."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from speedproof.analysis.scopes import globals_of, scopes_of
from speedproof.analysis.targets import targets_in
from speedproof.core.target import Target

MAX_NAMES = 8
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (ast.If, ast.Try, ast.TryStar, ast.With)


@dataclass(frozen=True, slots=True)
class Changed:
    """A function that is in both versions, and is another or rests on something that is."""

    before: Target
    after: Target
    notes: tuple[str, ...] = ()
    """What else bears on the comparison: a changed signature, changed code outside of the function."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Names are qualified, `Shape.area`, and in the order of their definitions."""

    changed: tuple[Changed, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Old and new name of functions that are otherwise the same."""
    elsewhere: tuple[str, ...] = ()
    """Names bound by code outside of functions that changed and that no function of `changed` uses."""


def changes(before_path: Path, before: str, after_path: Path, after: str) -> Changes:
    """Layout, comments and docstrings aside. Raises SyntaxError where one of the texts is not for this Python."""
    old, new = _Module.of(before_path, before), _Module.of(after_path, after)
    outside = {name for name in {**old.bound, **new.bound} if old.bound.get(name) != new.bound.get(name)}
    helpers = {
        name
        for name in {**old.shapes, **new.shapes}
        if name not in old.shapes or name not in new.shapes or old.shapes[name] != new.shapes[name]
    }
    changed, used_outside = [], set()
    for qualname, target in old.targets.items():
        if qualname not in new.targets:
            continue
        uses = {name for name in outside if old.uses(qualname, name) or new.uses(qualname, name)}
        # A function that only calls another one that changed is not looked at itself: the other one is.
        if qualname in helpers or uses:
            used_outside |= uses
            uses |= {name for name in helpers - {qualname} if old.uses(qualname, name) or new.uses(qualname, name)}
            notes = _notes(old, new, qualname, uses, is_itself_changed=qualname in helpers)
            changed.append(Changed(target, new.targets[qualname], tuple(notes)))
    added = [name for name in new.targets if name not in old.targets]
    removed = [name for name in old.targets if name not in new.targets]
    renamed = []
    for name in list(removed):
        twin = next((other for other in added if old.nameless(name) == new.nameless(other)), None)
        if twin is not None:
            renamed.append((name, twin))
            removed.remove(name)
            added.remove(twin)
    # What a module says about itself, `__version__` or `__all__`, makes no difference to its functions.
    elsewhere = sorted(name for name in outside - used_outside if not name.startswith("__"))
    return Changes(tuple(changed), tuple(added), tuple(removed), tuple(renamed), tuple(elsewhere))


@dataclass(frozen=True, slots=True)
class _Module:
    targets: dict[str, Target]
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]
    shapes: dict[str, str]
    """Of each function: its code without layout, comments and docstring."""
    globals: dict[str, frozenset[str]]
    """Of each function: the names of its module, or of the builtins, that it refers to."""
    attributes: dict[str, frozenset[str]]
    bound: dict[str, tuple[str, ...]]
    """By name, `LIMIT` or `Shape.sides`: the shapes of the statements outside of functions that bind or change it."""

    @classmethod
    def of(cls, path: Path, text: str) -> "_Module":
        tree = ast.parse(text)
        scopes = scopes_of(text)
        functions = dict(_functions(tree.body, ""))
        bound: dict[str, list[str]] = {}
        for name, shape in _bindings(tree.body, ""):
            bound.setdefault(name, []).append(shape)
        return cls(
            {target.qualname: target for target in targets_in(path, text) if target.qualname in functions},
            functions,
            {name: _shape(node) for name, node in functions.items()},
            {name: globals_of(node, scopes) for name, node in functions.items()},
            {name: _attributes(node) for name, node in functions.items()},
            {name: tuple(shapes) for name, shapes in bound.items()},
        )

    def uses(self, qualname: str, name: str) -> bool:
        """Whether the function refers to the name; to one that a class binds, in whatever way it is reached."""
        owner, _, member = name.rpartition(".")
        return member in (self.attributes if owner else self.globals)[qualname]

    def nameless(self, qualname: str) -> str:
        shape, name = self.shapes[qualname], self.functions[qualname].name
        return shape.replace(f"name={name!r}", "name=_", 1)


def _attributes(function: ast.AST) -> frozenset[str]:
    return frozenset(node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute))


def _functions(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """As `targets_in` names them; of several with one name the last counts."""
    for statement in body:
        if isinstance(statement, _FUNCTIONS):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, _BLOCKS):
            for block in _parts(statement):
                yield from _functions(block, prefix)


def _parts(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, [])
    for handler in getattr(statement, "handlers", []):
        yield handler.body


def _bindings(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    """Each name that code outside of functions binds, or may change, with the shape of the statement that does."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                continue
            case ast.ClassDef(name=name, bases=bases, keywords=keywords, decorator_list=decorators):
                yield prefix + name, "".join(map(ast.dump, (*decorators, *bases, *keywords)))
                yield from _bindings(statement.body, f"{prefix}{name}.")
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                origin = f"{getattr(statement, 'level', 0)} {getattr(statement, 'module', '')}"
                for alias in names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    yield prefix + bound, f"{origin} {alias.name} {alias.asname}"
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring, or nothing that does anything
            case _:
                shape = _shape(statement)
                for name in sorted(changed_by(statement)):
                    yield prefix + name, shape


def changed_by(statement: ast.stmt) -> set[str]:
    """The names that it binds; where it binds none, those that it mentions: it may change what they stand for."""
    nodes = list(ast.walk(statement))
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return bound or {node.id for node in nodes if isinstance(node, ast.Name)}


def _notes(old: _Module, new: _Module, qualname: str, uses: set[str], *, is_itself_changed: bool) -> Iterator[str]:
    before, after = old.functions[qualname], new.functions[qualname]
    if not is_itself_changed:
        yield "reads as before; what it uses changed"
    if ast.dump(before.args) != ast.dump(after.args):
        yield (
            f"its parameters changed from ({ast.unparse(before.args)}) to ({ast.unparse(after.args)}):"
            " only calls that the original takes are compared"
        )
    if list(map(ast.dump, before.decorator_list)) != list(map(ast.dump, after.decorator_list)):
        yield "its decorators changed"
    if uses:
        names = sorted(uses)
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        yield f"uses code outside of it that changed too: {', '.join(names[:MAX_NAMES])}{more}"


def _shape(node: ast.stmt) -> str:
    """The code of a statement, without the docstring if it is a function."""
    if not isinstance(node, _FUNCTIONS) or ast.get_docstring(node, clean=False) is None:
        return ast.dump(node)
    docstring, *rest = node.body
    node.body = rest
    try:
        return ast.dump(node)
    finally:
        node.body = [docstring, *rest]
