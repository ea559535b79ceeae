"""What a child of the zygote can be asked to do. Each task owns its process, and reports over its channel."""

from __future__ import annotations

import base64
import contextlib
import gc
import random
import socket
import sys
import time
import tracemalloc
import types
from typing import Any, Callable

from . import (
    adopt,
    callsites,
    comparisons,
    doctests,
    domain,
    explore,
    habits,
    inputs,
    lines,
    missing,
    patience,
    record,
    scale,
    shapes,
    shrink,
    sizes,
    small_scope,
    solver,
    strategies,
    suite,
    sweep,
    timed,
    type_guards,
    uses,
    vocabulary,
    wire,
)
from .alarm import TimeUp, alarm
from .encode_code import by_name
from .install import Unsupported, install, resolve
from .lacks import CannotRun, told
from .module_state import ModuleState
from .observe import observe, run
from .output import RawOutput

MAX_EXPORTED_BYTES = 2**15


def gather_recorded(channel: socket.socket, order: Any) -> None:
    """Record real calls of functions of several modules while the project's tests run. One report at the end."""
    codes: dict[str, Any] = {}
    around = {}
    for module, qualnames in order["modules"].items():
        for qualname in qualnames:
            function, key = resolve(sys.modules[module], qualname), "%s:%s" % (module, qualname)
            if function is not None:
                codes[key] = function
                nested = dict(zip(uses.keys_of_calls(key), uses.nested_codes(function.__code__)))  # noqa: B905
                codes.update(nested)
                around.update(dict.fromkeys(nested, function.__code__))
    sink = inputs.Sink(order["inputs"], {"recorded": order["limit"]}, passing_modules=frozenset(order["test_modules"]))
    with record.Recorder(codes, sink, order["limit"], around=around) as recorder:
        outcome = suite.run_tests(
            order["tests"], order["root"], order["seconds"], around=recorder.active, is_enough=recorder.is_full
        )
    wire.send(channel, {"calls": recorder.seen(), "kept": sink.kept(), "refused": sink.refused, "tests": outcome})


def gather_made(channel: socket.socket, order: Any) -> None:
    """Inputs for one function that need no test: from doctests, from calls in the project's text, from annotations."""
    module, qualname = sys.modules[order["module"]], order["qualname"]
    function = _function(module, qualname)
    fits, assumed = habits.habits(_real_calls(inputs.read(order["inputs"], _prefix(order) + qualname)))
    sink = inputs.Sink(order["inputs"], order["limits"], prefix=_prefix(order), fits=fits)
    sink.skip_known(qualname)
    problems = []
    owner = _owner(module, qualname)
    steps: list[Callable[[], Any]] = [
        lambda: _import_inputs(order.get("earlier", ()), qualname, sink),
        lambda: doctests.examples(module, {qualname: function}, sink, order["seconds"]),
        lambda: callsites.make_calls(
            module, function, qualname, order.get("call_sites", ()), sink, order["seconds"] / 2
        ),
        # Where calls are known, they say more of its types than any guess.
        lambda: strategies.from_annotations(
            function,
            qualname,
            owner,
            sink,
            order["count"],
            order["seed"],
            order["seconds"],
            guesses=not inputs.read(order["inputs"], _prefix(order) + qualname),
        ),
    ]
    for step in steps:
        try:
            step()
        except Exception as error:
            problems.append("%s: %s" % (type(error).__name__, error))
    wire.send(channel, {"problems": problems, "assumed": assumed, "solver": solver.is_of_use(function)})


def gather_mutated(channel: socket.socket, order: Any) -> None:
    """Mutations of inputs that were found good, and larger versions of them; until full or out of time.

    What mutations are worth keeping shows in how the side that `order` names runs on them. Those equal to an input
    that is there already are left out; with `order["known"]`, only those equal to one of these.
    """
    qualname = order["qualname"]
    kept = inputs.read(order["inputs"], _prefix(order) + qualname)
    fits, assumed = _domain(order, kept)
    function = _side(sys.modules[order["module"]], order)
    limits = {"mutated": order["count"], "scaled": order["scaled"]}
    sink = inputs.Sink(order["inputs"], limits, prefix=_prefix(order), fits=fits)
    sink.skip_known(qualname, order.get("known"))
    if order["of_candidate"]:  # what it could do to a file, it can do to its own alone: see `adopt`
        sink.write_to(".")
    rng = random.Random(order["seed"])
    seeds = [_loaded(kept[place][1]) for place in order["seeds"]]
    some = _Some(channel, order.get("some"))
    comparisons.instrument(function, order["after"], qualname)

    def keep(args: Any, kwargs: Any) -> bool:
        return sink.add(qualname, "mutated", args, kwargs)

    seconds = order["seconds"] / 2
    found = explore.explore(function, seeds, rng, keep, order["count"], seconds, order["of_candidate"], some.tell)
    end = time.monotonic() + seconds
    for place, factor in order["grow"]:
        left = end - time.monotonic()
        if left <= 0:
            break
        with contextlib.suppress(TimeUp), alarm(left):
            grown = scale.scaled(_loaded(kept[place][1]), factor, rng)
            if grown is not None:
                sink.add(qualname, "scaled", *grown)
    wire.send(channel, {"explored": found, "assumed": assumed})


