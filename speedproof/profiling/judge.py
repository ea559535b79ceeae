"""One candidate against one original: the cheapest way to refute it first, the clock only for what behaves the same."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from speedproof.core.errors import SandboxError
from speedproof.core.target import Candidate
from speedproof.core.verdict import Counterexample, Evidence, Status, Verdict
from speedproof.profiling.callers import is_named_by_callers
from speedproof.profiling.gain import evidence_of, shortfall, slower_inputs, where
from speedproof.profiling.lengths import measure_lengths
from speedproof.profiling.memory import measure_memory
from speedproof.profiling.reach import brings_in
from speedproof.profiling.recurrence import recurrence
from speedproof.profiling.refute import Prepared, refute
from speedproof.profiling.samecode import same_code
from speedproof.profiling.scaling import LargerDiffers, measure_scaling
from speedproof.profiling.side import ResultChanged, TimedInput
from speedproof.profiling.signatures import lost_call
from speedproof.profiling.statistics import ERROR, error_share
from speedproof.profiling.timing import Comparison, measure
from speedproof.profiling.workers import ChildEnded, ChildTimeout
from speedproof.profiling.workload import growing, timeable, workload

SCALING_RATIO = 1.5
"""Where no timed input gains so much, not even a larger one, the exponent cannot be another."""

STEADY_GAIN = 1.3
"""What writes files takes as long as the file system pleases: identical code has been seen at 1.16×."""
NO_FILES = {"text": "[]"}
OnStep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared under the clock, as orders for the worker."""

    baseline: Mapping[str, Any]
    candidate: Mapping[str, Any]

    @property
    def orders(self) -> dict[str, Mapping[str, Any]]:
        return {"baseline": self.baseline, "candidate": self.candidate}


def judge(
    prepared: Prepared,
    candidate: Candidate,
    *,
    deadline: float,
    on_step: OnStep = lambda message: None,
    baseline: Candidate | None = None,
) -> Verdict:
    """The verdict on `candidate`; comparing and timing end at `deadline` (time.monotonic). Raises Cancelled.

    Behaviour is always compared with the original's; `baseline`, a candidate already verified, may stand in for it
    where time is compared.
    """
    try:
        ast.parse(candidate.text)
    except (SyntaxError, ValueError) as error:
        return Verdict(Status.CRASHED, f"the candidate is not valid Python: {error}", prepared.evidence)
    if same_code((baseline or prepared.target).text, candidate.text):
        return Verdict(Status.NOT_FASTER, "the same code but for the names of local variables", prepared.evidence)
    target = prepared.target
    lost = lost_call(target.text, candidate.text, target.qualname)
    if lost is not None and not (lost.names and _is_never_named(prepared, lost.names)):
        example = Counterexample(lost.call, "parameters", "takes this call", "raises TypeError")
        return Verdict(Status.DIFFERS, f"it no longer takes {lost.call}", prepared.evidence, counterexample=example)
    reaches = brings_in(prepared.target.text, candidate.text)
    if reaches:
        reason = f"it brings in {', '.join(reaches[:3])}: so code could behave differently where nobody compares"
        return Verdict(Status.UNVERIFIABLE, reason, prepared.evidence)
    sides = sides_of(prepared, candidate, baseline)

    def work() -> Verdict:
        on_step("comparing")
        refuted, evidence = refute(prepared, sides.candidate, deadline)
        if lost is not None:
            # Nobody in the project would notice. Whoever reads the proof knows whether there are callers elsewhere.
            note = f"callers outside of the project that name a parameter, which has another name now: {lost.call}"
            evidence = replace(evidence, unverified=(*evidence.unverified, note))
        return refuted or compare_times(prepared, evidence, sides, deadline=deadline, on_step=on_step)

    return _guarded(prepared, work)


def confirm(
    prepared: Prepared,
    candidate: Candidate,
    verdict: Verdict,
    *,
    deadline: float,
    on_step: OnStep = lambda message: None,
) -> Verdict:
    """`verdict`, which chose `candidate` among several, measured again: in fresh processes, on fresh inputs.

    The best of several measurements is too good on average; what is reported is the second one. Raises Cancelled.
    """
    if not verdict.verified or prepared.clock.attempts < 2:
        return verdict
    sides = sides_of(prepared, candidate, None)
    again = _guarded(
        prepared,
        lambda: compare_times(prepared, verdict.evidence, sides, deadline=deadline, on_step=on_step, again=True),
    )
    if again.verified:
        return replace(again, evidence=replace(again.evidence, confirmed=True))
    return replace(again, reason=f"measured again, its gain did not last: {again.reason}")


