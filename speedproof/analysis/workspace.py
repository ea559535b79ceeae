"""What the modules of a project define, known as far as somebody had the time to look.

Nothing is watched and nothing is read beforehand. A file is read when it is asked for, or when there is time to
explore; then it stays known until its time of change or its size is another.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from speedproof.analysis.files import each_python_file
from speedproof.analysis.imports import Import, module_files, submodule
from speedproof.analysis.outline import Definition, Outline, joined, outline_of
from speedproof.analysis.readable import may_read, may_show
from speedproof.analysis.syntax import Segment, Syntax
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.source import decoded

MAX_READS = 40
"""Files that are read for one answer."""
MAX_KNOWN = 5000
"""Files that are kept in mind. What a larger project defines is found by its imports only."""
MAX_BYTES = 300_000
"""A larger file takes too long to parse."""
MAX_STEPS = 20
"""From file to file, to find what passes on a name."""
REFRESH_SECONDS = 60.0
"""New files, and whether a file may be shown, are looked up again after so long."""

PYTHON_SUFFIXES = (".py", ".pyi")

NOTHING = Outline()


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A document as its editor shows it. Line ends are "\\n"."""

    path: Path
    text: str
    syntax: Syntax | None = None
    """Of `text`, where somebody has it already."""


@dataclass(slots=True)
class Effort:
    """What one answer may still cost."""

    cancel: CancelToken
    deadline: float
    """By `clock`."""
    clock: Callable[[], float] = time.monotonic
    n_reads: int = MAX_READS

    def goes_on(self) -> bool:
        """Raises Cancelled."""
        self.cancel.check()
        return self.clock() < self.deadline

    def may_read(self) -> bool:
        """Whether another file may be read; it is counted then. Raises Cancelled."""
        if self.n_reads <= 0 or not self.goes_on():
            return False
        self.n_reads -= 1
        return True


@dataclass(slots=True)
class _Known:
    outline: Outline
    names: frozenset[str]
    state: tuple[int, int] = (0, 0)
    """Of the file: time of change, size."""
    parts: dict[int, tuple[Segment, Outline]] = field(default_factory=dict)
    """Of a document: its segments by identity, so that an edit costs one of them."""
    text: str = ""


