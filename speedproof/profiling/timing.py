"""Measures original against candidate, by a clock that neither can reach.

A round is one pair of fresh processes, alive together. Batches of about a millisecond alternate between them in random
order; the engine reads each child's CPU clock from outside before it gives the word and after the child says it is
done. How many rounds there are is decided by what they show: see `statistics`.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from speedproof.core.report import FROM_USE
from speedproof.core.verdict import Sample
from speedproof.profiling.calibration import Clock
from speedproof.profiling.cores import one_core
from speedproof.profiling.rounds import Pair, Round
from speedproof.profiling.side import Side, TimedInput
from speedproof.profiling.statistics import (
    ERROR,
    MIN_ROUNDS,
    QUIET_NOISE,
    Decision,
    Interval,
    combine,
    decide,
    median_interval,
)
from speedproof.profiling.ticks import START_SECONDS, sizes_in
from speedproof.profiling.workers import Zygote

LATE_ROUNDS = 8
ROUND_SECONDS = 0.1
MIN_PASSES, MAX_PASSES = 4, 20
HEAVY_SHARE, LIGHT_PASSES = 0.9, 1
"""What most of the time goes to decides, and is measured in every pass; the rest only in the first one."""
MAX_ROUND_SECONDS = 1.0
"""Where calls are slow: more rounds tell more than more passes."""
LOUD_NOISE = 0.1
"""What is faster even if identical code differed by this much is believed without a calibration."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, and how. `orders` holds the worker's order for "baseline" and "candidate"."""

    zygote: Zygote
    orders: Mapping[str, Mapping[str, Any]]
    inputs: Sequence[TimedInput]
    clock: Clock
    call_seconds: float
    seconds: Mapping[str, dict[int, float]] = field(default_factory=lambda: {"baseline": {}, "candidate": {}})
    """Of each side: place of an input → seconds of a call, as far as is known."""
    rng: random.Random = field(default_factory=lambda: random.Random(time.monotonic_ns()))  # noqa: S311 - no secret


@dataclass(slots=True)
class Measurement:
    """All rounds of one comparison, and what they come to."""

    inputs: Sequence[TimedInput]
    used: Sequence[int] = ()
    """Which of the inputs, by index, come from real use."""
    rounds: list[Round] = field(default_factory=list)
    decision: Decision = Decision.UNDECIDED
    in_use: bool = False
    """Whether the decision is of the calls from real use alone, or of all timed inputs."""
    floor: float = QUIET_NOISE
    identical: Sequence[float] = ()
    """The noise, as `statistics.combine` takes it."""

    @property
    def clock(self) -> str:
        return "wall" if 2 * sum(one.blocks for one in self.rounds) > len(self.rounds) else "cpu"

    @property
    def interval(self) -> Interval:
        return self.interval_in_use if self.in_use else self._combined(self.everything)

    @property
    def interval_in_use(self) -> Interval:
        return self._combined(self.used)

    def _combined(self, indices: Sequence[int]) -> Interval:
        return combine(self.ratios(indices), floor=self.floor, identical=self.identical)

    @property
    def everything(self) -> Sequence[int]:
        return range(len(self.inputs))

    def ratios(self, indices: Sequence[int]) -> list[float]:
        """One log ratio per round, over the inputs with these indices together."""
        return [one.ratio(indices, self.clock) for one in self.rounds]

    def of_input(self, index: int) -> Interval:
        """Of the log ratios of one input over all passes of all rounds."""
        return median_interval([ratio for one in self.rounds for ratio in one.pass_ratios([index], self.clock)])

    def samples(self) -> list[Sample]:
        return [Sample(*one.seconds(self.everything, self.clock)) for one in self.rounds]


def measure(
    comparison: Comparison,
    *,
    min_speedup: float,
    deadline: float,
    error: float = ERROR,
    on_round: Callable[[Interval], None] = lambda interval: None,
) -> Measurement:
    """Rounds until the statistics decide, or the deadline (time.monotonic) comes and leaves it undecided.

    The deadline is kept from MIN_ROUNDS on: before that, nothing would have been learned; and what is ahead by then
    gets up to LATE_ROUNDS. `error` is the chance of calling identical code faster. Raises ResultChanged, and what
    `Child` raises.
    """
    noise = comparison.clock.noise
    measurement = Measurement(comparison.inputs, _from_use(comparison.inputs))
    while measurement.decision is Decision.UNDECIDED:
        if time.monotonic() > deadline and len(measurement.rounds) >= _due_rounds(measurement):
            break
        measurement.rounds.append(run_round(comparison))
        deadline += measurement.rounds[-1].waited
        decision = _decide(measurement, noise.recent(), min_speedup, error)
        if decision is Decision.FASTER and not _is_loud(measurement, min_speedup, error):
            while not noise.known:
                noise.add(_identical(comparison))
            _decide(measurement, noise.recent(), min_speedup, error)
        on_round(measurement.interval)
    return measurement


