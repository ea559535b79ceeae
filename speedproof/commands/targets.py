"""What the user asked for: `file.py`, `file.py::name`, `file.py::Class.method` or a folder, as targets."""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from speedproof.analysis.files import SUPPORT_FILES, absolute, python_files
from speedproof.analysis.project import discover, discover_all, find_root
from speedproof.analysis.syntax import syntax_error
from speedproof.analysis.targets import targets_in
from speedproof.core.errors import UsageError
from speedproof.core.project import Project
from speedproof.core.settings import Settings
from speedproof.core.source import MAX_SOURCE_BYTES, Source, read_source
from speedproof.core.target import Target

SEPARATOR = "::"
MAX_NAMES = 10
MAX_QUOTED = 200


@dataclass(frozen=True, slots=True)
class Work:
    """The targets of one project, in the order asked for."""

    project: Project
    settings: Settings
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What one command line asks for."""

    work: tuple[Work, ...]
    sources: Mapping[Path, Source]
    notes: tuple[str, ...]

    @property
    def n_targets(self) -> int:
        return sum(len(work.targets) for work in self.work)


def resolve(specs: Iterable[str], options: Mapping[str, Any]) -> Request:
    """The targets of all `specs`, by project. `options` are settings from the command line.

    Raises UsageError for what does not exist or cannot be read. A file that was named must be sound; of a folder
    the unsound files are left out with a note.
    """
    settings_by_root: dict[Path, Settings] = {}
    sources: dict[Path, Source] = {}
    targets: dict[tuple[Path, str], Target] = {}
    notes: list[str] = []

    def settings_for(root: Path) -> Settings:
        if root not in settings_by_root:
            settings_by_root[root] = project_settings(root, options)
        return settings_by_root[root]

    def targets_of(file: Path) -> list[Target]:
        if file not in sources:
            sources[file] = load_target_file(file)
        return targets_in(file, sources[file].text)

    for spec in specs:
        path, qualname = _parsed(spec)
        found: list[Target] = []
        if path.is_dir() and not qualname:
            for file in _files_in(path, settings_for):
                try:
                    found += targets_of(file)
                except UsageError as error:
                    notes.append(f"skipped {error}")
        elif qualname:
            found = [named(qualname, targets_of(path), path)]
        else:
            found = targets_of(path)
        if not found:
            notes.append(f"no functions in {shown(path)}")
        targets |= {(target.path, target.qualname): target for target in found}
    return Request(tuple(_by_project(targets.values(), settings_for)), sources, tuple(notes))


def settings_from(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that command-line options stand for, those that were given."""
    settings: dict[str, Any] = {}
    if options.python:
        # Relative to where the user is; in a configuration file it is relative to the project.
        here = absolute(Path(options.python).expanduser())
        settings["python"] = str(here) if here.exists() else options.python
    if getattr(options, "budget", None):
        settings["budget_seconds"] = options.budget
    if getattr(options, "model", None):
        settings["edits_model"] = options.model
    return settings


def project_settings(root: Path, options: Mapping[str, Any]) -> Settings:
    """The settings of the project at `root`, with the command line's over them."""
    return Settings.load(root).updated(options, source="command line")


def load_target_file(path: Path) -> Source:
    """A sound Python file that a module can be. Raises UsageError that says what is wrong with it, and where."""
    if path.is_dir():
        raise UsageError(f"{shown(path)} is a folder, not a Python file")
    if path.exists() and path.suffix != ".py":
        raise UsageError(f"{shown(path)}: not a Python file (its name does not end in .py)")
    return load_source(path)


def load_source(path: Path) -> Source:
    """A sound Python file, whatever its name."""
    try:
        if not path.exists():
            raise UsageError(f"no such file or folder: {shown(path)}")
        if path.is_dir():
            raise UsageError(f"{shown(path)} is a folder, not a Python file")
        regular, size = path.is_file(), path.stat().st_size
    except OSError as error:
        raise UsageError(f"cannot read {shown(path)}: {error.strerror}") from error
    if not regular:  # reading from a pipe or a device might never end
        raise UsageError(f"{shown(path)}: not a regular file")
    if size > MAX_SOURCE_BYTES:
        raise UsageError(f"{shown(path)}: too large to be judged ({size} bytes, at most {MAX_SOURCE_BYTES})")
    source = read_source(path)
    error_at = syntax_error(source.text)
    if error_at is not None:
        line, message = error_at
        raise UsageError(f"{shown(path)}:{line}: {message}{_quoted_line(source.text, line)}")
    return source


def named(qualname: str, targets: Sequence[Target], path: Path) -> Target:
    """The target of that name. Raises UsageError with the names that come close."""
    names = [target.qualname for target in targets]
    if qualname in names:
        return targets[names.index(qualname)]
    # A method may have been named without its class.
    close = [name for name in names if name.rpartition(".")[2] == qualname]
    close = close or get_close_matches(qualname, names, n=3)
    if close:
        hint = f"did you mean {' or '.join(close)}?"
    elif names:
        hint = f"it has {', '.join(names[:MAX_NAMES])}{', …' if len(names) > MAX_NAMES else ''}"
    else:
        hint = "it has no functions"
    raise UsageError(f"no function {qualname!r} in {shown(path)}: {hint}")


def shown(path: Path) -> str:
    """`path` as the user would write it here."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) and path != here else path).as_posix()


def _parsed(spec: str) -> tuple[Path, str]:
    place, separator, qualname = spec.partition(SEPARATOR)
    if not separator or os.path.lexists(spec):
        return absolute(spec), ""
    if not qualname:
        raise UsageError(f"{spec}: a function's name is missing after {SEPARATOR}")
    return absolute(place), qualname.replace(SEPARATOR, ".")  # pytest writes Class::method


def _files_in(folder: Path, settings_for: Callable[[Path], Settings]) -> list[Path]:
    """The Python files of a folder that are neither tests nor tools around the code."""
    root = find_root(folder)
    settings = settings_for(root)
    files = python_files(folder, root=root, exclude=settings.exclude)
    tests = discover(folder, python=settings.python, exclude=settings.exclude).tests
    chosen = [file for file in files if file.name not in SUPPORT_FILES and file not in set(tests)]
    if not chosen:
        raise UsageError(f"no Python files in {shown(folder)}{' besides tests' if files else ''}")
    return chosen


def _by_project(targets: Iterable[Target], settings_for: Callable[[Path], Settings]) -> Iterator[Work]:
    by_root: dict[Path, list[Target]] = {}
    for target in targets:
        by_root.setdefault(find_root(target.path), []).append(target)
    for root, of_root in by_root.items():
        settings = settings_for(root)
        paths = dict.fromkeys(target.path for target in of_root)
        projects = discover_all(paths, python=settings.python, exclude=settings.exclude)
        by_project: dict[Project, list[Target]] = {}
        for target in of_root:
            by_project.setdefault(projects[target.path], []).append(target)
        for project, of_project in by_project.items():
            yield Work(project, settings, tuple(of_project))


def _quoted_line(text: str, line: int) -> str:
    lines = text.split("\n")
    quoted = lines[line - 1].strip() if line <= len(lines) else ""
    return f"\n    {quoted[:MAX_QUOTED]}" if quoted else ""
