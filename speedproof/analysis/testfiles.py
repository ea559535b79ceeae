"""Which of a project's files are tests, and which of them are about given names."""

import configparser
import math
import os
import re
from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from speedproof.analysis.config import Table, strings, table
from speedproof.analysis.files import python_files, read_loosely
from speedproof.core.project import Project

DEFAULT_PATTERNS = ("test_*.py", "*_test.py", "tests.py")
"""pytest's own, and Django's `tests.py`."""


def tests_mentioning(
    project: Project,
    names: Iterable[str],
    limit: int,
    *,
    near: Path | None = None,  # noqa: PT028 - not a test, for all its name
) -> list[Path]:
    """The test files that mention any of `names` as a word, at most `limit`, the most relevant first.

    A dotted name counts by its last part. A name that few files mention weighs more than one that all do, a
    file called `test_NAME.py` mentions `NAME` once more, and of equals the one nearest to `near` comes first.
    """
    words = {name.rpartition(".")[2] for name in names} - {""}
    mentions = {path: _mentions(path, words) for path in project.tests}
    n_files_with = Counter(word for found in mentions.values() for word in found)

    def relevance(path: Path) -> float:
        return sum(
            math.log(1 + len(mentions) / n_files_with[word]) * (1 + math.log(n)) for word, n in mentions[path].items()
        )

    def order(path: Path) -> tuple[float, int, Path]:
        return -relevance(path), _distance(path, near), path

    return sorted((path for path in project.tests if mentions[path]), key=order)[:limit]


def find_test_files(folder: Path, root: Path, config: Table, exclude: Iterable[str]) -> list[Path]:
    """The test files below `folder`, or below the `testpaths` that pytest is configured with at `root`."""
    testpaths, patterns = _pytest_options(root, config)
    places = [place for name in testpaths for place in _matching(root, name) if place.is_relative_to(folder)]
    found: dict[Path, None] = {}
    for place in places or [folder]:
        files = [place] if place.is_file() else python_files(place, root=root, exclude=exclude)
        found.update(dict.fromkeys(path for path in files if _matches(path, patterns) or path == place))
    return list(found)


def _matching(root: Path, pattern: str) -> list[Path]:
    try:
        return sorted(root.glob(pattern))
    except (ValueError, NotImplementedError, OSError):  # no pattern, an absolute one, an unreadable folder
        return []


def _pytest_options(root: Path, config: Table) -> tuple[list[str], list[str]]:
    """`testpaths` and `python_files`, from the first configuration file that pytest would take."""
    choices = (
        _ini_section(root / "pytest.ini", "pytest"),
        table(config, "tool", "pytest", "ini_options"),
        table(config, "tool", "pytest"),
        _ini_section(root / "tox.ini", "pytest"),
        _ini_section(root / "setup.cfg", "tool:pytest"),
    )
    chosen: Table = next((choice for choice in choices if choice), {})
    # An absolute or climbing path would leave the project.
    testpaths = [name for name in strings(chosen.get("testpaths")) if not re.match(r"/|~|\w:|.*\.\.", name)]
    return testpaths, strings(chosen.get("python_files")) or list(DEFAULT_PATTERNS)


def _ini_section(path: Path, section: str) -> Table:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return {}
    return dict(parser[section]) if parser.has_section(section) else {}


def _matches(path: Path, patterns: Iterable[str]) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in patterns)


def _mentions(path: Path, words: set[str]) -> dict[str, int]:
    try:
        stat = path.stat()
    except OSError:
        return {}
    counts = _word_counts(path, stat.st_mtime_ns, stat.st_size)
    in_name = path.stem.removeprefix("test_").removesuffix("_test")
    return {word: n for word in words if (n := counts.get(word, 0) + (word == in_name))}


@lru_cache(maxsize=2000)
def _word_counts(path: Path, _mtime_ns: int, _size: int) -> Counter[str]:
    """How often each word occurs in the file; the key names all that this depends on."""
    return Counter(re.findall(r"\w+", read_loosely(path)))


def _distance(path: Path, near: Path | None) -> int:
    """Steps from folder to folder."""
    if near is None:
        return 0
    common = len(Path(os.path.commonpath([path.parent, near.parent])).parts)
    return len(path.parent.parts) + len(near.parent.parts) - 2 * common
