"""Functions handed out to workers, and their results gathered as they come.

A file is at one worker at a time, for each of its functions is looked at in the text that the edits before it leave;
so results are those of one machine. What a lost worker had not sent is given to another.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ProjectError
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.jobs.memory import Results
from speedproof.jobs.optimize import MIN_SECONDS
from speedproof.jobs.shipping import Lost, Order, Outcome

UNIT = 6
"""Functions of a file that a worker gets at once: the tests are run once for them."""
LOOKAHEAD = 24
"""Functions among which those of one file are put together."""
MAX_LOSSES = 3
WAIT_SECONDS = 0.2
LATE_SECONDS = 5.0


class Workers(Protocol):
    """Who proves orders: other machines, or other processes of this one. A task is one order at a worker."""

    @property
    def n_workers(self) -> int: ...

    def send(self, project: Project, exclude: Sequence[str], cancel: CancelToken) -> Any:
        """A project, to be given to `begin`. Raises ProjectError where it cannot be sent."""

    def begin(self, order: Order, there: Any) -> Any: ...

    def end(self, task: Any) -> None:
        """Whatever it is doing."""

    def wait(self, tasks: Sequence[Any], seconds: float) -> list[tuple[Any, Outcome | str | Lost | None]]:
        """What has come of tasks, in at most `seconds`: of each the next outcome, or None where there is no more."""


@dataclass(slots=True)
class Surrounding:
    """What all functions of one project have in common."""

    project: Project
    settings: Settings
    kept: Results


@dataclass(slots=True)
class _Unit:
    path: Path
    surrounding: Surrounding
    targets: deque[Target]
    """Those without a result yet."""


@dataclass(slots=True)
class Spread:
    """One run over `targets`, the most important first."""

    workers: Workers
    targets: Iterator[Target]
    surrounding_of: Callable[[Path], Surrounding]
    texts: dict[Path, str]
    """What the edits found so far leave of files."""
    until: float
    """time.monotonic()"""
    cancel: CancelToken
    on_result: Callable[[Target, FunctionResult], None]
    on_problem: Callable[[Path, str, str], None]
    """Called with a file and the function in it that has no result for that reason; or a project and no function."""
    on_progress: Callable[[list[str]], None]
    """Called with the names of the functions that are being proved."""
    _held: dict[Path, deque[Target]] = field(default_factory=dict)
    """By file, in the order of their importance, what is not at a worker."""
    _busy: dict[Any, _Unit] = field(default_factory=dict)
    _sent: dict[Path, Any] = field(default_factory=dict)
    """Projects by their roots; None where it could not be sent."""
    _losses: dict[Target, int] = field(default_factory=dict)
    _exhausted: bool = False

    def run(self) -> None:
        """Raises Cancelled; then nothing is left running."""
        try:
            while True:
                self.cancel.check()
                self._hand_out()
                if not self._busy:
                    return
                if time.monotonic() > self.until + LATE_SECONDS:
                    return
                self.on_progress([unit.targets[0].qualname for unit in self._busy.values() if unit.targets])
                for task, outcome in self.workers.wait(list(self._busy), WAIT_SECONDS):
                    self._take(task, outcome)
        finally:
            for task in self._busy:
                self.workers.end(task)
            self._busy.clear()

    def _hand_out(self) -> None:
        while len(self._busy) < self.workers.n_workers and time.monotonic() < self.until - MIN_SECONDS:
            unit = self._next_unit()
            if unit is None:
                return
            there = self._send(unit.surrounding)
            if there is None:
                continue
            order = Order(
                unit.surrounding.project,
                unit.surrounding.settings,
                unit.path,
                self._now(unit.targets[0]).text,
                tuple(target.qualname for target in unit.targets),
                self.until - time.monotonic(),
                {target.qualname: unit.surrounding.kept.telling(target) for target in unit.targets},
            )
            self._busy[self.workers.begin(order, there)] = unit

    def _send(self, surrounding: Surrounding) -> Any:
        """The project as the workers have it; None where it cannot be sent."""
        root = surrounding.project.root
        if root not in self._sent:
            self._sent[root] = None
            try:
                self._sent[root] = self.workers.send(surrounding.project, surrounding.settings.exclude, self.cancel)
            except ProjectError as error:
                self.on_problem(root, "", str(error))
        return self._sent[root]

    def _next_unit(self) -> _Unit | None:
        """The most important functions that are at no worker and whose file is at none; None where there are none."""
        while True:
            self._look_ahead()
            at_work = {unit.path for unit in self._busy.values()}
            path = next((path for path in self._held if path not in at_work), None)
            if path is None:
                return None
            surrounding, waiting = self.surrounding_of(path), self._held[path]
            while waiting and self._recalled(waiting[0], surrounding):
                waiting.popleft()
            chosen = deque(waiting.popleft() for _ in range(min(UNIT, len(waiting))))
            if not waiting:
                del self._held[path]
            if chosen:
                return _Unit(path, surrounding, chosen)

    def _look_ahead(self) -> None:
        while not self._exhausted and sum(map(len, self._held.values())) < LOOKAHEAD:
            target = next(self.targets, None)
            if target is None:
                self._exhausted = True
            else:
                self._held.setdefault(target.path, deque()).append(target)

    def _recalled(self, target: Target, surrounding: Surrounding) -> bool:
        """Whether an earlier run has its result."""
        result = surrounding.kept.recall(self._now(target))
        if result is not None:
            self._keep(target, result)
        return result is not None

    def _now(self, target: Target) -> Target:
        """In the text that the edits so far leave."""
        text = self.texts.get(target.path)
        return (None if text is None else find_target(target.path, text, target.qualname)) or target

    def _take(self, task: Any, outcome: Outcome | str | Lost | None) -> None:
        unit = self._busy[task]
        if isinstance(outcome, Outcome):
            target = unit.targets.popleft()
            while target.qualname != outcome.result.function:  # an edit before it took it away
                target = unit.targets.popleft()
            before = replace(self._now(target), text=outcome.result.before)
            unit.surrounding.kept.keep(before, outcome.result, outcome.telling, outcome.dependencies, outcome.host)
            self._keep(target, outcome.result)
            return
        if isinstance(outcome, str):
            for target in unit.targets:
                self.on_problem(target.path, target.qualname, outcome)
            unit.targets.clear()
            return
        del self._busy[task]
        if isinstance(outcome, Lost) and unit.targets:
            self._give_back(unit, outcome)
        elif time.monotonic() < self.until - MIN_SECONDS:
            for target in unit.targets:
                self.on_problem(target.path, target.qualname, "the worker ended without a result for it")

    def _give_back(self, unit: _Unit, lost: Lost) -> None:
        """To be done by another worker; the function that it was at may be what ends them."""
        first = unit.targets[0]
        self._losses[first] = self._losses.get(first, 0) + 1
        if self._losses[first] >= MAX_LOSSES:
            self.on_problem(
                unit.path, first.qualname, f"the worker that proved it was lost {MAX_LOSSES} times: {lost.reason}"
            )
            unit.targets.popleft()
        if unit.targets:
            waiting = self._held.pop(unit.path, deque())
            self._held = {unit.path: unit.targets + waiting, **self._held}

    def _keep(self, target: Target, result: FunctionResult) -> None:
        if result.after is not None:
            self.texts[target.path] = result.after
        self.on_result(target, result)
