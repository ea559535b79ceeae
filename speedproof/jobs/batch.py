"""A whole repository: its functions in the order of the time that can be saved, each proved as `optimize` does.

The functions are found by syntax alone; a workload says how much time each takes; rewrites are looked for from the
top. Verdicts are stored as they are reached, so that a run that was ended goes on where it was. In the end all verified
edits are put in together, and the workload is run once more.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from speedproof.analysis.profiles import read_profile
from speedproof.analysis.project import discover, discover_all, find_root
from speedproof.analysis.scan import ScannedFile
from speedproof.analysis.targets import targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, ProjectError, SandboxError, UsageError
from speedproof.core.hotspot import Profile
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult, Omission, Report
from speedproof.core.settings import Settings
from speedproof.core.source import read_source
from speedproof.core.store import Store
from speedproof.core.target import Target
from speedproof.core.verdict import Speedup
from speedproof.jobs.calls import Progress
from speedproof.jobs.cluster import Cluster
from speedproof.jobs.effect import measured_effect
from speedproof.jobs.hotspots import Place, profiled, ranked_places
from speedproof.jobs.memory import Results
from speedproof.jobs.optimize import MIN_SECONDS, optimize_all, relative
from speedproof.jobs.processes import Processes
from speedproof.jobs.scan import Mapper, promising, scan_all
from speedproof.jobs.selection import changed_since, source_files
from speedproof.jobs.spread import Spread, Surrounding
from speedproof.jobs.together import check_together
from speedproof.profiling.program import ProgramRuns
from speedproof.profiling.sandbox import no_boundary

CHUNK = 24
"""Functions for which the tests are run once to record calls."""
WORKLOAD_SHARE = 0.25
"""Of the budget, for the run that says where the time goes, and again for the runs at the end."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    budget_seconds: float = math.inf
    """For the whole run."""
    max_functions: int | None = None
    """Of those for which there is something to try."""
    changed_since: str = ""
    """A revision: only functions that read differently from it."""
    workload: str | None = None
    """A command line, or a file with a profile; by default the tests where there are any. Empty for none."""
    confirm: bool = False
    """Whether to measure what all edits together are worth."""
    cluster: str | None = None
    """The address of a Ray cluster that analyses and proves, as `ray.init` takes it; None for this machine alone."""
    n_jobs: int = 1
    """Processes of this machine that prove at the same time."""


def batch(
    place: Path,
    settings_of: Callable[[Path], Settings],
    options: BatchOptions,
    *,
    store: Store | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = lambda message, share: None,
    on_result: Callable[[FunctionResult], None] = lambda result: None,
    relative_to: Path | None = None,
) -> Report:
    """One result for each function for which there was something to try, in the order of the time it takes.

    `on_result` gets each as it is reached. What is no fault of one function's ends nothing: it is told in the report.
    Cancelled, it returns what it has, with a note. Raises UsageError, ModelError.
    """
    run = _Run(place, settings_of, options, store, cancel or CancelToken(), progress, relative_to)
    try:
        with _workers(options) as run.workers:
            run.look()
            run.prove(on_result)
        run.put_together()
    except Cancelled:
        run.notes.append(f"interrupted: {len(run.results)} functions done; the next run goes on from here")
    return run.report()


def _workers(options: BatchOptions) -> AbstractContextManager[Cluster | Processes | None]:
    """Who proves besides this process."""
    if options.cluster is not None:
        return Cluster(options.cluster)
    return Processes(options.n_jobs) if options.n_jobs > 1 and no_boundary() is None else nullcontext()


