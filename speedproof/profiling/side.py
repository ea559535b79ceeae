"""One process of a round: how many calls make a batch of each input, and whether its results are still right."""

import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speedproof.profiling.rounds import Batch
from speedproof.profiling.ticks import START_SECONDS, run_batch, whole
from speedproof.profiling.workers import Child

BATCH_SECONDS = 0.0008
LONG_BATCH_SECONDS = 0.002
LONG_SHARE = 0.2
"""An input with this share of a pass's time or more decides what the pass comes to, and is measured longer."""
WARM_SECONDS = 0.005
"""Calls known to be longer than this are not run once for nothing: what a first call costs more is lost in them."""
WARM_TRIES = 7
STEADY_SHARE = 0.8
"""Of the time of a call in the batch before: below it, a batch of more calls tells more."""
SIMILAR_TIMES = 4
MAX_LOOPS = 20_000
MAX_FRESH_LOOPS = 2_000
"""Where every call needs arguments of its own, they must all be in memory."""
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


class ResultChanged(Exception):
    """Under the clock a call gave another result than when it was observed, or raised."""

    def __init__(self, side: str, timed: TimedInput) -> None:
        super().__init__(f"under the clock the {side} behaves differently than before on {timed.call}")
        self.side = side


class Side:
    """One process of a round, and how many calls make a batch of each input."""

    def __init__(
        self,
        name: str,
        child: Child,
        inputs: Sequence[TimedInput],
        seconds: dict[int, float],
        look_seconds: dict[int, float],
        call_seconds: float,
        rng: random.Random,
    ) -> None:
        """`seconds` and `look_seconds` say of an input's place how long a call and a look at its result take.

        They are what earlier rounds found, and are added to.
        """
        self.child = child
        self._name = name
        self._inputs = inputs
        self._seconds = seconds
        self._look_seconds = look_seconds
        self._call_seconds = call_seconds
        self._rng = rng
        self._loops = [1] * len(inputs)
        self._looked = [False] * len(inputs)

    def warm_up(self, heavy: Sequence[int]) -> None:
        """Fit the batches by runs that count for nothing else: first calls are slower anyway.

        How long a call took when it was observed is no guide: another process may have run in between. Once that is
        known, only the inputs in `heavy` are run for nothing more than once; the others count for little. The first
        call is left out of everything, for it may import a module: that is much even for a share of a batch.
        """
        for index, timed in enumerate(self._inputs):
            known = self._seconds.get(timed.place)
            if known is None:
                self._warm_up(index)
            elif known <= WARM_SECONDS:
                self._run(index, {"loops": 1, "fresh": timed.mutates})
                if index in heavy:
                    self._warm_up(index)
        total = sum(self._seconds.values())
        for index, timed in enumerate(self._inputs):
            long = self._seconds[timed.place] >= LONG_SHARE * total
            self._loops[index] = self._fitting(index, LONG_BATCH_SECONDS if long else BATCH_SECONDS)

    def match(self, other: "Side") -> None:
        """As many calls in a batch as `other` has, where neither is much quicker.

        The first call of a batch costs more: another process had the core, and the arguments are new. A batch of more
        calls has that less in each of them, and whoever was fitted by luck to more calls would be ahead in every round.
        """
        for index, (ours, theirs) in enumerate(zip(self._loops, other._loops, strict=True)):
            if max(ours, theirs) <= SIMILAR_TIMES * min(ours, theirs):
                self._loops[index] = other._loops[index] = max(ours, theirs)

    def _warm_up(self, index: int) -> None:
        """Batches of growing size, until one is long enough to tell how long a call takes.

        The first call may take a hundred times as long as the others. A batch of a few calls is full of it, and seems
        to be of the right size: so the time of a call has to have stopped falling.
        """
        place = self._inputs[index].place
        known = self._seconds.get(place, math.inf)
        if known < math.inf:
            self._loops[index] = self._fitting(index, BATCH_SECONDS / 2)
        for _ in range(WARM_TRIES):
            loops, seconds = self._loops[index], self.batch(index).cpu
            self._seconds[place] = seconds
            self._loops[index] = self._fitting(index, BATCH_SECONDS)
            falls = seconds < STEADY_SHARE * known
            if not falls and seconds * loops >= BATCH_SECONDS / 4:
                break
            if falls and known < math.inf:
                self._loops[index] = max(self._loops[index], 4 * loops)
            known = seconds
        self._loops[index] = self._fitting(index, BATCH_SECONDS)

    def _fitting(self, index: int, seconds: float) -> int:
        timed = self._inputs[index]
        most = MAX_FRESH_LOOPS if timed.mutates else MAX_LOOPS
        return int(min(max(seconds / max(self._seconds[timed.place], 1e-8), 1), most))

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
        return Batch(ticks.cpu / loops, ticks.wall / loops, whole(ticks.report, "blocked") >= loops)

    def _look(self, index: int) -> None:
        """Whether the last call of the batch gave what the original gave when it was observed."""
        timed, start = self._inputs[index], time.monotonic()
        self.child.send({"show": True})
        if self.child.receive(START_SECONDS)["digest"] != timed.digest:
            raise ResultChanged(self._name, timed)
        self._look_seconds[timed.place] = time.monotonic() - start
