"""Makes a counterexample small: what is left is an input that a reader takes in at a glance."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speedproof.core.errors import SandboxError
from speedproof.profiling.compare import Difference, Observation, difference
from speedproof.profiling.pool import Input, Pool
from speedproof.profiling.stage import counts
from speedproof.profiling.watching import watch

SECONDS = 1.5
VARIANTS = 40
CALL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Parting:
    """An input on which the two sides part: what the original does on it, and where the candidate does otherwise."""

    item: Input
    original: Observation
    found: Difference


def smallest(
    pool: Pool, candidate: Mapping[str, Any], item: Input, original: Observation, found: Difference
) -> Parting:
    """An input no larger than `item` on which the two sides still part, and how. Raises Cancelled.

    Each round tries simpler variants of the input, the simplest first, and goes on from the first that tells the two
    apart; ends where none does, or after SECONDS.
    """
    deadline = time.monotonic() + SECONDS
    parting = Parting(item, original, found)
    while time.monotonic() < deadline:
        try:
            simpler = _simpler(pool, candidate, parting.item, deadline)
        except SandboxError:
            break
        if simpler is None:
            break
        parting = simpler
    return parting


def _simpler(pool: Pool, candidate: Mapping[str, Any], item: Input, deadline: float) -> Parting | None:
    made = pool.add("gather_smaller", {"place": item.place, "count": VARIANTS, "seconds": 1.0})
    places = [variant.place for variant in made]
    ours = watch(pool.zygote, pool.order, places, lambda place: CALL_SECONDS, deadline=deadline, max_lost=2)
    good = {variant.place: variant for variant in made if counts(variant, ours, Counter())}
    parting: dict[int, Difference] = {}

    def parts(place: int, seen: Observation) -> bool:
        found = difference(ours.seen[place], seen)
        if found is not None and not found.undecidable:
            parting[place] = found
        return bool(parting)

    watch(pool.zygote, candidate, list(good), lambda place: CALL_SECONDS, deadline=deadline, max_lost=2, stop=parts)
    for place, found in parting.items():
        again = watch(pool.zygote, pool.order, [place], lambda _: CALL_SECONDS)
        if place in again.seen and difference(ours.seen[place], again.seen[place]) is None:
            return Parting(good[place], ours.seen[place], found)
    return None
