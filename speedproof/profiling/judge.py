"""One candidate against one original: the cheapest way to refute it first, the clock only for what behaves the same."""

import ast
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from speedproof.core.errors import SandboxError
from speedproof.core.target import Candidate
from speedproof.core.verdict import Evidence, Memory, Status, Verdict
from speedproof.profiling.gather import FROM_USE, Gathered
from speedproof.profiling.refute import Prepared, refute
from speedproof.profiling.statistics import Decision, combine
from speedproof.profiling.timing import Measurement, ResultChanged, TimedInput, measure
from speedproof.profiling.workers import ChildEnded, ChildTimeout, Zygote

MAX_TIMED = 8
MAX_TIMED_CALL_SECONDS = 1.0
MAX_PASS_SECONDS = 0.1
"""Of the original, over all timed inputs. Only a single input may be slower than that."""
SLOWER_IN_USE = 0.97
"""Below this ratio over the recorded calls alone, a candidate is not faster; what is between is noise."""
SLOWER = 0.9
"""An input whose ratio is below this is called slower in the reason."""


def judge(
    prepared: Prepared,
    candidate: Candidate,
    *,
    deadline: float,
    on_step: Callable[[str], None] = lambda message: None,
    baseline: Candidate | None = None,
) -> Verdict:
    """The verdict on `candidate`; timing ends at `deadline` (time.monotonic). Raises Cancelled.

    Behaviour is always compared with the original's; `baseline`, a candidate already verified, may stand in for it
    where time is compared.
    """
    try:
        ast.parse(candidate.text)
    except (SyntaxError, ValueError) as error:
        return Verdict(Status.CRASHED, f"the candidate is not valid Python: {error}", prepared.evidence)
    order = {**prepared.order, "after": candidate.text}
    try:
        on_step("comparing")
        refuted, evidence = refute(prepared, order)
        if refuted is not None:
            return refuted
        on_step("timing")
        slower = prepared.order if baseline is None else {**prepared.order, "after": baseline.text}
        return _time(prepared, evidence, slower, order, deadline, on_step)
    except ResultChanged as error:
        status = Status.DIFFERS if error.side == "candidate" else Status.UNVERIFIABLE
        return Verdict(status, str(error), prepared.evidence)
    except SandboxError as error:
        return Verdict(Status.UNVERIFIABLE, str(error), prepared.evidence)
    except ChildTimeout:
        return Verdict(Status.TIMED_OUT, "a timed call did not come back", prepared.evidence)
    except ChildEnded as error:
        return Verdict(Status.CRASHED, f"a timed call {error.ended}", prepared.evidence)


def _time(
    prepared: Prepared,
    evidence: Evidence,
    baseline: Mapping[str, Any],
    order: Mapping[str, Any],
    deadline: float,
    on_step: Callable[[str], None],
) -> Verdict:
    inputs = workload(prepared.gathered)
    evidence = replace(evidence, timed_inputs=len(inputs))
    if not inputs:
        return Verdict(Status.UNVERIFIABLE, "no input is fit to be timed", evidence)
    measurement = measure(
        prepared.zygote,
        {"baseline": baseline, "candidate": order},
        inputs,
        min_speedup=prepared.settings.min_speedup,
        call_seconds=prepared.settings.call_seconds,
        deadline=deadline,
        rng=random.Random(time.monotonic_ns()),  # noqa: S311 - an order of batches, no secret
        on_round=lambda interval: on_step(f"timing, {interval.speedup().estimate:.2f}× so far"),
    )
    assert measurement.interval is not None
    ratios = [measurement.input_ratio(index) for index in range(len(inputs))]
    worst = min(range(len(inputs)), key=lambda index: ratios[index])
    speedup = measurement.interval.speedup()
    evidence = replace(
        evidence, samples=tuple(measurement.samples), clock=measurement.clock, slowest_input=ratios[worst]
    )
    shortfall = _shortfall(measurement)
    if shortfall is not None:
        return Verdict(Status.NOT_FASTER, shortfall, evidence, speedup)
    reason = f"{speedup.estimate:.2f}× faster{_where(measurement)}, same behaviour on {evidence.n_inputs} inputs"
    if ratios[worst] < SLOWER:
        reason += f"; slower on some inputs: {ratios[worst]:.2f}× on {inputs[worst].call}"
    on_step("measuring memory")
    return Verdict(
        Status.VERIFIED,
        reason,
        replace(evidence, memory=_memory(prepared.zygote, (baseline, order), inputs)),
        speedup,
    )


