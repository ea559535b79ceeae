"""Taking rights away from a process, in three steps: before the interpreter starts, once it runs, and in every leaf.

    enter(rights)   in the launcher, just before it executes the project's interpreter: files by Landlock, system calls
                    by seccomp, resources by limits. Holds for the interpreter's own start-up files and for the import
                    of the project as well.
    forbid_exec()   the first act of the worker: from here on no other program.
    lock_leaf(…)    in every forked child, just before it runs a function under test: no processes, no signals to
                    others, and only its own folder to write to.

All of them are final. Each raises OSError if the kernel refuses, and then nothing of anybody else's may be run.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from typing import Mapping, NamedTuple, Sequence

from . import landlock, seccomp, syscalls

DEVICES_TO_READ = ("/dev/urandom", "/dev/random")
DEVICES_TO_WRITE = ("/dev/null",)

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_DEFAULT_STACK_BYTES = 8 * 2**20
_MAX_STACK_BYTES = 64 * 2**20
_MAX_PENDING_SIGNALS = 1024


class Rights(NamedTuple):
    """What everything in the sandbox may do; comes as JSON from `confined.py`."""

    executable: list[str]
    readable: list[str]
    writable: list[str]
    limits: dict[str, int]
    """As `set_limits` takes them."""
    abi: int
    """Landlock's."""


def enter(rights: Rights) -> None:
    """Confine this single-threaded process, and whatever it executes, for good."""
    die_with_parent()
    _die_first()
    set_limits(rights.limits)
    syscalls.call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _drop_capabilities()
    landlock.restrict(
        [
            *((path, landlock.EXECUTE | landlock.READ) for path in rights.executable),
            *((path, landlock.READ) for path in (*rights.readable, *DEVICES_TO_READ)),
            *((path, landlock.READ | landlock.WRITE) for path in (*rights.writable, *DEVICES_TO_WRITE)),
        ],
        abi=rights.abi,
    )
    seccomp.install(seccomp.base(abi=rights.abi, pid=os.getpid()))


def forbid_exec() -> None:
    """No other program from here on, for this process and its children."""
    seccomp.install(seccomp.without_exec())


def lock_leaf(
    writable: Sequence[str],
    *,
    abi: int,
    readable: Sequence[str] | None = None,
    cpu_seconds: int | None = None,
) -> None:
    """The stricter step for a freshly forked, single-threaded child that is about to run a function under test.

    It can start threads but no processes, signal nobody but itself, and write only beneath `writable`. With `readable`
    it can read only beneath that (and `writable`), and only what it could read before. After `cpu_seconds` of
    processor time the kernel kills it, whoever else sleeps. `abi` is Landlock's, asked once by `landlock.abi()`.
    """
    die_with_parent()
    if cpu_seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    grants = [(path, landlock.READ | landlock.WRITE) for path in (*writable, *DEVICES_TO_WRITE)]
    if readable is not None:
        grants += [(path, landlock.READ) for path in (*readable, *DEVICES_TO_READ)]
    landlock.restrict(grants, abi=abi, keep_reading=readable is None)
    seccomp.install(seccomp.leaf(pid=os.getpid()))


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends. Forking clears it, executing keeps it."""
    syscalls.call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _die_first() -> None:
    """Where the machine runs out of memory all the same, this goes, and not the user's editor."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as stream:
        stream.write("1000")


def set_limits(limits: Mapping[str, int]) -> None:
    """Resource limits by name (`data`: RLIMIT_DATA), soft and hard, never above what they are now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    stack = _DEFAULT_STACK_BYTES if soft == resource.RLIM_INFINITY else min(soft, _MAX_STACK_BYTES)
    fixed = {
        "stack": stack,  # the one kind of memory that RLIMIT_DATA does not count
        # One byte, not none: the kernel takes 0 for "no file" but would still start a crash reporter on the host.
        "core": 1,
        "memlock": 0,
        "msgqueue": 0,
        # Counted over all that the user runs: what is taken here, the user's own programs lack.
        "sigpending": _MAX_PENDING_SIGNALS,
    }
    for name, wanted in {**fixed, **limits}.items():
        kind = getattr(resource, "RLIMIT_" + name.upper())
        hard = resource.getrlimit(kind)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))


def _drop_capabilities() -> None:
    """Of all kinds. With no_new_privs set, executing a program as root gives none back."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    syscalls.call("capset", ctypes.c_char_p(header), ctypes.c_char_p(bytes(24)))


if sys.maxsize < 2**32:
    raise ImportError("the sandbox needs a 64-bit interpreter")
