"""Whether a gain is there only on inputs that the process has seen before.

A result that is kept between calls beats any clock that repeats an input, wherever it is kept: in a module that is not
the candidate's, in a generator's frame, behind a weak reference. So two processes go through all inputs once, each of
them new to them, and then once again; what is faster only the second time remembers.
"""

import math
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from speedproof.profiling.cores import one_core
from speedproof.profiling.side import ResultChanged, TimedInput
from speedproof.profiling.ticks import START_SECONDS, run_batch, whole
from speedproof.profiling.workers import Child, Zygote

PAIRS = 2, 4, 8
"""Of processes; more where those before say that results are kept, for a busy machine can feign that: one tour takes
milliseconds and may be off by a third."""
WARM_INPUTS, WARM_TOURS = 3, 30
"""A few inputs are left out of the tours and run before them: the first calls of any code are slow."""
MAX_TOUR_INPUTS = 200
MAX_TOUR_SECONDS = 0.15
MIN_TOUR_SECONDS = 100e-6
"""Quicker tours say nothing by their time."""
MIN_GAIN = math.log(1.15)
UNSEEN_SHARE, UNSEEN_SHARE_KEEPING = 1 / 3, 1 / 2
"""How much of the gain (as a logarithm) must be there on new inputs; more where memory is seen to be kept, too."""
KEPT_PER_CALL = 0.5
MIN_KEPT_BLOCKS = 8
"""Fewer are no cache: an event loop or a module that the first calls set up."""


@dataclass(frozen=True, slots=True)
class _Tour:
    seconds: float
    kept_blocks: int


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Log ratios baseline / candidate: `measured` by the clock, on new inputs, and on the same once more."""

    measured: float
    unseen: float
    seen: float
    baseline_seconds: float
    kept_per_call: float
    """Blocks of memory that the candidate keeps for each new input, beyond those that the baseline keeps."""

    @property
    def remembers(self) -> bool:
        keeps = self.kept_per_call >= KEPT_PER_CALL
        if self.baseline_seconds < MIN_TOUR_SECONDS:
            return keeps
        share = UNSEEN_SHARE_KEEPING if keeps else UNSEEN_SHARE
        return self.seen > MIN_GAIN and self.unseen < share * min(self.seen, self.measured)

    def __str__(self) -> str:
        return (
            "it keeps results between calls: "
            f"{math.exp(self.seen):.2f}× on inputs that it has seen before, {math.exp(self.unseen):.2f}× on new ones"
        )


def recurrence(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    timeable: Sequence[TimedInput],
    measured: float,
    call_seconds: float,
    clock: str = "cpu",
) -> Recurrence:
    """Both sides on new inputs and on known ones; `timeable` as in `workload`, the quickest first.

    `measured` is the speedup that is in doubt, and `clock` is "cpu", or "wall" for what waits.

    Raises ResultChanged, and what `Child` raises.
    """
    rng = random.Random(time.monotonic_ns())  # noqa: S311 - an order of calls, no secret
    warm, tour = _chosen(timeable)
    found: list[tuple[list[_Tour], list[_Tour]]] = []
    for pairs in PAIRS:
        found += [_pair(zygote, orders, warm, tour, call_seconds, clock, rng) for _ in range(pairs)]
        recurred = _recurrence(found, len(tour), math.log(measured))
        if not recurred.remembers:
            break
    return recurred


def _recurrence(found: Sequence[tuple[list[_Tour], list[_Tour]]], n_inputs: int, measured: float) -> Recurrence:
    baseline, candidate = (_undisturbed([pair[side] for pair in found]) for side in (0, 1))
    unseen = _unseen(baseline, candidate)
    seen = math.log(baseline[2] / candidate[2])
    kept = min(_kept(candidate) - _kept(baseline) for baseline, candidate in found)
    per_call = kept / n_inputs if kept >= MIN_KEPT_BLOCKS else 0.0
    return Recurrence(measured, unseen, seen, baseline[1], per_call)


def _undisturbed(processes: Sequence[Sequence[_Tour]]) -> list[float]:
    """The least seconds of each tour: what else the machine does only ever adds to them."""
    return [min(tour.seconds for tour in same) for same in zip(*processes, strict=True)]


def _chosen(timeable: Sequence[TimedInput]) -> tuple[list[TimedInput], list[TimedInput]]:
    """Quick inputs for warming up, and others for the tours: as many as there is time for, the longest always."""
    warm = list(timeable[:WARM_INPUTS]) if len(timeable) > 2 * WARM_INPUTS else []
    tour: list[TimedInput] = []
    left = MAX_TOUR_SECONDS
    for timed in reversed(timeable[len(warm) :]):
        if not tour or (timed.seconds <= left and len(tour) < MAX_TOUR_INPUTS):
            tour.append(timed)
            left -= timed.seconds
    return warm, tour


def _pair(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    warm: Sequence[TimedInput],
    tour: Sequence[TimedInput],
    call_seconds: float,
    clock: str,
    rng: random.Random,
) -> tuple[list[_Tour], list[_Tour]]:
    """Of baseline and candidate: the warm-up, the tour, and the same tour again."""
    inputs = [*warm, *tour]
    places = {"places": [timed.place for timed in inputs], "lazy": [timed.lazy for timed in inputs]}
    warm_tour = [*range(len(warm))] * WARM_TOURS
    around = rng.sample(range(len(warm), len(inputs)), len(tour))
    with ExitStack() as stack:
        children = {
            name: stack.enter_context(zygote.child("measure", {**orders[name], **places}))
            for name in ("baseline", "candidate")
        }
        for child in children.values():
            child.receive(START_SECONDS)
        stack.enter_context(one_core(list(children.values()), rng, zygote.cancel))
        tours: dict[str, list[_Tour]] = {name: [] for name in children}
        for indices in (warm_tour, around, around):
            for name in rng.sample(sorted(children), 2):
                tours[name].append(_toured(name, children[name], inputs, indices, call_seconds, clock))
    return tours["baseline"], tours["candidate"]


def _toured(
    name: str, child: Child, inputs: Sequence[TimedInput], indices: Sequence[int], call_seconds: float, clock: str
) -> _Tour:
    ticks = run_batch(child, {"tour": list(indices)}, call_seconds, len(indices))
    if ticks.failed:
        raise ResultChanged(name, inputs[indices[0]])
    return _Tour(ticks.seconds(clock), whole(ticks.report, "kept_blocks"))


def _unseen(baseline: Sequence[float], candidate: Sequence[float]) -> float:
    """The log ratio on new inputs, without what the first calls cost the baseline, whatever they are given."""
    cold = max(0.0, baseline[1] - baseline[2])
    new = max(candidate[1] - cold, min(candidate[1:]))
    return math.log((baseline[1] - cold) / new)


def _kept(tours: Sequence[_Tour]) -> int:
    """Blocks that are in use for new inputs after the first tour; a cache adds none in the second."""
    return tours[1].kept_blocks - tours[0].kept_blocks
