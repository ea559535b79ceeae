"""Which inputs are timed."""

from collections.abc import Collection, Sequence

from speedproof.core.report import FROM_USE
from speedproof.profiling.gather import Gathered
from speedproof.profiling.side import TimedInput

MAX_TIMED = 8
MAX_USED, MAX_SCALED = 4, 2
MAX_TIMED_CALL_SECONDS = 1.0
MAX_TIMED_USED_SECONDS = 1.8
"""Of a call from real use: without the longest one, what is left would say little of what a rewrite is worth."""
MAX_GROWING_SECONDS = 0.0005
MAX_PASS_SECONDS = 0.1
"""Of the original, over all timed inputs. Only a single input may be slower than that."""


def workload(gathered: Gathered, avoid: Collection[int] = ()) -> list[TimedInput]:
    """Calls that return, the longest ones first of all, and a spread of the others.

    The places in `avoid` are left out where their kind has others; the longest call from real use is always timed, for
    what a rewrite is worth shows there.
    """
    fit = timeable(gathered)
    used = _fresh([item for item in fit if item.origin in FROM_USE], avoid, keep_longest=True)
    made = [item for item in fit if item.origin not in FROM_USE]
    scaled = _fresh([item for item in made if item.origin == "scaled"], avoid)
    others = _fresh([item for item in made if item.origin != "scaled"], avoid)
    chosen = _spread(used, MAX_USED) + _spread(scaled, MAX_SCALED)
    rest = sorted(others + [item for item in scaled if item not in chosen], key=lambda item: item.seconds)
    chosen += _spread(rest, MAX_TIMED - len(chosen))
    return _within(chosen, MAX_PASS_SECONDS)


def timeable(gathered: Gathered) -> list[TimedInput]:
    """All calls that return soon, the quickest first."""
    observations = gathered.observations
    fit = []
    for item in gathered.inputs:
        seen = observations[item.place]
        seconds = gathered.lengths.get(item.place, float(seen["seconds"]))
        longest = MAX_TIMED_USED_SECONDS if item.origin in FROM_USE else MAX_TIMED_CALL_SECONDS
        if seen["outcome"] == "return" and seconds <= longest:
            fit.append(
                TimedInput(
                    place=item.place,
                    origin=item.origin,
                    call=item.call,
                    seconds=seconds,
                    mutates=bool(seen["mutates"]),
                    lazy=bool(seen["lazy"]),
                    digest=seen["aspects"]["result"]["digest"],
                    draws=bool(seen["draws"]),
                )
            )
    return sorted(fit, key=lambda item: item.seconds)


def growing(gathered: Gathered) -> list[TimedInput]:
    """Inputs to be grown, the best first: from real use, the longest of those that leave room for growth."""
    fit = timeable(gathered)
    used = [item for item in fit if item.origin in FROM_USE] or [item for item in fit if item.origin != "scaled"]
    small = [item for item in used if item.seconds <= MAX_GROWING_SECONDS]
    return small[::-1] + used[len(small) :]


def _fresh(ordered: Sequence[TimedInput], avoid: Collection[int], *, keep_longest: bool = False) -> list[TimedInput]:
    """Those not in `avoid`; all where nothing else is left."""
    fresh = [item for item in ordered if item.place not in avoid]
    if keep_longest and ordered and ordered[-1] not in fresh:
        fresh.append(ordered[-1])
    return fresh or list(ordered)


def _spread(ordered: Sequence[TimedInput], count: int) -> list[TimedInput]:
    """`count` of them at even distances, from the last one down, which is always among them."""
    if len(ordered) <= count or count <= 0:
        return list(ordered[::-1]) if count > 0 else []
    step = (len(ordered) - 1) / max(count - 1, 1)
    return [ordered[round(len(ordered) - 1 - step * place)] for place in range(count)]


def _within(chosen: Sequence[TimedInput], seconds: float) -> list[TimedInput]:
    """As many of `chosen` as fit into `seconds` together, those from use first. The first is always there."""
    kept = list(chosen[:1])
    limit = max(seconds, 1.1 * sum(item.seconds for item in kept))
    for item in chosen[1:]:
        if sum(other.seconds for other in kept) + item.seconds <= limit:
            kept.append(item)
    return kept
