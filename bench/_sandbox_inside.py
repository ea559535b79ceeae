"""The far end of bench/sandbox.py: runs the same work in the sandbox and outside it, as it is told over a socket.

Started as `python _sandbox_inside.py DESCRIPTOR WORKER_FOLDER CONFINED ABI`. Each order is one line, the name of a work
below; each answer one line, seconds.
"""

import importlib.util
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FORKS = 20
OPENS = 2000
LOOPS = 200_000


def main() -> None:
    descriptor, folder, confined, abi = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "yes", int(sys.argv[4])
    confine = _load(folder)
    scratch = os.environ["TMPDIR"]
    if confined:
        confine.forbid_exec()

    def lock() -> None:
        if confined:
            confine.lock_leaf([scratch], abi=abi)

    works: dict[str, Callable[[], float]] = {
        "fork": lambda: _each_fork(lambda: None),
        "fork_and_lock": lambda: _each_fork(lock),
        "lock": lambda: _in_leaf([], lock),
        # Once for nothing: a fresh child has yet to get its own copies of the pages it writes to.
        "loop": lambda: _in_leaf([lock, _loop], _loop),
        "open": lambda: _in_leaf([lock, _open], _open),
    }
    with socket.socket(fileno=descriptor) as wire, wire.makefile("rw", buffering=1) as stream:
        for order in stream:
            stream.write(f"{works[order.strip()]()!r}\n")


def _each_fork(then: Callable[[], None]) -> float:
    """Wall seconds for one child, from the fork to its end."""
    began = time.perf_counter()
    for _ in range(FORKS):
        pid = os.fork()
        if pid == 0:
            then()
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            raise RuntimeError("a child failed")
    return (time.perf_counter() - began) / FORKS


def _in_leaf(before: list[Callable[[], None]], work: Callable[[], None]) -> float:
    """Processor seconds that `work` takes in a fresh child, after all of `before`."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        for step in before:
            step()
        began = time.process_time()
        work()
        os.write(write_end, repr(time.process_time() - began).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as stream:
        seconds = float(stream.read())
    os.waitpid(pid, 0)
    return seconds


def _loop() -> None:
    total = 0
    for number in range(LOOPS):
        total += number * number % 7


def _open() -> None:
    path = os.__file__
    for _ in range(OPENS):
        os.close(os.open(path, os.O_RDONLY))


def _load(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location(
        "_speedproof_worker", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["_speedproof_worker"] = package
    spec.loader.exec_module(package)
    return importlib.import_module("_speedproof_worker.confine")


if __name__ == "__main__":
    main()
