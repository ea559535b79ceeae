"""The processes that another has started, from /proc."""

import time
from pathlib import Path


class Child:
    """A process that is not ours to wait for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self, seconds: float) -> None:
        """Raises AssertionError where it still runs after `seconds`."""
        deadline = time.monotonic() + seconds
        while is_running(self.pid):
            assert time.monotonic() < deadline, f"process {self.pid} is still running"
            time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than a corpse that its parent has not fetched."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    """The running children of a process, and theirs."""
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:  # ended since it was listed
        return []
    for task in tasks:
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        found += [each for child in children if is_running(child) for each in (child, *descendants(child))]
    return found
