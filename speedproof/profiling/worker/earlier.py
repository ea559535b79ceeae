"""Whether a result shares parts with what lives on: with the module's own data, or with results of earlier calls.

Then who changes one of them changes the others.
"""

from __future__ import annotations

import collections
import types
from typing import Any

from .encode import own_dict

MAX_PARTS = 2_000
"""Of one result: what has more is not kept in mind, nor looked through."""
MAX_KEPT = 20_000
_NOT_DATA = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, BaseException)
_CONTAINERS = (list, dict, set, bytearray, collections.deque)


class Earlier:
    """What can be changed and lives on; kept alive, so that nothing else gets its place in memory."""

    def __init__(self) -> None:
        self._parts: dict[int, Any] = {}

    def own(self, parts: list[Any]) -> None:
        """Note parts of what the module keeps: who returns one of them does so from the first call on."""
        self._parts.update((id(part), part) for _, part in _changeable(parts[:MAX_KEPT]))

    def shared(self, parts: list[Any]) -> list[int]:
        """Which of `parts`, those of a result in the order in which they were met, were there before."""
        if len(parts) > MAX_PARTS:
            return []
        mine = _changeable(parts)
        shared = [number for number, part in mine if id(part) in self._parts]
        if len(self._parts) + len(mine) <= 2 * MAX_KEPT:
            self._parts.update((id(part), part) for _, part in mine)
        return shared


def _changeable(parts: list[Any]) -> list[tuple[int, Any]]:
    """With their numbers. The attributes of an object are not counted beside it."""
    attributes = {id(own_dict(part)) for part in parts}
    return [(n, part) for n, part in enumerate(parts) if _can_change(part) and id(part) not in attributes]


def _can_change(part: Any) -> bool:
    kind = type(part)
    if issubclass(kind, _CONTAINERS) or hasattr(kind, "__setitem__"):
        return True
    return not issubclass(kind, _NOT_DATA) and kind.__dictoffset__ != 0 and not _is_frozen(kind)


def _is_frozen(kind: type) -> bool:
    """Frozen data classes and their like have their own way of setting attributes, or rather of not setting them."""
    return any("__setattr__" in base.__dict__ for base in kind.__mro__[:-1])
