"""Puts one side of a comparison, original or candidate, into the module that the project has imported.

The module is not imported a second time: its classes stay the ones that recorded inputs are instances of, and nothing
that an import does happens twice. Instead the *code* of the functions that changed is swapped inside the function
objects that are already there, so that every alias (a decorator's, a subclass's, `from m import f`) runs the new code.
Statements that are new at module level (imports, constants, helper functions) are run in the module's namespace.
"""

from __future__ import annotations
import __future__

import ast
import functools
import types
from collections import Counter
from typing import Any, Optional

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Unsupported(Exception):
    """The change is of a kind that cannot be put into a running module; the message says which."""


def install(module: types.ModuleType, before: str, after: str, qualname: str, path: str) -> None:
    """Make `module`, whose text is `before`, behave as if its text were `after`. `qualname` is recompiled in any case.

    Raises Unsupported, SyntaxError, and whatever new module-level statements raise.
    """
    tree, old_tree = ast.parse(after, path), ast.parse(before, path)
    compiler = _Compiler(module, path, _future_flags(tree))
    known = Counter(_shape(statement) for statement in old_tree.body)
    first, _, rest = qualname.partition(".")
    for statement in tree.body:
        is_target = getattr(statement, "name", None) == first
        shape = _shape(statement)
        if known[shape] > 0:
            known[shape] -= 1
            if not is_target:
                continue
        if isinstance(statement, _DEFINITIONS):
            _check_decorators(statement, old_tree.body)
            compiler.function(statement)
        elif isinstance(statement, ast.ClassDef):
            compiler.class_body(
                statement, vars(module).get(statement.name), before_class(before, path, statement.name), rest
            )
        else:
            compiler.run([statement])


def resolve(module: types.ModuleType, qualname: str) -> Optional[types.FunctionType]:
    """The innermost Python function under `qualname`, decorators peeled off; None where there is none."""
    owner: Any = module
    parts = qualname.split(".")
    for part in parts[:-1]:
        owner = vars(owner).get(part)
        if owner is None:
            return None
    return innermost(vars(owner).get(parts[-1]), parts[-1])


def innermost(value: Any, name: str) -> Optional[types.FunctionType]:
    """The function that was defined under `name`, through descriptors, `__wrapped__` and decorators' closures."""
    seen: set[int] = set()
    pending = [value]
    while pending:
        item = pending.pop(0)
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, (staticmethod, classmethod)):
            pending.append(item.__func__)
        elif isinstance(item, property):
            pending += [item.fget]
        elif isinstance(item, functools.cached_property):
            pending.append(item.func)
        elif isinstance(item, types.FunctionType) and "__wrapped__" not in vars(item):
            if item.__code__.co_name == name:
                return item
            pending += [cell.cell_contents for cell in item.__closure__ or () if _full(cell)]
        else:
            pending.append(getattr(item, "__wrapped__", None))
    return None


def _full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell raises
    except ValueError:
        return False
    return True


