"""Two states of a repository that are compared: two commits, or a commit and the working tree."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.source import decoded
from speedproof.jobs import git
from speedproof.jobs.git import Commit, FileChange


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


def write_surroundings(revisions: Revisions, tree: Path, added: Sequence[FileChange], cancel: CancelToken) -> list[str]:
    """The files of the revision before, and what the rewrite may need besides; returns what could not be written.

    Modules that the change adds come along: what was there before does not know them. So does what Git ignores and
    the working tree has among its files: without an extension or a version file that a build has made, many a package
    cannot be imported.
    """
    (tree / ".git").mkdir(parents=True)  # marks the project's root, as in the working tree
    left_out = git.write_out(revisions.top, revisions.before, tree, cancel)
    for change in added:
        if change.after is not None:
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


def text_before(tree: Path, change: FileChange) -> str:
    if change.before is None:
        return ""
    return decoded(Path(change.before), (tree / change.before).read_bytes()).text


def text_after(revisions: Revisions, change: FileChange) -> str:
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


def committed_text(path: Path) -> str | None:
    """The file as it is in HEAD; None where it is not there, or is no text in the encoding that it declares."""
    try:
        top = git.top_of(path)
        head = git.commit_of(top, "HEAD")
        data = git.content_of(top, head, inside(top, path))
        return None if data is None else decoded(path, data).text
    except UsageError:
        return None


def inside(top: Path, path: Path) -> PurePosixPath:
    """Git resolves links on the way to the top; an editor may not. Raises UsageError."""
    for place in (path, path.parent.resolve() / path.name):
        if place.is_relative_to(top):
            return PurePosixPath(place.relative_to(top).as_posix())
    raise UsageError(f"{path} is outside of the repository at {top}")
