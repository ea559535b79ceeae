"""Which Python files a project holds. Follows ignore files the way Git does; runs nothing."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pathspec import GitIgnoreSpec

MAX_FILES = 20_000
"""Directory entries looked at before a walk ends: a project in a home folder must not cost minutes."""

NEVER_ENTERED = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages", "dist-packages"})
BUILD_OUTPUT = frozenset({"build", "dist"})
SUPPORT_FILES = frozenset({"conftest.py", "setup.py", "noxfile.py"})
"""Python files that, like tests, are not what somebody wants faster who names a folder."""
ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
IGNORE_FILE = ".gitignore"


def python_files(folder: Path, *, root: Path, exclude: Iterable[str] = (), max_files: int = MAX_FILES) -> list[Path]:
    """The Python files below `folder`, sorted by path, without what ignore files from `root` down leave out.

    `exclude` holds further gitignore patterns, relative to `root`. Links to folders are not followed, so loops
    cannot occur; nor are links to files outside `root`, which the sandbox could not read. Folders without
    permission are passed over.
    """
    return sorted(each_python_file(folder, root=root, exclude=exclude, max_files=max_files))


def each_python_file(
    folder: Path, *, root: Path, exclude: Iterable[str] = (), max_files: int = MAX_FILES
) -> Iterator[Path]:
    """The files of `python_files` as they are come across, those of a folder before those of the folders in it.

    No more is looked at than has been asked for.
    """
    rules = [(root, _spec(exclude))]
    for ancestor in [root, *_between(root, folder)]:
        rules += _ignore_rules(ancestor)
    yield from _walk(folder, root, rules, _Allowance(max_files))


def left_out_by(path: Path, *, root: Path, exclude: Iterable[str] = ()) -> str:
    """What leaves the file `path`, or a folder that it is in, out: "exclude", ".gitignore", or "" for nothing."""
    patterns = tuple(exclude)
    if patterns and _is_left_out(path, root, patterns, with_ignore_files=False):
        return "exclude"
    return IGNORE_FILE if _is_left_out(path, root, (), with_ignore_files=True) else ""


def _is_left_out(path: Path, root: Path, exclude: Iterable[str], *, with_ignore_files: bool) -> bool:
    rules = [(root, _spec(exclude))]
    for folder in [root, *_between(root, path.parent)]:
        # What is in a folder that is left out cannot be taken in again.
        if folder != root and _ignored(folder, rules, is_folder=True):
            return True
        rules += _ignore_rules(folder) if with_ignore_files else []
    return _ignored(path, rules, is_folder=False)


def absolute(path: str | Path) -> Path:
    """Without "..", unlike Path.absolute; links stay as they are, unlike in Path.resolve."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def read_loosely(path: Path, max_bytes: int = 1_000_000) -> str:
    """The start of a file for searching words in it; bytes that are no UTF-8 become replacement characters."""
    try:
        with path.open("rb") as file:
            return file.read(max_bytes).decode("utf-8", errors="replace")
    except OSError:
        return ""


class _Spec(NamedTuple):
    """The patterns of an ignore file."""

    files: GitIgnoreSpec
    folders: GitIgnoreSpec
    """Without the slash by which some are for folders only: after `*` and `!*/` a folder that is looked up with its
    slash would seem to be left out (pathspec 1.1).
    """


Rules = list[tuple[Path, _Spec]]


class _Allowance:
    """How many more entries one walk may look at."""

    def __init__(self, left: int) -> None:
        self.left = left


def _walk(folder: Path, root: Path, rules: Rules, allowance: _Allowance) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    folders = []
    for entry in entries:
        if allowance.left <= 0:
            return
        allowance.left -= 1
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            if not (_never_entered(path) or _ignored(path, rules, is_folder=True)):
                folders.append(path)
        elif entry.name.endswith(".py") and _is_ours(entry, root) and not _ignored(path, rules, is_folder=False):
            yield path
    for path in folders:
        yield from _walk(path, root, [*rules, *_ignore_rules(path)], allowance)


def _is_ours(entry: os.DirEntry[str], root: Path) -> bool:
    try:
        if not entry.is_file():
            return False
        return not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(root.resolve())
    except OSError:  # a link in a circle
        return False


def _never_entered(folder: Path) -> bool:
    name = folder.name
    if name.startswith(".") or name in NEVER_ENTERED or name.endswith(".egg-info"):
        return True
    if any((folder / mark).exists() for mark in ENVIRONMENT_MARKS):
        return True
    # A package may well be called `build`; the output of one has no __init__.py of its own.
    return name in BUILD_OUTPUT and not (folder / "__init__.py").exists()


def _ignored(path: Path, rules: Rules, *, is_folder: bool) -> bool:
    """The innermost ignore file with an opinion decides, as in Git; `exclude` cannot be overruled."""
    (root, exclude), *ignore_files = rules

    def opinion_of(spec: _Spec, folder: Path) -> bool | None:
        patterns = spec.folders if is_folder else spec.files
        return patterns.check_file(path.relative_to(folder).as_posix()).include

    if opinion_of(exclude, root):
        return True
    for folder, spec in reversed(ignore_files):
        opinion = opinion_of(spec, folder)
        if opinion is not None:
            return opinion
    return False


def _ignore_rules(folder: Path) -> Rules:
    path = folder / IGNORE_FILE
    try:
        stat = path.stat()
        return [(folder, _spec_of_unchanged(path, stat.st_mtime_ns, stat.st_size))]
    except OSError:
        return []


@lru_cache(maxsize=500)
def _spec_of_unchanged(path: Path, _mtime_ns: int, _size: int) -> _Spec:
    return _spec(path.read_text(encoding="utf-8", errors="replace").splitlines())


def _spec(patterns: Iterable[str]) -> _Spec:
    patterns = list(patterns)
    for_folders = [re.sub(r"(?<=[^/!\\])/[ \t]*$", "", pattern) for pattern in patterns]
    return _Spec(GitIgnoreSpec.from_lines(patterns), GitIgnoreSpec.from_lines(for_folders))


def _between(root: Path, folder: Path) -> list[Path]:
    """The folders below `root` down to `folder`, outermost first; none where `folder` is not below `root`."""
    if not folder.is_relative_to(root):
        return []
    parts = folder.relative_to(root).parts
    return [root.joinpath(*parts[: depth + 1]) for depth in range(len(parts))]