class WorkspaceIndex:
    """For one project; used by one thread at a time."""

    def __init__(self, root: Path, *, import_roots: Sequence[Path] = (), exclude: Iterable[str] = ()) -> None:
        self.root = root
        self.n_files_read = 0
        """Ever since."""
        self._import_roots = tuple(import_roots)
        self._exclude = tuple(exclude)
        self._files: dict[Path, _Known] = {}
        self._paths: dict[str, set[Path]] = {}
        """Of the files that define a name."""
        self._opened: dict[Path, Opened] = {}
        self._documents: dict[Path, _Known] = {}
        """What is known of those that are open, perhaps in an earlier state."""
        self._reasons: dict[Path, tuple[float, str]] = {}
        self._walk: Iterator[Path] | None = None
        self._walk_again_at = float("-inf")
        self._near: dict[Path, Iterator[Path]] = {}
        """Walks through the folders of documents, which come to their end once."""

    def open(self, documents: Iterable[Opened]) -> None:
        """From now on these are what their files hold; what else was open no longer is."""
        self._opened = {each.path: each for each in documents if each.path.suffix in PYTHON_SUFFIXES}
        self._documents = {path: known for path, known in self._documents.items() if path in self._opened}

    def shows(self, path: Path, effort: Effort) -> bool:
        """Whether what an editor has of the file may be shown."""
        now = effort.clock()
        known = self._reasons.get(path)
        if known is None or now >= known[0]:
            known = self._reasons[path] = now + REFRESH_SECONDS, may_show(path, self.root, self._exclude)
        return not known[1]

    def outline(self, path: Path, effort: Effort) -> Outline:
        """What the file defines; nothing where it cannot or may not be read, or not now. Raises Cancelled."""
        if not self.shows(path, effort):
            return NOTHING
        if path in self._opened:
            return self._document(path).outline
        state, known = _state(path), self._files.get(path)
        if state is None:
            self._forget(path)
            return NOTHING
        if known is None or known.state != state:
            if not effort.may_read():
                return NOTHING
            known = self._read(path, state)
        return known.outline

    def resolve(self, wanted: Import, importer: Path, effort: Effort) -> tuple[Path, Definition | None] | None:
        """Where what an import of `importer` names is defined, and the definition: None there for a module.

        None where it is not of this project. Follows modules that pass on what they import. Raises Cancelled.
        """
        return self._resolve(wanted.module, wanted.name, importer, effort, set())

    def member(self, module: Path, name: str, effort: Effort) -> tuple[Path, Definition | None] | None:
        """As `resolve`, of what the file `module` calls `name`. Raises Cancelled."""
        itself = "." if module.stem == "__init__" else f".{module.stem}"
        return self._resolve(itself, name, module, effort, set())

    def found(self, name: str, effort: Effort) -> list[tuple[Path, Definition]]:
        """What is called so, as a function, a class or a method, as far as it is known. Raises Cancelled."""
        paths = {path for path in self._opened if effort.goes_on() and name in self._document(path).names}
        paths |= {path for path in self._paths.get(name, ()) if path not in self._opened}
        return [
            (path, definition)
            for path in sorted(paths)
            for definition in self.outline(path, effort).definitions
            if definition.is_callable and definition.name.rpartition(".")[2] == name
        ]

    def explore(self, near: Path, effort: Effort) -> None:
        """Get to know more files: those around `near`, then the others, as far as effort goes. Raises Cancelled."""
        folder = near.parent
        if folder != self.root and folder.is_relative_to(self.root):
            if folder not in self._near:
                self._near[folder] = self._found_below(folder)
            if not self._explored(self._near[folder], effort):
                return
        if self._walk is None and effort.clock() >= self._walk_again_at:
            self._walk = self._found_below(self.root)
            self._walk_again_at = effort.clock() + REFRESH_SECONDS
        if self._walk is not None and self._explored(self._walk, effort):
            self._walk = None

    def _explored(self, walk: Iterator[Path], effort: Effort) -> bool:
        """Whether the walk has come to its end."""
        while effort.n_reads > 0 and effort.goes_on():
            path = next(walk, None)
            if path is None or len(self._files) >= MAX_KNOWN:
                return True
            self.outline(path, effort)
        return False

    def _found_below(self, folder: Path) -> Iterator[Path]:
        return each_python_file(folder, root=self.root, exclude=self._exclude)

    def _resolve(
        self, module: str, name: str, importer: Path, effort: Effort, seen: set[tuple[Path, str]]
    ) -> tuple[Path, Definition | None] | None:
        for path in module_files(module, importer, self.root, self._import_roots):
            if not name:
                return path, None
            if (path, name) in seen or len(seen) >= MAX_STEPS:
                continue
            seen.add((path, name))
            outline = self.outline(path, effort)
            if definition := outline.named(name):
                return path, definition
            for each in reversed(outline.imports):
                if each.known_as in (name, "*"):
                    passed_on = name if each.name == "*" else each.name
                    if found := self._resolve(each.module, passed_on, path, effort, seen):
                        return found
        if name:
            for path in module_files(submodule(module, name), importer, self.root, self._import_roots):
                return path, None
        return None

    def _document(self, path: Path) -> _Known:
        opened, before = self._opened[path], self._documents.get(path)
        if before is not None and before.text == opened.text:
            return before
        parts = {} if before is None else before.parts
        segments = (opened.syntax or Syntax.parse(opened.text)).segments
        known = {id(each): parts.get(id(each)) or (each, outline_of(each)) for each in segments}
        outline = joined(outline for _, outline in known.values())
        self._documents[path] = _Known(outline, _names(outline), parts=known, text=opened.text)
        return self._documents[path]

    def _read(self, path: Path, state: tuple[int, int]) -> _Known:
        self._forget(path)
        outline = NOTHING
        if state[1] <= MAX_BYTES and not may_read(path, self.root, self._exclude):
            self.n_files_read += 1
            outline = _outline_of_file(path)
        known = self._files[path] = _Known(outline, _names(outline), state)
        for name in known.names:
            self._paths.setdefault(name, set()).add(path)
        return known

    def _forget(self, path: Path) -> None:
        known = self._files.pop(path, None)
        for name in known.names if known else ():
            self._paths[name].discard(path)


def _outline_of_file(path: Path) -> Outline:
    try:
        text = decoded(path, path.read_bytes()).text
    except (OSError, UsageError):  # gone, unreadable, or no text
        return NOTHING
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return joined(map(outline_of, Syntax.parse(text).segments))


def _names(outline: Outline) -> frozenset[str]:
    return frozenset(each.name.rpartition(".")[2] for each in outline.definitions if each.is_callable)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
