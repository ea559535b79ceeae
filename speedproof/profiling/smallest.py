"""Makes a counterexample small: what is left is an input that a reader takes in at a glance."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from speedproof.core.errors import SandboxError
from speedproof.profiling.compare import Difference, Observation, difference
from speedproof.profiling.gather import Input, add_inputs, counts, list_inputs
from speedproof.profiling.watching import watch
from speedproof.profiling.workers import Zygote

SECONDS = 1.5
VARIANTS = 40
CALL_SECONDS = 0.25


def smallest(
    zygote: Zygote, original: Mapping[str, Any], candidate: Mapping[str, Any], item: Input, found: Difference
) -> tuple[Input, Difference]:
    """An input no larger than `item` on which the two sides still part, and how. Raises Cancelled.

    Each round tries simpler variants of the input, the simplest first, and goes on from the first that tells the two
    apart; ends where none does, or after SECONDS.
    """
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            simpler = _simpler(zygote, original, candidate, item, deadline)
        except SandboxError:
            break
        if simpler is None:
            break
        item, found = simpler
    return item, found


def _simpler(
    zygote: Zygote, original: Mapping[str, Any], candidate: Mapping[str, Any], item: Input, deadline: float
) -> tuple[Input, Difference] | None:
    known = len(list_inputs(zygote, original))
    add_inputs(zygote, "gather_smaller", {**original, "place": item.place, "count": VARIANTS, "seconds": 1.0})
    made = list_inputs(zygote, original)[known:]
    places = [variant.place for variant in made]
    ours = watch(zygote, original, places, lambda place: CALL_SECONDS, deadline=deadline, max_lost=2)
    good = {variant.place: variant for variant in made if counts(variant, ours, Counter())}
    parting: dict[int, Difference] = {}

    def parts(place: int, seen: Observation) -> bool:
        found = difference(ours.seen[place], seen)
        if found is not None and not found.undecidable:
            parting[place] = found
        return bool(parting)

    watch(zygote, candidate, list(good), lambda place: CALL_SECONDS, deadline=deadline, max_lost=2, stop=parts)
    for place, found in parting.items():
        again = watch(zygote, original, [place], lambda _: CALL_SECONDS)
        if place in again.seen and difference(ours.seen[place], again.seen[place]) is None:
            return good[place], found
    return None
