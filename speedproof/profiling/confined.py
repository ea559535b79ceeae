"""A confined process: start it, read what it says, and end it with all that it started.

The use of it, and what the sandbox consists of, is described in `sandbox.py`, through which everything here is reached.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from speedproof.core.errors import SandboxError
from speedproof.profiling import bubblewrap
from speedproof.profiling.interpreter_files import programs_to_execute
from speedproof.profiling.platforms import available_abi

MIB = 2**20
START_SECONDS = 30.0
KILL_SECONDS = 0.2
OLDEST_ABI = 1

# Isolated, without site-packages: nothing but the standard library and the folder `worker` can be imported there.
_GUARD = (
    sys.executable,
    "-I",
    "-S",
    "-c",
    "import sys; sys.path.append(sys.argv.pop(1)); from worker.guard import main; main()",
    str(Path(__file__).parent),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a confined process may do. Paths that do not exist grant nothing."""

    readable: tuple[Path, ...]
    """Files, and folders with all that is in them."""
    writable: tuple[Path, ...]
    """Scratch folders, readable as well. The first is HOME and TMPDIR inside. The caller removes them."""
    memory_bytes: int = 1024 * MIB
    """Of each process: heap, mappings of its own, stacks of its threads."""
    file_bytes: int = 64 * MIB
    """Of each file. What is printed has no limit; its end is kept."""
    disk_bytes: int = 512 * MIB
    """Of all files beneath a writable folder."""
    open_files: int = 1024
    processes: int = 256
    """Processes and threads together."""
    cpu_seconds: int | None = None
    """Of each process: a last resort behind the engine's own deadlines."""
    abi: int | None = None
    """Landlock's version to use; by default the kernel's. A smaller one shows how an older kernel would do."""
    bubblewrap: bool | None = None
    """Whether to put it around everything; by default where it works."""


class Confined:
    """A running confined process. `pid` is also its session and process group."""

    def __init__(self, pid: int, guard: subprocess.Popen[bytes], status: IO[bytes], output: IO[bytes]) -> None:
        assert pid > 1, "session 0 is everybody's"
        self.pid = pid
        self._guard = guard
        self._status = status
        self._output = output
        self._messages: dict[str, Any] = {}

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus its signal; None while anything of it is left."""
        return self._guard.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended by itself, and nothing of it is left. Raises TimeoutError."""
        try:
            return self._guard.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def output(self, limit: int = 64 * 1024) -> str:
        """The last that it has written to stdout and stderr, at most `limit` bytes."""
        return _end_of(self._output, limit)

    @property
    def stopped(self) -> str:
        """The limit for which the guard stopped it, or nothing."""
        return str(self._read_status().get("stopped", ""))

    def members(self) -> list[int]:
        """All processes inside, as they are now."""
        return [
            int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self.owns(int(entry.name))
        ]

    def number_outside(self, inner: int) -> int:
        """Of the process that knows itself as `inner`: another one, where bubblewrap gives numbers of its own."""
        for pid in self.members():
            with contextlib.suppress(OSError):
                numbers = Path(f"/proc/{pid}/status").read_text().partition("\nNSpid:")[2].partition("\n")[0].split()
                if numbers and int(numbers[-1]) == inner:
                    return pid
        raise ProcessLookupError(f"no process {inner} in the sandbox")

    def owns(self, pid: int) -> bool:
        """Whether `pid` is inside and alive. Ask before using a pid that came out of the sandbox.

        By its session, which nothing inside can leave, and by the filter that it cannot shed: so that a number that
        the system has given to somebody else in the meantime is not mistaken for ours.
        """
        try:
            state, _, _, session = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) != self.pid or state in "ZX":
                return False
            return "\nSeccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text()
        except (OSError, ValueError):
            return False

    def kill_member(self, pid: int) -> None:
        """Kill one process inside. Does nothing if it is gone, or if it never was inside."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                if self.owns(pid):
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            finally:
                os.close(descriptor)

    def _read_status(self) -> dict[str, Any]:
        """What the guard has said so far. Does not wait."""
        while not self._status.closed and (message := _messages_in(self._status)):
            self._messages.update(message)
        return self._messages

    def __enter__(self) -> "Confined":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it and give back its descriptors; `output` and `stopped` are not to be asked any more."""
        kill(self)
        self._output.close()
        self._status.close()


