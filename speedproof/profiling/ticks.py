"""One batch of calls in a child, by the engine's clocks. What the child thinks of time is not asked for."""

import itertools
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedproof.profiling.worker.wire import DONE, GO, READY
from speedproof.profiling.workers import Child, ChildEnded, Ended

START_SECONDS = 20.0
SPARE_SECONDS = 5.0
SETTLE_SECONDS, SETTLE_LOOKS, SETTLE_STEP_SECONDS = 5.0, 5, 20e-6
"""On a core of its own a child sleeps after one or two looks; otherwise we have to."""
SMALLEST_SECONDS = 1e-9


@dataclass(frozen=True, slots=True)
class Ticks:
    """Seconds of the whole batch, and what the child reports of it: nothing there is about time.

    `wall` is without the time in which the child could have run and another process did.
    """

    cpu: float
    wall: float
    report: Mapping[str, Any]

    def seconds(self, clock: str) -> float:
        return self.wall if clock == "wall" else self.cpu

    @property
    def failed(self) -> bool:
        return self.report.get("error") is not None


_OUT_OF_TURN = Ticks(math.inf, math.inf, {"error": "it spoke out of turn"})


def run_batch(
    child: Child,
    order: Mapping[str, Any],
    call_seconds: float,
    n_calls: int,
    before: Callable[[], None] = lambda: None,
    spare_seconds: float = SPARE_SECONDS,
) -> Ticks:
    """`order` is one that the worker's `timed.serve_batches` knows; `before` is called when all but the calls is done.

    `call_seconds` for each call, and `spare_seconds` for what is around them, are waited. Raises ChildTimeout,
    ChildEnded, Cancelled.
    """
    patience = spare_seconds + n_calls * call_seconds
    child.send(order)
    if child.byte(patience) != READY:
        return _OUT_OF_TURN
    before()
    used, waited, start = _settled_cpu_seconds(child), _waited_seconds(child), time.perf_counter()
    child.channel.sendall(GO)
    if child.byte(patience) != DONE:
        return _OUT_OF_TURN
    wall, cpu = time.perf_counter() - start, _settled_cpu_seconds(child) - used
    wall -= _waited_seconds(child) - waited
    child.channel.sendall(GO)
    report = child.receive(patience)
    if not isinstance(report, dict):
        return _OUT_OF_TURN
    return Ticks(max(cpu, SMALLEST_SECONDS), max(wall, cpu, SMALLEST_SECONDS), report)


def whole(report: Mapping[str, Any], key: str) -> int:
    """A number that a child reports. Raises ChildEnded where it is none: foreign code may speak in its place."""
    value = report[key]
    if type(value) is not int or value < 0:
        raise ChildEnded(Ended(out_of_turn=True))
    return value


def sizes_in(report: Mapping[str, Any]) -> list[int | None]:
    """The sizes of inputs that a child reports. Raises as `whole` does."""
    sizes = report["sizes"]
    if type(sizes) is not list or not all(size is None or type(size) is int for size in sizes):
        raise ChildEnded(Ended(out_of_turn=True))
    return sizes


def _settled_cpu_seconds(child: Child) -> float:
    """The child's CPU clock when it has gone to sleep, as it does after each word.

    The kernel brings the clock of another process up to date when that is taken off its processor, or at a tick: read
    while the child still runs, it is late by up to 4 ms, which is more than a batch takes.
    """
    give_up = time.perf_counter() + SETTLE_SECONDS
    with suppress(OSError), Path(f"/proc/{child.pid}/stat").open("rb", buffering=0) as status:
        for look in itertools.count(1):
            if status.read().rpartition(b")")[2][1:2] == b"S" or time.perf_counter() > give_up:
                break
            if look > SETTLE_LOOKS:
                time.sleep(SETTLE_STEP_SECONDS)  # it may need the very core that we are on
            status.seek(0)
    return child.cpu_seconds()


def _waited_seconds(child: Child) -> float:
    """How long the child has been ready to run while others did; 0.0 where the kernel does not count it."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{child.pid}/schedstat").read_bytes().split()[1]) / 1e9
    return 0.0
