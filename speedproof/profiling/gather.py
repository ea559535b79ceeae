"""The inputs for one function: from the project's tests, from doctests, from annotations, and made from those.

The original decides which of them are evidence: it runs on each of them, twice, and only calls that end by themselves
and do the same both times count.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from speedproof.core.report import FROM_USE
from speedproof.core.settings import Settings
from speedproof.profiling.compare import Observation, difference
from speedproof.profiling.pool import Input, Pool
from speedproof.profiling.watching import Watched, watch
from speedproof.profiling.workers import Zygote

FOUND_LIMITS = {"earlier": 8, "doctest": 40, "call_site": 40, "annotation": 40, "guessed": 60}
RECORDED_LIMIT = 80
GROWTH_FACTORS = (4, 16, 64)
MAX_GROWN = 12
MAX_TRACED_SECONDS = 0.005
MAX_SEED_SECONDS = 0.001
MAX_GROWN_SECONDS = 0.1
MADE_SECONDS = 2.0
BRIEFLY = 80
BRIEF_SECONDS = 0.3
"""Most wrong candidates part from the original on one of the first variations: a few come before the many."""
MUTATE_SECONDS = 1.6
EXPLORED = 60
EXPLORE_SECONDS = 0.8
MAX_EXPLORED_STAGES = 4
MAX_SOLVED = 20
OBSERVE_SECONDS = 4.0
"""Patience, on a busy machine, for the original on inputs that were made for one candidate."""
MADE_CALL_SECONDS = 0.5
"""Patience for a call that nobody ever made: a mutated size can mean an endless loop."""
FLAKY = "not the same when run twice"
# What a made-up value of the wrong type causes says nothing about the function; nor does a limit of ours.
MISUSE = ("TypeError", "AttributeError")
OUR_LIMITS = ("MemoryError", "RecursionError", "PermissionError", "BlockingIOError")


@dataclass(frozen=True, slots=True)
class Stage:
    """Inputs that count, the shortest calls first, and what the original does on them one after the other."""

    inputs: tuple[Input, ...] = ()
    observations: Mapping[int, Observation] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)
    """What the module keeps at the end, as digests by name."""
    hit: frozenset[int] = frozenset()
    lines: frozenset[int] = frozenset()
    """The lines of the original that ran, and those that can."""


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
        self.made: list[Stage] = []
        self._given = {"earlier": list(earlier), "call_sites": list(calls)}
        self._settings = settings
        self._steps: list[Callable[[], Stage]] = [self._find, self._vary_briefly, self._vary]
        self._explored = 0

    def stages(self) -> Iterator[Stage]:
        """The cheapest inputs first. Raises SandboxError, Cancelled."""
        number = 0
        while number < len(self.made) or self._steps:
            if number == len(self.made):
                self.made.append(self._steps.pop(0)())
            yield self.made[number]
            number += 1

    @property
    def inputs(self) -> list[Input]:
        return [item for stage in self.made for item in stage.inputs]

    @property
    def observations(self) -> dict[int, Observation]:
        return {place: seen for stage in self.made for place, seen in stage.observations.items()}

    @property
    def coverage(self) -> float:
        """Share of the original's executable lines that ran."""
        lines = {line for stage in self.made for line in stage.lines}
        return len({line for stage in self.made for line in stage.hit}) / len(lines) if lines else 0.0

    def explore(self, candidate: Mapping[str, Any]) -> Stage:
        """Inputs found by running the candidate: its own branches and sizes. Later candidates get them, too."""
        quick = quick_places(self.observations)
        seeds = [item.place for item in self.inputs if item.place in quick and item.origin != "scaled"]
        order = {"seeds": seeds, "grow": [], "count": EXPLORED, "scaled": 0, "seed": 3, "seconds": EXPLORE_SECONDS}
        known = [item.place for item in self.inputs]
        stage = self.more("gather_mutated", {**candidate, **order, "known": known, "of_candidate": True})
        if self._explored < MAX_EXPLORED_STAGES:
            self._explored += 1
            self.made.append(stage)
        return stage

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
        return self._stage(made, time.monotonic() + OBSERVE_SECONDS + 2 * float(order["seconds"]), Counter())

    def _find(self) -> Stage:
        made = {"limits": FOUND_LIMITS, "count": 60, "seed": 1, "seconds": MADE_SECONDS, **self._given}
        found = self.pool.add("gather_made", made)
        self.found += len(found)
        return self._stage(found, self._deadline(), self.dropped)

    def _vary_briefly(self) -> Stage:
        return self._varied({"count": BRIEFLY, "grow": [], "scaled": 0, "seed": 2, "seconds": BRIEF_SECONDS})

    def _vary(self) -> Stage:
        count = max(0, self._settings.max_inputs - len(self.inputs))
        grow = _growth(self._seeds(), self.observations)
        return self._varied(
            {"count": count, "grow": grow, "scaled": MAX_GROWN, "seed": 4, "seconds": MUTATE_SECONDS},
        )

    def _varied(self, order: Mapping[str, Any]) -> Stage:
        seeds = self._seeds()
        if not seeds:
            return Stage()
        places = [item.place for item in _quick(seeds, self.observations)]
        made = self.pool.add("gather_mutated", {**order, "seeds": places, "of_candidate": False})
        self.found += len(made)
        return self._stage(made, self._deadline(), self.dropped)

    def _seeds(self) -> list[Input]:
        """What mutation starts from: real use where there is any that returns, otherwise whatever returns."""
        first = self.made[0]
        returning = [item for item in first.inputs if first.observations[item.place]["outcome"] == "return"]
        used = [item for item in returning if item.origin in FROM_USE]
        return used or returning or list(first.inputs)

    def _deadline(self) -> float:
        return time.monotonic() + self._settings.budget_seconds / 4

    def _stage(self, made: Sequence[Input], deadline: float, dropped: Counter[str]) -> Stage:
        """What the original does on the inputs, twice; only what it does both times counts."""
        seen: dict[int, Observation] = {}
        good = []
        for scaled in (False, True):  # apart, because larger inputs may all take too long
            part = [item for item in made if (item.origin == "scaled") is scaled]
            first = self._watch(part, deadline, max_lost=2 if scaled else 6)
            good += [item for item in part if counts(item, first, dropped)]
            seen.update(first.seen)
        good.sort(key=lambda item: len(item.call))
        again = self._again(good, seen)
        kept = _steady(good, seen, again.seen)
        if len(kept) < len(good):
            # What a class or module keeps depends on the calls before: then these, in this order, are to be the same.
            seen, again = again.seen, self._again(good, seen)
            kept = _steady(good, seen, again.seen)
            dropped.update(_why_unsteady(item, seen, again.seen) for item in good if item not in kept)
        return Stage(
            tuple(kept),
            {item.place: seen[item.place] for item in kept},
            again.state,
            frozenset(again.hit),
            frozenset(again.lines),
        )

    def _again(self, inputs: Sequence[Input], seen: Mapping[int, Observation]) -> Watched:
        """The original on inputs that it has been seen on, with its lines."""
        return watch(
            self.pool.zygote,
            self.pool.order,
            [item.place for item in inputs],
            lambda place: self._settings.call_seconds + 20 * float(seen[place]["seconds"]),
            traced=quick_places(seen),
        )

    def _watch(self, inputs: Sequence[Input], deadline: float, max_lost: int) -> Watched:
        patience = {item.place: _patience(item, self._settings) for item in inputs}
        return watch(
            self.pool.zygote,
            self.pool.order,
            list(patience),
            patience.__getitem__,
            deadline=deadline,
            max_lost=max_lost,
        )


