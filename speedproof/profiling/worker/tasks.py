"""What a child of the zygote can be asked to do. Each task owns its process, and reports over its channel."""

from __future__ import annotations

import socket
import sys
from typing import Any, Callable

from . import (
    inputs,
    lines,
    tasks_inputs,
    tasks_sweep,
    tasks_timed,
    type_guards,
    wire,
)
from .encode_code import by_name
from .module_state import ModuleState
from .observe import observe
from .output import RawOutput
from .sides import prefix, side


def watch(channel: socket.socket, order: Any) -> None:
    """Observe one side on a list of inputs: one frame per input as it is done, then the lines that were reached."""
    module = sys.modules[order["module"]]
    known = frozenset(vars(module))
    function = side(module, order)
    by_name(function)
    kept = inputs.read(order["inputs"], prefix(order) + order["qualname"])
    state, raw = ModuleState(module, known, caches=order["caches"]), RawOutput()
    guarded = type_guards.guarded_lines(function.__code__, (order["after"], order["before"]))
    traced, watched = set(order["traced"]), lines.Lines(function.__code__, guarded)
    for place in order["places"]:
        wire.send(channel, {"starts": place})
        seen: dict[str, Any] = {}

        def work(header: Any = kept[place][0], blob: bytes = kept[place][1], seen: dict[str, Any] = seen) -> None:
            seen.update(observe(function, blob, state, raw, wording=header["origin"] in inputs.FROM_USE))

        if place in traced:
            watched.watch(work)
        else:
            work()
        seen["input"] = place
        wire.send(channel, seen)
    if traced:
        wire.send(channel, {"hit": sorted(watched.hit), "lines": sorted(watched.executable)})
    wire.send(channel, {"end": True, "state": state.at_end()})


TASKS: dict[str, Callable[[socket.socket, Any], None]] = {
    "gather_recorded": tasks_inputs.gather_recorded,
    "gather_made": tasks_inputs.gather_made,
    "gather_mutated": tasks_inputs.gather_mutated,
    "gather_small": tasks_inputs.gather_small,
    "gather_solved": tasks_inputs.gather_solved,
    "adopt_inputs": tasks_inputs.adopt_inputs,
    "sweep_original": tasks_sweep.sweep_original,
    "sweep_again": tasks_sweep.sweep_again,
    "keep_swept": tasks_sweep.keep_swept,
    "gather_smaller": tasks_inputs.gather_smaller,
    "list_inputs": tasks_inputs.list_inputs,
    "export_inputs": tasks_inputs.export_inputs,
    "watch": watch,
    "measure": tasks_timed.measure,
    "measure_sizes": tasks_timed.measure_sizes,
    "memory": tasks_timed.memory,
    "profile_lines": tasks_timed.profile_lines,
}
