"""Measures original against candidate, by a clock that neither can reach.

A round is one pair of fresh processes, alive together. Batches of about a millisecond alternate between them in random
order; the engine reads each child's CPU clock from outside before it gives the word and after the child says it is
done. How many rounds there are is decided by what they show: see `statistics`.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from speedproof.core.verdict import Sample
from speedproof.profiling.calibration import Clock
from speedproof.profiling.rounds import Batch, Pair, Round
from speedproof.profiling.statistics import ERROR, MIN_ROUNDS, Decision, Interval, combine, decide, median_interval
from speedproof.profiling.ticks import START_SECONDS, run_batch, share_a_core
from speedproof.profiling.workers import Child, Zygote

BATCH_SECONDS = 0.0008
LONG_BATCH_SECONDS = 0.002
LONG_SHARE = 0.2
"""An input with this share of a pass's time or more decides what the pass comes to, and is measured longer."""
WARM_SECONDS = 0.005
"""Calls longer than this are not run once for nothing: what a first call costs more is lost in them."""
ROUND_SECONDS = 0.1
MIN_PASSES, MAX_PASSES = 4, 20
HEAVY_SHARE, LIGHT_PASSES = 0.9, 2
"""What most of the time goes to decides, and is measured in every pass; the rest only in the first ones."""
MAX_ROUND_SECONDS = 1.0
"""Where calls are slow: more rounds tell more than more passes."""
MAX_LOOPS = 20_000
MAX_FRESH_LOOPS = 2_000
"""Where every call needs arguments of its own, they must all be in memory."""
LOUD_NOISE = 0.1
"""What is faster even if identical code differed by this much is believed without a calibration."""
LOOK_SHARE = 0.15
"""Of the batches, whose results are looked at: code that is right only at first is found out, whatever it counts."""
LOOK_SECONDS = 0.005
"""A look that takes longer, at a large result, is so much rarer."""


@dataclass(frozen=True, slots=True)
class TimedInput:
    """An input to be timed. `seconds` is the original's time as it was observed, a rough guide for the batch size."""

    place: int
    origin: str
    call: str
    seconds: float
    mutates: bool
    lazy: bool
    digest: str | None
    """The original's result; a timed call that gives anything else is no measurement."""
    draws: bool = False
    """Whether the result depends on random numbers, so that it is the same only where those start anew."""


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
    noise: float = 0.0

    @property
    def clock(self) -> str:
        return "wall" if 2 * sum(one.blocks for one in self.rounds) > len(self.rounds) else "cpu"

    @property
    def interval(self) -> Interval:
        return self.interval_in_use if self.in_use else combine(self.ratios(self.everything), noise=self.noise)

    @property
    def interval_in_use(self) -> Interval:
        return combine(self.ratios(self.used), noise=self.noise)

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


class ResultChanged(Exception):
    """Under the clock a call gave another result than when it was observed, or raised."""

    def __init__(self, side: str, timed: TimedInput) -> None:
        super().__init__(f"under the clock the {side} behaves differently than before on {timed.call}")
        self.side = side


def measure(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    inputs: Sequence[TimedInput],
    clock: Clock,
    *,
    min_speedup: float,
    call_seconds: float,
    deadline: float,
    error: float = ERROR,
    on_round: Callable[[Interval], None] = lambda interval: None,
) -> Measurement:
    """Rounds until the statistics decide, or the deadline (time.monotonic) comes and leaves it undecided.

    The deadline is kept from MIN_ROUNDS on: before that, nothing would have been learned. `orders` holds the worker's
    order for "baseline" and "candidate"; `error` is the chance of calling identical code faster. Raises ResultChanged,
    and what `Child` raises.
    """
    rng = random.Random(time.monotonic_ns())  # noqa: S311 - an order of batches, no secret
    measurement = Measurement(inputs, _from_use(inputs))
    while measurement.decision is Decision.UNDECIDED:
        if len(measurement.rounds) >= MIN_ROUNDS and time.monotonic() > deadline:
            break
        measurement.rounds.append(run_round(zygote, orders, inputs, clock, call_seconds, rng))
        decision = _decide(measurement, clock.noise.level, min_speedup, error)
        if decision is Decision.FASTER and not _is_loud(measurement, min_speedup, error):
            while not clock.noise.known:
                calibrate(zygote, orders["baseline"], inputs, clock, call_seconds, rng)
            _decide(measurement, clock.noise.level, min_speedup, error)
        on_round(measurement.interval)
    return measurement


