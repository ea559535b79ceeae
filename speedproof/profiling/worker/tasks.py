"""What a child of the zygote can be asked to do. Each task owns its process, and reports over its channel."""

from __future__ import annotations

import base64
import contextlib
import random
import socket
import sys
import time
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
    patience,
    record,
    scale,
    shrink,
    small_scope,
    solver,
    strategies,
    suite,
    uses,
    wire,
)
from .alarm import TimeUp, alarm
from .encode_code import by_name
from .install import resolve
from .module_state import ModuleState
from .observe import observe
from .output import RawOutput
from .sides import copy_of, function_of, loaded, owner_of, prefix, side
from .tasks_timed import measure, measure_sizes, memory

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
    function = function_of(module, qualname)
    fits, assumed = habits.habits(_real_calls(inputs.read(order["inputs"], prefix(order) + qualname)))
    sink = inputs.Sink(order["inputs"], order["limits"], prefix=prefix(order), fits=fits)
    sink.skip_known(qualname)
    problems = []
    owner = owner_of(module, qualname)
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
            guesses=not inputs.read(order["inputs"], prefix(order) + qualname),
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
    function = side(sys.modules[order["module"]], order)
    kept = inputs.read(order["inputs"], prefix(order) + qualname)
    fits, assumed = _domain(function, kept)
    limits = {"mutated": order["count"], "scaled": order["scaled"]}
    sink = inputs.Sink(order["inputs"], limits, prefix=prefix(order), fits=fits)
    sink.skip_known(qualname, order.get("known"))
    if order["of_candidate"]:  # what it could do to a file, it can do to its own alone: see `adopt`
        sink.write_to(".")
    rng = random.Random(order["seed"])
    seeds = [loaded(kept[place][1]) for place in order["seeds"]]
    end = time.monotonic() + order["seconds"] / 2
    for place, factor in order["grow"]:
        left = end - time.monotonic()
        if left <= 0:
            break
        with contextlib.suppress(TimeUp), alarm(left):
            grown = scale.scaled(loaded(kept[place][1]), factor, rng)
            if grown is not None:
                sink.add(qualname, "scaled", *grown)

    comparisons.instrument(function, order["after"], qualname)

    def keep(args: Any, kwargs: Any) -> bool:
        return sink.add(qualname, "mutated", args, kwargs)

    found = explore.explore(function, seeds, rng, keep, order["count"], order["seconds"] / 2, order["of_candidate"])
    wire.send(channel, {"explored": found, "assumed": assumed})


def gather_small(channel: socket.socket, order: Any) -> None:
    """All small calls, the smallest first, until full or out of time: of the types that known inputs have."""
    qualname = order["qualname"]
    function = side(sys.modules[order["module"]], order)
    kept = inputs.read(order["inputs"], prefix(order) + qualname)
    fits, assumed = _domain(function, kept)
    sink = inputs.Sink(order["inputs"], {"small": order["count"]}, prefix=prefix(order), fits=fits)
    sink.skip_known(qualname)
    end = time.monotonic() + order["seconds"]
    seeds = [loaded(kept[place][1]) for place in order["seeds"]]
    for args, kwargs in small_scope.small_calls(seeds, random.Random(order["seed"]), function):
        if sink.full(qualname, "small") or time.monotonic() > end:
            break
        sink.add(qualname, "small", args, kwargs)
    wire.send(channel, {"assumed": assumed})


def gather_solved(channel: socket.socket, order: Any) -> None:
    """Inputs on which a solver takes the candidate for another function, left in the process's own folder."""
    module, qualname = sys.modules[order["module"]], order["qualname"]
    original = copy_of(function_of(module, qualname))
    candidate = side(module, order)
    kept = inputs.read(order["inputs"], prefix(order) + qualname)
    fits, assumed = _domain(candidate, kept)
    sink = inputs.Sink(".", {"solved": order["count"]}, prefix=prefix(order), fits=fits)

    def keep(args: Any, kwargs: Any) -> bool:
        return sink.add(qualname, "solved", args, kwargs)

    # Whatever stops it, and it has exceptions of its own that are no Exception, what it found before counts.
    with patience.quiet(), contextlib.suppress(BaseException):
        solver.search(original, candidate, keep, order["seconds"])
    wire.send(channel, {"assumed": assumed})


