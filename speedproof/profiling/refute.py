"""Attempts to tell a candidate from its original: on the inputs that are known, then on some made for it alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.core.verdict import Counterexample, Evidence, Status, Verdict
from speedproof.profiling.calibration import Clock
from speedproof.profiling.compare import Observation, difference, outcome_text
from speedproof.profiling.enough import shortfall
from speedproof.profiling.gather import Gathered
from speedproof.profiling.pool import Input
from speedproof.profiling.smallest import smallest
from speedproof.profiling.stage import Stage, quick_places
from speedproof.profiling.sweep import sweeping
from speedproof.profiling.watching import Watched, watch
from speedproof.profiling.workers import Zygote

OTHER_TYPES = "arguments of types that neither its calls nor its annotations show"
MAX_TELLING = 8


@dataclass(slots=True)
class Prepared:
    """A target with what is known of it so far; good for any number of candidates."""

    target: Target
    zygote: Zygote
    order: Mapping[str, Any]
    gathered: Gathered
    settings: Settings
    recorded: str
    """How the recording of calls went, in words."""
    telling: dict[Input, Observation] = field(default_factory=dict)
    """Inputs that told a candidate from the original, the latest last, with what the original does on them."""
    clock: Clock = field(default_factory=Clock)

    @property
    def evidence(self) -> Evidence:
        """What has been gathered until now."""
        gathered = self.gathered
        left_out = (f"inputs left out, {reason}: {count}" for reason, count in gathered.dropped.items())
        return Evidence(
            inputs=dict(Counter(item.origin for item in gathered.inputs)),
            coverage_original=gathered.coverage,
            sandbox=self.zygote.layers.active,
            unverified=(OTHER_TYPES, *gathered.pool.assumed, *left_out),
        )


def refute(
    prepared: Prepared, order: Mapping[str, Any], deadline: float = float("inf")
) -> tuple[Verdict | None, Evidence]:
    """The verdict that ends the matter, or None where the candidate withstands every attempt; and the evidence.

    `order` names the candidate for the worker. What told an earlier candidate apart is tried first. Inputs come
    shortest call first, so that the first difference is the smallest one known. Nothing is begun after `deadline`
    (time.monotonic), and what is not compared by then is no evidence. Raises SandboxError, Cancelled.
    """
    verdict = _as_others(prepared, order)
    if verdict is not None:
        return verdict, verdict.evidence
    with prepared.gathered.for_candidate(order):
        return _refute_in_stages(prepared, order, deadline)


def _refute_in_stages(prepared: Prepared, order: Mapping[str, Any], deadline: float) -> tuple[Verdict | None, Evidence]:
    hit: set[int] = set()
    lines: set[int] = set()
    compared: list[Input] = []
    swept = 0
    for stage in _stages(prepared, order):
        if isinstance(stage, Verdict):
            return stage, stage.evidence
        compared += stage.inputs
        watched = _watch(prepared, order, stage, deadline)
        verdict = _first_difference(prepared, order, stage, watched) or _other_state(stage.state, watched.state)
        if verdict is not None and _is_of_state(verdict):
            verdict = _state_confirmed(prepared, order, stage, verdict)
        if verdict is not None:
            evidence = replace(prepared.evidence, inputs=_origins(compared))
            return replace(verdict, evidence=evidence), evidence
        hit |= watched.hit
        lines |= watched.lines
        swept += stage.swept
    coverage = len(hit) / len(lines) if lines else None
    evidence = replace(prepared.evidence, inputs=_origins(compared), swept=swept, coverage_candidate=coverage)
    return _not_covered(coverage, prepared.settings, evidence), evidence


def _stages(prepared: Prepared, order: Mapping[str, Any]) -> Iterator[Stage | Verdict]:
    """What to compare on; or, where all that can be gathered is not enough, the verdict that says so."""
    yield from prepared.gathered.stages()
    problem = shortfall(prepared.gathered, prepared.settings, prepared.recorded)
    if problem is None:
        with sweeping(prepared.gathered, order) as swept:
            yield prepared.gathered.explore()
            yield swept()
        yield prepared.gathered.solve(order)
    else:
        yield Verdict(*problem, prepared.evidence)


def _as_others(prepared: Prepared, order: Mapping[str, Any]) -> Verdict | None:
    """Candidates for one function like to be wrong in the same way."""
    inputs = list(reversed(prepared.telling))
    if not inputs:
        return None
    stage = Stage(tuple(inputs), {item.place: seen for item, seen in prepared.telling.items()})
    verdict = _first_difference(prepared, order, stage, _watch(prepared, order, stage))
    # What was observed after other calls may be another thing without them, where a module or a class keeps count.
    if verdict is None or _first_difference(prepared, order, stage, _watch(prepared, prepared.order, stage)):
        return None
    return replace(verdict, evidence=replace(prepared.evidence, inputs=_origins(inputs)))


def _watch(prepared: Prepared, order: Mapping[str, Any], stage: Stage, deadline: float = float("inf")) -> Watched:
    original = stage.observations
    return watch(
        prepared.zygote,
        order,
        [item.place for item in stage.inputs],
        lambda place: stage.patience(place, prepared.settings),
        traced=quick_places(original),
        max_lost=1,
        deadline=deadline,
        stop=lambda place, seen: difference(original[place], seen) is not None,
    )


def _first_difference(prepared: Prepared, order: Mapping[str, Any], stage: Stage, candidate: Watched) -> Verdict | None:
    for item in stage.inputs:
        original = stage.observations[item.place]
        if item.place in candidate.lost:
            return _lost(item, candidate.lost[item.place], original)
        if item.place not in candidate.seen:
            seen, of = len(candidate.seen), len(stage.inputs)
            return Verdict(Status.TIMED_OUT, f"the time was up when it had been compared on {seen} of {of} inputs")
        found = difference(original, candidate.seen[item.place])
        if found is None:
            continue
        if found.undecidable:
            names = ", ".join(found.undecidable)
            return Verdict(Status.UNVERIFIABLE, f"its {found.aspect} cannot be compared: it holds {names}")
        origin = item.origin
        if item not in prepared.telling:  # what told another candidate apart is small already
            smaller = smallest(prepared.gathered.pool, order, item, original, found)
            item, original, found = smaller.item, smaller.original, smaller.found
        _remember(prepared, item, original)
        example = Counterexample(item.call, found.aspect, found.original, found.candidate, origin)
        return Verdict(Status.DIFFERS, f"{found.aspect} differs on {item.call}", counterexample=example)
    return None


def _remember(prepared: Prepared, item: Input, original: Observation) -> None:
    prepared.telling.pop(item, None)
    prepared.telling[item] = original
    while len(prepared.telling) > MAX_TELLING:
        del prepared.telling[next(iter(prepared.telling))]


def _lost(item: Input, how: str, original: Observation) -> Verdict:
    status = Status.TIMED_OUT if how == "timed out" else Status.CRASHED
    example = Counterexample(item.call, "outcome", outcome_text(original), how, item.origin)
    return Verdict(status, f"the candidate {how} on {item.call}", counterexample=example)


def _other_state(original: Mapping[str, str], candidate: Mapping[str, str]) -> Verdict | None:
    changed = sorted(name for name in {**original, **candidate} if original.get(name) != candidate.get(name))
    return Verdict(Status.DIFFERS, f"it leaves the module's {changed[0]} in another state") if changed else None


def _is_of_state(verdict: Verdict) -> bool:
    example = verdict.counterexample
    return verdict.status is Status.DIFFERS and (example is None or example.aspect.startswith("module state"))


def _state_confirmed(prepared: Prepared, order: Mapping[str, Any], stage: Stage, verdict: Verdict) -> Verdict | None:
    """What a module keeps depends on all the calls before, and need not be the same twice: compared with a run of the
    original on exactly these inputs.
    """
    places = [item.place for item in stage.inputs]
    again = watch(prepared.zygote, prepared.order, places, lambda place: stage.patience(place, prepared.settings))
    if len(again.seen) < len(places):
        return verdict
    now = replace(stage, observations=again.seen, state=again.state)
    candidate = _watch(prepared, order, now)
    second = _first_difference(prepared, order, now, candidate) or _other_state(again.state, candidate.state)
    if second is None:
        return None
    is_steady = all(difference(stage.observations[place], again.seen[place]) is None for place in places)
    if is_steady and again.state == stage.state:
        return verdict
    return Verdict(Status.UNVERIFIABLE, "what its module keeps between calls is not the same when run twice")


def _not_covered(coverage: float | None, settings: Settings, evidence: Evidence) -> Verdict | None:
    if coverage is not None and coverage >= settings.min_coverage:
        return None
    return Verdict(
        Status.UNVERIFIABLE,
        f"the inputs reach {coverage or 0.0:.0%} of the candidate's lines, {settings.min_coverage:.0%} are needed",
        evidence,
    )


def _origins(inputs: Sequence[Input]) -> dict[str, int]:
    return dict(Counter(item.origin for item in inputs))
