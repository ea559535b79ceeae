"""The verdict on a change that Git knows: every function of every file that differs between two revisions.

The files of the revision before are written out into a scratch folder. There its own tests give the inputs, and its own
modules are what the rewrite runs among; the user's working tree is only read. Interpreter and settings are those of the
project as it is now.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from speedproof.analysis.changes import Changes
from speedproof.analysis.config import read_config
from speedproof.analysis.interpreters import Surroundings, find_python
from speedproof.analysis.project import discover_all, find_root
from speedproof.analysis.testfiles import DEFAULT_PATTERNS
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult, Omission, Report
from speedproof.core.settings import Settings
from speedproof.core.source import decoded
from speedproof.jobs import git
from speedproof.jobs.git import Commit, FileChange
from speedproof.jobs.optimize import Progress
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


@dataclass(frozen=True, slots=True)
class Revisions:
    """What is compared: two commits, or, where `after` is None, one and the working tree."""

    top: Path
    before: Commit
    after: Commit | None
    notes: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        if self.after is None:
            return f"the working tree since {self.before}"
        return f"{self.after} (before it: {self.before})"

    @property
    def title(self) -> str:
        return "the working tree" if self.after is None else self.after.name[:10]


def of_commit(place: Path, revision: str) -> Revisions:
    """A commit and its first parent. Raises UsageError."""
    top = git.top_of(place)
    after = git.commit_of(top, revision)
    notes = ("a merge: compared with its first parent",) if len(after.parents) > 1 else ()
    return Revisions(top, git.parent_of(top, after), after, notes)


def since(place: Path, revision: str) -> Revisions:
    """A commit and the working tree. Raises UsageError."""
    top = git.top_of(place)
    return Revisions(top, git.commit_of(top, revision), None)


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
        changed = _changed_files(revisions, paths)
        missing = _write_surroundings(revisions, tree, changed, cancel)
        plan = _plan(revisions, tree, changed, function)
        if function is not None and not plan.rewrites:
            raise UsageError(f"no changed file has a function {function!r} before and after")
        results: list[FunctionResult] = []
        for project, settings, rewrites in _by_project(plan.rewrites, revisions.top, tree, settings_of):
            results += judge_all(rewrites, project, settings, cancel=cancel, progress=progress, on_result=on_result)
    notes = [*revisions.notes]
    if missing:
        notes.append(f"not among the files that the code ran with: {', '.join(missing)}")
    if not plan.rewrites:
        notes.append("no function that is there before and after has changed")
    return Report(tuple(results), tuple(notes), revisions.subject, plan.omissions)


@dataclass(frozen=True, slots=True)
class _Plan:
    rewrites: tuple[Rewrite, ...]
    omissions: tuple[Omission, ...]


def _changed_files(revisions: Revisions, paths: Sequence[Path]) -> list[FileChange]:
    """Those below `paths`, if there are any. Raises UsageError where one of `paths` is outside of the repository."""
    wanted = []
    for path in paths:
        if not path.is_relative_to(revisions.top):
            raise UsageError(f"{path} is outside of the repository at {revisions.top}")
        wanted.append(PurePosixPath(path.relative_to(revisions.top).as_posix()))
    changed = git.changed_files(revisions.top, revisions.before, revisions.after)
    return [change for change in changed if not wanted or any(_path(change).is_relative_to(place) for place in wanted)]


def _plan(revisions: Revisions, tree: Path, changed: Sequence[FileChange], function: str | None) -> _Plan:
    """What is to be judged, and what of the change is not."""
    rewrites: list[Rewrite] = []
    omissions: list[Omission] = []
    for change in changed:
        shown = revisions.top / _path(change)
        before_path = tree / (change.before or _path(change))
        reason = _left_out(change)
        if reason is not None:
            omissions.append(Omission(shown, "", reason))
            continue
        try:
            old, new = _text_before(tree, change), _text_after(revisions, change)
            found = compared(before_path, old, shown, new)
        except UsageError as error:
            omissions.append(Omission(shown, "", str(error), is_problem=True))
            continue
        if function is None:
            of_file = rewrites_of(found, shown, revisions.title)
            omissions += omissions_of(found, shown)
        else:
            of_file = _named(before_path, old, shown, new, function, found)
        rewrites += [replace(rewrite, notes=(*rewrite.notes, *_notes(change, changed, new))) for rewrite in of_file]
    return _Plan(tuple(rewrites), tuple(_with_moves(omissions, revisions.top)))


def _named(before_path: Path, old: str, shown: Path, new: str, function: str, found: Changes) -> list[Rewrite]:
    with suppress(UsageError):
        return [replace(rewrite_of(before_path, old, shown, new, function, found), path=shown)]
    return []


def _left_out(change: FileChange) -> str | None:
    """Why nothing of the file can be compared; None where it can be."""
    path = _path(change)
    if change.mode == git.SUBMODULE:
        return "a submodule: not compared"
    if path.suffix != ".py":
        return "not Python: not compared"
    if change.mode == git.LINK:
        return "a link: not compared"
    if TEST_FOLDERS & set(path.parts[:-1]) or any(fnmatch(path.name, pattern) for pattern in NO_CODE):
        return "a test, or a tool around the code: not compared"
    return None


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
    others = [other for other in changed if other is not change and _is_mentioned(other, text)]
    if others:
        names = ", ".join(str(_path(other)) for other in others[:NAMED])
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        yield f"judged with these files, which changed too, as they were: {names}{more}"


def _is_mentioned(other: FileChange, text: str) -> bool:
    """Whether a changed module's name is a word of `text`: a guess at what it imports that is rather too wide."""
    path = _path(other)
    name = path.parent.name if path.name == "__init__.py" else path.stem
    is_module = path.suffix == ".py" and other.before is not None and _left_out(other) is None
    return is_module and re.search(rf"\b{re.escape(name)}\b", text) is not None


def _write_surroundings(
    revisions: Revisions, tree: Path, changed: Sequence[FileChange], cancel: CancelToken
) -> list[str]:
    """The files of the revision before, and what the rewrite may need besides; returns what could not be written.

    Modules that the change adds come along: what was there before does not know them. So does what Git ignores and
    the working tree has among its files: without an extension or a version file that a build has made, many a package
    cannot be imported.
    """
    (tree / ".git").mkdir(parents=True)  # marks the project's root, as in the working tree
    left_out = git.write_out(revisions.top, revisions.before, tree, cancel)
    for change in changed:
        if change.before is None and change.after is not None and _left_out(change) is None:
            data = _bytes_after(revisions, change.after)
            if data is not None:
                _put(tree / change.after, data)
    for path in git.ignored_files(revisions.top):
        source = revisions.top / path
        with suppress(OSError):
            if (tree / path).parent.is_dir() and source.is_file() and not source.is_symlink():
                _put(tree / path, source.read_bytes())
    return left_out


def _put(place: Path, data: bytes) -> None:
    if not os.path.lexists(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _text_before(tree: Path, change: FileChange) -> str:
    if change.before is None:
        return ""
    return decoded(Path(change.before), (tree / change.before).read_bytes()).text


def _text_after(revisions: Revisions, change: FileChange) -> str:
    if change.after is None:
        return ""
    data = _bytes_after(revisions, change.after)
    if data is None:
        raise UsageError("it cannot be read")
    return decoded(Path(change.after), data).text


def _bytes_after(revisions: Revisions, path: PurePosixPath) -> bytes | None:
    if revisions.after is not None:
        return git.content_of(revisions.top, revisions.after, path)
    try:
        return (revisions.top / path).read_bytes()
    except OSError:
        return None


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
