"""What Git knows of a project: revisions, what changed between them, and the files of one of them. Read-only.

Only commands with fixed arguments are run, none that writes. Hooks, external diffs and a file system monitor, which a
repository's settings may name to have them run, are not.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError

MAX_FILES = 50_000
"""Of a revision that is written out, as of a project that is copied."""
EMPTY = frozenset({"000000"})
LINK, SUBMODULE = "120000", "160000"

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",  # the index is not refreshed on disk
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone does not ask its server
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
_SETTINGS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "submodule.recurse=false")


@dataclass(frozen=True, slots=True)
class Commit:
    name: str
    """In full."""
    parents: tuple[str, ...]
    title: str

    def __str__(self) -> str:
        return f"{self.name[:10]} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class FileChange:
    """`before` and `after` are paths from the repository's top, None where the file is not there."""

    before: PurePosixPath | None
    after: PurePosixPath | None
    mode: str = ""
    """Git's, of the side that is there."""


def top_of(place: Path) -> Path:
    """The top folder of the working tree around `place`. Raises UsageError."""
    folder = place if place.is_dir() else place.parent
    try:
        answer = _git(folder, "rev-parse", "--is-bare-repository", "--show-toplevel")
    except UsageError as error:
        if "not a git repository" in str(error):
            raise UsageError(f"{folder} is not in a Git repository") from error
        if "work tree" in str(error):
            raise UsageError(f"{folder} is in a Git repository without a working tree; clone it") from error
        raise
    return Path(os.fsdecode(answer).split("\n", 1)[1].rstrip("\n"))


def commit_of(top: Path, revision: str) -> Commit:
    """The commit that `revision` names. Raises UsageError where there is none."""
    if revision.startswith("-") or not revision.strip():
        raise UsageError(f"{revision!r} is not a revision")
    try:
        named = _git(top, "rev-parse", "--verify", "--quiet", revision).decode().strip()
        # In a second step, for `:/words` takes all that follows it for words.
        name = _git(top, "rev-parse", "--verify", "--quiet", f"{named}^{{commit}}").decode().strip()
    except UsageError as error:
        if ".." in revision:
            raise UsageError(
                f"{revision!r} is a range: name one revision, as in --since {revision.split('..')[0]}"
            ) from error
        if not _git(top, "rev-list", "--max-count=1", "--all"):
            raise UsageError(f"the repository at {top} has no commits yet") from error
        raise UsageError(f"there is no revision {revision!r} in the repository at {top}") from error
    described = _git(top, "log", "--no-walk", "--no-show-signature", "--format=%P%n%s", name).decode("utf-8", "replace")
    parents, _, title = described.rstrip("\n").partition("\n")
    return Commit(name, tuple(parents.split()), title)


def parent_of(top: Path, commit: Commit) -> Commit:
    """Its first parent. Raises UsageError where it has none, or a shallow clone lacks it."""
    if not commit.parents:
        if _is_boundary(top, commit):
            raise UsageError(
                f"the parent of {commit.name[:10]} is not in this shallow clone; 'git fetch --deepen=1' brings it"
            )
        raise UsageError(f"{commit.name[:10]} is the first commit: there is nothing before it to compare with")
    return commit_of(top, commit.parents[0])


def changed_files(top: Path, before: Commit, after: Commit | None) -> list[FileChange]:
    """What differs between two commits, or between one and the working tree. Renames are recognized.

    Of the working tree all files are looked at, staged or not, but for those that Git is told to ignore.
    """
    options = ("--raw", "-r", "-z", "-M", "--no-ext-diff", "--no-textconv", "--full-index", "--ignore-submodules=none")
    if after is not None:
        answer = _git(top, "diff-tree", *options, before.name, after.name, "--")
        return list(_parsed(iter(os.fsdecode(answer).split("\0"))))
    answer = _git(top, "diff-index", *options, before.name, "--")
    known = list(_parsed(iter(os.fsdecode(answer).split("\0"))))
    names = os.fsdecode(_git(top, "ls-files", "--others", "--exclude-standard", "-z")).split("\0")
    return known + [FileChange(None, PurePosixPath(name)) for name in names if name and not name.endswith("/")]


def content_of(top: Path, commit: Commit, path: PurePosixPath) -> bytes | None:
    """A file as it was committed; None where the commit does not have it."""
    try:
        return _git(top, "cat-file", "blob", f"{commit.name}:{path}")
    except UsageError:
        return None


