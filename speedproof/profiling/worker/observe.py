"""Runs one side on inputs, one after the other, and reports of each call all that a caller could notice.

An observation is a map from aspect to digest, with a short text of each for a reader. The engine holds the original's
observations; they never enter the process of a candidate.
"""

from __future__ import annotations

import asyncio
import collections
import dis
import io
import itertools
import os
import pickle
import random
import resource
import sys
import types
import warnings
from time import perf_counter, process_time
from typing import Any, Callable, Container, Optional

from . import logs, uses
from .earlier import Earlier
from .encode import MAX_DRAINED, UNKNOWN, Encoding, TooLarge, encode, preview
from .encode_code import by_name, forget
from .surroundings import Surroundings
from .written import Folder

MAX_OUTPUT_CHARS = 1_000_000
SEED = 20_260_921
LARGE_STATE_SECONDS = 0.0005
_ASYNC = 0x80 | 0x200  # CO_COROUTINE, CO_ASYNC_GENERATOR


def observe(
    function: types.FunctionType, blob: bytes, state: "ModuleState", raw: "RawOutput", *, wording: bool = True
) -> dict[str, Any]:
    """One call on a fresh copy of one input. Never raises what the call raises; JSON-able.

    Without `wording`, the text of an exception that no `raise` statement made is left out of account, and so is numpy's
    warning that a number is too large or none.
    """
    try:
        args, kwargs = pickle.loads(blob)
    except Exception as error:
        return {"outcome": "not loaded", "error": type(error).__name__, "seconds": 0.0, "aspects": {}}
    before = _arguments_digest(args, kwargs)
    seed()
    drawn = _random_state()
    if function.__code__.co_flags & _ASYNC:
        _loop()  # whose files are open from now on, not from the first call on
    logs.take()
    folder = Folder()
    out, err = _Capture(), _Capture()
    real_out, real_err = sys.stdout, sys.stderr
    outcome = _Outcome()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sys.stdout, sys.stderr = out, err
        surroundings = Surroundings()
        start = perf_counter()
        try:
            outcome.value = run(function, args, kwargs)
            outcome.seconds = perf_counter() - start
            # A lazy result does its work, prints and raises while it is read: so it is read in here.
            outcome.encode_result(function)
            outcome.look_at_uses(function, blob, wording)
        except (KeyboardInterrupt, SystemExit) as error:
            outcome.error = error
        except BaseException as error:
            outcome.error = error
        finally:
            outcome.seconds = outcome.seconds or perf_counter() - start
            changed = surroundings.changes()
            sys.stdout, sys.stderr = real_out, real_err
            surroundings.restore()
    aspects = outcome.aspects(args, kwargs, wording)
    forget(outcome.value)
    shared = state.earlier.shared(outcome.parts)
    if shared:
        aspects["shared with what lives on"] = _small(shared)
    aspects["output"] = _small(out.text())
    aspects["error output"] = _small(err.text())
    aspects["raw output"] = _small(raw.take())
    counted = [warning for warning in caught if wording or not _is_numpys(warning)]
    aspects["warnings"] = _small([[warning.category.__name__, str(warning.message)] for warning in counted])
    now_drawn = _random_state()
    aspects["random state"] = _small(now_drawn)
    aspects["log"] = _small(logs.take())
    aspects["files"] = _small(folder.changes())
    aspects.update(changed)
    aspects.update(state.changes())
    return {
        "outcome": outcome.kind,
        "error": type(outcome.error).__name__ if outcome.error is not None else None,
        "seconds": outcome.seconds,
        "mutates": _arguments_digest(args, kwargs) != before,
        "lazy": outcome.lazy,
        "draws": now_drawn != drawn,
        "aspects": aspects,
    }


