"""Runs one side on inputs, one after the other, and reports of each call all that a caller could notice.

An observation is a map from aspect to digest, with a short text of each for a reader. The engine holds the original's
observations; they never enter the process of a candidate.
"""

from __future__ import annotations

import asyncio
import dis
import itertools
import pickle
import random
import resource
import sys
import types
import warnings
from time import perf_counter
from typing import Any, Callable, Optional

from . import logs, uses
from .encode import MAX_DRAINED, Encoding, TooLarge, encode, preview
from .encode_code import by_name, forget
from .module_state import ModuleState
from .output import Capture, RawOutput
from .surroundings import Surroundings
from .written import Folder

SEED = 20_260_921
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
    out, err = Capture(), Capture()
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
            if outcome.lazy:
                outcome.seconds = perf_counter() - start
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
        "mutates": aspects.get("arguments", _NOTHING[list])["digest"] != before,
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
                found["exception"] = _exception(self.error, wording)
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


def _exception(error: BaseException, wording: bool) -> dict[str, Any]:
    """With the digest of its class besides, where that may be all that counts: see `compare.difference`."""
    if wording or type(error) not in _WORDED:
        return _aspect(encode(error), error)
    of_class = encode(type(error))
    return {**_aspect(of_class if _is_interpreters(error) else encode(error), error), "class": of_class.digest}


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


_WORDED = (IndexError, ValueError, TypeError, AttributeError, ZeroDivisionError, OverflowError, KeyError)
"""Those that carry a text for people; or the key, which of several missing ones is a matter of who is asked first."""


def _aspect(encoding: Encoding, value: Any) -> dict[str, Any]:
    return {"digest": encoding.digest, "text": preview(value, read=encoding.read), "opaque": sorted(encoding.opaque)}


def _small(value: Any) -> dict[str, Any]:
    return _told(value) if value or type(value) not in _NOTHING else _NOTHING[type(value)]


def _told(value: Any) -> dict[str, Any]:
    return {"digest": encode(value).digest, "text": preview(value), "opaque": []}


_NOTHING: "dict[type, dict[str, Any]]" = {list: _told([]), str: _told("")}
"""Nothing printed, nothing written, no warning: what most calls come to."""


def _arguments_digest(args: Any, kwargs: Any) -> str:
    """Without draining anything: an iterator among the arguments counts as "may be used up"."""
    if any(hasattr(value, "__next__") for value in (*args, *kwargs.values())):
        return "unlike any other: %d" % next(_numbers)
    try:
        return encode(args, kwargs).digest
    except BaseException:
        return "unlike any other: %d" % next(_numbers)


_numbers = itertools.count()


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
