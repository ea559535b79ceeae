"""Whether a gain is there only on inputs that the process has seen before.

A result that is kept between calls beats any clock that repeats an input, wherever it is kept: in a module that is not
the candidate's, in a generator's frame, behind a weak reference. So two processes go through all inputs once, each of
them new to them, and then again, each twice in a row; what is faster only then remembers.

The first time they come in two halves, of which other processes take the other one first: what the first call of a
kind sets up, like a module that it imports, is paid for in the half before, and is no result that is kept.
"""

import itertools
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

REPEATS = 2
"""Of each input, one call after the other, when they come again: some keep the last result alone."""
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
    blocks: int
    """Of memory, in use by the process when the tour is over."""


@dataclass(frozen=True, slots=True)
class _Process:
    """The tours of one process: of the inputs that warm it up, then of each half, in the order in which they came."""

    warm: _Tour
    new: Mapping[int, _Tour]
    again: Mapping[int, _Tour]

    @property
    def kept(self) -> int:
        """Blocks of memory that are in use for new inputs. A cache adds none when they come again."""
        return list(self.new.values())[-1].blocks - self.warm.blocks


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
    warm, halves = _chosen(timeable)
    found: list[tuple[_Process, _Process]] = []
    for pairs in PAIRS:
        for number in range(pairs):
            order = list(range(len(halves)))[:: -1 if number % 2 else 1]
            found.append(_pair(zygote, orders, warm, halves, order, call_seconds, clock, rng))
        recurred = _recurrence(found, sum(map(len, halves)), math.log(measured))
        if not recurred.remembers:
            break
    return recurred


def _recurrence(found: Sequence[tuple[_Process, _Process]], n_inputs: int, measured: float) -> Recurrence:
    sides = [[pair[side] for pair in found] for side in (0, 1)]
    new = [_undisturbed([process.new for process in side]) for side in sides]
    again = [_undisturbed([process.again for process in side]) / REPEATS for side in sides]
    kept = min(candidate.kept - baseline.kept for baseline, candidate in found)
    return Recurrence(
        measured=measured,
        unseen=_unseen(new, again),
        seen=math.log(again[0] / again[1]),
        baseline_seconds=new[0],
        kept_per_call=kept / n_inputs if kept >= MIN_KEPT_BLOCKS else 0.0,
    )


def _undisturbed(tours: Sequence[Mapping[int, _Tour]]) -> float:
    """The least seconds of each half: what else the machine does only ever adds to them."""
    return sum(min(one[half].seconds for one in tours) for half in tours[0])


def _unseen(new: Sequence[float], again: Sequence[float]) -> float:
    """The log ratio on new inputs, without what the first calls cost the baseline, whatever they are given."""
    cold = max(0.0, new[0] - again[0])
    return math.log((new[0] - cold) / max(new[1] - cold, min(new[1], again[1])))


def _chosen(timeable: Sequence[TimedInput]) -> tuple[list[TimedInput], list[list[TimedInput]]]:
    """Quick inputs for warming up, and others for the tours: as many as there is time for, the longest always.

    In two halves where there are two of them. What takes one path is likely to take as long: it comes into both.
    """
    warm = list(timeable[:WARM_INPUTS]) if len(timeable) > 2 * WARM_INPUTS else []
    tour: list[TimedInput] = []
    left = MAX_TOUR_SECONDS
    for timed in reversed(timeable[len(warm) :]):
        if not tour or (timed.seconds <= left and len(tour) < MAX_TOUR_INPUTS):
            tour.append(timed)
            left -= timed.seconds
    return warm, [half for half in (tour[::2], tour[1::2]) if half]


def _pair(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    warm: Sequence[TimedInput],
    halves: Sequence[Sequence[TimedInput]],
    order: Sequence[int],
    call_seconds: float,
    clock: str,
    rng: random.Random,
) -> tuple[_Process, _Process]:
    """Of baseline and candidate; `order` of the halves."""
    inputs = [*warm, *itertools.chain(*halves)]
    places = {"places": [timed.place for timed in inputs], "lazy": [timed.lazy for timed in inputs]}
    begins = list(itertools.accumulate(map(len, halves), initial=len(warm)))
    around = {half: rng.sample(range(begins[half], begins[half + 1]), len(halves[half])) for half in order}
    with ExitStack() as stack:
        children = {
            name: stack.enter_context(zygote.child("measure", {**orders[name], **places}))
            for name in ("baseline", "candidate")
        }
        for child in children.values():
            child.receive(START_SECONDS)
        stack.enter_context(one_core(list(children.values()), rng, zygote.cancel))
        tours: dict[str, list[_Tour]] = {name: [] for name in children}
        again = [[index for index in half for _ in range(REPEATS)] for half in around.values()]
        for indices in ([*range(len(warm))] * WARM_TOURS, *around.values(), *again):
            for name in rng.sample(sorted(children), 2):
                tours[name].append(_toured(name, children[name], inputs, indices, call_seconds, clock))
    return _process(order, tours["baseline"]), _process(order, tours["candidate"])


def _process(order: Sequence[int], tours: Sequence[_Tour]) -> _Process:
    warm, *others = tours
    new, again = others[: len(order)], others[len(order) :]
    return _Process(warm, dict(zip(order, new, strict=True)), dict(zip(order, again, strict=True)))


def _toured(
    name: str, child: Child, inputs: Sequence[TimedInput], indices: Sequence[int], call_seconds: float, clock: str
) -> _Tour:
    ticks = run_batch(child, {"tour": list(indices)}, call_seconds, len(indices))
    if ticks.failed:
        raise ResultChanged(name, inputs[indices[0]])
    return _Tour(ticks.seconds(clock), whole(ticks.report, "kept_blocks"))
