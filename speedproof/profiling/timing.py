"""Measures original against candidate, by a clock that neither can reach.

A round is one pair of fresh processes, alive together. Batches of about 2 ms alternate between them in random order;
the engine reads each child's CPU clock from outside before it gives the word and after the child says it is done.
"""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from speedproof.core.verdict import Sample
from speedproof.profiling.statistics import Decision, Interval, decide, median_interval
from speedproof.profiling.worker.timed import DONE, GO, READY
from speedproof.profiling.workers import Child, Zygote

BATCH_SECONDS = 0.002
ROUND_SECONDS = 0.25
MIN_PASSES, MAX_PASSES = 5, 15
MAX_LOOPS = 20_000
MAX_FRESH_LOOPS = 2_000
"""Where every call needs arguments of its own, they must all be in memory."""


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


@dataclass(slots=True)
class Measurement:
    """All rounds of one comparison."""

    inputs: Sequence[TimedInput]
    clock: str = "cpu"
    decision: Decision = Decision.UNDECIDED
    interval: Interval | None = None
    in_use: bool = False
    """Whether `interval` is of the calls from real use alone, or of all timed inputs."""
    samples: list[Sample] = field(default_factory=list)
    per_input: list[list[float]] = field(default_factory=list)
    """Log ratios of each input over all passes of all rounds."""
    recorded: list[list[float]] = field(default_factory=list)
    """Per round, the log ratios of its passes counting only what comes from real use."""

    def input_ratio(self, index: int) -> float:
        return math.exp(median_interval(self.per_input[index]).mid)


class ResultChanged(Exception):
    """Under the clock a call gave another result than when it was observed, or raised."""

    def __init__(self, side: str, timed: TimedInput) -> None:
        super().__init__(f"under the clock the {side} behaves differently than before on {timed.call}")
        self.side = side


def measure(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    inputs: Sequence[TimedInput],
    *,
    min_speedup: float,
    call_seconds: float,
    deadline: float,
    rng: random.Random,
    on_round: Callable[[Interval], None] = lambda interval: None,
) -> Measurement:
    """Rounds until the statistics decide, or the deadline (time.monotonic) comes and leaves it undecided.

    `orders` holds the worker's order for "baseline" and "candidate". Raises ResultChanged, and what `Child` raises.
    """
    measurement = Measurement(inputs, per_input=[[] for _ in inputs])
    rounds: list[list[float]] = []
    while measurement.decision is Decision.UNDECIDED:
        if rounds and time.monotonic() > deadline:
            break
        rounds.append(_round(zygote, orders, measurement, call_seconds, rng))
        _decide(measurement, rounds, min_speedup)
        if measurement.interval is not None:
            on_round(measurement.interval)
    return measurement


def _decide(measurement: Measurement, rounds: Sequence[Sequence[float]], min_speedup: float) -> None:
    """Faster in real use is faster. Where real use shows too little, inputs made larger may show it."""
    measurement.decision, measurement.interval = decide(rounds, min_speedup)
    if not measurement.recorded:
        return
    decision, interval = decide(measurement.recorded, min_speedup)
    if decision is Decision.FASTER:
        measurement.decision, measurement.interval, measurement.in_use = decision, interval, True
    elif decision is Decision.UNDECIDED:
        measurement.decision = Decision.UNDECIDED


def _round(
    zygote: Zygote,
    orders: Mapping[str, Mapping[str, Any]],
    measurement: Measurement,
    call_seconds: float,
    rng: random.Random,
) -> list[float]:
    inputs = measurement.inputs
    places = {"places": [i.place for i in inputs], "lazy": [i.lazy for i in inputs]}
    with ExitStack() as stack:
        sides: dict[str, _Side] = {}
        for name, order in orders.items():
            child = stack.enter_context(zygote.child("measure", {**order, **places}))
            sides[name] = _Side(name, child, inputs, call_seconds)
        for side in sides.values():
            side.child.receive(20.0)
        for side in sides.values():
            side.calibrate()
        if sides["baseline"].blocks:
            measurement.clock = "wall"
        return _passes(sides, measurement, rng)


