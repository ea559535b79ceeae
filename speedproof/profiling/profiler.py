"""Proves or refutes rewrites of a project's functions. The only way from a candidate to a verdict.

with Profiler(project, settings, cancel) as profiler:
    profiler.record(path, text, qualnames, tests)   # once per file
    prepared = profiler.prepare(target)             # inputs, and what the original does on them
    verdict = profiler.judge(prepared, candidate)   # as often as there are candidates
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SandboxError
from speedproof.core.project import Project
from speedproof.core.settings import Settings
from speedproof.core.source import encoded
from speedproof.core.target import CallSite, Candidate, Target
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.calibration import Clock, Noise
from speedproof.profiling.enough import nothing_usable
from speedproof.profiling.gather import RECORDED_LIMIT, Gathered
from speedproof.profiling.judge import confirm, judge
from speedproof.profiling.overlay import make_overlay, remove_tree
from speedproof.profiling.recording import Recording
from speedproof.profiling.refute import Prepared
from speedproof.profiling.workers import ChildEnded, ChildTimeout, ImportFailed, Zygote

MAX_TEST_SHARES = 6
"""One run of the tests serves all modules; more modules give it more time, up to a bound."""
EXPORT_SECONDS = 10.0


@dataclass(slots=True)
class _Module:
    name: str
    place: Path
    """Inside the overlay."""
    text: str
    """As it was imported."""


class Profiler:
    """One sandbox for one project, for as long as the `with` block lasts."""

    def __init__(self, project: Project, settings: Settings, cancel: CancelToken) -> None:
        self._project = project
        self._settings = settings
        self._cancel = cancel
        self._modules: dict[Path, _Module] = {}
        self._failed: dict[Path, ImportFailed] = {}
        self._read: dict[Path, None] = {}
        """Tests, and files with calls."""
        self._recording = Recording()
        self._zygote: Zygote | None = None
        self._noise = Noise()
        self._latest: Gathered | None = None

    def __enter__(self) -> Self:
        """Copies the project. Raises SandboxError where there is no sandbox, ProjectError, Cancelled."""
        self._folder = Path(tempfile.mkdtemp(prefix="speedproof-"))
        try:
            self._cancel.check()
            make_overlay(self._project.root, self._tree, self._settings.exclude, self._cancel)
            (self._folder / "inputs").mkdir()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._on_cancel = ExitStack()
        self._on_cancel.enter_context(self._cancel.calling(self._end_all))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._on_cancel.close()
        with suppress(SandboxError, Cancelled):
            if self._latest is not None:
                self._latest.rest()
        if self._zygote is not None:
            self._zygote.close()
        remove_tree(self._folder)

    def _end_all(self) -> None:
        """On the thread that cancels: every wait of ours ends with the processes that it waits for."""
        zygote = self._zygote
        if zygote is not None:
            zygote.kill()

    @property
    def _tree(self) -> Path:
        return self._folder / "tree"

    def record(self, modules: Sequence[tuple[Path, str, Sequence[str]]], tests: Sequence[Path]) -> None:
        """Import modules, given as path, text and qualnames, and record the calls that `tests` make of their functions.

        A module that cannot be imported is passed over; `prepare` says why. Raises SandboxError, Cancelled.
        """
        wanted: dict[str, list[str]] = {}
        for path, text, qualnames in modules:
            with suppress(ImportFailed):
                wanted[self._module(path, text).name] = list(qualnames)
        if not tests or not wanted:
            return
        seconds = self._settings.test_seconds * min(len(wanted), MAX_TEST_SHARES)
        order = {
            "modules": wanted,
            "inputs": str(self._folder / "inputs"),
            "tests": [str(self._inside(test)) for test in tests],
            "test_modules": [str(self._inside(test)) for test in self._project.tests],
            "root": str(self._tree),
            "seconds": seconds,
            "limit": RECORDED_LIMIT,
        }
        self._read |= dict.fromkeys(tests)
        with self._running().child("gather_recorded", order, writable=None) as child:
            try:
                self._recording = Recording.of(child.receive(seconds * 1.5 + 10.0))
            except ChildTimeout:
                self._recording = Recording(failure="running the tests took too long")
            except ChildEnded as error:
                self._recording = Recording(failure=f"the process that ran the tests {error.ended}")

    def prepare(
        self,
        target: Target,
        earlier: Sequence[str] = (),
        call_sites: Callable[[], Sequence[CallSite]] = lambda: (),
    ) -> "Prepared | Verdict":
        """What is needed to judge candidates for `target`, or the verdict that nothing can be. Raises Cancelled.

        `earlier` is what `telling_inputs` gave when candidates for the same function were judged before.
        `call_sites` finds calls of it in the project's text; it is asked where no test calls the function. More inputs
        are made when a candidate has withstood those that are here.
        """
        try:
            if self._latest is not None:  # one function at a time: another's clock is not to be disturbed
                self._latest.rest()
            module = self._module(target.path, target.text)
            order = self._order(module, target.text, target.qualname)
            recorded = self._recording.in_words(module.name, target.qualname)
            calls = call_sites() if recorded else ()
            self._read |= {call.path: None for call in calls}
            expressions = [call.expression for call in calls]
            gathered = self._latest = Gathered(self._running(), order, self._settings, earlier, expressions)
            next(gathered.stages())
        except (ImportFailed, SandboxError) as error:
            return Verdict(Status.UNVERIFIABLE, str(error))
        except ChildEnded as error:
            return Verdict(Status.CRASHED, f"the function {error.ended}")
        clock = Clock(self._noise)
        prepared = Prepared(target, self._running(), order, gathered, self._settings, recorded, clock=clock)
        problem = nothing_usable(gathered, self._settings, recorded)
        if problem is not None:
            return Verdict(*problem, prepared.evidence)
        with suppress(SandboxError):  # whoever needs it will be told
            gathered.vary_ahead()
        return prepared

    def telling_inputs(self, prepared: "Prepared") -> list[str]:
        """The inputs that have told candidates from the original, to be given to a later `prepare`. Raises Cancelled.

        They are opaque to everything outside of the sandbox.
        """
        places = [item.place for item in prepared.telling]
        if not places:
            return []
        try:
            with prepared.zygote.child("export_inputs", {**prepared.order, "places": places}) as child:
                return [str(text) for text in child.receive(EXPORT_SECONDS)["inputs"]]
        except (SandboxError, ChildEnded, ChildTimeout):
            return []

    def judge(
        self,
        prepared: Prepared,
        candidate: Candidate,
        on_step: Callable[[str], None] = lambda message: None,
        *,
        baseline: Candidate | None = None,
        deadline: float | None = None,
    ) -> Verdict:
        """The verdict on one candidate; faster than `baseline`, where one is given. Raises Cancelled.

        It has until `deadline` (time.monotonic), by default the budget of one function.
        """
        if deadline is None:
            deadline = time.monotonic() + self._settings.budget_seconds
        return judge(prepared, candidate, deadline=deadline, on_step=on_step, baseline=baseline)

    def confirm(
        self,
        prepared: Prepared,
        candidate: Candidate,
        verdict: Verdict,
        on_step: Callable[[str], None] = lambda message: None,
        *,
        deadline: float | None = None,
    ) -> Verdict:
        """`verdict`, which chose `candidate` among several, measured again on fresh inputs. Raises Cancelled.

        Where no other candidate was timed there was no choice, and the verdict stays.
        """
        if deadline is None:
            deadline = time.monotonic() + self._settings.budget_seconds
        return confirm(prepared, candidate, verdict, deadline=deadline, on_step=on_step)

    def dependencies(self) -> list[Path]:
        """What results rest on so far: files of the project, and where packages are.

        The files are those that were imported, run as tests, or had calls in them.

        A folder of packages changes when one is installed, removed or brought to another version.
        """
        if self._zygote is None:
            return []
        files, folders = self._zygote.imported()
        inside = [Path(file) for file in files if Path(file).is_relative_to(self._tree)]
        outside = [folder for folder in map(Path, folders) if not folder.is_relative_to(self._folder)]
        return [
            *(self._project.root / file.relative_to(self._tree) for file in inside),
            *self._read,
            *(folder for folder in outside if folder.is_absolute() and folder.is_dir()),
        ]

    def _module(self, path: Path, text: str) -> _Module:
        """The module of `path`, imported. A text that changed since is put in by the worker, not by a new import."""
        if path in self._failed:
            raise self._failed[path]
        if path not in self._modules:
            place = self._inside(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)  # it may be a link to the user's file
            place.write_bytes(encoded(text))
            name = self._project.module_name(path)
            try:
                self._running().load(name, place)
            except ImportFailed as error:
                self._failed[path] = error
                if not self._running().alive:
                    self._restart()
                raise
            self._modules[path] = _Module(name, place, text)
        return self._modules[path]

    def _inside(self, path: Path) -> Path:
        """Where the overlay has a file of the project."""
        return self._tree / path.relative_to(self._project.root)

    def _running(self) -> Zygote:
        if self._zygote is None:
            self._zygote = Zygote(self._project, self._tree, self._folder, self._settings, self._cancel)
            self._cancel.check()  # a cancel that came before there was anything to kill
        return self._zygote

    def _restart(self) -> None:
        """A fresh interpreter in place of one that an import has ended; modules are imported again as needed."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None
        self._modules.clear()

    def _order(self, module: _Module, text: str, qualname: str) -> dict[str, Any]:
        return {
            "module": module.name,
            "path": str(module.place),
            "qualname": qualname,
            "before": module.text,
            "after": text,
            "inputs": str(self._folder / "inputs"),
            "caches": self._settings.allow_caches,
        }
