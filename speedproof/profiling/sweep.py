"""Both sides on thousands of calls, compared by digests alone: what seems to differ becomes an input like any other."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from speedproof.profiling.gather import Gathered
from speedproof.profiling.stage import Stage, quick_places
from speedproof.profiling.workers import ChildEnded, ChildTimeout

CALLS = 8000
SECONDS = 0.3
"""Of processor time, for the original."""
SLOWER = 4
"""So many times longer may the candidate take, before the rest of its calls is left out."""
MAX_SEEDS = 400
MAX_CHOSEN = 24
OBSERVE_SECONDS = 2.0
UNDECIDED = "00" * 8
GUESSED = ("guessed", "earlier")


def sweep(gathered: Gathered, candidate: Mapping[str, Any]) -> Stage:
    """The calls on which `candidate`, an order for the worker, does not seem to do what the original does.

    Each has then been observed on the original like any other input. Raises SandboxError, Cancelled.
    """
    quick = quick_places(gathered.observations)
    seeds = [item.place for item in gathered.inputs if item.place in quick and item.origin != "scaled"][-MAX_SEEDS:]
    first = gathered.made[0].inputs
    like = [item.place for item in first if item.origin not in GUESSED] or [item.place for item in first]
    order = {"seeds": seeds, "like": like, "other": candidate["after"]}
    expected = _original(gathered, order) if seeds else []
    found = _candidate(gathered, candidate) if expected else []
    pairs = enumerate(zip(expected, found, strict=False))
    chosen = [number for number, pair in pairs if pair[0] != pair[1] and UNDECIDED not in pair]
    if not chosen:
        return Stage()
    return gathered.more("keep_swept", {"chosen": chosen[:MAX_CHOSEN], "seconds": OBSERVE_SECONDS})


def _original(gathered: Gathered, order: Mapping[str, Any]) -> list[str]:
    pool = gathered.pool
    writable = (pool.zygote.scratch / "inputs",)
    order = {**pool.order, **order, "count": CALLS, "seconds": SECONDS, "seed": 6}
    with (
        pool.zygote.child("sweep_original", order, writable=writable) as child,
        suppress(ChildTimeout, ChildEnded),
    ):
        return [str(digest) for digest in child.receive(_patience(SECONDS))["digests"]]
    return []


def _candidate(gathered: Gathered, candidate: Mapping[str, Any]) -> list[str]:
    """As far as it comes: the call that kills it, or has no end, is the next one, which nobody can know to differ."""
    found: list[str] = []
    with (
        gathered.pool.zygote.child("sweep_again", {**candidate, "seconds": SLOWER * SECONDS}) as child,
        suppress(ChildTimeout, ChildEnded),
    ):
        while True:
            message = child.receive(_patience(SLOWER * SECONDS))
            digests = message["digests"]
            found += [str(digest) for digest in digests if isinstance(digests, list)]
            if message.get("end") or len(found) > CALLS:
                break
    return found


def _patience(seconds: float) -> float:
    """Real time, on a machine that others use as well."""
    return 10 * seconds + 5.0
