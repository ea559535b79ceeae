"""Whether what was gathered is enough for any verdict at all."""

from collections.abc import Mapping
from typing import Any

from speedproof.core.settings import Settings
from speedproof.core.verdict import Status
from speedproof.profiling.gather import Gathered
from speedproof.profiling.stage import FLAKY

MIN_RETURNING = 10
"""Distinct inputs on which the function must return, where it takes arguments at all."""
MIN_RETURNING_IN_TIME = 6
"""Enough where more would have been there but for our limits on time and depth, and these reach every line."""
CUT_OFF = ("timed out", "no time left", "raises RecursionError in the sandbox", "raises MemoryError in the sandbox")


def shortfall(gathered: Gathered, settings: Settings, recorded: str) -> tuple[Status, str] | None:
    """Why it is too thin, in words that say what would help; None where it is not.

    `recorded` says why there are no recorded calls; it is empty where there are some.
    """
    problem = nothing_usable(gathered, settings, recorded)
    if problem is not None:
        return problem
    observations = list(gathered.observations.values())
    returning = sum(observation["outcome"] == "return" for observation in observations)
    needed = _needed(gathered) if gathered.found > 1 else 1
    if returning < needed:
        reasons = _reasons(gathered)
        return Status.UNVERIFIABLE, (
            f"the function returns on only {returning} of {gathered.found} inputs, {needed} are needed"
            + (f" ({reasons})" if reasons else "")
        )
    flaky = gathered.dropped[FLAKY]
    if flaky > len(gathered.inputs):
        return (
            Status.UNVERIFIABLE,
            f"it is not deterministic: {flaky} inputs gave different results when run twice",
        )
    if needed > 1 and len({_behaviour(observation) for observation in observations}) < 2:
        return Status.UNVERIFIABLE, "it does the same on every input, nothing that it does can be observed"
    if gathered.coverage < settings.min_coverage:
        return Status.UNVERIFIABLE, (
            f"the inputs reach {gathered.coverage:.0%} of its lines, {settings.min_coverage:.0%} are needed;"
            " a test that reaches the rest would help"
        )
    return None


def _needed(gathered: Gathered) -> int:
    """How many calls have to return. Of a function whose time explodes there are no more than a few that do so soon."""
    if gathered.coverage < 1.0:
        return MIN_RETURNING
    return max(MIN_RETURNING_IN_TIME, MIN_RETURNING - sum(gathered.dropped[reason] for reason in CUT_OFF))


def nothing_usable(gathered: Gathered, settings: Settings, recorded: str) -> tuple[Status, str] | None:
    """Why there is not a single input to compare on; None where there is one."""
    if not gathered.found:
        return (
            Status.UNVERIFIABLE,
            f"no inputs found: {recorded}; a test that calls it, a doctest or type hints would help",
        )
    if gathered.inputs:
        return None
    only, reasons = set(gathered.dropped), _reasons(gathered)
    if only == {"timed out"}:
        return Status.TIMED_OUT, f"every call takes longer than {settings.call_seconds:g} s"
    if any("killed by" in reason or "ended its process" in reason for reason in only):
        return Status.CRASHED, f"calls end their process ({reasons})"
    without = f"; {recorded}" if recorded else ""
    return Status.UNVERIFIABLE, f"none of {gathered.found} inputs can be used ({reasons}){without}"


def _reasons(gathered: Gathered) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in gathered.dropped.items())


def _behaviour(observation: Mapping[str, Any]) -> str:
    """What the call did, apart from leaving its arguments as they were."""
    ignored = () if observation["mutates"] else ("arguments", "aliasing")
    aspects = observation["aspects"]
    return repr(sorted((name, aspect["digest"]) for name, aspect in aspects.items() if name not in ignored))
