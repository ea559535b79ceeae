"""A call that is just starting, and the function behind it, looked at without disturbing either."""

from __future__ import annotations

import inspect
import itertools
import types
from typing import Any, Optional

MAX_PARTS = 500_000


def call_arguments(frame: types.FrameType, defaults: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with which the function of `frame`, which has just started, was called.

    Those that are their parameter's default, by identity, are left out where that is possible.
    """
    code, values = frame.f_code, frame.f_locals
    names = iter(code.co_varnames)
    positional = list(itertools.islice(names, code.co_argcount))
    by_keyword = list(itertools.islice(names, code.co_kwonlyargcount))
    rest = tuple(values[next(names)]) if code.co_flags & inspect.CO_VARARGS else ()
    more = values[next(names)] if code.co_flags & inspect.CO_VARKEYWORDS else {}

    def is_default(name: str) -> bool:
        return name in defaults and values[name] is defaults[name]

    if not rest:
        # What follows a parameter left out goes by keyword; those before `/` cannot.
        first = next((n for n, name in enumerate(positional) if is_default(name)), len(positional))
        first = max(first, min(code.co_posonlyargcount, len(positional)))
        by_keyword = positional[first:] + by_keyword
        by_keyword = [name for name in by_keyword if not is_default(name)]
        positional = positional[:first]
        while len(positional) == first > 0 and not by_keyword and is_default(positional[-1]):
            positional.pop()
            first -= 1
    args = tuple(values[name] for name in positional) + rest
    kwargs = {name: values[name] for name in by_keyword if not is_default(name)}
    kwargs.update(more)
    return args, kwargs


def defaults_of(function: Optional[types.FunctionType]) -> dict[str, Any]:
    """The default of each parameter that has one."""
    if function is None:
        return {}
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = function.__defaults__ or ()
    by_name = {name: values[n - len(names)] for n, name in enumerate(names) if n >= len(names) - len(values)}
    return {**by_name, **(function.__kwdefaults__ or {})}


def code_of(function: Any) -> Optional[types.CodeType]:
    """The code that runs when `function` is called: below decorators, properties, partials and bound methods."""
    if isinstance(function, types.CodeType):
        return function
    found = function_of(function)
    return None if found is None else found.__code__


def function_of(function: Any) -> Optional[types.FunctionType]:
    """The plain function below decorators, properties, partials and bound methods."""
    for _ in range(100):
        below = None
        for attribute in ("__wrapped__", "__func__", "fget", "func"):
            try:
                below = inspect.getattr_static(function, attribute, None) and getattr(function, attribute, None)
            except Exception:  # a descriptor of the project's own
                below = None
            if below is not None:
                break
        if below is None:
            return function if isinstance(function, types.FunctionType) else None
        function = below
    return None


def is_larger_than(limit_bytes: int, value: Any) -> bool:
    """Whether `value` with all that it holds is, roughly, larger. More than MAX_PARTS parts are too many."""
    size, parts, stack, seen = 0, 0, [value], set()
    while stack:
        value = stack.pop()
        parts += 1
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, (str, bytes, bytearray)):
            size += len(value)
        elif isinstance(value, (list, tuple, set, frozenset, dict)):
            size += 8 * len(value)
            if size > limit_bytes:
                return True
            stack.extend(value)
            if isinstance(value, dict):
                stack.extend(value.values())
        elif isinstance(value, (int, float, complex, type, types.FunctionType, types.ModuleType, type(None))):
            size += 8
        else:
            held = getattr(value, "nbytes", 0)
            size += held if isinstance(held, int) else 0
            stack.extend(getattr(value, "__dict__", {}).values())
        if size > limit_bytes or parts > MAX_PARTS:
            return True
    return False


def shape_of(value: Any) -> Any:
    """A coarse fingerprint: calls of a shape not seen before are worth more than the hundredth of a known one."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return kind, value > 0, min(value.bit_length(), 70) // 8
    if kind is float:
        return kind, value > 0, value == value and value in (float("inf"), 0.0), value != value
    if kind in (str, bytes, list, tuple, dict, set, frozenset):
        first = next(iter(value), None)
        return kind, len(value).bit_length(), None if kind in (str, bytes) else type(first)
    return kind
