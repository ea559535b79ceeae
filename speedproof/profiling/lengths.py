"""How long quick calls take. One look at a call of microseconds is mostly of what comes with the first of its kind."""

import random
import time
from collections.abc import Mapping
from typing import Any

from speedproof.core.report import FROM_USE
from speedproof.profiling.cores import one_core
from speedproof.profiling.gather import Gathered
from speedproof.profiling.side import TimedInput
from speedproof.profiling.ticks import START_SECONDS, run_batch
from speedproof.profiling.workers import Child, Zygote
from speedproof.profiling.workload import timeable

QUICK_SECONDS = 0.02
LOOPS = 1, 2, 8, 40
"""Calls of a batch, and no more of them where one has taken ENOUGH_SECONDS; but the first may import a module."""
ENOUGH_SECONDS = 0.0003
MAX_SECONDS = 0.3
"""For all of them: those that seemed to be the longest come first."""


def measure_lengths(zygote: Zygote, order: Mapping[str, Any], gathered: Gathered, call_seconds: float) -> None:
    """Adds to `gathered.lengths` what is not there yet: inputs from use and those made larger, for of these the longest
    are chosen. `order` names the original. Raises what `Child` raises.
    """
    inputs = [
        timed
        for timed in reversed(timeable(gathered))
        if timed.place not in gathered.lengths
        and timed.seconds < QUICK_SECONDS
        and timed.origin in (*FROM_USE, "scaled")
    ]
    if not inputs:
        return
    places = {"places": [timed.place for timed in inputs], "lazy": [timed.lazy for timed in inputs]}
    rng = random.Random(time.monotonic_ns())  # noqa: S311 - which core, no secret
    with zygote.child("measure", {**order, **places}) as child:
        child.receive(START_SECONDS)
        with one_core([child], rng, zygote.cancel):
            end = time.monotonic() + MAX_SECONDS
            for index, timed in enumerate(inputs):
                is_due = time.monotonic() < end
                gathered.lengths[timed.place] = _seconds(child, index, timed, call_seconds) if is_due else timed.seconds


def _seconds(child: Child, index: int, timed: TimedInput, call_seconds: float) -> float:
    """Of one call, in the batch in which it was quickest; as observed where a batch fails."""
    least = timed.seconds
    for loops in LOOPS:
        ticks = run_batch(child, {"input": index, "loops": loops, "fresh": timed.mutates}, call_seconds, loops)
        if ticks.failed:
            break
        least = min(least, ticks.wall / loops)
        if loops > 1 and ticks.wall > ENOUGH_SECONDS:
            break
    return least
