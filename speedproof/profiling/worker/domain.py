"""Whether a made-up call keeps to the function's own annotations.

What a function says about its arguments is its contract: that another value would be treated differently is no
difference that a caller could count on. Where an annotation says nothing that can be checked, everything keeps to it.
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import itertools
import types
import typing
from typing import Any, Callable

LAZY_ITEMS = 200
_HELD: tuple[type, ...] = (list, tuple, set, frozenset, collections.deque, type({}.keys()), type({}.values()))
_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))
# PEP 484: an int is as good as a float, and either as good as a complex.
_PROMOTED: dict[Any, tuple[type, ...]] = {float: (int, float), complex: (int, float, complex)}


def checker(function: types.FunctionType) -> Callable[[Any, Any], bool]:
    """A check of `(args, kwargs)` against the annotations of `function`; always true where there are none."""
    try:
        hints = typing.get_type_hints(function)
        signature = inspect.signature(function)
    except Exception:  # names that exist for a type checker only
        return lambda args, kwargs: True
    hints.pop("return", None)
    if not hints:
        return lambda args, kwargs: True

    def keeps(args: Any, kwargs: Any) -> bool:
        try:
            bound = signature.bind(*args, **kwargs).arguments
        except TypeError:
            return False
        for name, value in bound.items():
            if name not in hints:
                continue
            kind = signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                values = list(value)
            elif kind is inspect.Parameter.VAR_KEYWORD:
                values = list(value.values())
            else:
                values = [value]
            default = signature.parameters[name].default
            if not all(item is default or conforms(item, hints[name]) for item in values):
                return False
        return True

    return keeps


def conforms(value: Any, hint: Any) -> bool:
    """Whether `value` is of the annotated type, as far as a look at it tells."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is None:
        return value is None
    if origin in _UNIONS:
        return any(conforms(value, choice) for choice in arguments)
    if origin is typing.Literal:
        return any(value == choice and type(value) is type(choice) for choice in arguments)
    if hasattr(typing, "Annotated") and origin is getattr(typing, "Annotated"):  # noqa: B009
        return conforms(value, arguments[0])
    if origin is not None:
        return _generic(value, origin, arguments)
    if isinstance(hint, typing.TypeVar):
        choices = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ is not None else ())
        return not choices or any(conforms(value, choice) for choice in choices)
    if hint in _PROMOTED:
        return isinstance(value, _PROMOTED[hint])
    if isinstance(hint, type):
        try:
            return isinstance(value, hint)
        except TypeError:  # a protocol that cannot be checked
            return True
    return True


def _generic(value: Any, origin: Any, arguments: tuple[Any, ...]) -> bool:
    if not isinstance(origin, type):
        return True
    try:
        if not isinstance(value, origin):
            return False
    except TypeError:
        return True
    if not arguments or not isinstance(value, collections.abc.Collection):
        return True
    if isinstance(value, tuple) and origin is tuple:
        if arguments[-1] is Ellipsis:
            return _all_conform(value, arguments[0])
        return len(value) == len(arguments) and all(map(conforms, value, arguments))
    if isinstance(value, collections.abc.Mapping):
        if len(arguments) != 2:
            return True
        return _all_conform(value.keys(), arguments[0]) and _all_conform(value.values(), arguments[1])
    if len(arguments) == 1 and not isinstance(value, (str, bytes)):
        return _all_conform(value, arguments[0])
    return True


def _all_conform(items: Any, hint: Any) -> bool:
    """Whether each of the items is of the annotated type; where a type decides, one item of each is looked at.

    Of what makes its items while they are asked for, as a range does, the first LAZY_ITEMS stand for all.
    """
    if not isinstance(items, _HELD):
        items = itertools.islice(items, LAZY_ITEMS)
    if _by_type(hint):
        items = {type(item): item for item in items}.values()
    return all(conforms(item, hint) for item in items)


def _by_type(hint: Any) -> bool:
    """Whether all values of one type are of the annotated type, or none is."""
    if typing.get_origin(hint) in _UNIONS:
        return all(map(_by_type, typing.get_args(hint)))
    return hint is None or (isinstance(hint, type) and typing.get_origin(hint) is None)