def _is_never_named(prepared: Prepared, names: Sequence[str]) -> bool:
    return not is_named_by_callers(prepared.zygote.tree, prepared.target.name, names)


def sides_of(prepared: Prepared, candidate: Candidate, baseline: Candidate | None) -> Sides:
    order = prepared.order
    return Sides({**order, "after": baseline.text} if baseline else order, {**order, "after": candidate.text})


def compare_times(
    prepared: Prepared,
    evidence: Evidence,
    sides: Sides,
    *,
    deadline: float,
    on_step: OnStep = lambda message: None,
    again: bool = False,
) -> Verdict:
    """The verdict on a candidate that behaves like the original. Raises ResultChanged and what children raise.

    `again`: it is no further candidate, and inputs that have been timed before are avoided.
    """
    settings, clock = prepared.settings, prepared.clock
    measure_lengths(prepared.zygote, prepared.order, prepared.gathered, settings.call_seconds)
    inputs = workload(prepared.gathered, clock.timed if again else ())
    if not inputs:
        return Verdict(Status.UNVERIFIABLE, "no input is fit to be timed", evidence)
    on_step("timing")
    clock.attempts += not again
    clock.timed.update(item.place for item in inputs)
    measurement = measure(
        Comparison(prepared.zygote, sides.orders, inputs, clock, settings.call_seconds),
        min_speedup=settings.min_speedup,
        deadline=deadline,
        error=ERROR if again else error_share(clock.attempts),
        on_round=lambda interval: on_step(f"timing, {interval.speedup().estimate:.2f}× so far"),
    )
    evidence = evidence_of(measurement, clock, evidence)
    speedup = measurement.interval.speedup()
    found = shortfall(measurement, clock.noise, settings.min_speedup)
    if found is not None:
        return Verdict(*found, evidence, speedup)
    if speedup.low < STEADY_GAIN and _writes_files(prepared):
        reason = f"measured {speedup}; it writes files, and how long that takes varies by more"
        return Verdict(Status.UNVERIFIABLE, reason, evidence, speedup)
    reason = f"{speedup.estimate:.2f}× faster{where(measurement)}, same behaviour on {evidence.n_inputs} inputs"
    verified = Verdict(Status.VERIFIED, reason + slower_inputs(measurement), evidence, speedup)
    return verified if again else _looked_at_again(prepared, verified, sides, inputs, on_step)


def _writes_files(prepared: Prepared) -> bool:
    return any(
        seen["aspects"].get("files", NO_FILES)["text"] != NO_FILES["text"]
        for seen in prepared.gathered.observations.values()
    )


def _looked_at_again(
    prepared: Prepared, verified: Verdict, sides: Sides, inputs: Sequence[TimedInput], on_step: OnStep
) -> Verdict:
    """What is worth its time only for a candidate that is faster: the last doubts, memory, and growth with size."""
    zygote, call_seconds, evidence = prepared.zygote, prepared.settings.call_seconds, verified.evidence
    if not prepared.settings.allow_caches:
        on_step("looking for results that are kept")
        assert verified.speedup is not None, "nothing is verified that was not measured"
        timed, measured = timeable(prepared.gathered), verified.speedup.estimate
        repeated = recurrence(zygote, sides.orders, timed, measured, call_seconds, evidence.clock)
        if repeated.remembers:
            return Verdict(Status.NOT_FASTER, str(repeated), evidence)
    on_step("measuring memory")
    memory = measure_memory(zygote, (sides.baseline, sides.candidate), inputs, call_seconds)
    scaling = None
    if max(timed.ratio for timed in evidence.per_input) >= SCALING_RATIO:
        on_step("measuring how time grows with size")
        scaling = measure_scaling(zygote, sides.orders, growing(prepared.gathered), call_seconds)
    return replace(verified, evidence=replace(evidence, memory=memory, scaling=scaling))


def _guarded(prepared: Prepared, work: Callable[[], Verdict]) -> Verdict:
    """What a side does to its process under the clock, as a verdict."""
    try:
        return work()
    except ResultChanged as error:
        status = Status.DIFFERS if error.side == "candidate" else Status.UNVERIFIABLE
        return Verdict(status, str(error), prepared.evidence)
    except LargerDiffers as error:
        return Verdict(Status.DIFFERS, str(error), prepared.evidence)
    except SandboxError as error:
        return Verdict(Status.UNVERIFIABLE, str(error), prepared.evidence)
    except ChildTimeout:
        return Verdict(Status.TIMED_OUT, "a timed call did not come back", prepared.evidence)
    except ChildEnded as error:
        return Verdict(Status.CRASHED, f"a timed call {error.ended}", prepared.evidence)
