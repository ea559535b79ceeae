"""Records real calls of chosen functions while something else (the project's tests, a doctest) runs.

A call is taken as at entry, before the body has changed anything, and in a form that repeats it,
`f(*args, **kwargs)`, for methods with `self` or `cls` first. Generators and coroutines
are taken when their body starts.
"""

from __future__ import annotations

import contextlib
import dis
import inspect
import itertools
import random
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any, Optional

from .calls import call_arguments, code_of, defaults_of, function_of, is_larger_than, shape_of
from .replay import hold_generators

FIRST_CALLS = 10
"""So many calls of a function are tried at once; after that ever fewer, so that late calls have their chance."""
MAX_ARGUMENT_BYTES = 8 * 2**20
MAX_STACK_WALK = 32
CALLS_LOOKED_AT = 1000
"""So many are looked at for something new in them, then ever fewer of those that come."""
PLACES_FOR_KNOWN_SHAPES = 0.8
"""As a share of the limit; the others are for calls unlike those before, however late they come."""
_RESUMABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def record(targets: dict[str, Any], run: Callable[[], object], sink: Any, limit: int, origin: str) -> dict[str, int]:
    """Record while `run()` runs. Gives the calls seen by qualname; what `run` raises goes through."""
    with Recorder(targets, sink, limit, origin) as recorder, recorder.active():
        run()
    return recorder.seen()


