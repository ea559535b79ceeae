"""Inputs that a process made in which a candidate ran, taken over by one in which nothing foreign has run.

A pickle is code: one that a hostile candidate wrote would run in the process of every later side, the original's
included. So nothing is taken over that could do more than the inputs that were there before: a pickle may name the
classes and functions that those name, and harmless containers, and may change no class or function.
"""

from __future__ import annotations

import io
import itertools
import pickle
import types
from typing import Any, ClassVar, Iterable

MAX_ADOPTED = 500
_HARMLESS = {
    "builtins": ("set", "frozenset", "bytearray", "complex", "range", "slice", "object", "iter", "reversed"),
    "collections": ("OrderedDict", "defaultdict", "Counter", "deque"),
    "copyreg": ("_reconstructor", "__newobj__", "__newobj_ex__"),
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
}
# Even where the inputs use them (a bound method is pickled by `getattr`, a function's code by cloudpickle).
_NEVER = ("cloudpickle", "ctypes", "importlib", "os", "pickle", "posix", "runpy", "subprocess", "sys", "types")
_NEVER_BUILTINS = ("getattr", "setattr", "delattr", "eval", "exec", "compile", "open", "__import__", "globals", "vars")


def adoptable(blobs: Iterable[bytes], trusted: Iterable[bytes]) -> list[Any]:
    """The values of those `blobs` that say no more than the `trusted` ones do."""
    allowed = {(module, name) for module, names in _HARMLESS.items() for name in names}
    for blob in trusted:
        allowed |= _named_in(blob)
    found = []
    for blob in itertools.islice(blobs, MAX_ADOPTED):
        try:
            found.append(_Checked(blob, allowed).load())
        except Exception:
            continue
    return found


def _named_in(blob: bytes) -> set[tuple[str, str]]:
    try:
        checked = _Checked(blob, None)
        checked.load()
    except Exception:
        return set()
    return {
        (module, name)
        for module, name in checked.named
        if module.partition(".")[0] not in _NEVER and not (module == "builtins" and name in _NEVER_BUILTINS)
    }


_PythonUnpickler: Any = pickle._Unpickler


class _Checked(_PythonUnpickler):  # type: ignore[misc]
    """The unpickler written in Python: there, what each step does can be looked at."""

    dispatch: ClassVar[Any] = dict(_PythonUnpickler.dispatch)

    def __init__(self, blob: bytes, allowed: "set[tuple[str, str]] | None") -> None:
        super().__init__(io.BytesIO(blob))
        self.named: set[tuple[str, str]] = set()
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        self.named.add((module, name))
        if self._allowed is not None and (module, name) not in self._allowed:
            raise pickle.UnpicklingError("%s.%s is not allowed" % (module, name))
        return super().find_class(module, name)

    def load_build(self) -> None:
        if isinstance(self.stack[-2], (type, types.FunctionType, types.ModuleType)):
            raise pickle.UnpicklingError("a class or function is not to be changed")
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build
