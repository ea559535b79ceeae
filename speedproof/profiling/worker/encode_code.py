"""How functions, classes and modules are encoded: by name where the name leads to them, by content otherwise."""

from __future__ import annotations

import functools
import sys
import types
from typing import Any

CALLABLES = {
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
    type(functools.lru_cache(lambda: None)),
}
_MACHINERY = (
    "__dict__", "__weakref__", "__module__", "__qualname__", "__firstlineno__", "__static_attributes__",
    "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__", "_abc_impl",
)  # fmt: skip
_under_test: set[int] = set()


def by_name(function: types.FunctionType) -> None:
    """From now on `function` counts as itself, whatever its code is: it is what the two sides differ in."""
    _under_test.add(id(function))


def forget(function: Any) -> None:
    """End of `by_name`; before the function dies, and another one may have its id."""
    _under_test.discard(id(function))


def add_class(encoder: Any, value: type, _: type) -> None:
    put_class(encoder, "class", value)


def put_class(encoder: Any, tag: str, kind: type) -> None:
    """The class by its name; one that was made by a call, with all that is in it."""
    name = _name(kind)
    encoder.put(tag, name.encode())
    if _found_by_name(kind):
        return
    encoder.opaque.add("class " + name)
    if not encoder.met(kind):
        content = {key: item for key, item in kind.__dict__.items() if key not in _MACHINERY}
        encoder.add(list(kind.__bases__))
        encoder.add(content)


def add_module(encoder: Any, value: types.ModuleType, _: type) -> None:
    encoder.put("module", str(value.__name__).encode())


def add_callable(encoder: Any, value: Any, kind: type) -> None:
    if kind is types.MethodType:
        encoder.put("method")
        encoder.later([value.__func__, value.__self__])
    elif kind is types.BuiltinFunctionType:
        encoder.put("builtin", value.__qualname__.encode())
        if not isinstance(value.__self__, types.ModuleType):
            encoder.later([value.__self__])
    elif kind is types.FunctionType:
        _add_function(encoder, value)
    else:  # method descriptors, lru_cache wrappers
        encoder.put("callable", _name(value).encode())
        if kind not in (types.MethodDescriptorType, types.WrapperDescriptorType) and not _found_by_name(value):
            encoder.hide(kind)


def _add_function(encoder: Any, value: types.FunctionType) -> None:
    """By name and code. Equal where both are; of other code nobody can say what it would do."""
    named = _found_by_name(value)
    encoder.put("function", _name(value).encode() if named else value.__name__.encode())
    if id(value) in _under_test:
        return
    encoder.opaque.add("function " + value.__qualname__)
    add_code(encoder, value.__code__)
    if named and not value.__closure__:
        return
    cells = [_content(cell) for cell in value.__closure__ or ()]
    encoder.put("closure", str(len(cells)).encode())
    encoder.later([*cells, value.__defaults__, value.__kwdefaults__, dict(value.__dict__)])


def add_code(encoder: Any, code: types.CodeType) -> None:
    encoder.put("code", code.co_code)
    encoder.put("names", repr((code.co_names, code.co_varnames, code.co_freevars, code.co_flags)).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            add_code(encoder, constant)
        else:
            encoder.add(constant)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return NotImplemented


def _name(value: Any) -> str:
    return "%s.%s" % (getattr(value, "__module__", "?"), getattr(value, "__qualname__", "?"))


def _found_by_name(value: Any) -> bool:
    found: Any = sys.modules.get(getattr(value, "__module__", None) or "")
    try:
        for part in value.__qualname__.split("."):
            found = found.__dict__[part]
    except (AttributeError, KeyError):
        return _is_builtin(value)
    return found is value or getattr(found, "__func__", None) is value or _is_builtin(value)


def _is_builtin(value: Any) -> bool:
    """Those of C are not all to be found under their names, and cannot be made by a call of the user's code."""
    return isinstance(value, type) and not value.__flags__ & 1 << 9  # Py_TPFLAGS_HEAPTYPE