class Recorder:
    """Hands a diverse sample of the calls of `targets` to `sink.add`, as long as a block of `active` runs.

    A target is a function, however decorated, or a code object. Where the function is known, an argument that *is* the
    default of its parameter is left out: a sentinel would not survive being pickled, and a changed default would not
    show. A copy of the function from a second import of the same file counts as the function. `around` may name, for a
    function that another one has made, that other one: calls while that is running do not count. Never raises on
    account of a call that cannot be kept.
    """

    def __init__(
        self,
        targets: dict[str, Any],
        sink: Any,
        limit_per_target: int,
        origin: str = "recorded",
        around: Optional[dict[str, types.CodeType]] = None,
    ) -> None:
        self._sample = _Sample(targets, sink, limit_per_target, origin)
        for qualname, code in (around or {}).items():
            self._sample.calls[qualname].around = code
        self._watch = _Watch(self._sample)
        self._is_active = False

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.close()

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Calls in the block count. It costs what it costs only here: before Python 3.12 every call gets slower."""
        if self._is_active:
            yield
            return
        self._is_active = True
        self._watch.start()
        try:
            yield
        finally:
            self._watch.stop()
            self._is_active = False

    def seen(self) -> dict[str, int]:
        """How many calls there were of each target, by its key."""
        return {qualname: calls.seen for qualname, calls in self._sample.calls.items()}

    def is_full(self) -> bool:
        """Whether there is little left to learn: of each target there are many calls, and most places are taken."""
        return all(
            calls.kept >= self._sample.limit
            or (calls.seen > CALLS_LOOKED_AT and calls.kept >= PLACES_FOR_KNOWN_SHAPES * self._sample.limit)
            for calls in self._sample.calls.values()
            if calls.around is None
        )


class _Calls:
    """What has been seen of one target."""

    def __init__(self, qualname: str, code: types.CodeType, function: Optional[types.FunctionType]) -> None:
        self.qualname = qualname
        self.code = code
        self.defaults = defaults_of(function)
        self.start = _first_resume(code)
        self.seen = 0
        self.outer = 0
        self.inner = 0
        self.tried = 0
        self.tried_inner = 0
        self.kept = 0
        self.shapes: set[Any] = set()
        self.around: Optional[types.CodeType] = None


class _Sample:
    """Decides which calls to keep."""

    def __init__(self, targets: dict[str, Any], sink: Any, limit: int, origin: str) -> None:
        codes = {qualname: code_of(target) for qualname, target in targets.items()}
        self.calls = {
            qualname: _Calls(qualname, code, function_of(targets[qualname]))
            for qualname, code in codes.items()
            if code is not None
        }
        self.by_id: dict[int, Optional[_Calls]] = {id(c.code): c for c in self.calls.values()}
        self.by_place = {_place(c.code): c for c in self.calls.values()}
        self.names = {c.code.co_name for c in self.calls.values()}
        self.kept_codes = [c.code for c in self.calls.values()]  # ids stay valid only while the objects live
        self.sink = sink
        self.limit = limit
        self.origin = origin
        self.random = random.Random(0)  # a sample, not a secret
        self.busy = threading.Lock()

    def find(self, code: types.CodeType) -> Optional[_Calls]:
        """The target that `code` is, or is a copy of; None for all other code."""
        try:
            return self.by_id[id(code)]
        except KeyError:
            pass
        if code.co_name not in self.names:
            return None
        found = self.by_place.get(_place(code))
        self.by_id[id(code)] = found
        self.kept_codes.append(code)
        return found

    def started(self, calls: _Calls, frame: types.FrameType) -> None:
        """A call of a target is about to run its first line."""
        # One lock for threads and for targets that pickling itself calls: their calls are not the program's.
        if not self.busy.acquire(blocking=False):
            return
        try:
            calls.seen += 1
            if calls.kept < self.limit:
                self.consider(calls, frame)
        except Exception:  # the program under test must not notice us, whatever its objects do
            pass
        finally:
            self.busy.release()

    def consider(self, calls: _Calls, frame: types.FrameType) -> None:
        if self.thinned(calls.seen, CALLS_LOOKED_AT):
            return
        if calls.around is not None and _is_below(frame, calls.around):
            return
        inner = _is_below(frame, frame.f_code)
        if inner:
            calls.inner += 1
            if calls.tried_inner * 4 > calls.tried or self.thinned(calls.inner, FIRST_CALLS):
                return
        else:
            calls.outer += 1
        hold_generators(frame)
        args, kwargs = call_arguments(frame, calls.defaults)
        shape = tuple(shape_of(value) for value in itertools.chain(args, kwargs.values()))
        fresh = shape not in calls.shapes and len(calls.shapes) < self.limit
        if not fresh and (calls.kept >= PLACES_FOR_KNOWN_SHAPES * self.limit):
            return
        if not fresh and not inner and self.thinned(calls.outer, FIRST_CALLS):
            return
        if is_larger_than(MAX_ARGUMENT_BYTES, (args, kwargs)):
            return
        calls.tried += 1
        calls.tried_inner += inner
        calls.shapes.add(shape)
        calls.kept += bool(self.sink.add(calls.qualname, self.origin, args, kwargs))

    def thinned(self, n: int, always: int) -> bool:
        """Whether the n-th call is left out: it is not with probability `always` / n."""
        return n > always and self.random.random() * n > always


if sys.version_info >= (3, 12):

    class _Watch:
        """sys.monitoring: code that is no target is switched off at its first call and costs nothing after."""

        def __init__(self, sample: _Sample) -> None:
            self.sample = sample
            self.tool: Optional[int] = None
            self.is_on = False

        def start(self) -> None:
            self.is_on = True
            if self.tool is None:  # it stays on until the end: to go on and off again, all code would be prepared again
                self.listen()

        def stop(self) -> None:
            self.is_on = False

        def listen(self) -> None:
            monitoring = sys.monitoring
            tool = next((n for n in (4, 3, 2, 5, 1, 0) if monitoring.get_tool(n) is None), None)
            if tool is None:
                raise RuntimeError("all tool ids of sys.monitoring are taken")
            monitoring.use_tool_id(tool, "speedproof")
            monitoring.register_callback(tool, monitoring.events.PY_START, self.called)
            monitoring.set_events(tool, monitoring.events.PY_START)
            self.tool = tool

        def called(self, code: types.CodeType, _offset: int) -> Any:
            calls = self.sample.find(code)
            if calls is None:
                return sys.monitoring.DISABLE
            if self.is_on:
                self.sample.started(calls, sys._getframe(1))
            return None

        def close(self) -> None:
            if self.tool is not None:
                sys.monitoring.set_events(self.tool, 0)
                sys.monitoring.register_callback(self.tool, sys.monitoring.events.PY_START, None)
                sys.monitoring.free_tool_id(self.tool)
                self.tool = None

else:

    class _Watch:
        """sys.setprofile: the hook sees every call of every function, so it decides by identity first."""

        def __init__(self, sample: _Sample) -> None:
            self.sample = sample
            self.before: Any = None

        def start(self) -> None:
            find, started = self.sample.find, self.sample.started

            def profile(frame: types.FrameType, event: str, _argument: Any) -> None:
                if event == "call":
                    calls = find(frame.f_code)
                    if calls is not None and _at_start(frame, calls.start):
                        started(calls, frame)

            self.before = sys.getprofile()
            threading.setprofile(profile)
            sys.setprofile(profile)

        def stop(self) -> None:
            sys.setprofile(self.before)
            threading.setprofile(None)

        def close(self) -> None:
            """Nothing is left to undo."""


def _at_start(frame: types.FrameType, start: int) -> bool:
    """Whether a "call" event is a call: a generator that resumes is elsewhere than at `start`."""
    return not frame.f_code.co_flags & _RESUMABLE or frame.f_lasti == start


def _first_resume(code: types.CodeType) -> int:
    """Where a frame of `code` stands when its body starts: before its first instruction, from 3.11 at a RESUME."""
    return next((i.offset for i in dis.get_instructions(code) if i.opname == "RESUME"), -1)


def _is_below(frame: types.FrameType, code: types.CodeType) -> bool:
    """Whether `code` is running further up. Looks only so far up."""
    above = frame.f_back
    for _ in range(MAX_STACK_WALK):
        if above is None:
            return False
        if above.f_code is code:
            return True
        above = above.f_back
    return False


def _place(code: types.CodeType) -> tuple[str, str, int]:
    return code.co_name, code.co_filename, code.co_firstlineno
