"""The parameters of a function with the types that their annotations name, as far as those can be found out."""

from __future__ import annotations

import ast
import builtins
import collections.abc
import importlib
import sys
import types
import typing
from typing import Any, Dict, Optional

from .calls import defaults_of

UNKNOWN: Any = object()
"""In place of a type or a default: there is none, or none that tells anything."""
_TELLS_NOTHING = (Any, object)


class Parameter:
    """`kind` is "positional", "either", "keyword", "rest" (`*args`) or "more" (`**kwargs`)."""

    def __init__(self, name: str, kind: str, hint: Any, default: Any) -> None:
        self.name = name
        self.kind = kind
        self.hint = hint
        self.default = default

    @property
    def is_required(self) -> bool:
        return self.default is UNKNOWN and self.kind not in ("rest", "more")


def parameters_of(function: types.FunctionType, owner: Optional[type] = None) -> list[Parameter]:
    """All parameters, the first of a method too. `owner` is the class whose names annotations may use."""
    code, defaults, hints = function.__code__, defaults_of(function), hints_of(function, owner)
    names = iter(code.co_varnames)
    found = []
    for kind, count in (
        ("positional", code.co_posonlyargcount),
        ("either", code.co_argcount - code.co_posonlyargcount),
        ("keyword", code.co_kwonlyargcount),
        ("rest", bool(code.co_flags & 4)),
        ("more", bool(code.co_flags & 8)),
    ):
        for _ in range(count):
            name = next(names)
            found.append(Parameter(name, kind, hints.get(name, UNKNOWN), defaults.get(name, UNKNOWN)))
    return found


def hints_of(function: Any, owner: Optional[type] = None) -> Dict[str, Any]:
    """The types of the parameters of a function, or of the fields of a class, as far as they can be found."""
    scope = _Scope(function, owner)
    try:
        hints = typing.get_type_hints(function, localns=scope if isinstance(function, type) else dict(scope.near))
    except Exception:  # one name that exists for type checkers only spoils all of them
        hints = {}
        for name, annotation in _annotations(function).items():
            try:
                hints[name] = _evaluated(annotation, scope)
            except Exception:
                continue
    return {name: hint for name, hint in hints.items() if hint not in _TELLS_NOTHING and hint is not UNKNOWN}


def _annotations(function: Any) -> Dict[str, Any]:
    if sys.version_info >= (3, 14):
        library: Any = importlib.import_module("annotationlib")
        return dict(library.get_annotations(function, format=library.Format.STRING))
    return dict(getattr(function, "__annotations__", None) or {})


class _Scope(Dict[str, Any]):
    """The names that an annotation may use: the module's, the class's, and those that one imports for annotations."""

    def __init__(self, function: Any, owner: Optional[type]) -> None:
        super().__init__()
        self.near = {} if owner is None else {owner.__name__: owner, **vars(owner)}
        module = sys.modules.get(getattr(function, "__module__", None) or "")
        self.far: Dict[str, Any] = getattr(function, "__globals__", None) or vars(module or builtins)

    def __missing__(self, name: str) -> Any:
        for names in (self.near, self.far, vars(builtins), vars(typing), vars(collections.abc)):
            if name in names:
                return names[name]
        raise KeyError(name)


def _evaluated(annotation: Any, scope: _Scope) -> Any:
    """The type that an annotation means. Raises whatever its evaluation raises."""
    if annotation is None:
        return type(None)
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    tree = ast.parse(annotation.strip(), mode="eval")
    if sys.version_info < (3, 10):  # `int | None` is no type there
        tree = ast.fix_missing_locations(_Unions().visit(tree))
    found = eval(compile(tree, "<annotation>", "eval"), {"Union": typing.Union}, scope)
    return _evaluated(found, scope) if isinstance(found, str) else type(None) if found is None else found


class _Unions(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        both = ast.Tuple(elts=[node.left, node.right], ctx=ast.Load())
        return ast.Subscript(value=ast.Name(id="Union", ctx=ast.Load()), slice=both, ctx=ast.Load())