def _shortfall(measurement: Measurement) -> str | None:
    """Why the candidate does not count as faster; None where it does."""
    assert measurement.interval is not None
    speedup = measurement.interval.speedup()
    if speedup.high < 1.0:
        return f"slower: {speedup}"
    if measurement.decision is Decision.UNDECIDED:
        return f"measured {speedup} when the time was up"
    if measurement.decision is Decision.NOT_FASTER:
        return f"measured {speedup}, too little to tell from noise"
    # Gains on inputs that were made larger do not outweigh a loss on all that real use has shown.
    ratio = _ratio_in_use(measurement)
    return f"slower on the recorded calls: {ratio:.2f}×" if ratio is not None and ratio < SLOWER_IN_USE else None


def _where(measurement: Measurement) -> str:
    """What the figure holds for, where that is not the calls that were recorded."""
    ratio = _ratio_in_use(measurement)
    if measurement.in_use or ratio is None:
        return ""
    return f" on inputs larger than the recorded ones ({ratio:.2f}× on those)"


def _ratio_in_use(measurement: Measurement) -> float | None:
    """Over the calls from real use alone; None where there are none."""
    return math.exp(combine(measurement.recorded).mid) if measurement.recorded else None


def workload(gathered: Gathered) -> list[TimedInput]:
    """What is timed: calls that return, the longest ones first of all, and a spread of the others."""
    fit = []
    for item in gathered.inputs:
        seen = gathered.observations[item.place]
        if seen["outcome"] == "return" and seen["seconds"] <= MAX_TIMED_CALL_SECONDS:
            fit.append(
                TimedInput(
                    place=item.place,
                    origin=item.origin,
                    call=item.call,
                    seconds=float(seen["seconds"]),
                    mutates=bool(seen["mutates"]),
                    lazy=bool(seen["lazy"]),
                    digest=seen["aspects"]["result"]["digest"],
                )
            )
    used = sorted((item for item in fit if item.origin in FROM_USE), key=lambda item: item.seconds)
    made = sorted((item for item in fit if item.origin not in FROM_USE), key=lambda item: item.seconds)
    scaled = [item for item in made if item.origin == "scaled"]
    chosen = _spread(used, 4) + _spread(scaled, 2)
    chosen += _spread([item for item in made if item not in chosen], MAX_TIMED - len(chosen))
    return _within(chosen, MAX_PASS_SECONDS)


def _within(chosen: Sequence[TimedInput], seconds: float) -> list[TimedInput]:
    """As many of `chosen` as fit into `seconds` together, those from use first. The first is always there."""
    kept = list(chosen[:1])
    limit = max(seconds, 1.1 * sum(item.seconds for item in kept))
    for item in chosen[1:]:
        if sum(other.seconds for other in kept) + item.seconds <= limit:
            kept.append(item)
    return kept


def _spread(ordered: Sequence[TimedInput], count: int) -> list[TimedInput]:
    """`count` of them at even distances, the last one always among them."""
    if len(ordered) <= count or count <= 0:
        return list(ordered[:count]) if count > 0 else []
    step = (len(ordered) - 1) / max(count - 1, 1)
    return [ordered[round(len(ordered) - 1 - step * place)] for place in range(count)]


def _memory(zygote: Zygote, sides: Sequence[Mapping[str, Any]], inputs: Sequence[TimedInput]) -> Memory | None:
    peaks = []
    for side in sides:
        with zygote.child("memory", {**side, "places": [item.place for item in inputs]}) as child:
            try:
                peaks.append(int(child.receive(30.0)["peak"]))
            except (ChildTimeout, ChildEnded, SandboxError):
                return None
    return Memory(*peaks)