def calibrate(
    zygote: Zygote,
    order: Mapping[str, Any],
    inputs: Sequence[TimedInput],
    clock: Clock,
    call_seconds: float,
    rng: random.Random,
) -> None:
    """One round of code against itself. Raises as `measure` does."""
    one = run_round(zygote, {"baseline": order, "candidate": order}, inputs, clock, call_seconds, rng)
    clock.noise.add(one.ratio(range(len(inputs)), "wall" if one.blocks else "cpu"))


def _is_loud(measurement: Measurement, min_speedup: float, error: float) -> bool:
    """Whether the gain is so great that no calibration could take it back."""
    indices = measurement.used if measurement.in_use else measurement.everything
    return decide(measurement.ratios(indices), min_speedup, noise=LOUD_NOISE, error=error) is Decision.FASTER


def _decide(measurement: Measurement, level: float, min_speedup: float, error: float) -> Decision:
    """Faster in real use is faster. Where real use shows too little, inputs made larger may show it.

    Two questions are asked of the same rounds, so each may spend half of the error.
    """
    within = [one.error(measurement.everything, measurement.clock) for one in measurement.rounds]
    measurement.noise = max(level, sorted(within)[len(within) // 2])
    share = error / 2 if measurement.used else error

    def decided(indices: Sequence[int]) -> Decision:
        return decide(measurement.ratios(indices), min_speedup, noise=measurement.noise, error=share)

    measurement.in_use = False
    measurement.decision = decided(measurement.everything)
    if measurement.used:
        in_use = decided(measurement.used)
        measurement.in_use = in_use is Decision.FASTER
        if in_use is not Decision.NOT_FASTER:
            measurement.decision = in_use
    return measurement.decision


def run_round(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    inputs: Sequence[TimedInput],
    clock: Clock,
    call_seconds: float,
    rng: random.Random,
) -> Round:
    """One pair of fresh processes, every input on both sides, again and again. Raises as `measure` does."""
    places = [timed.place for timed in inputs]
    order = {"places": places, "lazy": [timed.lazy for timed in inputs]}
    with ExitStack() as stack:
        sides = []
        for name in ("baseline", "candidate"):
            child = stack.enter_context(zygote.child("measure", {**orders[name], **order}))
            sides.append(_Side(name, child, inputs, clock.look_seconds, call_seconds, rng))
        answers = [side.child.receive(START_SECONDS) for side in sides]
        clock.sizes.update(zip(places, answers[0]["sizes"], strict=True))
        share_a_core([side.child for side in sides], rng)
        for side in rng.sample(sides, 2):
            side.warm_up()
        return Round(_pairs(sides, inputs, rng))


def _pairs(sides: Sequence["_Side"], inputs: Sequence[TimedInput], rng: random.Random) -> list[list[Pair]]:
    pairs: list[list[Pair]] = [[] for _ in inputs]
    heavy = _heavy(inputs)
    start, passes = time.monotonic(), 0
    while passes < MAX_PASSES:
        spent = time.monotonic() - start
        if (passes >= MIN_PASSES and spent > ROUND_SECONDS) or (passes and spent > MAX_ROUND_SECONDS):
            break
        due = range(len(inputs)) if passes < LIGHT_PASSES else heavy
        for index in rng.sample(due, len(due)):
            batches = {side: sides[side].batch(index) for side in rng.sample((0, 1), 2)}
            pairs[index].append(Pair(batches[0], batches[1]))
        passes += 1
    return pairs


def _heavy(inputs: Sequence[TimedInput]) -> list[int]:
    """The longest inputs that make up HEAVY_SHARE of the time of all, and those that do of the time of real use."""
    chosen: set[int] = set()
    for group in (range(len(inputs)), _from_use(inputs)):
        left = (1 - HEAVY_SHARE) * sum(inputs[index].seconds for index in group)
        for index in sorted(group, key=lambda index: inputs[index].seconds):
            left -= inputs[index].seconds
            if left < 0:
                chosen.add(index)
    return sorted(chosen)


def _from_use(inputs: Sequence[TimedInput]) -> list[int]:
    return [index for index, timed in enumerate(inputs) if timed.origin in ("recorded", "doctest")]


class _Side:
    """One process of a round, and how many calls make a batch of each input."""

    def __init__(
        self,
        name: str,
        child: Child,
        inputs: Sequence[TimedInput],
        look_seconds: dict[int, float],
        call_seconds: float,
        rng: random.Random,
    ) -> None:
        self.child = child
        self._look_seconds = look_seconds
        self._rng = rng
        self._name = name
        self._inputs = inputs
        self._call_seconds = call_seconds
        self._loops = [1] * len(inputs)
        self._looked = [False] * len(inputs)

    def warm_up(self) -> None:
        """Fit the batches by runs that count for nothing else: first calls are slower anyway."""
        total = sum(timed.seconds for timed in self._inputs)
        for index, timed in enumerate(self._inputs):
            if timed.seconds > WARM_SECONDS:
                continue
            most = MAX_FRESH_LOOPS if timed.mutates else MAX_LOOPS
            self._loops[index] = _clamp(BATCH_SECONDS / 2 / max(timed.seconds, 1e-7), most)
            per_call = self.batch(index).cpu
            seconds = LONG_BATCH_SECONDS if timed.seconds >= LONG_SHARE * total else BATCH_SECONDS
            self._loops[index] = _clamp(seconds / max(per_call, 1e-7), most)

    def batch(self, index: int) -> Batch:
        """One batch of the input. Raises ResultChanged, ChildTimeout, ChildEnded."""
        due, timed = self._is_due(index), self._inputs[index]
        if due and (timed.lazy or timed.draws):
            self._run(index, {"loops": 1, "fresh": True, "apart": True})
            self._look(index)
        measured = self._run(index, {"loops": self._loops[index], "fresh": timed.mutates})
        if due and not (timed.lazy or timed.draws):
            self._look(index)
        return measured

    def _is_due(self, index: int) -> bool:
        """The first batch of each input, and others by chance. Until it has run, nobody but we know which."""
        if self._inputs[index].digest is None:
            return False
        first, self._looked[index] = not self._looked[index], True
        share = 1.0 if first else LOOK_SHARE
        seconds = self._look_seconds.get(self._inputs[index].place, 0.0)
        return self._rng.random() * max(seconds, LOOK_SECONDS) < share * LOOK_SECONDS

    def _run(self, index: int, order: Mapping[str, Any]) -> Batch:
        loops = order["loops"]
        ticks = run_batch(self.child, {"input": index, **order}, self._call_seconds, loops)
        if ticks.failed:
            raise ResultChanged(self._name, self._inputs[index])
        return Batch(ticks.cpu / loops, ticks.wall / loops, ticks.report["blocked"] >= loops)

    def _look(self, index: int) -> None:
        """Whether the last call of the batch gave what the original gave when it was observed."""
        timed, start = self._inputs[index], time.monotonic()
        self.child.send({"show": True})
        if self.child.receive(START_SECONDS)["digest"] != timed.digest:
            raise ResultChanged(self._name, timed)
        self._look_seconds[timed.place] = time.monotonic() - start


def _clamp(loops: float, most: int) -> int:
    return int(min(max(loops, 1), most))
