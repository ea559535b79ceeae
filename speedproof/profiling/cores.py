"""The core that is measured on: one measurement at a time on each, whatever other processes of ours run here.

Two that share a core, or the two threads of one, would measure each other. Locks of the file system hold between the
processes of a user, and end with the process that holds them.
"""

import os
import random
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from speedproof.core.cancel import CancelToken
from speedproof.profiling.workers import Child

WAIT_SECONDS = 60.0
"""A round takes about a second. After that it is measured all the same: noise is found out by its own means."""
LOOK_SECONDS = 0.005


@contextmanager
def one_core(children: Sequence[Child], rng: random.Random, cancel: CancelToken) -> Iterator[float]:
    """Puts processes that take turns on one core, which no other measurement has meanwhile.

    Two cores are never equally fast, one has another load beside it. Gives the seconds waited for it. Raises Cancelled.
    """
    start = time.monotonic()
    core, lock = _reserved(rng, cancel)
    waited = time.monotonic() - start
    try:
        with suppress(OSError):  # of a process that has just ended
            for child in children:
                os.sched_setaffinity(child.pid, {core})
        yield waited
    finally:
        if lock is not None:
            os.close(lock)


def _reserved(rng: random.Random, cancel: CancelToken) -> tuple[int, int | None]:
    """A core, and the open file that keeps others from it; None where that cannot be, or the wait was too long."""
    usable = sorted(os.sched_getaffinity(0))
    end = time.monotonic() + WAIT_SECONDS
    with suppress(OSError):
        folder = _folder()
        while time.monotonic() < end:
            for core in rng.sample(usable, len(usable)):
                lock = _locked(folder / f"core-{_first_sibling(core)}")
                if lock is not None:
                    return core, lock
            cancel.check()
            time.sleep(LOOK_SECONDS)
    return rng.choice(usable), None


def _locked(place: Path) -> int | None:
    """The open file, locked; None where another has it. Raises OSError where it cannot be opened."""
    import fcntl  # not everywhere where this is imported is anything measured

    file = os.open(place, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _folder() -> Path:
    """Where the locks are: on this machine's own disk, and the user's alone. Raises OSError where that cannot be."""
    folder = Path(tempfile.gettempdir(), f"speedproof-cores-{os.getuid()}")
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} is another user's")
    return folder


@cache
def _first_sibling(core: int) -> int:
    """Of the threads that share the core's units, as the kernel counts them: "0,4" or "0-1"."""
    with suppress(OSError, ValueError):
        siblings = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text(encoding="ascii")
        return int(siblings.replace("-", ",").split(",")[0])
    return core
