"""What a child of the zygote does to find inputs, and to make them."""

from __future__ import annotations

import base64
import contextlib
import random
import socket
import sys
import time
from typing import Any, Callable

from . import (
    adopt,
    callsites,
    comparisons,
    doctests,
    explore,
    habits,
    inputs,
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
from .install import resolve
from .sides import copy_of, domain_of, function_of, loaded, owner_of, prefix, real_calls, side

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
    fits, assumed = habits.habits(real_calls(inputs.read(order["inputs"], prefix(order) + qualname)))
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
    kept = inputs.read(order["inputs"], prefix(order) + qualname)
    fits, assumed = domain_of(order, kept)
    function = side(sys.modules[order["module"]], order)
    limits = {"mutated": order["count"], "scaled": order["scaled"]}
    sink = inputs.Sink(order["inputs"], limits, prefix=prefix(order), fits=fits)
    sink.skip_known(qualname, order.get("known"))
    if order["of_candidate"]:  # what it could do to a file, it can do to its own alone: see `adopt`
        sink.write_to(".")
    rng = random.Random(order["seed"])
    seeds = [loaded(kept[place][1]) for place in order["seeds"]]
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
            grown = scale.scaled(loaded(kept[place][1]), factor, rng)
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
    kept = inputs.read(order["inputs"], prefix(order) + qualname)
    fits, assumed = domain_of(order, kept)
    function = side(sys.modules[order["module"]], order)
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
    kept = inputs.read(order["inputs"], prefix(order) + qualname)
    fits, assumed = domain_of(order, kept)
    candidate = side(module, order)
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


def _import_inputs(texts: Any, qualname: str, sink: inputs.Sink) -> None:
    for text in texts:
        with contextlib.suppress(Exception):  # made from a class that has changed since
            sink.add(qualname, "earlier", *loaded(base64.b64decode(text)))
