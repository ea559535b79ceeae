"""What the original does on inputs that were made or found, and which of them are evidence."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from speedproof.core.report import FROM_USE
from speedproof.core.settings import Settings
from speedproof.profiling.compare import Observation, difference
from speedproof.profiling.pool import Input, Pool
from speedproof.profiling.watching import Watched, watch

MAX_TRACED_SECONDS = 0.005
MAX_LIGHT_SECONDS = 0.05
MAX_LOOK_SECONDS, MIN_LOOK_SECONDS = 1.0, 0.03
"""Real time for all made-up inputs of a stage, in which those that take less than MIN_LOOK_SECONDS always fit."""
MADE_CALL_SECONDS = 0.5
"""Patience for a call that nobody ever made: a mutated size can mean an endless loop."""
# What a made-up value of the wrong type causes says nothing about the function; nor does a limit of ours.
MISUSE = ("TypeError", "AttributeError")
OUR_LIMITS = ("MemoryError", "RecursionError", "PermissionError", "BlockingIOError")
FLAKY = "not the same when run twice"


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
    took: Mapping[int, float] = field(default_factory=dict)
    """Place of an input → seconds of real time for the call and for telling all that it did."""
    swept: int = 0
    """Further calls, none of them an input, of which both sides gave the same digest."""

    def patience(self, place: int, settings: Settings) -> float:
        """Seconds of real time after which a side that is still at it is lost."""
        return settings.call_seconds + 20 * self.took.get(place, 0.0)


def staged(pool: Pool, made: Sequence[Input], settings: Settings, deadline: float, dropped: Counter[str]) -> Stage:
    """What the original does on the inputs, twice; only what it does both times counts.

    Nothing new is begun after `deadline` (time.monotonic). Why inputs do not count is added to `dropped`. Raises
    SandboxError, Cancelled.
    """
    seen: dict[int, Observation] = {}
    took: dict[int, float] = {}
    good = []
    for scaled in (False, True):  # apart, because larger inputs may all take too long
        part = [item for item in made if (item.origin == "scaled") is scaled]
        first = _first(pool, part, settings, deadline, max_lost=2 if scaled else 6)
        good += [item for item in part if counts(item, first, dropped)]
        seen.update(first.seen)
        took.update(first.took)
    good = _bearable(good, took, dropped)
    good.sort(key=lambda item: len(item.call))
    patience = {item.place: settings.call_seconds + 20 * took[item.place] for item in good}
    again = _again(pool, seen, patience)
    kept = _steady(good, seen, again.seen)
    if len(kept) < len(good):
        # What a class or module keeps depends on the calls before: then these, in this order, are to be the same.
        seen, again = again.seen, _again(pool, seen, patience)
        kept = _steady(good, seen, again.seen)
        dropped.update(_why_unsteady(item, seen, again.seen) for item in good if item not in kept)
    return Stage(
        tuple(kept),
        {item.place: seen[item.place] for item in kept},
        again.state,
        frozenset(again.hit),
        frozenset(again.lines),
        took,
    )


def _first(pool: Pool, inputs: Sequence[Input], settings: Settings, deadline: float, max_lost: int) -> Watched:
    """The original on inputs of which nothing is known."""
    made = min(MADE_CALL_SECONDS, settings.call_seconds)
    patience = {item.place: settings.call_seconds if item.origin in FROM_USE else made for item in inputs}
    return watch(pool.zygote, pool.order, list(patience), patience.__getitem__, deadline=deadline, max_lost=max_lost)


def _again(pool: Pool, seen: Mapping[int, Observation], patience: Mapping[int, float]) -> Watched:
    """The original on inputs that it has been seen on, those in `patience`, with its lines."""
    return watch(pool.zygote, pool.order, list(patience), patience.__getitem__, traced=quick_places(seen))


def _bearable(inputs: Sequence[Input], took: Mapping[int, float], dropped: Counter[str]) -> list[Input]:
    """Without made-up inputs that take too long to be looked at, again and again; the quickest of them stay."""
    kept, left = [], MAX_LOOK_SECONDS
    for item in sorted(inputs, key=lambda item: took[item.place]):
        if item.origin not in FROM_USE:
            left -= took[item.place]
        if item.origin in FROM_USE or left >= 0 or took[item.place] < MIN_LOOK_SECONDS:
            kept.append(item)
        else:
            dropped["too long to be looked at"] += 1
    return kept


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


def light(places: Iterable[int], took: Mapping[int, float]) -> list[int]:
    """The inputs that may be copied thousands of times; all of them if all are heavy."""
    places = list(places)
    return [place for place in places if took.get(place, 0.0) < MAX_LIGHT_SECONDS] or places


def quick_places(seen: Mapping[int, Observation]) -> set[int]:
    """The inputs on which lines may be watched, which slows a call down twentyfold; all of them if all are slow."""
    quick = {place for place, observation in seen.items() if observation["seconds"] < MAX_TRACED_SECONDS}
    return quick or set(seen)
