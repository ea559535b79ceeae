"""The way from the server to the jobs. Nothing of it is imported before it is needed: starting must be quick."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from speedproof.core.cancel import CancelToken
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.server.apart import run_apart

if TYPE_CHECKING:
    from speedproof.jobs.complete import Completer

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share that is done, 0..1, or None where that is unknown."""


def optimize(target: Target, settings: Settings, cancel: CancelToken, progress: Progress, hint: str) -> FunctionResult:
    """`hint` is for a model, where one is asked.

    Raises Cancelled, UsageError or SandboxError where nothing can be run, and ModelError where there is no such model.
    """
    from speedproof.analysis.project import discover
    from speedproof.core.store import Store
    from speedproof.jobs.optimize import optimize

    project = discover(target.path, python=settings.python, exclude=settings.exclude)
    store = Store()
    try:
        return optimize(target, project, settings, store=store, cancel=cancel, progress=progress, hint=hint)
    finally:
        store.close()


def recall(targets: list[Target], settings: Settings, cancel: CancelToken) -> list[FunctionResult]:
    """What earlier runs found for these targets of one file, exactly as they are. Raises as `optimize` does."""
    if not targets:
        return []
    from speedproof.core.store import Store
    from speedproof.jobs.memory import Results

    project = _project_of_results(targets[0], settings)
    store = Store()
    results = []
    try:
        for target in targets:
            cancel.check()
            result = Results(store, project, settings).recall(target)
            if result is not None:
                results.append(result)
    finally:
        store.close()
    return results


def prove(target: Target, settings: Settings, cancel: CancelToken, progress: Progress) -> FunctionResult:
    """The function against what it was in the last commit. Raises as `optimize` does."""
    from speedproof.jobs.commits import prove

    return prove(target, settings, cancel=cancel, progress=progress)


def committed(path: Path) -> str | None:
    """The file as it was committed last; None where it was not, or is no text."""
    from speedproof.jobs.revisions import committed_text

    return committed_text(path)


def completer(settings: Settings) -> "Completer | None":
    """With the model that is chosen; None where there is none. Raises UsageError or ModelError."""
    from speedproof.core.store import Counters, Store
    from speedproof.jobs.acceptance import folder
    from speedproof.jobs.backends import backend_for
    from speedproof.jobs.complete import Completer

    backend = backend_for(settings)
    return None if backend is None else Completer(backend, Counters(folder()), Store())


def _project_of_results(target: Target, settings: Settings) -> Project:
    """As much of the project as results are kept by. To discover all of it would look through all its folders."""
    from speedproof.analysis.config import read_config
    from speedproof.analysis.interpreters import Surroundings, find_python
    from speedproof.analysis.project import find_root

    root = find_root(target.path)
    python = find_python(Surroundings(root, read_config(root), os.environ), settings.python)
    return Project(root, python, import_roots=())


_optimize_apart, _prove_apart = partial(run_apart, optimize), partial(run_apart, prove)


@dataclass(frozen=True, slots=True)
class Engine:
    """The seam: tests put their own here."""

    optimize: Callable[[Target, Settings, CancelToken, Progress, str], FunctionResult] = _optimize_apart
    recall: Callable[[list[Target], Settings, CancelToken], list[FunctionResult]] = recall
    prove: Callable[[Target, Settings, CancelToken, Progress], FunctionResult] = _prove_apart
    committed: Callable[[Path], str | None] = committed
    completer: "Callable[[Settings], Completer | None]" = completer
