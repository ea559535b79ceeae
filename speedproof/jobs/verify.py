"""The same verdict on anyone's rewrite: every function that differs between two versions of a file."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from speedproof.analysis.callsites import call_sites
from speedproof.analysis.changes import Changed, Changes, changes
from speedproof.analysis.slices import sliced
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult, Omission, Report, Trial
from speedproof.core.settings import Settings
from speedproof.core.source import read_source
from speedproof.core.target import Candidate, Target
from speedproof.core.verdict import Status, Verdict
from speedproof.jobs.calls import Progress, record_calls
from speedproof.profiling.profiler import Profiler

ADDED = "added: there is nothing to compare it with"
ALONE = "judged with only what it uses of the change, for the whole could not be put in place"
REMOVED = "removed: its callers are not looked for"


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
    old, new = read_source(before).text, read_source(after).text
    found = compared(before, old, after, new)
    if function is not None:
        rewrites = [rewrite_of(before, old, after, new, function, found)]
    else:
        rewrites = rewrites_of(found, before, after.name)
        if not rewrites:
            raise UsageError(f"no function of {before.name} is another in {after.name}{_instead(found)}")
    results = judge_all(rewrites, project, settings, cancel=cancel, progress=progress, on_result=on_result)
    return Report(tuple(results), omissions=tuple(omissions_of(found, before)) if function is None else ())


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One function of a module whose text is replaced by another as a whole."""

    target: Target
    """As it was."""
    after: Target
    path: Path
    """Under which the result is reported."""
    title: str
    """What the rewrite is called: a file's name, a commit."""
    notes: tuple[str, ...] = ()


def judge_all(
    rewrites: Sequence[Rewrite],
    project: Project,
    settings: Settings,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = lambda message, share: None,
    on_result: Callable[[FunctionResult], None] = lambda result: None,
) -> list[FunctionResult]:
    """One result for each, in order, all in one sandbox. Raises SandboxError, ProjectError, Cancelled."""
    results: list[FunctionResult] = []
    with Profiler(project, settings, cancel or CancelToken()) as profiler:
        progress("running the tests to record calls", 0.0)
        record_calls(profiler, project, [rewrite.target for rewrite in rewrites])
        for number, rewrite in enumerate(rewrites):

            def step(message: str, rewrite: Rewrite = rewrite, number: int = number) -> None:
                progress(f"{rewrite.target.qualname}: {message}", number / len(rewrites))

            results.append(_judged(profiler, rewrite, project, settings, step))
            on_result(results[-1])
    return results


def compared(before_path: Path, before: str, after_path: Path, after: str) -> Changes:
    """What changed between two texts of a module. Raises UsageError where one of them cannot be read as Python."""
    try:
        return changes(before_path, before, after_path, after)
    except (SyntaxError, ValueError) as error:
        raise UsageError(
            f"{before_path.name} cannot be compared: not Python as this version knows it: {error}"
        ) from error
    except (RecursionError, MemoryError) as error:
        raise UsageError(f"{before_path.name} cannot be compared: it is nested too deeply") from error


def rewrites_of(found: Changes, path: Path, title: str) -> list[Rewrite]:
    return [Rewrite(change.before, change.after, path, title, change.notes) for change in found.changed]


def rewrite_of(before: Path, old: str, after: Path, new: str, function: str, found: Changes) -> Rewrite:
    """The one of that name, changed or not. Raises UsageError where one side does not have it."""
    ours, theirs = find_target(before, old, function), find_target(after, new, function)
    if ours is None or theirs is None:
        raise UsageError(f"{before if ours is None else after}: there is no function {function!r}")
    change = next((change for change in found.changed if change.before.qualname == function), Changed(ours, theirs))
    return Rewrite(change.before, change.after, before, after.name, change.notes)


def omissions_of(found: Changes, path: Path) -> list[Omission]:
    """What of the change was not compared, and why."""
    rows = [
        *((name, ADDED) for name in found.added),
        *((name, REMOVED) for name in found.removed),
        *(
            (old, f"renamed to {new}: its code is the same, its callers are not looked for")
            for old, new in found.renamed
        ),
    ]
    omissions = [Omission(path, name, reason) for name, reason in rows]
    if found.elsewhere:
        names = ", ".join(found.elsewhere)
        omissions.append(
            Omission(path, "", f"changed outside of functions, and used by none of those compared: {names}")
        )
    return omissions


def _judged(
    profiler: Profiler, rewrite: Rewrite, project: Project, settings: Settings, step: Callable[[str], None]
) -> FunctionResult:
    start = time.monotonic()
    step("gathering inputs")
    candidate = Candidate(rewrite.after.text, "given", (rewrite.title,))
    target = rewrite.target
    prepared = profiler.prepare(target, call_sites=lambda: call_sites(target, project, exclude=settings.exclude))
    notes = rewrite.notes
    if isinstance(prepared, Verdict):
        verdict = prepared
    else:
        verdict = profiler.judge(prepared, candidate, step)
        alone = _alone(rewrite) if _was_not_run(verdict) else None
        if alone is not None:
            again = profiler.judge(prepared, alone, step)
            if again.reason != verdict.reason:
                notes = (*notes, f"{ALONE}: {verdict.reason}")
                candidate, verdict = alone, again
    return FunctionResult(
        rewrite.path,
        rewrite.target.qualname,
        rewrite.target.text,
        verdict,
        after=rewrite.after.text,
        trials=(Trial(candidate, verdict),),
        seconds=time.monotonic() - start,
        within=(rewrite.target.span, rewrite.after.span),
        notes=notes,
    )


def _was_not_run(verdict: Verdict) -> bool:
    """Whether the rewrite could not even be put in place."""
    known = verdict.evidence.coverage_candidate is not None or verdict.counterexample or verdict.speedup
    return verdict.status in (Status.UNVERIFIABLE, Status.CRASHED) and not known


def _alone(rewrite: Rewrite) -> Candidate | None:
    """Only the part of the change that the function rests on."""
    text = sliced(rewrite.target.text, rewrite.after.text, rewrite.target.qualname)
    return None if text is None else Candidate(text, "given", (rewrite.title,))


def _instead(found: Changes) -> str:
    """What did change, where it was no function that both sides have."""
    counts = (("added", len(found.added)), ("removed", len(found.removed)), ("renamed", len(found.renamed)))
    told = [f"{n} {what}" for what, n in counts if n]
    return f" ({', '.join(told)})" if told else ""
