"""Where a user's project begins and ends, how its modules are named, which tests it has. Runs nothing."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from speedproof.analysis.config import Table, read_config, strings, table
from speedproof.analysis.files import absolute, read_loosely
from speedproof.analysis.interpreters import LIBRARY_FOLDERS, Surroundings, find_python
from speedproof.analysis.testfiles import find_test_files, tests_mentioning
from speedproof.core.project import Project

__all__ = ["discover", "discover_all", "find_root", "tests_mentioning"]

PROJECT_MARKS = ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "Pipfile", "manage.py", "uv.lock")
REPOSITORY_MARKS = (".git", ".hg", ".jj", ".svn")
SETUP_SCRIPT = "setup.py"
MAX_TESTS_READ = 200
"""Test files read to learn under which name a module outside of any package is imported."""


def discover(path: Path, *, python: str = "", exclude: Iterable[str] = ()) -> Project:
    """The project that `path`, a file or a folder, belongs to.

    `python` names the interpreter, relative to the project's root; by default it is found by convention.
    `exclude` holds gitignore patterns of files that are not to be used. Raises ProjectError where `python`
    leads nowhere.
    """
    return discover_all([path], python=python, exclude=exclude)[path]


def discover_all(paths: Iterable[Path], *, python: str = "", exclude: Iterable[str] = ()) -> dict[Path, Project]:
    """`discover` for many paths; files of the same root and import roots get the same Project.

    Each root is looked at once.
    """
    roots: dict[Path, _Root] = {}
    projects = {}
    for path in paths:
        place = absolute(path)
        folder = find_root(place)
        # An installed package's neighbours in site-packages are none of its tests.
        package = _topmost_package(place.parent) if folder.name in LIBRARY_FOLDERS else None
        root = roots.get(package or folder)
        if root is None:
            root = roots[package or folder] = _look_at(folder, package or folder, python, tuple(exclude))
        projects[path] = Project(root.folder, root.python, _import_roots(place, root), root.tests)
    return projects


@dataclass(frozen=True, slots=True)
class _Root:
    folder: Path
    python: Path
    tests: tuple[Path, ...]
    declared: tuple[Path, ...]
    """Import roots that its configuration names."""


def _look_at(folder: Path, tests_below: Path, python: str, exclude: tuple[str, ...]) -> _Root:
    config = read_config(folder)
    return _Root(
        folder,
        find_python(Surroundings(folder, config, os.environ), python),
        tuple(find_test_files(tests_below, folder, config, exclude)),
        tuple(_declared_roots(folder, config)),
    )


def find_root(path: Path) -> Path:
    """The nearest folder around `path` that is marked as a project; else the one that holds its whole package.

    The home folder and the file system's root are never taken for a project because of a mark in them.
    """
    path = absolute(path)
    start = path if path.is_dir() else path.parent
    never = {Path(os.environ.get("HOME", path.anchor)), Path(path.anchor)}
    for folder in (start, *start.parents):
        if folder.name in LIBRARY_FOLDERS:
            return folder
        if folder not in never and _is_marked(folder):
            return folder
    package = _topmost_package(start)
    return start if package is None else package.parent


def _is_marked(folder: Path) -> bool:
    if any((folder / mark).exists() for mark in (*PROJECT_MARKS, *REPOSITORY_MARKS)):
        return True
    # Inside a package `setup.py` is a module like any other.
    return (folder / SETUP_SCRIPT).is_file() and not _is_package(folder)


def _import_roots(path: Path, root: _Root) -> tuple[Path, ...]:
    """The folders that go on `sys.path`, innermost first: the file's own, the declared ones, the root."""
    own = root.folder if path.is_dir() else _import_root_of(path, root)
    return tuple(dict.fromkeys([own, *root.declared, root.folder]))


