"""The inputs for one function: from the project's tests, from doctests, from annotations, and made from those.

The original decides which of them are evidence: it runs on each of them, twice, and only calls that end by themselves
and do the same both times count.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speedproof.core.settings import Settings
from speedproof.profiling.compare import Observation, difference
from speedproof.profiling.watching import Watched, watch
from speedproof.profiling.workers import ChildEnded, ChildTimeout, Zygote

FOUND_LIMITS = {"doctest": 40, "annotation": 40, "guessed": 60}
RECORDED_LIMIT = 80
GROWTH_FACTORS = (4, 16, 64)
MAX_GROWN = 12
MAX_TRACED_SECONDS = 0.005
MAX_SEED_SECONDS = 0.001
MAX_GROWN_SECONDS = 0.1
EXPLORED = 60
EXPLORE_SECONDS = 0.8
MADE_SECONDS = 2.0
MUTATE_SECONDS = 1.6
MADE_CALL_SECONDS = 0.5
"""Patience for a call that nobody ever made: a mutated size can mean an endless loop."""
FROM_USE = ("recorded", "doctest")
# What a made-up value of the wrong type causes says nothing about the function; nor does a limit of ours.
MISUSE = ("TypeError", "AttributeError")
OUR_LIMITS = ("MemoryError", "RecursionError", "PermissionError", "BlockingIOError")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a target. `place` is its number in the worker's file."""

    place: int
    origin: str
    call: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The inputs that count as evidence, the shortest calls first, and what the original does on them."""

    inputs: tuple[Input, ...]
    observations: Mapping[int, Observation]
    coverage: float
    state: Mapping[str, str]
    """What the module keeps, as digests by name, after the original has run on all inputs in this order."""
    dropped: Mapping[str, int]
    """Why inputs were found but do not count → how many."""
    found: int

    @property
    def by_origin(self) -> dict[str, int]:
        return dict(Counter(item.origin for item in self.inputs))


def gather(zygote: Zygote, order: Mapping[str, Any], settings: Settings) -> Gathered:
    """`order` names the function and its original text for the worker. Raises SandboxError and Cancelled."""
    dropped: Counter[str] = Counter()
    deadline = time.monotonic() + settings.budget_seconds / 3
    add_inputs(
        zygote, "gather_made", {**order, "limits": FOUND_LIMITS, "count": 60, "seed": 1, "seconds": MADE_SECONDS}
    )
    found = list_inputs(zygote, order)
    first = _watch_original(zygote, order, found, settings, deadline)
    good = [item for item in found if counts(item, first, dropped)]
    seeds = _seeds(good, first)
    if seeds:
        add_inputs(
            zygote,
            "gather_mutated",
            {
                **order,
                "seeds": [item.place for item in _quick(seeds, first)],
                "grow": _growth(seeds, first),
                "count": max(0, settings.max_inputs - len(good)),
                "scaled": MAX_GROWN,
                "seed": 2,
                "of_candidate": False,
                "seconds": MUTATE_SECONDS,
            },
        )
        made = list_inputs(zygote, order)[len(found) :]
        for scaled in (False, True):  # apart, because larger inputs may all take too long
            part = [item for item in made if (item.origin == "scaled") is scaled]
            second = _watch_original(zygote, order, part, settings, deadline, max_lost=2 if scaled else 6)
            first.seen.update(second.seen)
            first.lost.update(second.lost)
            good += [item for item in part if counts(item, second, dropped)]
        found += made
    return _confirm(zygote, order, good, first, settings, dropped, len(found))


def explore(
    zygote: Zygote,
    original: Mapping[str, Any],
    candidate: Mapping[str, Any],
    gathered: Gathered,
    settings: Settings,
) -> tuple[list[Input], dict[int, Observation]]:
    """More inputs, found by running the candidate; those on which the original does the same twice count."""
    known = len(list_inputs(zygote, original))
    quick = quick_places(gathered.observations)
    seeds = [item.place for item in gathered.inputs if item.place in quick and item.origin != "scaled"]
    order = {"seeds": seeds, "grow": [], "count": EXPLORED, "scaled": 0, "seed": 3, "seconds": EXPLORE_SECONDS}
    order["of_candidate"] = True
    add_inputs(zygote, "gather_mutated", {**candidate, **order})
    made = list_inputs(zygote, original)[known:]
    deadline = time.monotonic() + 2 * EXPLORE_SECONDS
    first = _watch_original(zygote, original, made, settings, deadline)
    good = sorted((item for item in made if counts(item, first, Counter())), key=lambda item: len(item.call))
    again = _watch_original(zygote, original, good, settings, deadline + EXPLORE_SECONDS)
    kept = [
        item
        for item in good
        if item.place in again.seen and difference(first.seen[item.place], again.seen[item.place]) is None
    ]
    return kept, {item.place: first.seen[item.place] for item in kept}


def list_inputs(zygote: Zygote, order: Mapping[str, Any]) -> list[Input]:
    with zygote.child("list_inputs", order) as child:
        headers = child.receive(20.0)["inputs"]
    return [Input(place, str(header["origin"]), str(header["call"])) for place, header in enumerate(headers)]


def patience(item: Input, settings: Settings) -> float:
    return settings.call_seconds if item.origin in FROM_USE else min(MADE_CALL_SECONDS, settings.call_seconds)


def add_inputs(zygote: Zygote, task: str, order: Mapping[str, Any]) -> None:
    """Let a child add inputs to the file. Its death or its delay cost only what it had not added yet."""
    with zygote.child(task, order, writable=(zygote.scratch / "inputs",)) as child:
        try:
            child.receive(3 * float(order["seconds"]) + 5.0)
        except (ChildTimeout, ChildEnded):
            return


def _watch_original(
    zygote: Zygote,
    order: Mapping[str, Any],
    inputs: Sequence[Input],
    settings: Settings,
    deadline: float,
    max_lost: int = 6,
) -> Watched:
    by_place = {item.place: item for item in inputs}
    return watch(
        zygote,
        order,
        list(by_place),
        lambda place: patience(by_place[place], settings),
        deadline=deadline,
        max_lost=max_lost,
    )


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


def _seeds(good: Sequence[Input], watched: Watched) -> list[Input]:
    """What mutation starts from: real use where there is any that returns, otherwise whatever returns."""
    returning = [item for item in good if watched.seen[item.place]["outcome"] == "return"]
    used = [item for item in returning if item.origin in FROM_USE]
    return used or returning or list(good)


def quick_places(seen: Mapping[int, Observation]) -> set[int]:
    """The inputs on which lines may be watched, which slows a call down twentyfold; all of them if all are slow."""
    quick = {place for place, observation in seen.items() if observation["seconds"] < MAX_TRACED_SECONDS}
    return quick or set(seen)


def _quick(seeds: Sequence[Input], watched: Watched) -> list[Input]:
    """Mutation runs the function thousands of times: from what is quick there, unless nothing is."""
    ordered = sorted(seeds, key=lambda item: float(watched.seen[item.place]["seconds"]))
    return [
        item
        for number, item in enumerate(ordered)
        if number < 3 or watched.seen[item.place]["seconds"] < MAX_SEED_SECONDS
    ]


def _growth(seeds: Sequence[Input], watched: Watched) -> list[tuple[int, int]]:
    """Which seeds to grow by which factor: those that stay bearable even where time grows with the square of size."""
    seconds = {item.place: float(watched.seen[item.place]["seconds"]) for item in seeds}
    longest = sorted(seconds, key=lambda place: seconds[place], reverse=True)
    plan = []
    for factor in GROWTH_FACTORS:
        bearable = [place for place in longest if seconds[place] * factor**2 <= MAX_GROWN_SECONDS]
        plan += [(place, factor) for place in bearable[: MAX_GROWN // len(GROWTH_FACTORS)]]
    return plan


def _confirm(
    zygote: Zygote,
    order: Mapping[str, Any],
    good: Sequence[Input],
    first: Watched,
    settings: Settings,
    dropped: Counter[str],
    found: int,
) -> Gathered:
    """Run the original again, lines watched: what it does not do twice is no evidence."""
    good = sorted(good, key=lambda item: len(item.call))
    again = watch(
        zygote,
        order,
        [item.place for item in good],
        lambda place: settings.call_seconds + 20 * first.seen[place]["seconds"],
        traced=quick_places(first.seen),
    )
    kept = []
    for item in good:
        second = again.seen.get(item.place)
        if second is not None and difference(first.seen[item.place], second) is None:
            kept.append(item)
        else:
            dropped["not the same when run twice"] += 1
    return Gathered(
        inputs=tuple(kept),
        observations={item.place: first.seen[item.place] for item in kept},
        coverage=again.coverage or 0.0,
        state=again.state,
        dropped=dropped,
        found=found,
    )
