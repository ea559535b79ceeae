"""What children of the zygote do for `sweep`: both sides on thousands of calls, in a process each."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
from typing import Any

from . import (
    inputs,
    shapes,
    sweep,
    vocabulary,
    wire,
)
from .sides import domain_of, loaded, prefix, side


def sweep_original(channel: socket.socket, order: Any) -> None:
    """What the original does on thousands of calls, as digests. The calls stay, for `sweep_again` and `keep_swept`.

    What the text `order["other"]` names and the original does not is tried in them, too. They keep to the types that
    the inputs `order["like"]` have in each place.
    """
    qualname, module = order["qualname"], sys.modules[order["module"]]
    kept = inputs.read(order["inputs"], prefix(order) + qualname)
    fits, assumed = domain_of(order, kept)
    function = side(module, order)
    seeds = [loaded(kept[place][1]) for place in order["seeds"]]
    typed = shapes.shapes([loaded(kept[place][1]) for place in order["like"]])
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
    function = side(sys.modules[order["module"]], order)
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
    sink = inputs.Sink(order["inputs"], {"mutated": len(order["chosen"])}, prefix=prefix(order))
    sink.skip_known(order["qualname"], [])
    blobs = sweep.read(_swept(order))
    for number in order["chosen"]:
        sink.add(order["qualname"], "mutated", *loaded(blobs[number]))
    wire.send(channel, {})


def _swept(order: Any) -> str:
    return inputs.path_of(order["inputs"], prefix(order) + order["qualname"] + " swept")
