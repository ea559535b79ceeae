"""Attempts to tell a candidate from its original: on the inputs that are known, then on some made for it alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.core.verdict import Counterexample, Evidence, Status, Verdict
from speedproof.profiling.compare import Observation, difference, outcome_text
from speedproof.profiling.gather import Gathered, Input, explore, quick_places
from speedproof.profiling.smallest import smallest
from speedproof.profiling.watching import Watched, watch
from speedproof.profiling.workers import Zygote


@dataclass(frozen=True, slots=True)
class Prepared:
    """A target with its evidence so far; good for any number of candidates."""

    target: Target
    zygote: Zygote
    order: Mapping[str, Any]
    gathered: Gathered
    settings: Settings
    evidence: Evidence


def refute(prepared: Prepared, order: Mapping[str, Any]) -> tuple[Verdict | None, Evidence]:
    """The verdict that ends the matter, or None where the candidate withstands every attempt; and the evidence.

    `order` names the candidate for the worker. Inputs come shortest call first, so that the first difference is the
    smallest one known. Raises SandboxError, Cancelled.
    """
    gathered, evidence = prepared.gathered, prepared.evidence
    watched = _watch(prepared, order, gathered.inputs, gathered.observations)
    verdict = _first_difference(prepared, order, gathered.inputs, gathered.observations, watched, evidence)
    if verdict is None:
        verdict = _other_state(gathered.state, watched.state, evidence)
    if verdict is not None:
        return verdict, evidence
    # What is new in the candidate has branches of its own, and inputs that reach them are the likeliest to refute it.
    made, observations = explore(prepared.zygote, prepared.order, order, gathered, prepared.settings)
    again = _watch(prepared, order, made, observations)
    origins = Counter(evidence.inputs) + Counter(item.origin for item in made)
    coverage = len(watched.hit | again.hit) / len(watched.lines) if watched.lines else None
    evidence = replace(evidence, inputs=dict(origins), coverage_candidate=coverage)
    verdict = _first_difference(prepared, order, made, observations, again, evidence)
    return verdict or _not_covered(coverage, prepared.settings, evidence), evidence


def _watch(
    prepared: Prepared,
    order: Mapping[str, Any],
    inputs: Sequence[Input],
    observations: Mapping[int, Observation],
) -> Watched:
    return watch(
        prepared.zygote,
        order,
        [item.place for item in inputs],
        lambda place: prepared.settings.call_seconds + 20 * float(observations[place]["seconds"]),
        traced=quick_places(observations),
        max_lost=1,
        stop=lambda place, seen: difference(observations[place], seen) is not None,
    )


def _first_difference(
    prepared: Prepared,
    order: Mapping[str, Any],
    inputs: Sequence[Input],
    original: Mapping[int, Observation],
    candidate: Watched,
    evidence: Evidence,
) -> Verdict | None:
    for item in inputs:
        if item.place in candidate.lost:
            return _lost(item, candidate.lost[item.place], original[item.place], evidence)
        if item.place not in candidate.seen:
            return Verdict(Status.UNVERIFIABLE, f"nothing was observed on {item.call}", evidence)
        found = difference(original[item.place], candidate.seen[item.place])
        if found is None:
            continue
        if found.undecidable:
            names = ", ".join(found.undecidable)
            return Verdict(Status.UNVERIFIABLE, f"its {found.aspect} cannot be compared: it holds {names}", evidence)
        item, found = smallest(prepared.zygote, prepared.order, order, item, found)
        example = Counterexample(item.call, found.aspect, found.original, found.candidate)
        return Verdict(Status.DIFFERS, f"{found.aspect} differs on {item.call}", evidence, counterexample=example)
    return None


def _lost(item: Input, how: str, original: Observation, evidence: Evidence) -> Verdict:
    status = Status.TIMED_OUT if how == "timed out" else Status.CRASHED
    example = Counterexample(item.call, "outcome", outcome_text(original), how)
    return Verdict(status, f"the candidate {how} on {item.call}", evidence, counterexample=example)


def _other_state(original: Mapping[str, str], candidate: Mapping[str, str], evidence: Evidence) -> Verdict | None:
    changed = sorted(name for name in {**original, **candidate} if original.get(name) != candidate.get(name))
    if not changed:
        return None
    return Verdict(Status.DIFFERS, f"it leaves the module's {changed[0]} in another state", evidence)


def _not_covered(coverage: float | None, settings: Settings, evidence: Evidence) -> Verdict | None:
    if coverage is not None and coverage >= settings.min_coverage:
        return None
    return Verdict(
        Status.UNVERIFIABLE,
        f"the inputs reach {coverage or 0.0:.0%} of the candidate's lines, {settings.min_coverage:.0%} are needed",
        evidence,
    )
