"""A copy of the project to run in: tests may write there, and the user's own tree is never written."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pathspec

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ProjectError

MAX_FILE_BYTES = 4 * 2**20
MAX_FILES = 50_000
SKIPPED = (
    ".git/", ".hg/", ".svn/", ".venv/", "venv/", ".tox/", ".nox/", "node_modules/", "__pycache__/", ".mypy_cache/",
    ".ruff_cache/", ".pytest_cache/", ".hypothesis/", "*.pyc",
)  # fmt: skip


def make_overlay(root: Path, destination: Path, exclude: tuple[str, ...], cancel: CancelToken) -> int:
    """Copy what `root` holds to `destination` and return the number of files.

    Virtual environments are left out, and the destination itself. Large files are not copied but linked to, read-only
    by the sandbox. Links that lead out of the project stay links. Raises as `walk` does.
    """
    count = 0
    for folder, names in walk(root, exclude, cancel, destination):
        (destination / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            _bring(root / folder / name, destination / folder / name)
        count += len(names)
    return count


def walk(
    root: Path, exclude: tuple[str, ...], cancel: CancelToken, destination: Path | None = None
) -> Iterator[tuple[Path, list[str]]]:
    """The folders of a project that a sandbox is given, relative to `root`, each with the names of its files.

    Raises ProjectError where the tree has more than MAX_FILES files, and Cancelled.
    """
    skipped = pathspec.GitIgnoreSpec.from_lines([*SKIPPED, *exclude])
    without = destination.parents if destination is not None else ()
    count = 0
    for folder, names, files in os.walk(root):
        cancel.check()
        relative = Path(folder).relative_to(root)
        names[:] = [
            name
            for name in names
            if not skipped.match_file(f"{(relative / name).as_posix()}/")
            and not Path(folder, name, "pyvenv.cfg").is_file()
            and Path(folder, name) not in without
        ]
        kept = [name for name in files if not skipped.match_file((relative / name).as_posix())]
        count += len(kept)
        if count > MAX_FILES:
            raise ProjectError(
                f"{root} holds more than {MAX_FILES} files; exclude what is not code under"
                " [tool.speedproof] exclude, or name a folder inside it"
            )
        yield relative, kept


def remove_tree(folder: Path) -> None:
    """Remove a folder in which foreign code has run, with folders nested deeper than paths or recursion reach.

    What cannot be removed stays.
    """
    with suppress(OSError, RecursionError):
        shutil.rmtree(folder)
        return
    # Every folder inside is moved to the top, so that each is emptied by a short path.
    for number in itertools.count():
        found = [Path(entry.path) for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]
        if not found:
            break
        emptied = False
        for place in found:
            with suppress(OSError):
                place.chmod(0o700)  # it may have been made so that nobody can look into it
                for index, entry in enumerate(_entries(place)):
                    if entry.is_dir(follow_symlinks=False):
                        Path(entry.path).chmod(0o700)  # only what may be written can be moved
                        Path(entry.path).rename(folder / f"{place.name[:16]}-{number}-{index}-moved")
                    else:
                        Path(entry.path).unlink()
                place.rmdir()
                emptied = True
        if not emptied:
            break
    shutil.rmtree(folder, ignore_errors=True)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _bring(place: Path, target: Path) -> None:
    try:
        if place.is_symlink() or place.stat().st_size > MAX_FILE_BYTES:
            target.symlink_to(place.resolve())
        elif place.is_file():
            shutil.copyfile(place, target)
    except (OSError, RuntimeError):
        # A file that cannot be read is missing from the copy, and so is a broken link, or one in a circle (for which
        # Path.resolve raises RuntimeError before 3.13); the code that needs it will say so.
        return
