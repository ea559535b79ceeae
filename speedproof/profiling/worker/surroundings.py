"""What belongs to the process rather than to any value, and what a call may leave changed in it.

A look costs about 0.1 ms. Only what has changed is an aspect of an observation; afterwards it is put back, as far as
that can be done, so that one call says nothing about the next.
"""

from __future__ import annotations

import _locale
import _signal  # type: ignore[import-not-found] # whose functions make no enums, and so take a tenth of the time
import _thread
import atexit
import builtins
import contextlib
import contextvars
import decimal
import gc
import os
import select
import sys
import threading
import time
import warnings
from typing import Any, Callable

from .encode import encode

_SIGNALS = [int(number) for number in _signal.valid_signals()]
_SIGNAL_NAMES = [str(number) for number in _SIGNALS]
_THREADS_SECONDS = 0.05


class Surroundings:
    """How the process was before a call."""

    def __init__(self) -> None:
        self._before = {name: look() for name, look in _LOOKS.items()}
        self._changed: list[str] = []

    def changes(self) -> dict[str, dict[str, Any]]:
        """One aspect for each part that is not as it was."""
        _await_threads(self._before["threads"])
        found = {}
        for name, look in _LOOKS.items():
            before, now = self._before[name], look()
            if now != before:
                self._changed.append(name)
                change = _change(before, now)
                found[name] = {"digest": encode(change).digest, "text": _text(change), "opaque": []}
        return found

    def restore(self) -> None:
        """Whatever `changes` has found."""
        for name in self._changed:
            with contextlib.suppress(Exception):
                _PUT_BACK.get(name, str)(self._before[name])


def _change(before: Any, now: Any) -> Any:
    """What is different, in a form that says the same in every process."""
    if not isinstance(before, dict):
        return now
    gone = [name for name in before if name not in now]
    changed = (name for name, item in now.items() if before.get(name, _told) != item)
    return [sorted(map(_told, gone)), sorted((_told(name), _told(now[name])) for name in changed)]


def _told(value: Any) -> str:
    """Objects by name, because an address is another one each time."""
    if isinstance(value, (bytes, str, int, float, bool, type(None))):
        return repr(value)
    name = getattr(value, "__qualname__", None)
    return "%s.%s" % (getattr(value, "__module__", None), name) if name else type(value).__qualname__


def _text(change: Any) -> str:
    text = repr(change)
    return text if len(text) < 160 else text[:150] + " …"


def _await_threads(before: int) -> None:
    """A thread that was joined may need a moment to be gone."""
    end = time.monotonic() + _THREADS_SECONDS
    while _thread._count() > before and time.monotonic() < end:
        time.sleep(0.001)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_poll = select.poll()
for _number in range(64):
    _poll.register(_number, 0)


def _open_descriptors() -> list[int]:
    """By one system call."""
    closed = {number for number, event in _poll.poll(0) if event & select.POLLNVAL}
    return [number for number in range(64) if number not in closed]


def _decimal_context() -> dict[str, Any]:
    """Without the flags, which every inexact operation sets."""
    context = decimal.getcontext()
    names = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
    traps = ",".join(sorted(signal.__name__ for signal, on in context.traps.items() if on))
    return {"traps": traps, **{name: getattr(context, name) for name in names}}


def _context_variables() -> dict[str, Any]:
    found = {}
    for variable, value in contextvars.copy_context().items():
        if variable.name != "decimal_context":
            found[variable.name] = encode(value).digest
    return found


def _hooks() -> dict[str, Any]:
    names = ("stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook", "breakpointhook")
    found = {name: _Same(getattr(sys, name, None)) for name in names}
    found.update(trace=_Same(sys.gettrace()), profile=_Same(sys.getprofile()))
    found["threads' excepthook"] = _Same(threading.excepthook)
    return found


