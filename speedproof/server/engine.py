"""The way from the server to the jobs. Nothing of it is imported before it is needed: starting must be quick."""

from collections.abc import Callable
from dataclasses import dataclass

from speedproof.core.cancel import CancelToken
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.target import Target

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share that is done, 0..1, or None where that is unknown."""


def optimize(target: Target, settings: Settings, cancel: CancelToken, progress: Progress) -> FunctionResult:
    """Raises Cancelled, and UsageError or SandboxError where nothing can be run."""
    from speedproof.analysis.project import discover
    from speedproof.core.store import Store
    from speedproof.jobs.optimize import optimize

    project = discover(target.path, python=settings.python, exclude=settings.exclude)
    store = Store()
    try:
        return optimize(target, project, settings, store=store, cancel=cancel, progress=progress)
    finally:
        store.close()


def recall(targets: list[Target], settings: Settings, cancel: CancelToken) -> list[FunctionResult]:
    """What earlier runs found for these targets of one file, exactly as they are. Raises as `optimize` does."""
    from speedproof.analysis.project import discover
    from speedproof.core.store import Store
    from speedproof.jobs.memory import recall

    if not targets:
        return []
    project = discover(targets[0].path, python=settings.python, exclude=settings.exclude)
    store = Store()
    results = []
    try:
        for target in targets:
            cancel.check()
            result = recall(store, target, project, settings)
            if result is not None:
                results.append(result)
    finally:
        store.close()
    return results


@dataclass(frozen=True, slots=True)
class Engine:
    """The seam: tests put their own here."""

    optimize: Callable[[Target, Settings, CancelToken, Progress], FunctionResult] = optimize
    recall: Callable[[list[Target], Settings, CancelToken], list[FunctionResult]] = recall
