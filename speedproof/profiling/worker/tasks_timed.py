"""What a child of the zygote does for the engine's clock, and for its figures of memory."""

from __future__ import annotations

import contextlib
import gc
import random
import socket
import sys
import time
import tracemalloc
from typing import Any

from . import inputs, layout, sizes, timed, wire
from .line_times import line_times
from .observe import run
from .sides import domain_of, loaded, prefix, side


def measure(channel: socket.socket, order: Any) -> None:
    """Run batches of one side for the engine's clock."""
    _neighbours = layout.shuffled(order.get("layout", 0))  # for as long as this runs
    function = side(sys.modules[order["module"]], order)
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    blobs = [kept[place][1] for place in order["places"]]
    wire.send(channel, {"sizes": [sizes.size_of(*loaded(blob)) for blob in blobs]})
    timed.serve_batches(channel, function, blobs, order["lazy"])


def measure_sizes(channel: socket.socket, order: Any) -> None:
    """Run batches of one side with one input in growing sizes; the input is the first of `places` that grows."""
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    fits, _ = domain_of(order, kept)
    found: list[Any] = []
    number, end = 0, time.monotonic() + order["seconds"]
    while not found and number < len(order["places"]) and time.monotonic() < end:
        blob = kept[order["places"][number]][1]
        found = sizes.series(blob, loaded(blob), random.Random(order["seed"]), end - time.monotonic(), fits)
        number += 1
    is_lazy = bool(found) and order["lazy"][number - 1]
    function = side(sys.modules[order["module"]], order)
    wire.send(channel, {"sizes": [size for size, _ in found]})
    timed.serve_batches(channel, function, [blob for _, blob in found], [is_lazy] * len(found))


def memory(channel: socket.socket, order: Any) -> None:
    """The largest peak of memory that one call allocates, over the inputs, in bytes."""
    function = side(sys.modules[order["module"]], order)
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    peak = 0
    for place in order["places"]:
        args, kwargs = loaded(kept[place][1])
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


def profile_lines(channel: socket.socket, order: Any) -> None:
    """Where the time of one call goes: [line, how often it ran, seconds], lines as the module's text has them."""
    function = side(sys.modules[order["module"]], order)
    args, kwargs = loaded(inputs.read(order["inputs"], prefix(order) + order["qualname"])[order["place"]][1])

    def work() -> None:
        with contextlib.suppress(Exception):
            result = run(function, args, kwargs)
            if hasattr(result, "__next__"):
                timed.drain(result)

    found = line_times(function.__code__, work)
    wire.send(channel, {"lines": [[line, *spent] for line, spent in sorted(found.items())]})
