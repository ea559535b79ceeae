"""What a module keeps between calls, and whether a call has changed it."""

from __future__ import annotations

import collections
import types
from time import process_time
from typing import Any, Container

from .earlier import Earlier
from .encode import UNKNOWN, encode

LARGE_STATE_SECONDS = 0.0005


class ModuleState:
    """The data that the target's module keeps between calls: its globals, class attributes, defaults, caches.

    What takes long to look through is looked at only at the end of a sequence of calls.
    """

    def __init__(self, module: types.ModuleType, known: Container[str], *, caches: bool = False) -> None:
        """`known` are the names that the module had before the side was put in: what is new must bear a close look.

        Where `caches` are allowed, what new names hold is the side's own affair.
        """
        self._module = module
        self._known = known
        self.earlier = Earlier()
        self._caches = caches
        self._large: set[str] = set()
        self._start = self._digests(mark_large=True)
        self._before = {name: digest for name, digest in self._start.items() if name not in self._large}
        for name, value in self._parts():
            if isinstance(value, _Plain):
                self.earlier.own(_some_parts(value.value) if name in self._large else _all_parts(value.value))

    def changes(self) -> dict[str, dict[str, Any]]:
        """One aspect per name that is no longer as it was at the last look."""
        now, before = self._digests(), self._before
        names = sorted(name for name in {**now, **before} if now.get(name) != before.get(name))
        self._before = now
        found = {
            "module state: " + name: {"digest": now.get(name, ""), "text": "changed", "opaque": []} for name in names
        }
        for name, digest in now.items():
            if digest == UNKNOWN and name not in self._known:
                kind = type(vars(self._module).get(name)).__name__
                found["module state: " + name] = {"digest": UNKNOWN, "text": kind, "opaque": [kind]}
        return found

    def at_end(self) -> dict[str, str]:
        """The digest of everything that is not as it was at the start, however large."""
        now = self._digests(everything=True)
        return {name: now.get(name, "") for name in {**now, **self._start} if now.get(name) != self._start.get(name)}

    def _digests(self, *, everything: bool = False, mark_large: bool = False) -> dict[str, str]:
        digests = {}
        for name, value in self._parts():
            if name in self._large and not everything:
                continue
            start = process_time()
            digests[name] = _digest(value)
            if mark_large and _is_large(value, process_time() - start):
                self._large.add(name)
        return digests

    def _parts(self) -> Any:
        for name, value in list(vars(self._module).items()):
            if name in _MODULE_NAMES or isinstance(value, types.ModuleType):
                continue
            if self._caches and name not in self._known:
                continue
            yield from self._part(name, value, 0)

    def _part(self, name: str, value: Any, depth: int) -> Any:
        ours = getattr(value, "__module__", None) == self._module.__name__
        if hasattr(value, "cache_info"):
            yield name + ".cache", _Plain(value.cache_info().currsize)
        function = value
        if isinstance(value, (staticmethod, classmethod)):
            function = value.__func__
        if isinstance(function, types.FunctionType):
            if ours:
                cells = [_cell(cell) for cell in function.__closure__ or ()]
                state = (function.__defaults__, function.__kwdefaults__, dict(vars(function)), cells)
                yield name, _Plain(state) if any(state) else None
        elif isinstance(value, type):
            if ours and depth < 3:
                for attribute, item in list(vars(value).items()):
                    if attribute not in _CLASS_NAMES:
                        yield from self._part("%s.%s" % (name, attribute), item, depth + 1)
        elif isinstance(value, _DATA) or ours:
            yield name, _Plain(value)
        elif depth == 0 and name not in self._known and not isinstance(value, _NAMED):
            yield name, _Hidden() if hasattr(value, "__next__") else _Plain(value)
        else:
            yield name, id(value)


_DATA = (
    int, float, complex, str, bytes, type(None), list, dict, set, frozenset, tuple, bytearray, collections.deque,
)  # fmt: skip
_NAMED = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodType)
_MODULE_NAMES = frozenset(vars(types.ModuleType("module"))) | {
    "__builtins__", "__file__", "__cached__", "__annotations__", "__annotate__", "__conditional_annotations__",
    "__warningregistry__", "__path__",
}  # fmt: skip
_CLASS_NAMES = frozenset(vars(type("Class", (), {}))) | {
    "__slots__", "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__",
    "__firstlineno__", "__static_attributes__", "__match_args__", "__dataclass_fields__", "__dataclass_params__",
    "_abc_impl", "__slotnames__",
}  # fmt: skip


class _Hidden:
    """Stands for a value that a look would change."""


class _Plain:
    """Marks a value to be compared by content rather than by identity."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _digest(value: Any) -> str:
    if isinstance(value, _Hidden):
        return UNKNOWN
    if not isinstance(value, _Plain):
        return str(value)
    if type(value.value) in (int, str, bool, float, type(None)):
        return repr(value.value)
    try:
        return encode(value.value).digest
    except BaseException:
        return UNKNOWN


def _all_parts(value: Any) -> list[Any]:
    try:
        return encode(value).parts
    except BaseException:
        return []


def _some_parts(value: Any) -> list[Any]:
    """Of what takes long to look through: itself, and what it holds directly."""
    direct = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [value, *direct]


def _is_large(value: Any, seconds: float) -> bool:
    """Whether it takes long to look through `value`, not only this once, when it took `seconds`."""
    clearly = seconds > 20 * LARGE_STATE_SECONDS
    return clearly or (seconds > LARGE_STATE_SECONDS and _digest_seconds(value) > LARGE_STATE_SECONDS)


def _digest_seconds(value: Any) -> float:
    start = process_time()
    _digest(value)
    return process_time() - start


def _cell(cell: Any) -> Any:
    try:
        content = cell.cell_contents
    except ValueError:
        return None
    return content if isinstance(content, _DATA) else id(content)