class _Some:
    """Says once, early, that the most telling inputs are there, where the order asks for that."""

    def __init__(self, channel: socket.socket, order: Any) -> None:
        self._channel = channel
        self._order = order
        self._until = time.monotonic() + order["seconds"] if order else 0.0

    def tell(self, kept: int) -> None:
        if self._order and (kept >= self._order["count"] or time.monotonic() > self._until):
            self._order = None
            wire.send(self._channel, {"some": kept})


def gather_small(channel: socket.socket, order: Any) -> None:
    """All small calls, the smallest first, until full or out of time: of the types that known inputs have."""
    qualname = order["qualname"]
    kept = inputs.read(order["inputs"], _prefix(order) + qualname)
    fits, assumed = _domain(order, kept)
    function = _side(sys.modules[order["module"]], order)
    sink = inputs.Sink(order["inputs"], {"small": order["count"]}, prefix=_prefix(order), fits=fits)
    sink.skip_known(qualname)
    end = time.monotonic() + order["seconds"]
    seeds = [_loaded(kept[place][1]) for place in order["seeds"]]
    for args, kwargs in small_scope.small_calls(seeds, random.Random(order["seed"]), function):
        if sink.full(qualname, "small") or time.monotonic() > end:
            break
        sink.add(qualname, "small", args, kwargs)
    wire.send(channel, {"assumed": assumed})


def gather_solved(channel: socket.socket, order: Any) -> None:
    """Inputs on which a solver takes the candidate for another function, left in the process's own folder."""
    module, qualname = sys.modules[order["module"]], order["qualname"]
    original = _copy(_function(module, qualname))
    candidate = _side(module, order)
    kept = inputs.read(order["inputs"], _prefix(order) + qualname)
    fits, assumed = _domain(candidate, kept)
    sink = inputs.Sink(".", {"solved": order["count"]}, prefix=_prefix(order), fits=fits)

    def keep(args: Any, kwargs: Any) -> bool:
        return sink.add(qualname, "solved", args, kwargs)

    # Whatever stops it, and it has exceptions of its own that are no Exception, what it found before counts.
    with patience.quiet(), contextlib.suppress(BaseException):
        solver.search(original, candidate, keep, order["seconds"])
    wire.send(channel, {"assumed": assumed})


def adopt_inputs(channel: socket.socket, order: Any) -> None:
    """Take over inputs that a candidate's process has left in the folder `order["left_in"]`."""
    key = _prefix(order) + order["qualname"]
    kept = inputs.read(order["inputs"], key)
    origin = order.get("origin", "mutated")
    sink = inputs.Sink(order["inputs"], {origin: order["count"]}, prefix=_prefix(order))
    sink.skip_known(order["qualname"], order["known"])
    left = [blob for _, blob in inputs.read(order["left_in"], key)]
    for args, kwargs in adopt.adoptable(left, [blob for _, blob in kept]):
        sink.add(order["qualname"], origin, args, kwargs)
    wire.send(channel, {})


def sweep_original(channel: socket.socket, order: Any) -> None:
    """What the original does on thousands of calls, as digests. The calls stay, for `sweep_again` and `keep_swept`.

    What the text `order["other"]` names and the original does not is tried in them, too. They keep to the types that
    the inputs `order["like"]` have in each place.
    """
    qualname, module = order["qualname"], sys.modules[order["module"]]
    kept = inputs.read(order["inputs"], _prefix(order) + qualname)
    fits, assumed = _domain(order, kept)
    function = _side(module, order)
    seeds = [_loaded(kept[place][1]) for place in order["seeds"]]
    typed = shapes.shapes([_loaded(kept[place][1]) for place in order["like"]])
    words = vocabulary.Vocabulary.of(seeds, function.__code__)
    with contextlib.suppress(Exception):  # a text that does not compile differs in another way
        words.know(vocabulary.new_constants(order["after"], order["other"]))

    def both(args: Any, kwargs: Any) -> bool:
        return bool(typed(args, kwargs) and fits(args, kwargs))

    rng = random.Random(order["seed"])
    blobs, digests = sweep.made(function, seeds, rng, words, both, order["count"], order["seconds"])
    sweep.write(_swept(order), blobs)
    wire.send(channel, {"digests": [digest.hex() for digest in digests], "assumed": assumed})