class _Same:
    """Equal to itself alone, by identity of what it holds."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.__qualname__ = getattr(value, "__qualname__", type(value).__qualname__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    __hash__ = None  # type: ignore[assignment]


class _Names(dict):  # type: ignore[type-arg]
    """Objects by name, each equal to itself alone."""

    def __ne__(self, other: object) -> bool:
        assert isinstance(other, _Names)
        if self.is_like(other):
            return False
        return len(self) != len(other) or any(other.get(name, _told) is not item for name, item in self.items())

    def is_like(self, other: "_Names") -> bool:
        """Whether it is the same in the same order: what it mostly is, and quickly found out."""
        return list(map(id, self.values())) == list(map(id, other.values())) and list(self) == list(other)

    def __eq__(self, other: object) -> bool:
        return not self != other

    __hash__ = None


class _Modules(_Names):
    """To import another one is no change: what counts is what was there before, `other`, and is gone or replaced."""

    def __ne__(self, other: object) -> bool:
        assert isinstance(other, _Modules)
        return not self.is_like(other) and any(self.get(name) is not module for name, module in other.items())


_LOOKS: dict[str, Callable[[], Any]] = {
    "threads": _thread._count,
    "environment": lambda: dict(os.environ._data),  # type: ignore[attr-defined] # as it is kept: ten times as fast
    "working folder": os.getcwd,
    "umask": _umask,
    "locale": lambda: _locale.setlocale(_locale.LC_ALL),
    "signal handlers": lambda: _Names(zip(_SIGNAL_NAMES, map(_signal.getsignal, _SIGNALS))),  # noqa: B905
    "alarm": lambda: _signal.getitimer(_signal.ITIMER_REAL)[0] > 0,
    "garbage collector": lambda: [gc.isenabled(), *gc.get_threshold(), gc.get_debug(), len(gc.callbacks)],
    "recursion limit": sys.getrecursionlimit,
    "switch interval": sys.getswitchinterval,
    "import path": lambda: [list(map(str, sys.path)), len(sys.meta_path), len(sys.path_hooks)],
    "program arguments": lambda: list(map(str, sys.argv)),
    "modules": lambda: _Modules(sys.modules),
    "built-in names": lambda: _Names(vars(builtins)),
    "hooks": _hooks,
    "warning filters": lambda: list(map(repr, warnings.filters)),
    "open files": _open_descriptors,
    "exit handlers": atexit._ncallbacks,
    "decimal context": _decimal_context,
    "context variables": _context_variables,
}


def _restore_environment(before: dict[Any, Any]) -> None:
    os.environ.clear()
    os.environ.update({os.environ.decodekey(name): os.environ.decodevalue(value) for name, value in before.items()})


def _restore_signals(before: dict[str, Any]) -> None:
    for number, handler in before.items():
        if _signal.getsignal(int(number)) is not handler and handler is not None:
            _signal.signal(int(number), handler)


def _restore_collector(before: list[Any]) -> None:
    (gc.enable if before[0] else gc.disable)()
    gc.set_threshold(*before[1:4])
    gc.set_debug(before[4])
    del gc.callbacks[before[5] :]


def _restore_builtins(before: dict[str, Any]) -> None:
    names = vars(builtins)
    names.clear()
    names.update(before)


def _restore_decimal(before: dict[str, Any]) -> None:
    context = decimal.getcontext()
    for name, value in before.items():
        if name != "traps":
            setattr(context, name, value)
    for signal in context.traps:
        context.traps[signal] = signal.__name__ in before["traps"].split(",")


_PUT_BACK: dict[str, Callable[[Any], Any]] = {
    "environment": _restore_environment,
    "working folder": os.chdir,
    "umask": os.umask,
    "locale": lambda before: _locale.setlocale(_locale.LC_ALL, before),
    "signal handlers": _restore_signals,
    "alarm": lambda before: _signal.setitimer(_signal.ITIMER_REAL, 0),
    "garbage collector": _restore_collector,
    "recursion limit": sys.setrecursionlimit,
    "switch interval": sys.setswitchinterval,
    "import path": lambda before: sys.path.__setitem__(slice(None), before[0]),
    "modules": sys.modules.update,
    "program arguments": lambda before: sys.argv.__setitem__(slice(None), before),
    "built-in names": _restore_builtins,
    "decimal context": _restore_decimal,
}