def _steady(inputs: Sequence[Input], one: Mapping[int, Observation], two: Mapping[int, Observation]) -> list[Input]:
    """The inputs on which two runs do the same."""
    return [
        item
        for item in inputs
        if item.place in one and item.place in two and difference(one[item.place], two[item.place]) is None
    ]


def _why_unsteady(item: Input, one: Mapping[int, Observation], two: Mapping[int, Observation]) -> str:
    """Why an input is none on which two runs do the same: what cannot be looked into is never the same."""
    if item.place in one and item.place in two:
        found = difference(one[item.place], two[item.place])
        if found is not None and found.undecidable:
            names = [name for name in found.undecidable if f"class {name}" in found.undecidable] or found.undecidable
            return f"whose {found.aspect} cannot be compared: {', '.join(names[:2])}"
    return FLAKY


def counts(item: Input, watched: Watched, dropped: Counter[str]) -> bool:
    """Whether the original's first run on the input is something to compare with."""
    reason = None
    if item.place in watched.lost:
        reason = watched.lost[item.place]
    elif item.place not in watched.seen:
        reason = "no time left"
    else:
        observation = watched.seen[item.place]
        error = observation["error"]
        if observation["outcome"] == "too large":
            reason = "too large to compare"
        elif observation["outcome"] == "not loaded":
            reason = "cannot be made again outside its test"
        elif error in OUR_LIMITS:
            reason = f"raises {error} in the sandbox"
        elif error in MISUSE and item.origin not in FROM_USE:
            reason = "of a type that the function does not take"
        elif error is not None and item.origin == "guessed":
            reason = "guessed, and refused by the function"
    if reason is not None:
        dropped[reason] += 1
    return reason is None


def quick_places(seen: Mapping[int, Observation]) -> set[int]:
    """The inputs on which lines may be watched, which slows a call down twentyfold; all of them if all are slow."""
    quick = {place for place, observation in seen.items() if observation["seconds"] < MAX_TRACED_SECONDS}
    return quick or set(seen)


def _patience(item: Input, settings: Settings) -> float:
    return settings.call_seconds if item.origin in FROM_USE else min(MADE_CALL_SECONDS, settings.call_seconds)


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