def run(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call, and where the result is a coroutine, run it to its end."""
    result = function(*args, **kwargs)
    if isinstance(result, types.CoroutineType):
        return _loop().run_until_complete(result)
    if isinstance(result, types.AsyncGeneratorType):
        return _loop().run_until_complete(_collect(result))
    return result


async def _collect(source: Any) -> list[Any]:
    found = []
    async for item in source:
        found.append(item)
        if len(found) >= MAX_DRAINED:
            break
    return found


_the_loop: Optional[asyncio.AbstractEventLoop] = None


def _loop() -> asyncio.AbstractEventLoop:
    global _the_loop
    if _the_loop is None:
        _the_loop = asyncio.new_event_loop()
    return _the_loop


class _Outcome:
    """What came back: a value, fully read, or an exception."""

    def __init__(self) -> None:
        self.value: Any = None
        self.error: Optional[BaseException] = None
        self.seconds = 0.0
        self.lazy = False
        self._result: Optional[Encoding] = None
        self._uses: dict[str, tuple[Encoding, str]] = {}
        self._too_large = False

    @property
    def parts(self) -> list[Any]:
        """Those of the result that have an identity."""
        return [] if self._result is None else self._result.parts

    @property
    def kind(self) -> str:
        if self._too_large:
            return "too large"
        return "raise" if self.error is not None else "return"

    def encode_result(self, function: types.FunctionType) -> None:
        self.lazy = uses.is_used(self.value, function)
        if self.lazy and isinstance(self.value, types.FunctionType):
            by_name(self.value)  # what it does will be seen
        try:
            self._result = encode(self.value)
        except TooLarge:
            self._too_large = True

    def look_at_uses(self, function: types.FunctionType, blob: bytes, wording: bool) -> None:
        def told(error: BaseException) -> Any:
            return error if wording or not _is_interpreters(error) else type(error)

        try:
            self._uses = uses.observed(function, blob, self.value, told, of_use=wording)
        except TooLarge:
            self._too_large = True

    def aspects(self, args: tuple[Any, ...], kwargs: dict[str, Any], wording: bool) -> dict[str, dict[str, Any]]:
        """Result or exception; the arguments as they are now; and which of their parts are one object."""
        found: dict[str, dict[str, Any]] = {}
        try:
            if self.error is not None:
                told = self.error if wording or not _is_interpreters(self.error) else type(self.error)
                found["exception"] = _aspect(encode(told), self.error)
            elif self._result is not None:
                found["result"] = _aspect(self._result, self.value)
            for name, (encoding, text) in self._uses.items():
                found[name] = {"digest": encoding.digest, "text": text, "opaque": sorted(encoding.opaque)}
            found["arguments"] = _aspect(encode(args, kwargs), (*args, *kwargs.values()))
            if self.error is None and not self.lazy:
                found["aliasing"] = _aspect(encode(self.value, args, kwargs), None)
        except TooLarge:
            self._too_large = True
        except BaseException as error:  # a value whose own methods fail cannot be compared
            found["result"] = {"digest": "?", "text": "", "opaque": [type(error).__name__]}
        return found


def _is_interpreters(error: BaseException) -> bool:
    """Whether the text of the exception is the interpreter's own, which each version of it words anew."""
    if type(error) not in _WORDED or len(error.args) != 1 or error.__cause__ is not None:
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    return dis.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]] not in ("RAISE_VARARGS", "RERAISE")


def _is_numpys(warning: warnings.WarningMessage) -> bool:
    """Whether it is of arithmetic at its limits, of which numbers that nobody ever passed are full."""
    return warning.category is RuntimeWarning and " encountered in " in str(warning.message)


_WORDED = (IndexError, ValueError, TypeError, AttributeError, ZeroDivisionError, OverflowError)
"""Those that carry a text for people. What a KeyError carries is the key."""


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
            digests[name] = _digest(value)
            if mark_large and min(_digest_seconds(value) for _ in range(2)) > LARGE_STATE_SECONDS:
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


def _aspect(encoding: Encoding, value: Any) -> dict[str, Any]:
    return {"digest": encoding.digest, "text": preview(value), "opaque": sorted(encoding.opaque)}


def _small(value: Any) -> dict[str, Any]:
    return {"digest": encode(value).digest, "text": preview(value), "opaque": []}


def _arguments_digest(args: Any, kwargs: Any) -> str:
    """Without draining anything: an iterator among the arguments counts as "may be used up"."""
    if any(hasattr(value, "__next__") for value in (*args, *kwargs.values())):
        return "unlike any other: %d" % next(_numbers)
    try:
        return encode(args, kwargs).digest
    except BaseException:
        return "unlike any other: %d" % next(_numbers)


_numbers = itertools.count()


class _Capture(io.TextIOBase):
    """Standard output of the code under test: kept up to a bound, counted beyond it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._kept = 0
        self._total = 0

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        self._total += len(text)
        room = MAX_OUTPUT_CHARS - self._kept
        if room > 0:
            self._parts.append(text[:room])
            self._kept += len(text[:room])
        return len(text)

    def writable(self) -> bool:
        return True

    def text(self) -> str:
        text = "".join(self._parts)
        return text if self._total == self._kept else "%s… (%d characters)" % (text, self._total)


class RawOutput:
    """What is written to the file descriptors 1 and 2, past `sys.stdout`: by C code, or by `os.write`."""

    def __init__(self) -> None:
        name = "raw-output"
        self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.unlink(name)
        os.dup2(self._file, 1)
        os.dup2(self._file, 2)

    def take(self) -> list[Any]:
        """Its size in bytes and its beginning, since the last time."""
        size = os.fstat(self._file).st_size
        if not size:
            return []
        start = os.pread(self._file, MAX_OUTPUT_CHARS, 0)
        os.ftruncate(self._file, 0)
        return [size, start.decode("utf-8", "replace")]


def seed() -> None:
    random.seed(SEED)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(SEED % 2**32)


def _random_state() -> Any:
    numpy_random = sys.modules.get("numpy.random")
    state = hash(random.getstate())
    return state if numpy_random is None else (state, repr(numpy_random.get_state()))


def blocked_switches() -> int:
    """How often this process has given up its processor to wait for something."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
