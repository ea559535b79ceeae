"""Both sides on thousands of calls, compared by digests alone: what seems to differ becomes an input like any other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from speedproof.profiling.gather import Gathered
from speedproof.profiling.stage import Stage
from speedproof.profiling.workers import Child, ChildEnded, ChildTimeout

CALLS = 8000
SECONDS = 0.3
"""Of processor time, for the original."""
SLOWER = 4
"""So many times longer may the candidate take, before the rest of its calls is left out."""
MAX_SEEDS = 400
MAX_CHOSEN = 24
OBSERVE_SECONDS = 2.0
REPORTED_AT_ONCE = 500
UNDECIDED, LOST = "00" * 8, "lost"
GUESSED = ("guessed", "earlier")


@contextmanager
def sweeping(gathered: Gathered, candidate: Mapping[str, Any]) -> Iterator[Callable[[], Stage]]:
    """Within the block the original runs on its thousands of calls; what is given then runs `candidate` on them.

    It gives the calls on which `candidate`, an order for the worker, does not seem to do what the original does. Each
    has then been observed on the original like any other input. Raises SandboxError, Cancelled.
    """
    seeds = gathered.light(gathered.inputs)[-MAX_SEEDS:]
    if not seeds:
        yield Stage
        return
    first = gathered.made[0].inputs
    like = gathered.light([item for item in first if item.origin not in GUESSED] or first)
    zygote = gathered.pool.zygote
    order = {**gathered.pool.order, "seeds": seeds, "like": like, "other": candidate["after"]}
    order = {**order, "count": CALLS, "seconds": SECONDS, "seed": 6}
    with zygote.child("sweep_original", order, writable=(zygote.scratch / "inputs",)) as child:
        yield lambda: _swept(gathered, candidate, _original(child))


def _swept(gathered: Gathered, candidate: Mapping[str, Any], expected: Sequence[str]) -> Stage:
    found = _candidate(gathered, candidate, len(expected)) if expected else []
    decided = [(n, pair) for n, pair in enumerate(zip(expected, found, strict=False)) if UNDECIDED not in pair]
    chosen = [number for number, (one, other) in decided if one != other]
    swept = len(decided) - len(chosen)
    if not chosen:
        return Stage(swept=swept)
    stage = gathered.more("keep_swept", {"chosen": chosen[:MAX_CHOSEN], "seconds": OBSERVE_SECONDS})
    return replace(stage, swept=swept)


def _original(child: Child) -> list[str]:
    with suppress(ChildTimeout, ChildEnded):
        return [str(digest) for digest in child.receive(_patience(SECONDS))["digests"]]
    return []


def _candidate(gathered: Gathered, candidate: Mapping[str, Any], count: int) -> list[str]:
    """A digest for each of `count` calls, as far as it comes; LOST for one that ends its process, the last."""
    found: list[str] = []
    for at_once in (REPORTED_AT_ONCE, 1):  # the second time, which one it is that ends the process
        order = {**candidate, "seconds": SLOWER * SECONDS, "start": len(found), "at_once": at_once}
        with gathered.pool.zygote.child("sweep_again", order) as child:
            try:
                while True:
                    message = child.receive(_patience(SLOWER * SECONDS))
                    found += map(str, message["digests"] if isinstance(message["digests"], list) else ())
                    if message.get("end") or len(found) > count:
                        return found
            except (ChildTimeout, ChildEnded):
                pass
    return [*found, LOST]


def _patience(seconds: float) -> float:
    """Real time, on a machine that others use as well."""
    return 10 * seconds + 5.0
