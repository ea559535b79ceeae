"""Peak memory, in a pass of its own: whatever counts allocations slows the clock down."""

from collections.abc import Mapping, Sequence
from typing import Any

from speedproof.core.errors import SandboxError
from speedproof.core.verdict import Memory
from speedproof.profiling.workers import ChildEnded, ChildTimeout, Zygote

MEMORY_SECONDS = 30.0


def measure_memory(zygote: Zygote, sides: Sequence[Mapping[str, Any]], places: Sequence[int]) -> Memory | None:
    """The peak of each side on the inputs at `places`; None where either cannot be measured. Raises Cancelled."""
    peaks = []
    for side in sides:
        try:
            with zygote.child("memory", {**side, "places": list(places)}) as child:
                peaks.append(int(child.receive(MEMORY_SECONDS)["peak"]))
        except (ChildTimeout, ChildEnded, SandboxError):
            return None
    return Memory(*peaks)
