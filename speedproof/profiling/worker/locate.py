"""Finds the function objects that a module's definitions have become, below whatever was put around them."""

from __future__ import annotations

import functools
import gc
import types
from collections import deque
from typing import Any, Callable, Optional

MAX_LOOKED_AT = 500
"""So many objects around a function are looked through: a decorator with a large registry is no reason to hang."""

Wanted = Callable[[types.FunctionType], bool]


def resolve(module: types.ModuleType, qualname: str) -> Optional[types.FunctionType]:
    """The Python function defined as `qualname`, whatever is around it; None where there is none any more."""
    owner, name = owner_of(module, qualname), qualname.rpartition(".")[2]
    if owner is not None:
        found = innermost(vars(owner).get(mangled(owner, name)), name)
        if found is not None:
            return found
    return last_defined(module, qualname)


def owner_of(module: types.ModuleType, qualname: str) -> Any:
    """The module or class in which `qualname` is defined; None where that is not reached by name."""
    owner: Any = module
    for part in qualname.split(".")[:-1]:
        owner = vars(owner).get(mangled(owner, part))
        if not isinstance(owner, type):
            return None
    return owner


def mangled(owner: Any, name: str) -> str:
    """What `name`, written in the body of `owner`, is really called: `__x` in a class is `_Class__x`."""
    if not isinstance(owner, type) or not name.startswith("__") or name.endswith("__"):
        return name
    stripped = owner.__name__.lstrip("_")
    return "_%s%s" % (stripped, name) if stripped else name


def innermost(value: Any, name: str, wanted: Wanted = lambda function: True) -> Optional[types.FunctionType]:
    """The function that was defined under `name`: through descriptors, `__wrapped__`, closures, decorators' objects.

    Of several, the one that is fewest steps away.
    """
    pending = deque([value])
    seen: set[int] = set()
    outer: Optional[types.FunctionType] = None
    while pending and len(seen) < MAX_LOOKED_AT:
        item = pending.popleft()
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, types.FunctionType):
            wrapped = vars(item).get("__wrapped__")
            if item.__code__.co_name == name and wanted(item):
                if wrapped is None:
                    return item
                outer = outer or item  # a wrapper of the same name; the right one where there is nothing below
            pending.append(wrapped)
            pending.extend(cell.cell_contents for cell in item.__closure__ or () if _full(cell))
        elif not isinstance(item, (type, types.ModuleType, str, bytes, int)):
            pending.extend(_held(item))
    return outer


def _held(item: Any) -> list[Any]:
    """What an object that is no function holds, those first where wrappers keep what they wrap."""
    if isinstance(item, (staticmethod, classmethod, types.MethodType)):
        return [item.__func__]
    if isinstance(item, property):
        return [item.fget, item.fset, item.fdel]
    if isinstance(item, (functools.partial, functools.partialmethod, functools.cached_property)):
        return [item.func]
    # Of a class's own dictionary or the interpreter's structures alike: no code of the project runs to look at it.
    referents = gc.get_referents(item)
    return [part for part in referents if isinstance(part, types.FunctionType)] + [
        part for part in referents if not isinstance(part, types.FunctionType)
    ]


def last_defined(
    module: types.ModuleType, qualname: str, wanted: Wanted = lambda function: True
) -> Optional[types.FunctionType]:
    """The function of that name in the module that is defined last, among all that are alive."""
    name = qualname.rpartition(".")[2]
    gc.unfreeze()  # what is frozen is not listed
    found = [
        item
        for item in gc.get_objects()
        if type(item) is types.FunctionType
        and item.__code__.co_name == name
        and item.__globals__ is vars(module)
        and item.__qualname__ == qualname
        and wanted(item)
    ]
    gc.freeze()
    return max(found, key=lambda function: function.__code__.co_firstlineno, default=None)


def _full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell raises
    except ValueError:
        return False
    return True
