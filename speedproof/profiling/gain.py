"""What a measurement amounts to: whether it is a gain for the user, where, and at whose cost."""

import math
from dataclasses import replace
from statistics import median

from speedproof.core.verdict import Evidence, InputTime, Status
from speedproof.profiling.calibration import Clock, Noise
from speedproof.profiling.statistics import Decision
from speedproof.profiling.timing import Measurement

SLOWER_IN_USE = 0.97
"""Below this ratio over the recorded calls together, a candidate is not faster; what is between is noise."""
SLOWER = 0.9
"""An input whose ratio is below this, beyond noise, got slower."""
LOUD = 1.05
"""From here on the noise of the machine is worth a word."""


def shortfall(measurement: Measurement, noise: Noise, min_speedup: float) -> tuple[Status, str] | None:
    """Why the candidate does not count as faster; None where it does."""
    speedup = measurement.interval.speedup()
    if speedup.high < 1.0:
        return Status.NOT_FASTER, f"slower: {speedup}"
    if measurement.decision is not Decision.FASTER:
        promising = speedup.estimate >= min_speedup
        if promising and math.exp(noise.extent) >= LOUD:
            return Status.UNVERIFIABLE, (
                f"this machine is too noisy now: measured {speedup}, and identical code differs by"
                f" {math.expm1(noise.extent):.0%}"
            )
        if measurement.decision is Decision.UNDECIDED:
            return Status.NOT_FASTER, f"measured {speedup} when the time was up"
        return Status.NOT_FASTER, f"measured {speedup}, too little to tell from noise"
    ratio = ratio_in_use(measurement)
    if ratio is not None and ratio < SLOWER_IN_USE:
        # Gains on inputs that were made larger do not outweigh a loss on all that real use has shown.
        return Status.NOT_FASTER, f"slower on the recorded calls: {ratio:.2f}×"
    slower = [item for item in times(measurement) if item.ratio < SLOWER]
    if not measurement.in_use and 2 * len(slower) > len(measurement.inputs):
        # The sum belongs to the longest calls. Where no real use says that those are what matters, most inputs decide.
        worst = min(slower, key=lambda item: item.ratio)
        return Status.NOT_FASTER, (
            f"slower on {len(slower)} of {len(measurement.inputs)} inputs: {worst.ratio:.2f}× on {worst.call}"
        )
    return None


def slower_inputs(measurement: Measurement) -> str:
    """The cost of the gain, in words that follow it; empty where no input got slower."""
    slower = [
        timed
        for index, timed in enumerate(times(measurement))
        if timed.ratio < SLOWER and measurement.of_input(index).high < 0
    ]
    if not slower:
        return ""
    worst = min(slower, key=lambda item: item.ratio)
    return f"; slower on {len(slower)} of {len(measurement.inputs)} timed inputs: {worst.ratio:.2f}× on {worst.call}"


def where(measurement: Measurement) -> str:
    """What the figure holds for, where that is not the calls that were recorded."""
    ratio = ratio_in_use(measurement)
    if measurement.in_use or ratio is None:
        return ""
    return f" on inputs larger than the recorded ones ({ratio:.2f}× on those)"


def ratio_in_use(measurement: Measurement) -> float | None:
    """Over the calls from real use alone; None where there are none."""
    return math.exp(measurement.interval_in_use.mid) if measurement.used else None


def evidence_of(measurement: Measurement, clock: Clock, evidence: Evidence) -> Evidence:
    """`evidence` with all that was measured."""
    sizes = [clock.sizes.get(timed.place) for timed in measurement.inputs]
    found = tuple(replace(one, size=size) for one, size in zip(times(measurement), sizes, strict=True))
    return replace(
        evidence,
        timed_inputs=len(found),
        samples=tuple(measurement.samples()),
        clock=measurement.clock,
        per_input=found,
        slowest_input=min(item.ratio for item in found),
        noise=math.exp(clock.noise.extent) if clock.noise.recent() else None,
    )


def times(measurement: Measurement) -> tuple[InputTime, ...]:
    return tuple(_time(measurement, index) for index in measurement.everything)


def _time(measurement: Measurement, index: int) -> InputTime:
    timed, clock, rounds = measurement.inputs[index], measurement.clock, measurement.rounds
    baseline, candidate = zip(*(one.seconds([index], clock) for one in rounds), strict=True)
    return InputTime(
        call=timed.call,
        origin=timed.origin,
        baseline_s=median(baseline),
        candidate_s=median(candidate),
        ratio=math.exp(measurement.of_input(index).mid),
        n_passes=sum(len(one.pairs[index]) for one in rounds),
    )