@dataclass(slots=True)
class _Run:
    place: Path
    settings_of: Callable[[Path], Settings]
    options: BatchOptions
    store: Store | None
    cancel: CancelToken
    progress: Progress
    relative_to: Path | None
    workers: Cluster | Processes | None = None
    started: float = field(default_factory=time.monotonic)
    files: list[ScannedFile] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    profile: Profile | None = None
    command: str = ""
    """What is run with all edits together."""
    measured: Speedup | None = None
    results: list[FunctionResult] = field(default_factory=list)
    texts: dict[Path, str] = field(default_factory=dict)
    """What the verified edits leave of the files that they are for."""
    notes: list[str] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)

    @property
    def end(self) -> float:
        return self.started + self.options.budget_seconds

    @property
    def until(self) -> float:
        """When to be done with all functions: the workload is run twice at the end."""
        again = 3 * self.profile.seconds if self.profile is not None and self.command else 0.0
        return self.end - min(again, WORKLOAD_SHARE * self.options.budget_seconds)

    def look(self) -> None:
        """Finds the functions, and the order in which to look at them."""
        root = find_root(self.place)
        settings = self.settings_of(root)
        project = discover(self.place, python=settings.python, exclude=settings.exclude)
        tests = set(project.tests)
        files = [file for file in source_files(self.place, root, settings) if file not in tests]
        if not files:
            raise UsageError(f"no Python files in {self.place}{' besides tests' if tests else ''}")
        self.files = scan_all(self.place, files, self.store, self.cancel, self.progress, self._mapping)
        for file in self.files:
            if file.problem:
                self.omissions.append(
                    Omission(relative(file.path, self.relative_to), "", file.problem, is_problem=True)
                )
        n_lines = sum(file.n_lines for file in self.files)
        n_functions = sum(len(file.functions) for file in self.files)
        self.notes.append(f"{n_functions} functions in {len(self.files)} files of {n_lines} lines")
        self._measure(project, settings)
        self.places = ranked_places(self.files, self.profile)
        if self.options.changed_since:
            changed = changed_since(self.place, self.options.changed_since)
            self.places = [one for one in self.places if (one.path, one.function.qualname) in changed]
            self.notes.append(f"{len(self.places)} of them changed since {self.options.changed_since}")

    def _measure(self, project: Project, settings: Settings) -> None:
        """Where the workload's time goes; what goes wrong is told, and the findings have to do."""
        tests = "pytest -q" if project.tests else ""
        workload = tests if self.options.workload is None else self.options.workload
        self.command = workload
        if _is_file(workload):
            self.profile = read_profile(Path(workload), [file.path for file in self.files])
            self.command = tests
        elif not workload:
            self.notes.append("no workload: the functions with most findings come first")
        elif no_boundary() is None:  # otherwise `optimize_all` says it
            seconds = min(settings.test_seconds * 10, WORKLOAD_SHARE * self.options.budget_seconds)
            self.progress(f"running {workload} to see where the time goes", None)
            self.profile, notes = profiled(project, settings, self.files, workload, seconds, self.store, self.cancel)
            self.notes += notes

    def prove(self, on_result: Callable[[FunctionResult], None]) -> None:
        """Looks for verified edits from the top until there is no more time for a function."""
        hotspots = {(one.path, one.function.qualname): one.hotspot for one in self.places}

        def keep(target: Target, result: FunctionResult) -> None:
            result = replace(
                result,
                path=relative(target.path, self.relative_to),
                hotspot=hotspots.get((target.path, target.qualname)),
            )
            self.results.append(result)
            on_result(result)

        if self.workers is not None:
            self._prove_on(self.workers, keep)
        else:
            self._prove_here(keep)
        n_stored = sum(result.is_stored for result in self.results)
        if n_stored:
            self.notes.append(f"{n_stored} of the verdicts are those of an earlier run")
        if self._time_is_up():
            self.notes.append(f"the budget of {self.options.budget_seconds:.0f} s is used up")

    def _prove_here(self, keep: Callable[[Target, FunctionResult], None]) -> None:
        """A few functions at a time, of one project: the tests are run once for them."""
        functions = self._promising()
        while chosen := list(itertools.islice(functions, CHUNK)):
            by_root: dict[Path, list[Target]] = {}
            for target in chosen:
                by_root.setdefault(find_root(target.path), []).append(target)
            for root, targets in by_root.items():
                settings = self.settings_of(root)
                paths = dict.fromkeys(target.path for target in targets)
                projects = discover_all(paths, python=settings.python, exclude=settings.exclude)
                for project in dict.fromkeys(projects.values()):
                    own = [target for target in targets if projects[target.path] == project]
                    self._prove(own, project, settings, keep)
            if self._time_is_up():
                break

    def _prove_on(self, workers: Cluster | Processes, keep: Callable[[Target, FunctionResult], None]) -> None:
        """On all workers, a file at one at a time; the results in the order of one machine."""

        @cache
        def surrounding_of(path: Path) -> Surrounding:
            settings = self.settings_of(find_root(path))
            project = discover(path, python=settings.python, exclude=settings.exclude)
            return Surrounding(project, settings, Results(self.store, project, settings, workers.hosts))

        def tell(path: Path, qualname: str, problem: str) -> None:
            self.omissions.append(Omission(relative(path, self.relative_to), qualname, problem, is_problem=True))

        def show(names: Sequence[str]) -> None:
            self.progress(f"proving {', '.join(names)}", None)

        spread = Spread(
            workers, self._promising(), surrounding_of, self.texts, self.until, self.cancel, keep, tell, show
        )
        spread.run()
        rank = {(relative(one.path, self.relative_to), one.function.qualname): n for n, one in enumerate(self.places)}
        self.results.sort(key=lambda result: rank[result.path, result.function])

    def _prove(
        self,
        targets: Sequence[Target],
        project: Project,
        settings: Settings,
        keep: Callable[[Target, FunctionResult], None],
    ) -> None:
        rest = iter(targets)
        try:
            report = optimize_all(
                targets,
                project,
                settings,
                store=self.store,
                cancel=self.cancel,
                progress=self.progress,
                on_result=lambda result: keep(next(rest), result),
                relative_to=self.relative_to,
                cumulative=True,
                texts=self.texts,
                until=self.until,
                resume=True,
            )
        except (ProjectError, SandboxError) as error:
            self.omissions.append(Omission(relative(project.root, self.relative_to), "", str(error), is_problem=True))
            return
        self.notes += [note for note in report.notes if note not in self.notes]

    def put_together(self) -> None:
        """All edits at once, with the workload run once more."""
        found = [result for result in self.results if result.found]
        if not found or not self.command or no_boundary() is not None:
            return
        root = find_root(self.place)
        settings = self.settings_of(root)
        project = discover(self.place, python=settings.python, exclude=settings.exclude)
        seconds = max(settings.test_seconds, 3 * self.profile.seconds if self.profile is not None else 0.0)
        self.progress(f"running {self.command} with all edits together", None)
        try:
            with ProgramRuns(project, settings, self.cancel) as runs:
                outcome = check_together(runs, self.command, seconds, self.results, self.relative_to)
                self.results = outcome.results
                self.notes.append(outcome.note)
                if self.options.confirm and outcome.texts:
                    self.measured = measured_effect(runs, self.command, seconds, outcome.texts, self.end, self.progress)
                    if self.measured is None:
                        self.notes.append("there was no time to measure all edits together")
        except (ProjectError, SandboxError) as error:
            self.notes.append(f"all edits together could not be tried: {error}")
            return

    def report(self) -> Report:
        workload = self.profile.workload if self.profile is not None else ""
        seconds = self.profile.seconds if self.profile is not None else 0.0
        return Report(
            tuple(self.results),
            tuple(self.notes),
            omissions=tuple(self.omissions),
            workload=workload,
            workload_seconds=seconds,
            measured_speedup=self.measured,
        )

    def _promising(self) -> Iterator[Target]:
        """The functions for which there is something to try, the most important first, while there is time."""
        n_left = math.inf if self.options.max_functions is None else self.options.max_functions
        n_without = 0

        def rules_off(target: Target) -> tuple[str, ...]:
            return self.settings_of(find_root(target.path)).rules_off

        for target, has_rewrites in promising(self._targets(), rules_off, self._mapping):
            if n_left <= 0 or self._time_is_up():
                break
            if has_rewrites or self.settings_of(find_root(target.path)).edits_model != "off":
                n_left -= 1
                yield target
            else:
                n_without += 1
        if n_without:
            self.notes.append(f"no rewrite is known for {n_without} functions")

    def _targets(self) -> Iterator[Target]:
        targets: dict[Path, dict[str, Target]] = {}
        for number, one in enumerate(self.places):
            self.cancel.check()
            if number % 10 == 0:
                self.progress(f"{one.function.qualname}: looking for rewrites", number / len(self.places))
            if one.path not in targets:
                try:
                    text = read_source(one.path).text
                except UsageError:
                    text = ""
                targets[one.path] = {target.qualname: target for target in targets_in(one.path, text)}
            target = targets[one.path].get(one.function.qualname)
            if target is not None:
                yield target

    @property
    def _mapping(self) -> Mapper:
        return map if self.workers is None else self.workers.map

    def _time_is_up(self) -> bool:
        return time.monotonic() > self.until - MIN_SECONDS


def _is_file(workload: str) -> bool:
    """Whether it names a profile, and no program."""
    try:
        return not workload.endswith(".py") and Path(workload).is_file()
    except (OSError, ValueError):
        return False
