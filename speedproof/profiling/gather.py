"""The inputs for one function: from the project's tests, from doctests, from annotations, and made from those.

The original decides which of them are evidence: it runs on each of them, twice, and only calls that end by themselves
and do the same both times count.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from speedproof.core.report import FROM_USE
from speedproof.core.settings import Settings
from speedproof.profiling.compare import Observation
from speedproof.profiling.pool import Input, Making, Pool
from speedproof.profiling.stage import Stage, light, quick_places, staged
from speedproof.profiling.workers import Zygote

FOUND_LIMITS = {"earlier": 8, "doctest": 40, "call_site": 40, "annotation": 40, "guessed": 60}
RECORDED_LIMIT = 80
GROWTH_FACTORS = (4, 16, 64)
MAX_GROWN = 12
MAX_SEED_SECONDS = 0.001
MAX_GROWN_SECONDS = 0.1
MADE_SECONDS = 2.0
BRIEFLY = 60
BRIEF_SECONDS = 0.2
"""Most wrong candidates part from the original on one of the first variations: a few come before the many."""
MUTATE_SECONDS = 1.6
VARIED = ("mutated", "scaled")
EXPLORED = 60
EXPLORE_SECONDS = 0.8
MAX_EXPLORED_STAGES = 4
MAX_SOLVED = 20
OBSERVE_SECONDS = 4.0
"""Patience, on a busy machine, for the original on inputs that were made for one candidate."""


class Gathered:
    """All inputs of one function, in stages: each is made when it is first asked for, and then there for all."""

    def __init__(
        self,
        zygote: Zygote,
        order: Mapping[str, Any],
        settings: Settings,
        earlier: Sequence[str],
        calls: Sequence[str] = (),
    ) -> None:
        """`order` names the function and its original text for the worker.

        `earlier` are inputs that told other candidates from this function's original, as the worker gave them out.
        `calls` are expressions of the module that call it.
        """
        self.pool = Pool(zygote, order)
        self.dropped: Counter[str] = Counter()
        """Why inputs were found but do not count → how many."""
        self.found = 0
        self.lengths: dict[int, float] = {}
        """Place of an input → seconds of a call, where that has been measured better than by looking at one."""
        self.made: list[Stage] = []
        self._given = {"earlier": list(earlier), "call_sites": list(calls)}
        self._settings = settings
        self._steps: list[Callable[[], Stage]] = [self._find, self._vary_briefly, self._vary]
        self._varying: Making | None = None
        self._candidate: Mapping[str, Any] | None = None
        self._exploring: Making | None = None
        self._explored = 0

    def stages(self) -> Iterator[Stage]:
        """The cheapest inputs first. Raises SandboxError, Cancelled."""
        number = 0
        while number < len(self.made) or self._steps:
            if number == len(self.made):
                self.made.append(self._steps.pop(0)())
            yield self.made[number]
            number += 1
            if not self._steps:
                self._begin_exploring()

    @contextmanager
    def for_candidate(self, candidate: Mapping[str, Any]) -> Iterator[None]:
        """Within the block, what `explore` will need is made while the other stages are compared."""
        self._candidate = candidate
        try:
            yield
        finally:
            self._candidate = None
            self._end_exploring()

    def rest(self) -> None:
        """Let nothing run on in the background; what is needed later is begun anew."""
        self._end_exploring()
        if self._varying is not None:
            self._varying.drop()
            self._varying = None

    @property
    def inputs(self) -> list[Input]:
        return [item for stage in self.made for item in stage.inputs]

    @property
    def observations(self) -> dict[int, Observation]:
        return {place: seen for stage in self.made for place, seen in stage.observations.items()}

    def light(self, inputs: Sequence[Input]) -> list[int]:
        """The places of those that may be run and copied again and again."""
        quick = quick_places(self.observations)
        took = {place: seconds for stage in self.made for place, seconds in stage.took.items()}
        return light((item.place for item in inputs if item.place in quick and item.origin != "scaled"), took)

    @property
    def coverage(self) -> float:
        """Share of the original's executable lines that ran."""
        lines = {line for stage in self.made for line in stage.lines}
        return len({line for stage in self.made for line in stage.hit}) / len(lines) if lines else 0.0

    def explore(self) -> Stage:
        """Inputs found by running the candidate: its own branches and sizes. Later candidates get them, too.

        Within `for_candidate`. Raises SandboxError, Cancelled.
        """
        self._begin_exploring()
        assert self._exploring is not None, "nobody said for which candidate"
        stage = self._staged(self._exploring.rest(), self._made_for_one(EXPLORE_SECONDS), Counter())
        self._exploring = None
        if self._explored < MAX_EXPLORED_STAGES:
            self._explored += 1
            self.made.append(stage)
        return stage

    def _begin_exploring(self, unobserved: Sequence[Input] = ()) -> None:
        """`unobserved` are inputs of the stage that is being made."""
        if self._candidate is None or self._exploring is not None:
            return
        order = {
            **self._candidate,
            "seeds": self.light(self.inputs) + [item.place for item in unobserved if item.origin != "scaled"],
            "known": [item.place for item in (*self.inputs, *unobserved)],
            "of_candidate": True,
            "count": EXPLORED,
            "seconds": EXPLORE_SECONDS,
        }
        self._exploring = self.pool.begin("gather_mutated", {"grow": [], "scaled": 0, "seed": 3, **order})

    def _end_exploring(self) -> None:
        if self._exploring is not None:
            self._exploring.drop()
            self._exploring = None

    def solve(self, candidate: Mapping[str, Any]) -> Stage:
        """Inputs on which a solver would part the candidate from the original; none where there is no solver."""
        seconds = self._settings.crosshair_seconds
        if not self.pool.has_solver or not seconds:
            return Stage()
        order = {"count": MAX_SOLVED, "seconds": seconds, "known": [item.place for item in self.inputs]}
        return self.more("gather_solved", {**candidate, **order, "of_candidate": True, "origin": "crosshair"})

    def more(self, task: str, order: Mapping[str, Any]) -> Stage:
        """Inputs made by a task of the worker. They belong to no stage, and no other candidate gets them."""
        made = self.pool.add(task, order)
        return self._staged(made, self._made_for_one(float(order["seconds"])), Counter())

    def _find(self) -> Stage:
        made = {"limits": FOUND_LIMITS, "count": 60, "seed": 1, "seconds": MADE_SECONDS, **self._given}
        found = self.pool.add("gather_made", made)
        self.found += len(found)
        return self._staged(found, self._deadline(), self.dropped)

    def vary_ahead(self) -> None:
        """Begin to vary what has been found. Raises SandboxError, Cancelled."""
        seeds = self._seeds()
        if self._varying is not None or not self._steps or not seeds:
            return
        order = {
            "seeds": light((item.place for item in _quick(seeds, self.observations)), self.made[0].took),
            "of_candidate": False,
            "count": max(0, self._settings.max_inputs - len(self.inputs)),
            "some": {"count": BRIEFLY, "seconds": BRIEF_SECONDS},
            "grow": _growth(seeds, self.observations),
            "scaled": MAX_GROWN,
            "seed": 4,
            "seconds": MUTATE_SECONDS,
        }
        self._varying = self.pool.begin("gather_mutated", order, VARIED)

    def _vary_briefly(self) -> Stage:
        self.vary_ahead()
        return self._varied([] if self._varying is None else self._varying.first())

    def _vary(self) -> Stage:
        self.vary_ahead()
        if self._varying is None:
            return Stage()
        made, self._varying = self._varying.rest(), None
        self._begin_exploring(made)
        return self._varied(made)

    def _varied(self, made: Sequence[Input]) -> Stage:
        self.found += len(made)
        return self._staged(made, self._deadline(), self.dropped)

    def _staged(self, made: Sequence[Input], deadline: float, dropped: Counter[str]) -> Stage:
        return staged(self.pool, made, self._settings, deadline, dropped)

    def _seeds(self) -> list[Input]:
        """What mutation starts from: real use where there is any that returns, otherwise whatever returns."""
        first = self.made[0]
        returning = [item for item in first.inputs if first.observations[item.place]["outcome"] == "return"]
        used = [item for item in returning if item.origin in FROM_USE]
        return used or returning or list(first.inputs)

    def _deadline(self) -> float:
        return time.monotonic() + self._settings.budget_seconds / 4

    def _made_for_one(self, seconds: float) -> float:
        return time.monotonic() + OBSERVE_SECONDS + 2 * seconds


def _quick(seeds: Sequence[Input], seen: Mapping[int, Observation]) -> list[Input]:
    """Mutation runs the function thousands of times: from what is quick there, unless nothing is."""
    ordered = sorted(seeds, key=lambda item: float(seen[item.place]["seconds"]))
    return [item for number, item in enumerate(ordered) if number < 3 or seen[item.place]["seconds"] < MAX_SEED_SECONDS]


def _growth(seeds: Sequence[Input], seen: Mapping[int, Observation]) -> list[tuple[int, int]]:
    """Which seeds to grow by which factor: those that stay bearable even where time grows with the square of size."""
    seconds = {item.place: float(seen[item.place]["seconds"]) for item in seeds}
    longest = sorted(seconds, key=lambda place: seconds[place], reverse=True)
    plan = []
    for factor in GROWTH_FACTORS:
        bearable = [place for place in longest if seconds[place] * factor**2 <= MAX_GROWN_SECONDS]
        plan += [(place, factor) for place in bearable[: MAX_GROWN // len(GROWTH_FACTORS)]]
    return plan
