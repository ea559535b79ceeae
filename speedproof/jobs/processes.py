"""Processes of this machine as workers: while one measures, others look for inputs, refute, and record calls.

Each is begun for an order and ends with it. Measurements take turns at the cores (`profiling.cores`), and nothing else
does.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from speedproof.core.cancel import CancelToken
from speedproof.core.project import Project
from speedproof.jobs.memory import host_class
from speedproof.jobs.shipping import Lost, Order, Outcome, prove

SECONDS_TO_END = 5.0
"""For a process that was called off, which cleans up in half a second as a rule; then it is killed."""


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One order at a process."""

    process: BaseProcess
    outcomes: "Connection[Any, Any]"


class Processes:
    """At most `n_workers` at a time, as `spread.Workers`; none of them outlives the `with` block, or this process."""

    map = staticmethod(map)
    """What is read and looked for ahead of the proofs is so here, beside them."""

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self.hosts = [host_class()]
        self._context = multiprocessing.get_context("spawn")  # we have threads, of which a fork would be a part only
        self._running: list[BaseProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.terminate()
        deadline = time.monotonic() + SECONDS_TO_END
        for process in self._running:
            process.join(max(0.0, deadline - time.monotonic()))
            process.kill()
            process.join()

    def send(self, project: Project, exclude: Sequence[str], cancel: CancelToken) -> Path:  # noqa: ARG002 - as all
        """Nothing goes anywhere: a process reads the project where it is."""
        return project.root

    def begin(self, order: Order, there: Path) -> Task:
        self._running = [process for process in self._running if process.is_alive()]
        outcomes, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(order, there, theirs), daemon=True)
        process.start()
        theirs.close()
        self._running.append(process)
        return Task(process, outcomes)

    def end(self, task: Task) -> None:
        """Call it off; it is gone when the `with` block is left."""
        task.process.terminate()

    def wait(self, tasks: Sequence[Task], seconds: float) -> list[tuple[Task, Outcome | str | Lost | None]]:
        """What has come of tasks, in at most `seconds`: of each the next outcome, or None where there is no more."""
        by_outcomes = {task.outcomes: task for task in tasks}
        ready = [by_outcomes[outcomes] for outcomes in wait(list(by_outcomes), seconds) if outcomes in by_outcomes]
        return [(task, _next(task)) for task in ready]


def _next(task: Task) -> Outcome | str | Lost | None:
    try:
        outcome: Outcome | str | None = task.outcomes.recv()
    except (EOFError, OSError):
        task.process.join()
        return Lost(f"the process ended with status {task.process.exitcode}")
    return outcome


def _work(order: Order, there: Path, outcomes: "Connection[Any, Any]") -> None:
    """In the process. It ends in good order when it is called off, and when the one that began it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; what it means is for the first to say
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(BrokenPipeError), outcomes:
        for outcome in prove(order, there):
            outcomes.send(outcome)
        outcomes.send(None)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "this is a child"
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