def _import_root_of(path: Path, root: _Root) -> Path:
    """The folder from which `path` is imported.

    Climbs out of the packages around `path`, then on through folders without `__init__.py` as far as relative
    imports reach. Beyond that a namespace package and a folder of scripts look alike: of the folders up to the
    root that one counts under whose name for the file most tests import it, then that from which most of the
    file's own imports resolve, then the innermost.
    """
    for folder in root.declared:
        if path.is_relative_to(folder):
            return folder
    own_imports, n_dots = _imports(path)
    folder, depth = path.parent, 0
    while folder != root.folder and (_is_package(folder) or depth < n_dots):
        folder, depth = folder.parent, depth + 1
    if folder == root.folder:
        return folder
    test_imports = [_imports(test)[0] for test in root.tests[:MAX_TESTS_READ]]

    def evidence(choice: Path) -> tuple[int, int]:
        name = ".".join(path.relative_to(choice).with_suffix("").parts)
        by_tests = sum(name in imported for imported in test_imports)
        return by_tests, sum(_resolves(imported, choice) for imported in own_imports)

    choices = [folder, *(ancestor for ancestor in folder.parents if ancestor.is_relative_to(root.folder))]
    return max(choices, key=evidence)


def _declared_roots(root: Path, config: Table) -> list[Path]:
    """What the project's own tools are told, and the `src` layout; only folders that exist, inside `root`."""
    poetry_packages = table(config, "tool", "poetry").get("packages")
    if not isinstance(poetry_packages, list):
        poetry_packages = []
    names = [
        *strings(table(config, "tool", "pytest", "ini_options").get("pythonpath")),
        *strings(table(config, "tool", "pytest").get("pythonpath")),
        *strings(table(config, "tool", "setuptools", "packages", "find").get("where")),
        *strings(table(config, "tool", "setuptools", "package-dir").get("")),
        *(name for entry in poetry_packages for name in strings(table({"entry": entry}, "entry").get("from"))),
    ]
    if not _is_package(root / "src"):
        names.append("src")
    folders = [Path(os.path.normpath(root / name)) for name in names]
    inside = [folder for folder in folders if folder.is_dir() and folder.is_relative_to(root) and folder != root]
    # Innermost first: it decides a module's name.
    return sorted(dict.fromkeys(inside), key=lambda folder: -len(folder.parts))


IMPORT = re.compile(
    r"""^[ \t]*(?: from[ \t]+(?P<dots>\.+)
             | from[ \t]+(?P<origin>\w[\w.]*)[ \t]+import[ \t]+(?P<members>[^\#;\n]+)
             | import[ \t]+(?P<modules>\w[^\#;\n]*))""",
    re.MULTILINE | re.VERBOSE,
)


def _imports(path: Path) -> tuple[frozenset[str], int]:
    """The names that a file imports absolutely, and the most dots in one of its relative imports.

    `from a import b` imports `a` and perhaps the module `a.b`: both count. Read from lines, not from syntax:
    the file may be broken.
    """
    try:
        stat = path.stat()
    except OSError:
        return frozenset(), 0
    return _imports_of_unchanged(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=2000)
def _imports_of_unchanged(path: Path, _mtime_ns: int, _size: int) -> tuple[frozenset[str], int]:
    names: set[str] = set()
    n_dots = 0
    for match in IMPORT.finditer(read_loosely(path)):
        n_dots = max(n_dots, len(match["dots"] or ""))
        if origin := match["origin"]:
            names |= {origin, *(f"{origin}.{member}" for member in _first_words(match["members"]))}
        names.update(_first_words(match["modules"] or ""))
    return frozenset(names), n_dots


def _first_words(listing: str) -> list[str]:
    """`a, b as c` → a, b."""
    return [words[0] for part in listing.strip("() \t\r").split(",") if (words := part.split())]


def _resolves(module: str, folder: Path) -> bool:
    target = folder.joinpath(*module.split("."))
    return target.with_name(f"{target.name}.py").is_file() or target.is_dir()


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _topmost_package(folder: Path) -> Path | None:
    if not _is_package(folder):
        return None
    while _is_package(folder.parent):
        folder = folder.parent
    return folder
