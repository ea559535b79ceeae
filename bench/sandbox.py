"""What the sandbox costs: starting it, a fork that is locked down, computing and opening files inside, ending it.

Once with what every machine has, and once with bubblewrap around it, where that works. Inside and outside are measured
in turn, in one run, so that a loaded machine slows both. Figures are medians; those of work done inside are processor
time, the others wall time.
"""

import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from _common import finish, parser, table

from speedproof.profiling import bubblewrap, sandbox

HERE = Path(__file__).resolve().parent
WORKER = Path(sandbox.__file__).parent / "worker"
MAX_LOCK_CPU_MS = 2.0
MAX_LOOP_RATIO = 1.05
MAX_KILL_MS = 200.0


def main() -> int:
    options = parser(__doc__ or "").parse_args()
    walls = {"": False} if bubblewrap.problem() else {"": False, "bubblewrap_": True}
    figures: dict[str, float] = {}
    for prefix, walled in walls.items():
        found = _figures(options.quick, walled)
        figures.update({prefix + name: value for name, value in found.items()})
    print("sandbox:", ", ".join(sandbox.layers().active), f"({bubblewrap.problem()})" if bubblewrap.problem() else "")
    print(table(["figure", "value"], [(name, f"{value:.2f}") for name, value in figures.items()]))
    limits = {"lock_cpu_ms": MAX_LOCK_CPU_MS, "loop_ratio": MAX_LOOP_RATIO, "kill_max_ms": MAX_KILL_MS}
    failures = [
        f"{prefix}{name} is {figures[prefix + name]:.2f}, at most {limit} was expected"
        for prefix in walls
        for name, limit in limits.items()
        if figures[prefix + name] > limit
    ]
    return finish("sandbox", options, figures, failures=failures)


def _figures(quick: bool, walled: bool) -> dict[str, float]:
    pairs, rounds = (3, 2) if quick else (16, 4)
    scratch = Path(tempfile.mkdtemp(prefix="speedproof-bench-"))
    try:
        seconds = []
        for _ in range(pairs):  # one process can be faster than another for as long as it lives
            with _outside(scratch) as outside, _inside(scratch, walled) as inside:
                seconds += [_round(outside, inside) for _ in range(rounds)]
        starts = [_start_and_kill(scratch, walled) for _ in range(pairs)]
    finally:
        shutil.rmtree(scratch)
    return {
        "python_start_ms": 1e3 * statistics.median(start["python"] for start in starts),
        "sandbox_start_ms": 1e3 * statistics.median(start["sandbox"] for start in starts),
        "kill_ms": 1e3 * statistics.median(start["kill"] for start in starts),
        "kill_max_ms": 1e3 * max(start["kill"] for start in starts),
        "fork_ms": 1e3 * statistics.median(one["fork"] for one in seconds),
        "fork_locked_ms": 1e3 * statistics.median(one["fork_and_lock"] for one in seconds),
        "lock_cpu_ms": 1e3 * statistics.median(one["lock"] for one in seconds),
        "loop_ratio": statistics.median(one["loop"] / one["loop_outside"] for one in seconds),
        "open_ratio": statistics.median(one["open"] / one["open_outside"] for one in seconds),
    }


def _round(outside: TextIO, inside: TextIO) -> dict[str, float]:
    orders = [(inside, name, name) for name in ("fork", "fork_and_lock", "lock", "loop", "open")]
    orders += [(outside, name, f"{name}_outside") for name in ("loop", "open")]
    random.shuffle(orders)
    return {key: _ask(stream, name) for stream, name, key in orders}


def _ask(stream: TextIO, name: str) -> float:
    stream.write(name + "\n")
    stream.flush()
    return float(stream.readline())


@contextmanager
def _inside(scratch: Path, walled: bool) -> Iterator[TextIO]:
    ours, theirs = socket.socketpair()
    with ours, ours.makefile("rw") as stream:
        with theirs:
            confined = sandbox.start(_command(theirs, "yes"), _policy(scratch, walled), pass_fds=[theirs.fileno()])
        with confined:
            yield stream


@contextmanager
def _outside(scratch: Path) -> Iterator[TextIO]:
    ours, theirs = socket.socketpair()
    with ours, ours.makefile("rw") as stream:
        with theirs:
            # The same environment, whose size moves the stack and with it every timing.
            environment = sandbox.environment(_policy(scratch, walled=False))
            process = subprocess.Popen(_command(theirs, "no"), pass_fds=[theirs.fileno()], env=environment, cwd=scratch)
        try:
            yield stream
        finally:
            process.kill()
            process.wait()


def _start_and_kill(scratch: Path, walled: bool) -> dict[str, float]:
    """Wall seconds for an interpreter that does nothing, for a confined one, and for the end of one that loops."""
    nothing = [sys.executable, "-I", "-S", "-c", "pass"]
    began = time.perf_counter()
    subprocess.run(nothing, check=True)
    python = time.perf_counter() - began
    began = time.perf_counter()
    with sandbox.start(nothing, _policy(scratch, walled)) as confined:
        confined.wait()
    start = time.perf_counter() - began
    with sandbox.start([sys.executable, "-c", "while True: pass"], _policy(scratch, walled)) as confined:
        time.sleep(0.05)
        began = time.perf_counter()
        sandbox.kill(confined)
        kill = time.perf_counter() - began
    return {"python": python, "sandbox": start, "kill": kill}


def _policy(scratch: Path, walled: bool) -> sandbox.Policy:
    return sandbox.Policy(sandbox.default_readable(Path(sys.executable), [HERE]), (scratch,), bubblewrap=walled)


def _command(wire: socket.socket, confined: str) -> list[str]:
    abi = str(sandbox.available_abi())
    return [sys.executable, str(HERE / "_sandbox_inside.py"), str(wire.fileno()), str(WORKER), confined, abi]


if __name__ == "__main__":
    sys.exit(main())