def sweep_again(channel: socket.socket, order: Any) -> None:
    """What the side that `order` names does on the calls of the last `sweep_original`, from `order["start"]` on.

    Digests, `order["at_once"]` in a report.
    """
    function = _side(sys.modules[order["module"]], order)
    digests: list[str] = []
    blobs = sweep.read(_swept(order))[order["start"] :]
    for digest in sweep.repeated(function, blobs, order["seconds"], min(order["at_once"], sweep.BATCH)):
        digests.append(digest.hex())
        if len(digests) == order["at_once"]:
            wire.send(channel, {"digests": digests})
            digests = []
    wire.send(channel, {"digests": digests, "end": True})


def keep_swept(channel: socket.socket, order: Any) -> None:
    """Make inputs of the calls numbered `order["chosen"]` of the last `sweep_original`."""
    sink = inputs.Sink(order["inputs"], {"mutated": len(order["chosen"])}, prefix=_prefix(order))
    sink.skip_known(order["qualname"], [])
    blobs = sweep.read(_swept(order))
    for number in order["chosen"]:
        sink.add(order["qualname"], "mutated", *_loaded(blobs[number]))
    wire.send(channel, {})


def gather_smaller(channel: socket.socket, order: Any) -> None:
    """Simpler variants of one input, the simplest first."""
    kept = inputs.read(order["inputs"], _prefix(order) + order["qualname"])
    sink = inputs.Sink(order["inputs"], {"shrunk": order["count"]}, prefix=_prefix(order))
    args, kwargs = _loaded(kept[order["place"]][1])
    for variant in shrink.shrink(args, kwargs):
        sink.add(order["qualname"], "shrunk", *variant)
        if sink.full(order["qualname"], "shrunk"):
            break
    wire.send(channel, {})


def list_inputs(channel: socket.socket, order: Any) -> None:
    kept = inputs.read(order["inputs"], _prefix(order) + order["qualname"])
    wire.send(channel, {"inputs": [header for header, _ in kept[order.get("start", 0) :]]})


def export_inputs(channel: socket.socket, order: Any) -> None:
    """Chosen inputs as texts that `gather_made` of a later session takes; without those that are long."""
    kept = inputs.read(order["inputs"], _prefix(order) + order["qualname"])
    blobs = [kept[place][1] for place in order["places"]]
    wire.send(
        channel,
        {"inputs": [base64.b64encode(blob).decode("ascii") for blob in blobs if len(blob) <= MAX_EXPORTED_BYTES]},
    )


def _domain(order: Any, kept: Any) -> Any:
    """What made-up calls have to keep to, as a check, and in words what of it is no more than a habit of real calls.

    To be asked for before a side is put in: what the original's annotations say is the contract, for both sides.
    """
    keeps_to_hints = domain.checker(_function(sys.modules[order["module"]], order["qualname"]))
    keeps_to_habits, words = habits.habits(_real_calls(kept))
    return lambda args, kwargs: keeps_to_hints(args, kwargs) and keeps_to_habits(args, kwargs), words


def _real_calls(kept: Any) -> list[Any]:
    """Those that can be made again; some cannot, outside of their test."""
    calls = []
    for header, blob in kept:
        if header["origin"] in inputs.FROM_USE:
            with contextlib.suppress(Exception):
                calls.append(_loaded(blob))
    return calls


def _import_inputs(texts: Any, qualname: str, sink: inputs.Sink) -> None:
    for text in texts:
        with contextlib.suppress(Exception):  # made from a class that has changed since
            sink.add(qualname, "earlier", *_loaded(base64.b64decode(text)))


def watch(channel: socket.socket, order: Any) -> None:
    """Observe one side on a list of inputs: one frame per input as it is done, then the lines that were reached."""
    module = sys.modules[order["module"]]
    known = frozenset(vars(module))
    function = _side(module, order)
    by_name(function)
    kept = inputs.read(order["inputs"], _prefix(order) + order["qualname"])
    state, raw = ModuleState(module, known, caches=order["caches"]), RawOutput()
    guarded = type_guards.guarded_lines(function.__code__, (order["after"], order["before"]))
    traced, watched = set(order["traced"]), lines.Lines(function.__code__, guarded)
    for place in order["places"]:
        wire.send(channel, {"starts": place})
        seen: dict[str, Any] = {}

        def work(header: Any = kept[place][0], blob: bytes = kept[place][1], seen: dict[str, Any] = seen) -> None:
            seen.update(observe(function, blob, state, raw, wording=header["origin"] in inputs.FROM_USE))

        if place in traced:
            watched.watch(work)
        else:
            work()
        seen["input"] = place
        wire.send(channel, seen)
    if traced:
        wire.send(channel, {"hit": sorted(watched.hit), "lines": sorted(watched.executable)})
    wire.send(channel, {"end": True, "state": state.at_end()})