def adopt_inputs(channel: socket.socket, order: Any) -> None:
    """Take over inputs that a candidate's process has left in the folder `order["left_in"]`."""
    key = prefix(order) + order["qualname"]
    kept = inputs.read(order["inputs"], key)
    origin = order.get("origin", "mutated")
    sink = inputs.Sink(order["inputs"], {origin: order["count"]}, prefix=prefix(order))
    sink.skip_known(order["qualname"], order["known"])
    left = [blob for _, blob in inputs.read(order["left_in"], key)]
    for args, kwargs in adopt.adoptable(left, [blob for _, blob in kept]):
        sink.add(order["qualname"], origin, args, kwargs)
    wire.send(channel, {})


def gather_smaller(channel: socket.socket, order: Any) -> None:
    """Simpler variants of one input, the simplest first."""
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    sink = inputs.Sink(order["inputs"], {"shrunk": order["count"]}, prefix=prefix(order))
    args, kwargs = loaded(kept[order["place"]][1])
    for variant in shrink.shrink(args, kwargs):
        sink.add(order["qualname"], "shrunk", *variant)
        if sink.full(order["qualname"], "shrunk"):
            break
    wire.send(channel, {})


def list_inputs(channel: socket.socket, order: Any) -> None:
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    wire.send(channel, {"inputs": [header for header, _ in kept[order.get("start", 0) :]]})


def export_inputs(channel: socket.socket, order: Any) -> None:
    """Chosen inputs as texts that `gather_made` of a later session takes; without those that are long."""
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    blobs = [kept[place][1] for place in order["places"]]
    wire.send(
        channel,
        {"inputs": [base64.b64encode(blob).decode("ascii") for blob in blobs if len(blob) <= MAX_EXPORTED_BYTES]},
    )


def _domain(function: types.FunctionType, kept: Any) -> Any:
    """What made-up calls have to keep to, as a check, and in words what of it is no more than a habit of real calls."""
    keeps_to_hints = domain.checker(function)
    keeps_to_habits, words = habits.habits(_real_calls(kept))
    return lambda args, kwargs: keeps_to_hints(args, kwargs) and keeps_to_habits(args, kwargs), words


def _real_calls(kept: Any) -> list[Any]:
    """Those that can be made again; some cannot, outside of their test."""
    calls = []
    for header, blob in kept:
        if header["origin"] in inputs.FROM_USE:
            with contextlib.suppress(Exception):
                calls.append(loaded(blob))
    return calls


def _import_inputs(texts: Any, qualname: str, sink: inputs.Sink) -> None:
    for text in texts:
        with contextlib.suppress(Exception):  # made from a class that has changed since
            sink.add(qualname, "earlier", *loaded(base64.b64decode(text)))


def watch(channel: socket.socket, order: Any) -> None:
    """Observe one side on a list of inputs: one frame per input as it is done, then the lines that were reached."""
    module = sys.modules[order["module"]]
    known = frozenset(vars(module))
    function = side(module, order)
    by_name(function)
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    state, raw = ModuleState(module, known, caches=order["caches"]), RawOutput()
    traced, watched = set(order["traced"]), lines.Lines(function.__code__)
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


TASKS: dict[str, Callable[[socket.socket, Any], None]] = {
    "gather_recorded": gather_recorded,
    "gather_made": gather_made,
    "gather_mutated": gather_mutated,
    "gather_small": gather_small,
    "gather_solved": gather_solved,
    "adopt_inputs": adopt_inputs,
    "gather_smaller": gather_smaller,
    "list_inputs": list_inputs,
    "export_inputs": export_inputs,
    "watch": watch,
    "measure": measure,
    "measure_sizes": measure_sizes,
    "memory": memory,
}