def _due_rounds(measurement: Measurement) -> int:
    """How many rounds there have to be, however late it is."""
    ahead = len(measurement.rounds) >= MIN_ROUNDS and measurement.interval.low > 0.0
    return LATE_ROUNDS if ahead else MIN_ROUNDS


def _identical(comparison: Comparison) -> float:
    """The log ratio that one round shows of the baseline against itself. Raises as `measure` does."""
    baseline = dict.fromkeys(comparison.orders, comparison.orders["baseline"])
    seconds = dict.fromkeys(comparison.seconds, comparison.seconds["baseline"])
    one = run_round(replace(comparison, orders=baseline, seconds=seconds))
    return one.ratio(range(len(comparison.inputs)), "wall" if one.blocks else "cpu")


def _is_loud(measurement: Measurement, min_speedup: float, error: float) -> bool:
    """Whether the gain is so great that no calibration could take it back."""
    indices = measurement.used if measurement.in_use else measurement.everything
    return decide(measurement.ratios(indices), min_speedup, floor=LOUD_NOISE, error=error) is Decision.FASTER


def _decide(measurement: Measurement, identical: Sequence[float], min_speedup: float, error: float) -> Decision:
    """Faster in real use is faster. Where real use shows too little, inputs made larger may show it.

    Two questions are asked of the same rounds, so each may spend half of the error.
    """
    within = [one.error(measurement.everything, measurement.clock) for one in measurement.rounds]
    measurement.floor = max(QUIET_NOISE, sorted(within)[len(within) // 2])
    measurement.identical = identical
    share = error / 2 if measurement.used else error

    def decided(indices: Sequence[int]) -> Decision:
        ratios = measurement.ratios(indices)
        return decide(ratios, min_speedup, floor=measurement.floor, identical=identical, error=share)

    measurement.in_use = False
    measurement.decision = decided(measurement.everything)
    if measurement.used:
        in_use = decided(measurement.used)
        measurement.in_use = in_use is Decision.FASTER
        if in_use is not Decision.NOT_FASTER:
            measurement.decision = in_use
    return measurement.decision


def run_round(comparison: Comparison) -> Round:
    """One pair of fresh processes, every input on both sides, again and again. Raises as `measure` does."""
    inputs, clock, rng = comparison.inputs, comparison.clock, comparison.rng
    places = [timed.place for timed in inputs]
    order = {"places": places, "lazy": [timed.lazy for timed in inputs]}
    with ExitStack() as stack:
        sides = []
        for name in ("baseline", "candidate"):
            told = {**comparison.orders[name], **order, "layout": rng.getrandbits(32)}
            child = stack.enter_context(comparison.zygote.child("measure", told))
            known = comparison.seconds[name], clock.look_seconds
            sides.append(Side(name, child, inputs, *known, comparison.call_seconds, rng))
        answers = [side.child.receive(START_SECONDS) for side in sides]
        sizes = [sizes_in(answer) for answer in answers]
        clock.sizes.update(zip(places, sizes[0], strict=False))
        waited = stack.enter_context(one_core([side.child for side in sides], rng, comparison.zygote.cancel))
        heavy = _heavy(inputs, comparison.seconds["baseline"])
        for side in rng.sample(sides, 2):
            side.warm_up(heavy)
        sides[0].match(sides[1])
        heavy = _heavy(inputs, comparison.seconds["baseline"])
        return Round(_pairs(sides, len(inputs), heavy, rng), waited)


def _pairs(sides: Sequence[Side], n_inputs: int, heavy: Sequence[int], rng: random.Random) -> list[list[Pair]]:
    pairs: list[list[Pair]] = [[] for _ in range(n_inputs)]
    start, passes = time.monotonic(), 0
    while passes < MAX_PASSES:
        spent = time.monotonic() - start
        if (passes >= MIN_PASSES and spent > ROUND_SECONDS) or (passes and spent > MAX_ROUND_SECONDS):
            break
        due = range(n_inputs) if passes < LIGHT_PASSES else heavy
        for index in rng.sample(due, len(due)):
            batches = {side: sides[side].batch(index) for side in rng.sample((0, 1), 2)}
            pairs[index].append(Pair(batches[0], batches[1]))
        passes += 1
    return pairs


def _heavy(inputs: Sequence[TimedInput], seconds: Mapping[int, float]) -> list[int]:
    """The longest inputs that make up HEAVY_SHARE of the time of all, and those that do of the time of real use.

    None before it is known what they take.
    """
    chosen: set[int] = set()
    if not seconds:
        return []
    for group in (range(len(inputs)), _from_use(inputs)):
        left = (1 - HEAVY_SHARE) * sum(seconds[inputs[index].place] for index in group)
        for index in sorted(group, key=lambda index: seconds[inputs[index].place]):
            left -= seconds[inputs[index].place]
            if left < 0:
                chosen.add(index)
    return sorted(chosen)


def _from_use(inputs: Sequence[TimedInput]) -> list[int]:
    return [index for index, timed in enumerate(inputs) if timed.origin in FROM_USE]