def start(
    command: Sequence[str],
    policy: Policy,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> Confined:
    """Run `command`, a Python interpreter with its arguments, confined from before its first instruction.

    Its environment is `environment(policy)` with `env` over it, its working folder by default the first writable one,
    its stdin empty. Of our descriptors it gets `pass_fds` alone. Raises SandboxError if it cannot be confined.
    """
    abi = min(policy.abi or sys.maxsize, available_abi())
    folder = cwd or policy.writable[0]
    walled = not bubblewrap.problem() if policy.bubblewrap is None else policy.bubblewrap
    order = {
        "wall": bubblewrap.wall(policy.readable, policy.writable, folder) if walled else [],
        "engine_pid": os.getpid(),
        "pass_fds": list(pass_fds),
        "command": list(command),
        "rights": _rights(command, policy, abi),
        "processes": policy.processes,
        "disk_bytes": policy.disk_bytes,
    }
    read_end, write_end = os.pipe()
    status = os.fdopen(read_end, "rb", buffering=0)
    output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as Confined
    try:
        guard = subprocess.Popen(
            [*_GUARD, json.dumps({**order, "status_fd": write_end})],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**environment(policy), **(env or {})},
            cwd=folder,
            pass_fds=[*pass_fds, write_end],
            start_new_session=True,
        )
    except OSError as error:
        status.close()
        output.close()
        raise SandboxError(f"cannot start the sandbox: {error}") from error
    finally:
        os.close(write_end)
    select.select([status], [], [], START_SECONDS)
    message = _messages_in(status)
    if "pid" not in message:
        guard.kill()
        guard.wait()
        why = message.get("error") or _end_of(output, 1000).strip() or f"no answer within {START_SECONDS:.0f} s"
        status.close()
        output.close()
        raise SandboxError(f"cannot confine {command[0]}: {why}")
    return Confined(message["pid"], guard, status, output)


def _messages_in(status: IO[bytes]) -> dict[str, Any]:
    """What is to be read now, all lines as one; nothing where nothing is."""
    message: dict[str, Any] = {}
    if select.select([status], [], [], 0)[0]:
        for line in status.read(4096).splitlines():
            message.update(json.loads(line))
    return message


def _end_of(output: IO[bytes], limit: int) -> str:
    size = os.fstat(output.fileno()).st_size
    return os.pread(output.fileno(), limit, max(0, size - limit)).decode(errors="replace")


def kill(confined: Confined) -> None:
    """End it with all that it has started, and return when nothing is left. Raises SandboxError if something is."""
    guard = confined._guard
    guard.send_signal(signal.SIGTERM)
    try:
        guard.wait(KILL_SECONDS)
    except subprocess.TimeoutExpired:
        guard.kill()
        guard.wait()
    if "gone" not in confined._read_status():
        _sweep(confined)


def _sweep(confined: Confined) -> None:
    """The guard did not end properly (somebody killed it): look for what it left behind ourselves."""
    deadline = time.monotonic() + KILL_SECONDS
    while left := confined.members():
        for pid in left:
            confined.kill_member(pid)
        if time.monotonic() > deadline:
            raise SandboxError(f"processes {left} of the sandbox do not end")
        time.sleep(0.005)


def cpu_seconds(pid: int) -> float:
    """The processor time that process `pid` has used, read from outside. Raises ProcessLookupError if it is gone.

    The clock id is that of clock_getcpuclockid(3). What the process does to its own idea of time makes no difference.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError as error:
        raise ProcessLookupError(f"no process {pid}") from error


def environment(policy: Policy) -> dict[str, str]:
    """The whole environment inside: nothing of ours, so no credentials."""
    scratch = str(policy.writable[0])
    return {
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _rights(command: Sequence[str], policy: Policy, abi: int) -> dict[str, Any]:
    """The fields of `confine.Rights`."""
    limits = {
        "data": policy.memory_bytes,
        "fsize": policy.file_bytes,
        "nofile": policy.open_files,
        # Counted by the kernel over all that this user runs, so on top of what there is. Does not bind root.
        "nproc": _tasks_of_machine() + policy.processes,
    }
    if policy.cpu_seconds is not None:
        limits["cpu"] = policy.cpu_seconds
    return {
        "executable": [str(path) for path in programs_to_execute(Path(command[0]))],
        "readable": [str(path) for path in policy.readable],
        "writable": [str(path) for path in policy.writable],
        "limits": limits,
        "abi": abi,
    }


def _tasks_of_machine() -> int:
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except OSError as error:
        raise SandboxError(f"no sandbox without /proc: {error}") from error
