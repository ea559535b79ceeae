"""The launcher of a confined process, and its guard for as long as it lives. Runs under our own interpreter.

The engine starts this file; it forks, the child confines itself and becomes the project's interpreter, in a session of
its own. The guard stays behind, outside the sandbox, and sees to it that nothing outlives the session:

    it is asked to stop (SIGTERM), the engine is gone, the confined process ended, a limit is passed
      → kill the whole group, then every child, and wait until the kernel says that there are none.

Because the guard is their subreaper, whoever loses its parent inside becomes the guard's child: no children left means
nothing left. Should the guard itself be killed, parent-death signals take down the confined process and its leaves.

What is printed inside goes through the guard, which lets everything pass and keeps the end of it in the file that is
its own stdout: a hundred megabytes block nobody and fill no disk.

On the status pipe, one JSON object per line: `{"pid": N}` or `{"error": text}`; later, where a limit was passed,
`{"stopped": reason}`; and at the end `{"gone": true}`. Its exit status is that of the confined process.
"""

from __future__ import annotations

import _thread
import contextlib
import json
import os
import signal
import sys
from typing import Any, Callable, Iterator

from . import confine, syscalls

TICK_SECONDS = 0.05
OUTPUT_KEPT_BYTES = 64 * 1024
_OUTPUT_SLACK_BYTES = 1024 * 1024
_LAST_OUTPUT_SECONDS = 1.0
_RETRY_SECONDS = 0.005
_PR_SET_CHILD_SUBREAPER = 36
_BLOCKED = {signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGHUP}


def main() -> None:
    order = json.loads(sys.argv[1])
    status: int = order["status_fd"]
    os.set_inheritable(status, False)
    signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
    syscalls.call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    output, output_end = os.pipe()
    failure, failure_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(order, output_end, failure_end)
    for descriptor in (output_end, failure_end, *order["pass_fds"]):
        os.close(descriptor)
    output_done = _keep_output(output)
    # The child's end closes when it executes the interpreter, or with its death.
    with os.fdopen(failure, "rb") as stream:
        error = stream.read().decode(errors="replace")
    _report(status, {"error": error} if error else {"pid": pid})
    reason = _watch(pid, order)
    if reason:
        _report(status, {"stopped": reason})
    ended = _end_all(pid)
    output_done.acquire(timeout=_LAST_OUTPUT_SECONDS)
    _report(status, {"gone": True})
    _exit_like(_told_by_wall(ended) if order["wall"] else ended)


def _become(order: dict[str, Any], output_end: int, failure_end: int) -> None:
    """In the child: confine, then be the command. Never returns."""
    try:
        os.setsid()
        os.dup2(output_end, 1)
        os.dup2(output_end, 2)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # ignored by our interpreter, and ignoring is inherited
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if order["wall"]:
            os.set_inheritable(failure_end, True)
            rest = json.dumps({"rights": order["rights"], "command": order["command"]})
            python = [sys.executable, "-I", "-S", "-c", _BEHIND_THE_WALL, _FOLDER, str(failure_end)]
            command = [*order["wall"], *python, rest]
            os.execv(command[0], command)
        _enter(order)
    except BaseException as error:
        _fail(failure_end, error)


_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_BEHIND_THE_WALL = "import sys; sys.path.append(sys.argv.pop(1)); from worker.guard import behind_the_wall as b; b()"


def behind_the_wall() -> None:
    """The first program behind the wall; it puts on the others, then becomes the command. Never returns."""
    failure_end = int(sys.argv[1])
    try:
        os.set_inheritable(failure_end, False)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        _enter(json.loads(sys.argv[2]))
    except BaseException as error:
        _fail(failure_end, error)


def _enter(order: dict[str, Any]) -> None:
    confine.enter(confine.Rights(**order["rights"]))
    os.execv(order["command"][0], order["command"])


def _fail(failure_end: int, error: BaseException) -> None:
    try:
        os.write(failure_end, ("%s: %s" % (type(error).__name__, error)).encode())
    finally:
        os._exit(127)


def _keep_output(source: int) -> _thread.LockType:
    """Read `source` to its end in a thread, keeping the last of it on stdout. The lock is free once all is read."""
    done = _thread.allocate_lock()
    done.acquire()

    def keep() -> None:
        kept = bytearray()
        while True:
            piece = os.read(source, 65536)
            if not piece:
                break
            kept += piece
            with contextlib.suppress(OSError):  # a full disk of ours is no reason to block those who print
                if len(kept) > OUTPUT_KEPT_BYTES + _OUTPUT_SLACK_BYTES:
                    del kept[:-OUTPUT_KEPT_BYTES]
                    os.ftruncate(1, 0)
                    os.lseek(1, 0, os.SEEK_SET)
                    piece = bytes(kept)
                os.write(1, piece)
        done.release()

    _thread.start_new_thread(keep, ())
    return done