def write_out(top: Path, commit: Commit, folder: Path, cancel: CancelToken) -> list[str]:
    """Write all files of `commit` below `folder`, which is empty; returns what was left out, in words.

    Not by `git archive`, which leaves out what the project does not want in releases, often its tests; nor as a
    second working tree, which would be noted in the repository. Contents are as they were committed: no filter runs.
    """
    left_out: list[str] = []
    files: list[tuple[PurePosixPath, str, str]] = []
    links: list[tuple[PurePosixPath, str, str]] = []
    for entry in filter(None, _git(top, "ls-tree", "-r", "-z", "--full-tree", commit.name).split(b"\0")):
        cancel.check()
        facts, _, name = entry.partition(b"\t")
        mode, _, blob = facts.decode().split()
        path = PurePosixPath(os.fsdecode(name))
        if mode == SUBMODULE:
            left_out.append(f"the submodule {path}")
        elif path.is_absolute() or {"..", ".git"} & set(path.parts):
            left_out.append(f"{path}, whose name leads out of the project")
        else:
            (links if mode == LINK else files).append((path, mode, blob))
    if len(files) > MAX_FILES:
        raise UsageError(f"{commit.name[:10]} holds {len(files)} files; more than {MAX_FILES} are not written out")
    # Links last: until then no path leads through one.
    for (path, mode, _), content in zip(
        [*files, *links], _contents(top, [blob for _, _, blob in [*files, *links]], cancel), strict=True
    ):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == LINK:
            place.symlink_to(os.fsdecode(content))
        else:
            place.write_bytes(content)
            place.chmod(0o755 if mode == "100755" else 0o644)
    return left_out


def tracked_files(top: Path, folder: Path) -> list[Path]:
    """The files below `folder` that Git knows and that are there. Raises UsageError where Git fails."""
    answer = _git(top, "ls-files", "--cached", "-z", "--", str(folder))
    names = filter(None, os.fsdecode(answer).split("\0"))
    return [place for name in dict.fromkeys(names) if os.path.lexists(place := top / name)]


def ignored_files(top: Path) -> list[PurePosixPath]:
    """Files that Git is told to ignore and that lie beside others that it knows: built extensions, generated modules.

    Folders that are ignored as a whole, environments and caches, are not looked into.
    """
    answer = _git(top, "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
    names = filter(None, os.fsdecode(answer).split("\0"))
    return [PurePosixPath(name) for name in names if not name.endswith(("/", ".pyc"))]


def _contents(top: Path, blobs: list[str], cancel: CancelToken) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as wanted:
        wanted.write("".join(f"{blob}\n" for blob in blobs).encode())
        wanted.seek(0)
        command = _command(top, "cat-file", "--batch")
        with subprocess.Popen(
            command, stdin=wanted, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        ) as process:
            try:
                assert process.stdout is not None
                for blob in blobs:
                    cancel.check()
                    yield _content(process.stdout, blob)
            finally:
                process.kill()


def _content(stream: IO[bytes], blob: str) -> bytes:
    heading = stream.readline().split()
    if len(heading) != 3:
        raise UsageError(f"Git has no content for the object {blob}: the clone is not complete")
    content = stream.read(int(heading[2]))
    stream.read(1)
    return content


def _parsed(fields: Iterator[str]) -> Iterator[FileChange]:
    """`:old_mode new_mode old_blob new_blob status`, then one path, or two of a renamed file."""
    for facts in fields:
        if not facts:
            continue
        old_mode, new_mode, _, _, status = facts.lstrip(":").split(" ")
        path = PurePosixPath(next(fields))
        new_path = PurePosixPath(next(fields)) if status[0] in "RC" else path
        before = None if old_mode in EMPTY else path
        after = None if new_mode in EMPTY else new_path
        yield FileChange(before, after, old_mode if after is None else new_mode)


def _is_boundary(top: Path, commit: Commit) -> bool:
    """Whether it has parents that a shallow clone lacks."""
    lines = _git(top, "cat-file", "commit", commit.name).split(b"\n\n", 1)[0].split(b"\n")
    return any(line.startswith(b"parent ") for line in lines)


def _git(place: Path, *arguments: str) -> bytes:
    """What the command prints. Raises UsageError with Git's own words where it fails."""
    try:
        done = subprocess.run(
            _command(place, *arguments), stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), check=False
        )
    except FileNotFoundError as error:
        raise UsageError("Git is not installed, or not on PATH") from error
    if done.returncode:
        raise UsageError(f"git {arguments[0]}: {_told(done.stderr.decode('utf-8', 'replace').splitlines())}")
    return done.stdout


def _told(lines: Iterable[str]) -> str:
    words = [line.removeprefix("fatal: ").removeprefix("error: ") for line in lines if line.strip()]
    return words[0] if words else "failed without a message"


def _command(place: Path, *arguments: str) -> list[str]:
    git = shutil.which("git")
    if git is None:
        raise UsageError("Git is not installed, or not on PATH")
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    return [git, "-C", str(place), *settings, *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, **_ENVIRONMENT}
