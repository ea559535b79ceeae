"""The sandbox: everything that is not Speedproof's own code runs in it, the import of the user's project included.

    confined = start([python, "script.py"], Policy(default_readable(python, [project]), (scratch,)))
    …
    kill(confined)

Linux only, with what the kernel itself offers (Landlock, seccomp, resource limits: `worker/confine.py`), and a guard
process that outlives nothing and lets nothing outlive it (`worker/guard.py`). Where that boundary is missing,
everything here raises SandboxError: nothing ever runs with less. Why it is built so: docs/decisions/0002-sandbox.md.

All functions may be called from any thread.
"""

import functools
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from speedproof.core.errors import SandboxError
from speedproof.profiling import bubblewrap
from speedproof.profiling.confined import (
    MIB,
    Confined,
    Policy,
    cpu_seconds,
    environment,
    kill,
    start,
)
from speedproof.profiling.interpreter_files import default_readable
from speedproof.profiling.platforms import available_abi

__all__ = [
    "MIB",
    "Confined",
    "Layers",
    "Policy",
    "available_abi",
    "cpu_seconds",
    "default_readable",
    "environment",
    "kill",
    "layers",
    "no_boundary",
    "start",
]

PROBE_SECONDS = 10.0
_PROBE = """
import json, os, socket, sys

def execute():
    if not os.fork():
        try:
            os.execv("/bin/sh", ["sh", "-c", "exit 7"])
        finally:
            os._exit(0)
    if os.waitstatus_to_exitcode(os.wait()[1]) != 7:
        raise OSError

outside = sys.argv[1]
attempts = {
    "read a foreign file": lambda: open(outside).read(),
    "write a foreign file": lambda: open(outside, "a"),
    "make a file outside": lambda: open(outside + ".new", "x"),
    "open a socket": lambda: socket.socket(),
    "run a program": execute,
    "signal a foreign process": lambda: os.kill(os.getppid(), 0),
    "look into a foreign process": lambda: open("/proc/%d/environ" % os.getppid(), "rb").read(),
}
done = []
for name, attempt in attempts.items():
    try:
        attempt()
        done.append(name)
    except OSError:
        pass
with open(os.environ["TMPDIR"] + "/own", "w") as own:
    own.write("in scratch")
print(json.dumps(done))
"""


@dataclass(frozen=True, slots=True)
class Layers:
    """What holds the sandbox together on this machine. `missing` says in words what would make it tighter, and how."""

    active: tuple[str, ...]
    missing: tuple[str, ...] = ()


@functools.cache
def layers() -> Layers:
    """The layers that are active here, after they have been tried. Raises SandboxError if there is no boundary.

    The first call starts a confined process that attempts what must be impossible, and takes about 0.1 s.
    """
    abi = available_abi()
    _try_to_escape()
    missing = [bubblewrap.problem()] if bubblewrap.problem() else []
    walls = () if missing else ("bubblewrap",)
    if abi < 6:
        missing.append(
            f"Landlock ABI 6, here it is {abi}: code that sends itself signals cannot be verified (Linux 6.12 or newer)"
        )
    if os.geteuid() == 0:
        missing.append(
            "as root the kernel does not limit the number of processes, the guard does: run as an ordinary user"
        )
    return Layers((f"landlock (ABI {abi})", "seccomp", "resource limits", "guard process", *walls), tuple(missing))


def no_boundary() -> str | None:
    """Why nothing may run on this machine, and what would help; None where things may."""
    try:
        available_abi()  # asked every time: `layers` remembers
        layers()
    except SandboxError as error:
        return str(error)
    return None


def _try_to_escape() -> None:
    """Raises SandboxError if a confined process can do what it must not, or cannot do what it must.

    Without bubblewrap: what holds must hold without it.
    """
    python = Path(sys.executable)
    with tempfile.TemporaryDirectory(prefix="speedproof-probe-") as folder:
        outside, scratch = Path(folder, "outside"), Path(folder, "scratch")
        outside.write_text("not for you")
        scratch.mkdir()
        policy = Policy(default_readable(python, ()), (scratch,), bubblewrap=False)
        with start([str(python), "-I", "-c", _PROBE, str(outside)], policy) as confined:
            try:
                status = confined.wait(PROBE_SECONDS)
            except TimeoutError:
                raise SandboxError(f"the sandbox's probe did not end within {PROBE_SECONDS:.0f} s") from None
            output = confined.output()
    if status != 0:
        raise SandboxError(f"a Python interpreter does not run in the sandbox: {output or f'status {status}'}")
    possible = json.loads(output)
    if possible:
        raise SandboxError(f"the sandbox leaks here, so it is not used. It was possible to: {', '.join(possible)}")