def measure(channel: socket.socket, order: Any) -> None:
    """Run batches of one side for the engine's clock."""
    function = _side(sys.modules[order["module"]], order)
    kept = inputs.read(order["inputs"], _prefix(order) + order["qualname"])
    blobs = [kept[place][1] for place in order["places"]]
    wire.send(channel, {"sizes": [sizes.size_of(*_loaded(blob)) for blob in blobs]})
    timed.serve_batches(channel, function, blobs, order["lazy"])


def measure_sizes(channel: socket.socket, order: Any) -> None:
    """Run batches of one side with one input in growing sizes; the input is the first of `places` that grows."""
    kept = inputs.read(order["inputs"], _prefix(order) + order["qualname"])
    fits, _ = _domain(order, kept)
    found: list[Any] = []
    number, end = 0, time.monotonic() + order["seconds"]
    while not found and number < len(order["places"]) and time.monotonic() < end:
        blob = kept[order["places"][number]][1]
        found = sizes.series(blob, _loaded(blob), random.Random(order["seed"]), end - time.monotonic(), fits)
        number += 1
    is_lazy = bool(found) and order["lazy"][number - 1]
    function = _side(sys.modules[order["module"]], order)
    wire.send(channel, {"sizes": [size for size, _ in found]})
    timed.serve_batches(channel, function, [blob for _, blob in found], [is_lazy] * len(found))


def memory(channel: socket.socket, order: Any) -> None:
    """The largest peak of memory that one call allocates, over the inputs, in bytes."""
    function = _side(sys.modules[order["module"]], order)
    kept = inputs.read(order["inputs"], _prefix(order) + order["qualname"])
    peak = 0
    for place in order["places"]:
        args, kwargs = _loaded(kept[place][1])
        gc.collect()
        tracemalloc.start()
        try:
            result = run(function, args, kwargs)
            if hasattr(result, "__next__"):
                for _ in result:
                    pass
        except Exception:
            pass
        peak = max(peak, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    wire.send(channel, {"peak": peak})


def _swept(order: Any) -> str:
    return inputs.path_of(order["inputs"], _prefix(order) + order["qualname"] + " swept")


def _prefix(order: Any) -> str:
    return str(order["module"]) + ":"


def _side(module: types.ModuleType, order: Any) -> types.FunctionType:
    """Put the side to be run into the module and return the function. Both sides take this one way in."""
    try:
        install(module, order["before"], order["after"], order["qualname"], order["path"])
    except Unsupported as error:
        raise CannotRun("the change cannot be put into the running module: %s" % error) from error
    except Exception as error:  # of what is new at the module's level
        raise CannotRun("the changed module cannot be run: %s" % told(error)) from error
    keys = uses.keys_of_calls(_prefix(order) + str(order["qualname"]))
    uses.know_calls([blob for key in keys for _, blob in inputs.read(order["inputs"], key)])
    return _function(module, order["qualname"])


def _function(module: types.ModuleType, qualname: str) -> types.FunctionType:
    function = resolve(module, qualname)
    if function is None:
        raise CannotRun(missing.reason(module, qualname))
    return function


def _copy(function: types.FunctionType) -> types.FunctionType:
    """What goes on to be what `function` is now."""
    made = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__, made.__annotations__ = function.__kwdefaults__, dict(function.__annotations__)
    return made


def _owner(module: types.ModuleType, qualname: str) -> Any:
    owner: Any = module
    for part in qualname.split(".")[:-1]:
        owner = vars(owner)[part]
    return None if owner is module else owner


def _loaded(blob: bytes) -> Any:
    import pickle

    return pickle.loads(blob)


TASKS: dict[str, Callable[[socket.socket, Any], None]] = {
    "gather_recorded": gather_recorded,
    "gather_made": gather_made,
    "gather_mutated": gather_mutated,
    "gather_small": gather_small,
    "gather_solved": gather_solved,
    "adopt_inputs": adopt_inputs,
    "sweep_original": sweep_original,
    "sweep_again": sweep_again,
    "keep_swept": keep_swept,
    "gather_smaller": gather_smaller,
    "list_inputs": list_inputs,
    "export_inputs": export_inputs,
    "watch": watch,
    "measure": measure,
    "measure_sizes": measure_sizes,
    "memory": memory,
}