def _watch(pid: int, order: dict[str, Any]) -> str:
    """Returns when everything is to end, with the limit that was passed, or nothing."""
    overruns = [
        _too_many_processes(pid, order["processes"]),
        *(_too_many_bytes(folder, order["disk_bytes"]) for folder in order["rights"]["writable"]),
    ]
    while os.getppid() == order["engine_pid"]:
        woken = signal.sigtimedwait(_BLOCKED, TICK_SECONDS)
        if woken is not None and woken.si_signo != signal.SIGCHLD:
            return ""
        if _reap_orphans(pid):
            return ""
        for overrun in overruns:
            reason = overrun()
            if reason:
                return reason
    return ""


def _reap_orphans(pid: int) -> bool:
    """Wait for every child that has ended but `pid`, and say whether `pid` has."""
    while True:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return False
        if ended.si_pid == pid:
            return True  # Unreaped, so that its number, the group's, is not given to anybody else.
        os.waitpid(ended.si_pid, 0)


def _end_all(pid: int) -> int:
    """Kill everything inside and wait for it. The wait status of `pid`."""
    result = 0
    while True:
        for send in (lambda: os.killpg(pid, signal.SIGKILL), *map(_killer, _own_children())):
            try:
                send()
            except (ProcessLookupError, PermissionError):
                continue
        try:
            while True:
                ended, status = os.waitpid(-1, os.WNOHANG)
                if ended == 0:
                    break
                if ended == pid:
                    result = status
        except ChildProcessError:
            return result
        signal.sigtimedwait({signal.SIGCHLD}, _RETRY_SECONDS)


def _killer(pid: int) -> Callable[[], None]:
    return lambda: os.kill(pid, signal.SIGKILL)


def _told_by_wall(status: int) -> int:
    """bubblewrap ends with 128 and the number of the signal that has killed what it ran."""
    code = 0 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return code - 128 if code > 128 else status


def _exit_like(status: int) -> None:
    """End as the confined process did: with its exit code, or by its signal (no core: the limits are inherited)."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        confine.set_limits({})
        signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


# Limits that the kernel does not hold for us. The whole machine's figure costs microseconds and is asked at every tick;
# only where it has risen by as much as is allowed is the sandbox's own share counted.


def _too_many_processes(session: int, limit: int) -> Callable[[], str]:
    least = _tasks_of_machine()

    def check() -> str:
        nonlocal least
        now = _tasks_of_machine()
        least = min(least, now)
        if now - least > limit:
            least = now
            if sum(threads for threads in _tasks_of(session)) > limit:
                return "more than %d processes and threads" % limit
        return ""

    return check


def _too_many_bytes(folder: str, limit: int) -> Callable[[], str]:
    most = _free(folder)

    def check() -> str:
        nonlocal most
        now = _free(folder)
        most = (max(most[0], now[0]), max(most[1], now[1]))
        if most[0] - now[0] > limit or most[1] - now[1] > limit // 1024:
            most = now
            if _used(folder) > limit:
                return "more than %d MiB of files" % (limit // 2**20)
        return ""

    return check


def _tasks_of_machine() -> int:
    with open("/proc/loadavg") as stream:
        return int(stream.read().split()[3].partition("/")[2])


def _tasks_of(session: int) -> Iterator[int]:
    """The number of threads of each process in the session."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as stream:
                    fields = stream.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session:
                yield int(fields[17])


def _own_children() -> list[int]:
    """Nothing on the rare kernel without this file: all are in the group anyway, which they cannot leave."""
    try:
        with open("/proc/thread-self/children") as stream:
            return [int(pid) for pid in stream.read().split()]
    except OSError:
        return []


def _free(folder: str) -> tuple[int, int]:
    """Bytes and files that could still be written there."""
    try:
        facts = os.statvfs(folder)
    except OSError:
        return 0, 0
    return facts.f_bavail * facts.f_frsize, facts.f_favail


def _used(folder: str) -> int:
    """Bytes on the disk, at least a kilobyte for each file."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += max(os.lstat(os.path.join(parent, name)).st_blocks * 512, 1024)
            except OSError:
                continue
    return total


def _report(status: int, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # the engine may be gone, and that why we are ending
        os.write(status, json.dumps(message).encode() + b"\n")