def _passes(sides: Mapping[str, "_Side"], measurement: Measurement, rng: random.Random) -> list[float]:
    """Time every input on both sides, again and again. Returns one paired log ratio per pass."""
    ratios: list[float] = []
    inputs = measurement.inputs
    recorded = [index for index, timed in enumerate(inputs) if timed.origin in ("recorded", "doctest")]
    start = time.monotonic()
    in_use: list[float] = []
    totals = {"baseline": 0.0, "candidate": 0.0}
    while len(ratios) < MIN_PASSES or (time.monotonic() - start < ROUND_SECONDS and len(ratios) < MAX_PASSES):
        spent = {name: [0.0] * len(inputs) for name in sides}
        for index in rng.sample(range(len(inputs)), len(inputs)):
            for name in rng.sample(sorted(sides), 2):
                spent[name][index] = sides[name].batch(index, measurement.clock)
        baseline, candidate = spent["baseline"], spent["candidate"]
        ratios.append(math.log(sum(baseline) / sum(candidate)))
        for index, ratio_list in enumerate(measurement.per_input):
            ratio_list.append(math.log(baseline[index] / candidate[index]))
        if recorded:
            in_use.append(math.log(sum(baseline[i] for i in recorded) / sum(candidate[i] for i in recorded)))
        totals["baseline"] += sum(baseline)
        totals["candidate"] += sum(candidate)
        if len(ratios) >= 3 and time.monotonic() - start > 8 * ROUND_SECONDS:
            break  # slow calls: more rounds tell more than more passes
    if in_use:
        measurement.recorded.append(in_use)
    measurement.samples.append(Sample(totals["baseline"] / len(ratios), totals["candidate"] / len(ratios)))
    return ratios


class _Side:
    """One process of a round, and how many calls make a batch of each input."""

    def __init__(self, name: str, child: Child, inputs: Sequence[TimedInput], call_seconds: float) -> None:
        self.child = child
        self.blocks = False
        self._name = name
        self._inputs = inputs
        self._call_seconds = call_seconds
        self._loops = [1] * len(inputs)
        self._checked = [False] * len(inputs)

    def calibrate(self) -> None:
        """Fit the batches by runs that count for nothing else: first calls are slower anyway."""
        blocked = 0
        for index, timed in enumerate(self._inputs):
            most = MAX_FRESH_LOOPS if timed.mutates else MAX_LOOPS
            self._loops[index] = _clamp(BATCH_SECONDS / 4 / max(timed.seconds, 1e-7), most)
            per_call = self.batch(index, "cpu")
            blocked += self._blocked
            self._loops[index] = _clamp(BATCH_SECONDS / max(per_call, 1e-7), most)
        self.blocks = blocked >= len(self._inputs)

    def batch(self, index: int, clock: str) -> float:
        """Seconds per call in one batch of the input. Raises ResultChanged, ChildTimeout, ChildEnded."""
        timed, loops = self._inputs[index], self._loops[index]
        patience = 5.0 + loops * self._call_seconds
        self.child.send({"input": index, "loops": loops, "fresh": timed.mutates, "check": not self._checked[index]})
        if self.child.byte(patience) != READY:
            raise ResultChanged(self._name, timed)
        before, start = self.child.cpu_seconds(), time.perf_counter()
        self.child.channel.sendall(GO)
        if self.child.byte(patience) != DONE:
            raise ResultChanged(self._name, timed)
        wall, cpu = time.perf_counter() - start, self.child.cpu_seconds() - before
        report = self.child.receive(patience)
        if report["error"] is not None or self._wrong(index, report["digest"]):
            raise ResultChanged(self._name, timed)
        self._blocked = int(report["blocked"] >= loops)
        return max(wall if clock == "wall" else cpu, 1e-9) / loops

    def _wrong(self, index: int, digest: Any) -> bool:
        """The first batch of each input is checked against what the original gave when it was observed."""
        if self._checked[index] or self._inputs[index].digest is None or self._inputs[index].lazy:
            return False
        self._checked[index] = True
        return bool(digest != self._inputs[index].digest)


def _clamp(loops: float, most: int) -> int:
    return int(min(max(loops, 1), most))
