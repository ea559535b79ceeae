"""The verdict on a change that Git knows: every function of every file that differs between two revisions.

The files of the revision before are written out into a scratch folder. There its own tests give the inputs, and its own
modules are what the rewrite runs among; the user's working tree is only read. Interpreter and settings are those of the
project as it is now.
"""

import ast
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path, PurePosixPath

from speedproof.analysis.changes import Changes
from speedproof.analysis.config import read_config
from speedproof.analysis.interpreters import Surroundings, find_python
from speedproof.analysis.project import discover_all, find_root
from speedproof.analysis.targets import find_target
from speedproof.analysis.testfiles import DEFAULT_PATTERNS
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult, Omission, Report
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.jobs import git
from speedproof.jobs.calls import Progress
from speedproof.jobs.git import FileChange
from speedproof.jobs.revisions import Revisions, inside, text_after, text_before, write_surroundings
from speedproof.jobs.verify import (
    ADDED,
    REMOVED,
    Rewrite,
    compared,
    judge_all,
    omissions_of,
    rewrite_of,
    rewrites_of,
)

NO_CODE = ("conftest.py", "setup.py", "noxfile.py", *DEFAULT_PATTERNS)
TEST_FOLDERS = frozenset({"test", "tests"})
NAMED = 5


def verify_revisions(
    revisions: Revisions,
    settings_of: Callable[[Path], Settings],
    *,
    paths: Sequence[Path] = (),
    function: str | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = lambda message, share: None,
    on_result: Callable[[FunctionResult], None] = lambda result: None,
) -> Report:
    """Judge every changed function, of the files in `paths` only if there are any, or only those named `function`.

    `settings_of` gives the settings for a project's root. Raises UsageError, SandboxError, ProjectError, Cancelled.
    """
    cancel = cancel or CancelToken()
    with tempfile.TemporaryDirectory(prefix="speedproof-") as scratch:
        tree = Path(scratch).resolve() / revisions.top.name
        progress("writing out the files as they were", 0.0)
        changed = git.changed_files(revisions.top, revisions.before, revisions.after)
        wanted = _below(paths, changed, revisions.top)
        missing = write_surroundings(revisions, tree, [each for each in changed if _is_new_code(each)], cancel)
        plan = _plan(revisions, tree, wanted, changed, function)
        if function is not None and not plan.rewrites:
            raise UsageError(f"no changed file has a function {function!r} before and after")
        results: list[FunctionResult] = []
        for project, settings, rewrites in _by_project(plan.rewrites, revisions.top, tree, settings_of):
            results += judge_all(rewrites, project, settings, cancel=cancel, progress=progress, on_result=on_result)
    notes = [*revisions.notes, *_aside(wanted)]
    if missing:
        notes.append(f"not among the files that the code ran with: {_listed(missing)}")
    if not plan.rewrites:
        notes.append("no function that is there before and after has changed")
    return Report(tuple(results), tuple(notes), revisions.subject, plan.omissions)


def prove(
    target: Target,
    settings: Settings,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = lambda message, share: None,
) -> FunctionResult:
    """The verdict on one function as it is now, saved or not, against what it was in the last commit.

    Raises UsageError where it was not there or was the same; SandboxError, ProjectError, Cancelled.
    """
    cancel = cancel or CancelToken()
    top = git.top_of(target.path)
    head = Revisions(top, git.commit_of(top, "HEAD"), None)
    path = inside(top, target.path)
    with tempfile.TemporaryDirectory(prefix="speedproof-") as scratch:
        tree = Path(scratch).resolve() / top.name
        before_path = tree / path
        added = [each for each in git.changed_files(top, head.before, None) if _is_new_code(each)]
        write_surroundings(head, tree, added, cancel)
        there = f"the last commit, {head.before.name[:10]}"
        if not before_path.is_file():
            raise UsageError(f"{path} is not in {there}: there is nothing to compare with")
        old = text_before(tree, FileChange(path, path))
        if find_target(before_path, old, target.qualname) is None:
            raise UsageError(f"{target.qualname} is not in {there}: there is nothing to compare with")
        found = compared(before_path, old, target.path, target.text)
        rewrite = rewrite_of(before_path, old, target.path, target.text, target.qualname, found)
        if target.qualname not in {change.before.qualname for change in found.changed}:
            raise UsageError(f"{target.qualname} is what it was in {there}, layout and comments aside")
        ((project, _, rewrites),) = _by_project([rewrite], top, tree, lambda root: settings)
        (result,) = judge_all(rewrites, project, settings, cancel=cancel, progress=progress)
    return replace(result, path=target.path)


@dataclass(frozen=True, slots=True)
class _Plan:
    rewrites: tuple[Rewrite, ...]
    omissions: tuple[Omission, ...]


def _below(paths: Sequence[Path], changed: Sequence[FileChange], top: Path) -> list[FileChange]:
    """The changes below `paths`, if there are any. Raises UsageError where one of `paths` is outside of `top`."""
    wanted = [inside(top, path) for path in paths]
    return [change for change in changed if not wanted or any(_path(change).is_relative_to(place) for place in wanted)]


