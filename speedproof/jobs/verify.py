"""The same verdict on anyone's rewrite: every function that differs between two versions of a file."""

import ast
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

from speedproof.analysis.targets import targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult, Report, Trial
from speedproof.core.settings import Settings
from speedproof.core.source import read_source
from speedproof.core.target import Candidate, Target
from speedproof.core.verdict import Verdict
from speedproof.jobs.optimize import Progress, record_calls
from speedproof.profiling.profiler import Profiler


def verify(
    before: Path,
    after: Path,
    function: str | None,
    project: Project,
    settings: Settings,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = lambda message, share: None,
    on_result: Callable[[FunctionResult], None] = lambda result: None,
) -> Report:
    """Judge `after`, which would replace `before`, for each function that changed, or for `function` alone.

    `before` is a file of `project`. Raises UsageError where nothing changed or `function` is missing, SandboxError,
    Cancelled.
    """
    cancel = cancel or CancelToken()
    old, new = read_source(before).text, read_source(after).text
    targets = changed_targets(before, old, after, new, function)
    candidate = Candidate(new, "given", (after.name,))
    results: list[FunctionResult] = []
    with Profiler(project, settings, cancel) as profiler:
        record_calls(profiler, project, targets)
        for number, target in enumerate(targets):

            def step(message: str, target: Target = target, number: int = number) -> None:
                progress(f"{target.qualname}: {message}", number / len(targets))

            start = time.monotonic()
            step("gathering inputs")
            prepared = profiler.prepare(target)
            verdict = prepared if isinstance(prepared, Verdict) else profiler.judge(prepared, candidate, step)
            results.append(
                FunctionResult(
                    before,
                    target.qualname,
                    old,
                    verdict,
                    after=new,
                    trials=(Trial(candidate, verdict),),
                    seconds=time.monotonic() - start,
                )
            )
            on_result(results[-1])
    return Report(tuple(results))


def changed_targets(before: Path, old: str, after: Path, new: str, function: str | None) -> list[Target]:
    """The functions of `before` whose code, comments and layout aside, is another in `after`. Raises UsageError."""
    ours = {target.qualname: target for target in targets_in(before, old)}
    theirs = {target.qualname: target for target in targets_in(after, new)}
    if function is not None:
        for path, known in ((before, ours), (after, theirs)):
            if function not in known:
                raise UsageError(f"{path}: there is no function {function!r}")
        return [ours[function]]
    changed = [
        target
        for qualname, target in ours.items()
        if qualname in theirs and _shape(target.source) != _shape(theirs[qualname].source)
    ]
    if not changed:
        raise UsageError(f"no function of {before} is another in {after}")
    return changed


def _shape(source: str) -> str:
    """A definition without layout and comments."""
    try:
        return ast.dump(ast.parse(textwrap.dedent(source)))
    except SyntaxError:
        return source
