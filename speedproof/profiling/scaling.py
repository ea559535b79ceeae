"""How time grows with size on either side: one input of real use, again and again twice as large, in one process each.

What is said is the change of the exponent, never the name of a class: the slope of `sorted` lies anywhere between 1.0
and 1.6, and one of 2.0 may be n² or n log n with a small n.
"""

import math
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from speedproof.core.verdict import Scaling
from speedproof.profiling.cores import one_core
from speedproof.profiling.side import BATCH_SECONDS, MAX_FRESH_LOOPS, TimedInput
from speedproof.profiling.statistics import slope
from speedproof.profiling.ticks import START_SECONDS, Ticks, run_batch, sizes_in
from speedproof.profiling.workers import Child, ChildEnded, ChildTimeout, Zygote

SHOWN_FROM = 0.3
MIN_SIZES = 5
MAX_SEEDS = 3
SERIES_SECONDS = 1.0
SECONDS = 1.5
"""On a quiet machine a quarter of that is needed."""
MAX_CALL_SECONDS = 0.03
PATIENCE_SECONDS, SPARE_SECONDS = 0.5, 1.0
"""With the baseline: no point is made of a call that takes so long, and where time explodes the next one never ends."""
REPEATS = 2


class LargerDiffers(Exception):
    """On a larger input, on which the original does the same twice, the candidate gives another result."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the result differs on a larger input, of size {size}")


class _BaselineGone(Exception):
    """The original takes too long on the larger input, or dies of it: that says nothing about the candidate."""


def measure_scaling(
    zygote: Zygote, orders: Mapping[str, Mapping[str, Any]], inputs: Sequence[TimedInput], call_seconds: float
) -> Scaling | None:
    """The exponents of both sides where they differ by SHOWN_FROM or more; None where they don't, or nobody can say.

    `inputs` are those to grow, the best first. Where the baseline takes too long or dies, the sizes end. Raises
    LargerDiffers, and what the candidate's `Child` raises.
    """
    rng = random.Random(time.monotonic_ns())  # noqa: S311 - an order of batches, no secret
    points = _points(zygote, orders, inputs[:MAX_SEEDS], call_seconds, rng)
    upper = points[len(points) // 2 :]
    if len(points) < MIN_SIZES:
        return None
    before, after = (slope([(math.log(size), math.log(seconds[side])) for size, *seconds in upper]) for side in (0, 1))
    if before is None or after is None or abs(before - after) < SHOWN_FROM:
        return None
    return Scaling(before, after, tuple(size for size, _, _ in points))


def _points(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    inputs: Sequence[TimedInput],
    call_seconds: float,
    rng: random.Random,
) -> list[tuple[int, float, float]]:
    """Size, and seconds per call of the baseline and of the candidate."""
    series = {
        "places": [timed.place for timed in inputs],
        "lazy": [timed.lazy for timed in inputs],
        "seed": 5,
        "seconds": SERIES_SECONDS,
    }
    points: list[tuple[int, float, float]] = []
    with ExitStack() as stack:
        children = [
            stack.enter_context(zygote.child("measure_sizes", {**orders[name], **series}))
            for name in ("baseline", "candidate")
        ]
        sizes = [sizes_in(child.receive(START_SECONDS)) for child in children]
        stack.enter_context(one_core(children, rng, zygote.cancel))
        end = time.monotonic() + SECONDS
        for index, (size, other) in enumerate(zip(*sizes, strict=False)):
            if size != other or time.monotonic() > end:
                break
            try:
                seconds = _seconds(children, index, size, call_seconds)
            except _BaselineGone:
                break
            if seconds is None:
                break
            points.append((size, *seconds))
            if max(seconds) > MAX_CALL_SECONDS:
                break
    return points


def _seconds(children: Sequence[Child], index: int, size: int, call_seconds: float) -> tuple[float, float] | None:
    """Per call, the best of a few batches; None where the baseline cannot be called with this size."""

    def batch(side: int, loops: int, **more: bool) -> Ticks:
        order = {"input": index, "loops": loops, "fresh": True, **more}
        if side == 1:
            return run_batch(children[side], order, call_seconds, loops)
        try:
            return run_batch(children[side], order, PATIENCE_SECONDS, loops, spare_seconds=SPARE_SECONDS)
        except (ChildTimeout, ChildEnded) as error:
            raise _BaselineGone from error

    def digest(side: int) -> Any:
        """Of a result that no clock has read; None where the call raises."""
        if batch(side, 1, apart=True).failed:
            return None
        children[side].send({"show": True})
        return children[side].receive(START_SECONDS)["digest"]

    expected = digest(0)
    if expected is None or digest(0) != expected:
        return None
    if digest(1) != expected:
        raise LargerDiffers(size)
    best = [batch(side, 1).cpu for side in (0, 1)]
    for side in [0, 1] * REPEATS if max(best) < MAX_CALL_SECONDS else []:
        loops = int(min(max(BATCH_SECONDS / best[side], 1), MAX_FRESH_LOOPS))
        best[side] = min(best[side], batch(side, loops).cpu / loops)
    return best[0], best[1]