class _Compiler:
    """Runs pieces of a new text in the namespace of a module that exists."""

    def __init__(self, module: types.ModuleType, path: str, flags: int) -> None:
        self.module = module
        self.path = path
        self.flags = flags

    def run(self, statements: list[ast.stmt], namespace: Optional[dict[str, Any]] = None) -> None:
        tree = ast.Module(body=statements, type_ignores=[])
        code = compile(tree, self.path, "exec", flags=self.flags, dont_inherit=True)
        exec(code, vars(self.module), vars(self.module) if namespace is None else namespace)

    def function(self, statement: Any) -> None:
        namespace = vars(self.module)
        old = namespace.get(statement.name)
        self.run([statement])
        if old is not None and _swap(old, namespace[statement.name], statement.name):
            namespace[statement.name] = old

    def class_body(self, statement: ast.ClassDef, cls: Any, before: Optional[ast.ClassDef], target: str) -> None:
        """Bring the class that exists up to `statement`: its changed methods, new attributes, nested classes."""
        if not isinstance(cls, type) or before is None:
            self.run([statement])
            return
        if _shape(_bodyless(statement)) != _shape(_bodyless(before)):
            raise Unsupported("the head of class %s changed" % statement.name)
        known = Counter(_shape(item) for item in before.body)
        first, _, rest = target.partition(".")
        for item in statement.body:
            shape = _shape(item)
            is_target = getattr(item, "name", None) == first
            if known[shape] > 0:
                known[shape] -= 1
                if not is_target:
                    continue
            if isinstance(item, ast.ClassDef):
                inner = [old for old in before.body if isinstance(old, ast.ClassDef) and old.name == item.name]
                self.class_body(item, vars(cls).get(item.name), inner[0] if inner else None, rest)
            else:
                _check_decorators(item, before.body)
                self.member(statement, item, cls)

    def member(self, statement: ast.ClassDef, item: ast.stmt, cls: type) -> None:
        """Run one statement of a class's body as if inside the class, then move what it made into `cls`."""
        shell = ast.ClassDef(
            name=statement.name,
            bases=[],
            keywords=[ast.keyword(arg="metaclass", value=ast.Name(id="metaclass", ctx=ast.Load()))],
            body=[item],
            decorator_list=[],
        )
        if hasattr(statement, "type_params"):
            setattr(shell, "type_params", [])  # noqa: B010 - a field from Python 3.12 on
        namespace: dict[str, Any] = {"metaclass": _Shell(cls)}
        self.run([ast.fix_missing_locations(ast.copy_location(shell, statement))], namespace)
        for name, value in namespace[statement.name].items():
            if name in ("__module__", "__qualname__", "__firstlineno__", "__static_attributes__"):
                continue
            old = vars(cls).get(name)
            if old is None or not _swap(old, value, name):
                setattr(cls, name, value)


class _Shell:
    """Stands for the metaclass of a class body that is run again: the body sees the real class, and makes none."""

    def __init__(self, cls: type) -> None:
        self.cls = cls

    def __prepare__(self, name: str, bases: tuple[type, ...]) -> dict[str, Any]:
        return _ClassScope(self.cls)

    def __call__(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> dict[str, Any]:
        cell = namespace.pop("__classcell__", None)
        if cell is not None:  # what `super()` and `__class__` refer to
            cell.cell_contents = self.cls
        return namespace


class _ClassScope(dict):  # type: ignore[type-arg]
    """The namespace of a class body: reads fall back to the real class, so that `@x.setter` finds `x`."""

    def __init__(self, cls: type) -> None:
        super().__init__()
        self._cls = cls

    def __missing__(self, name: str) -> Any:
        return vars(self._cls)[name]  # a KeyError sends the look-up on to the module's globals


def before_class(text: str, path: str, name: str) -> Optional[ast.ClassDef]:
    found = [s for s in ast.parse(text, path).body if isinstance(s, ast.ClassDef) and s.name == name]
    return found[-1] if found else None


def _swap(old: Any, new: Any, name: str) -> bool:
    """Give the function under `old` the code of the one under `new`; False where that is not possible."""
    function, fresh = innermost(old, name), innermost(new, name)
    if function is None or fresh is None or type(old) is not type(new):
        return False
    if function.__code__.co_freevars != fresh.__code__.co_freevars:
        return False
    function.__code__ = fresh.__code__
    function.__defaults__ = fresh.__defaults__
    function.__kwdefaults__ = fresh.__kwdefaults__
    return True


def _check_decorators(statement: ast.stmt, old_statements: list[ast.stmt]) -> None:
    """Functions are compared without what decorators put around them, so that must be the same on both sides."""
    if not isinstance(statement, _DEFINITIONS):
        return
    named = [old for old in old_statements if isinstance(old, _DEFINITIONS) and old.name == statement.name]
    decorators = list(map(_shape, statement.decorator_list))
    if named and all(list(map(_shape, old.decorator_list)) != decorators for old in named):
        raise Unsupported("the decorators of %s changed" % statement.name)


def _future_flags(tree: ast.Module) -> int:
    names = {
        alias.name
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        for alias in statement.names
    }
    return sum(getattr(__future__, name).compiler_flag for name in names if hasattr(__future__, name))


def _bodyless(statement: ast.ClassDef) -> ast.ClassDef:
    shell = ast.ClassDef(
        name=statement.name,
        bases=statement.bases,
        keywords=statement.keywords,
        body=[],
        decorator_list=statement.decorator_list,
    )
    if hasattr(statement, "type_params"):
        setattr(shell, "type_params", getattr(statement, "type_params", []))  # noqa: B010
    return shell


def _shape(node: ast.AST) -> str:
    return ast.dump(node)
