"""Peak memory, in a pass of its own: whatever counts allocations slows the clock down.

Quick calls are counted byte by byte by the interpreter, which makes them about tenfold slower. Of the longest call the
kernel says how far the process grew: that costs nothing, and is right to about 2 MB, for a call may also take memory
that an earlier one gave back. Where it sees little, the longest call that can be counted is counted.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from speedproof.core.errors import SandboxError
from speedproof.core.verdict import Memory
from speedproof.profiling.side import TimedInput
from speedproof.profiling.ticks import START_SECONDS, run_batch, whole
from speedproof.profiling.workers import ChildEnded, ChildTimeout, Zygote

MAX_COUNTED_SECONDS, MAX_COUNTED_CALL_SECONDS = 0.02, 0.05
MIN_GROWN_BYTES = 5_000_000
COUNTED_SECONDS = 30.0


def measure_memory(
    zygote: Zygote, sides: Sequence[Mapping[str, Any]], inputs: Sequence[TimedInput], call_seconds: float
) -> Memory | None:
    """The largest peak of each side over `inputs`; None where either cannot be measured. Raises Cancelled."""
    longest = max(inputs, key=lambda timed: timed.seconds)
    try:
        if sum(timed.seconds for timed in inputs) <= MAX_COUNTED_SECONDS:
            return Memory(*(_counted(zygote, side, inputs) for side in sides))
        grown = [_grown(zygote, side, longest, call_seconds) for side in sides]
        brief = [timed for timed in inputs if timed.seconds <= MAX_COUNTED_CALL_SECONDS]
        if max(grown) >= MIN_GROWN_BYTES or not brief:
            return Memory(*grown)
        brief = sorted(brief, key=lambda timed: timed.seconds)[-1:]
        return Memory(*(_counted(zygote, side, brief) for side in sides))
    except (ChildTimeout, ChildEnded, SandboxError, OSError):
        return None


def _counted(zygote: Zygote, side: Mapping[str, Any], inputs: Sequence[TimedInput]) -> int:
    with zygote.child("memory", {**side, "places": [timed.place for timed in inputs]}) as child:
        return whole(child.receive(COUNTED_SECONDS), "peak")


def _grown(zygote: Zygote, side: Mapping[str, Any], timed: TimedInput, call_seconds: float) -> int:
    """How far the first call of a fresh process makes it grow. Raises OSError where the kernel does not tell."""
    order = {**side, "places": [timed.place], "lazy": [timed.lazy]}
    before = 0
    with zygote.child("measure", order) as child:
        process = Path("/proc", str(child.pid))

        def start_anew() -> None:
            nonlocal before
            (process / "clear_refs").write_text("5")  # sets the peak to what is in use: proc(5)
            before = _status_bytes(process, "VmRSS")

        child.receive(START_SECONDS)
        run_batch(child, {"tour": [0]}, call_seconds, 1, before=start_anew)
        return max(0, _status_bytes(process, "VmHWM") - before)


def _status_bytes(process: Path, key: str) -> int:
    for line in (process / "status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{process}/status has no {key}")