def _plan(
    revisions: Revisions,
    tree: Path,
    wanted: Sequence[FileChange],
    changed: Sequence[FileChange],
    function: str | None,
) -> _Plan:
    """What of `wanted` is to be judged, and what is not; `changed` is all that the revisions differ in."""
    rewrites: list[Rewrite] = []
    omissions: list[Omission] = []
    for change in wanted:
        if _kind(change):
            continue
        shown = revisions.top / _path(change)
        before_path = tree / (change.before or _path(change))
        try:
            old, new = text_before(tree, change), text_after(revisions, change)
            found = compared(before_path, old, shown, new)
        except UsageError as error:
            omissions.append(Omission(shown, "", str(error), is_problem=True))
            continue
        if function is None:
            of_file = rewrites_of(found, shown, revisions.title)
            omissions += omissions_of(found, shown)
        else:
            of_file = _named(before_path, old, shown, new, function, found)
        notes = tuple(_notes(change, changed, new))
        rewrites += [replace(rewrite, notes=(*rewrite.notes, *notes)) for rewrite in of_file]
    return _Plan(tuple(rewrites), tuple(_with_moves(omissions, revisions.top)))


def _named(before_path: Path, old: str, shown: Path, new: str, function: str, found: Changes) -> list[Rewrite]:
    with suppress(UsageError):
        return [replace(rewrite_of(before_path, old, shown, new, function, found), path=shown)]
    return []


def _kind(change: FileChange) -> str:
    """What a file is that holds no code to be compared, in words; empty where it does."""
    path = _path(change)
    if change.mode == git.SUBMODULE:
        return "submodules"
    if path.suffix != ".py":
        return "not Python"
    if change.mode == git.LINK:
        return "links"
    if TEST_FOLDERS & set(path.parts[:-1]) or any(fnmatch(path.name, pattern) for pattern in NO_CODE):
        return "tests, or tools around the code"
    return ""


def _is_new_code(change: FileChange) -> bool:
    return change.before is None and not _kind(change)


def _aside(changed: Sequence[FileChange]) -> Iterator[str]:
    """The changed files that hold no code to be compared."""
    by_kind: dict[str, list[str]] = {}
    for change in changed:
        by_kind.setdefault(_kind(change), []).append(str(_path(change)))
    for kind, names in sorted(by_kind.items()):
        if kind:
            yield f"changed but not compared, {kind}: {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _with_moves(omissions: Sequence[Omission], top: Path) -> Iterator[Omission]:
    """A function that was removed in one file and added in another was moved, for all that its name says."""
    added = {omission.function: omission.path for omission in omissions if omission.reason == ADDED}
    removed = {omission.function for omission in omissions if omission.reason == REMOVED}
    for omission in omissions:
        if omission.reason == REMOVED and omission.function in added:
            place = added[omission.function].relative_to(top).as_posix()
            yield replace(omission, reason=f"moved to {place}: not compared")
        elif omission.reason != ADDED or omission.function not in removed:
            yield omission


def _notes(change: FileChange, changed: Sequence[FileChange], text: str) -> Iterator[str]:
    """What else of the whole change bears on a function of this file."""
    if change.before != change.after:
        yield f"the file was renamed from {change.before}"
    others = [other for other in changed if other is not change and _is_imported(other, text)]
    if others:
        names = _listed([str(_path(other)) for other in others])
        yield f"judged with these files, which changed too, as they were: {names}"


def _is_imported(other: FileChange, text: str) -> bool:
    """Whether `text` imports a changed module, going by the last part of its name."""
    path = _path(other)
    if other.before is None or _kind(other):
        return False
    name = path.parent.name if path.name == "__init__.py" else path.stem
    return name in _imported(text)


@lru_cache(maxsize=4)
def _imported(text: str) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            names |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
    return frozenset(names)


def _by_project(
    rewrites: Sequence[Rewrite], top: Path, tree: Path, settings_of: Callable[[Path], Settings]
) -> Iterator[tuple[Project, Settings, list[Rewrite]]]:
    """The rewrites of each project among the files that were written out, with what runs it."""
    by_root: dict[Path, list[Rewrite]] = {}
    for rewrite in rewrites:
        by_root.setdefault(find_root(rewrite.target.path), []).append(rewrite)
    for root, of_root in by_root.items():
        home = top / root.relative_to(tree)
        home = home if home.is_dir() else top
        settings = settings_of(home)
        python = find_python(Surroundings(home, read_config(home), os.environ), settings.python)
        paths = dict.fromkeys(rewrite.target.path for rewrite in of_root)
        projects = discover_all(paths, python=str(python), exclude=settings.exclude)
        of_project: dict[Project, list[Rewrite]] = {}
        for rewrite in of_root:
            of_project.setdefault(projects[rewrite.target.path], []).append(rewrite)
        for project, rewrites_of_project in of_project.items():
            yield project, settings, rewrites_of_project


def _path(change: FileChange) -> PurePosixPath:
    path = change.after or change.before
    assert path is not None
    return path
