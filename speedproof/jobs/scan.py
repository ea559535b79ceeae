"""What a whole tree holds, by its texts alone: nothing runs, so other processes may do it.

Files are remembered one by one: a second look costs as much as what has changed.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from speedproof import __version__
from speedproof.analysis.scan import ScannedFile, ScannedFunction, scan
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.source import MAX_SOURCE_BYTES, read_source, stamp
from speedproof.core.store import Store
from speedproof.core.target import Target
from speedproof.jobs.calls import Progress
from speedproof.suggest.propose import propose

KIND = "scan"
FILES_AT_ONCE, FUNCTIONS_AT_ONCE = 20, 8
"""For another process: few enough for all to have some, enough for the way there to be worth it."""


A = TypeVar("A")
B = TypeVar("B")


class Mapper(Protocol):
    """As the builtin `map`, perhaps in other processes: what it is given can be pickled."""

    def __call__(self, work: Callable[[A], B], arguments: Iterable[A], /) -> Iterator[B]: ...


def scan_all(
    root: Path,
    files: Sequence[Path],
    store: Store | None,
    cancel: CancelToken,
    progress: Progress,
    mapping: Mapper = map,
) -> list[ScannedFile]:
    """One result per file, in their order; a file that cannot be read has its problem in words. Raises Cancelled."""
    key = {"root": str(root), "engine": __version__}
    known: dict[str, Any] = (store.get(KIND, key) if store is not None else None) or {}
    now: dict[str, Any] = {}
    changed: list[str] = []

    def readings() -> Iterator[list[_Reading]]:
        piece: list[_Reading] = []
        for number, path in enumerate(files):
            cancel.check()
            if number % 100 == 0:
                progress(f"looking at {path.name}", number / len(files))
            stamped, name = stamp(path), str(path)
            now[name] = known.get(name)
            if now[name] is None or now[name][0] != stamped:
                now[name] = [stamped]
                changed.append(name)
                piece.append(_read(path))
            if len(piece) == FILES_AT_ONCE:
                yield piece
                piece = []
        if piece:
            yield piece

    rows = (row for piece in mapping(_scanned, readings()) for row in piece)
    for number, row in enumerate(rows):
        now[changed[number]] += row
    if store is not None and now != known:
        store.put(KIND, key, now)
    return [_file(Path(name), row) for name, row in now.items()]


def promising(
    places: Iterable[Target], rules_off: Callable[[Target], tuple[str, ...]], mapping: Mapper = map
) -> Iterator[tuple[Target, bool]]:
    """Each function with whether a rewrite is known for it, in their order; a few are asked about ahead."""
    asked: deque[list[Target]] = deque()

    def questions() -> Iterator[list[tuple[Target, tuple[str, ...]]]]:
        rest = iter(places)
        while piece := list(itertools.islice(rest, FUNCTIONS_AT_ONCE)):
            asked.append(piece)
            yield [(target, rules_off(target)) for target in piece]

    for answers in mapping(_have_rewrites, questions()):
        yield from zip(asked.popleft(), answers, strict=True)


def _have_rewrites(piece: Sequence[tuple[Target, tuple[str, ...]]]) -> list[bool]:
    return [bool(propose(target, rules_off=rules_off)) for target, rules_off in piece]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file's text, or why there is none."""

    path: Path
    text: str = ""
    problem: str = ""


def _read(path: Path) -> _Reading:
    try:
        if not path.is_file():  # reading from a pipe or a device might never end
            return _Reading(path, problem="not a regular file")
        if path.stat().st_size > MAX_SOURCE_BYTES:
            return _Reading(path, problem=f"too large to be judged (at most {MAX_SOURCE_BYTES} bytes)")
        return _Reading(path, read_source(path).text)
    except UsageError as error:
        return _Reading(path, problem=str(error).replace(f"{path}: ", "").replace(f" {path}", ""))
    except OSError as error:
        return _Reading(path, problem=f"cannot be read: {error.strerror}")


def _scanned(piece: Sequence[_Reading]) -> list[list[Any]]:
    return [
        _row(ScannedFile(one.path, 0, problem=one.problem) if one.problem else scan(one.path, one.text))
        for one in piece
    ]


def _row(file: ScannedFile) -> list[Any]:
    functions = [[one.qualname, one.first_line, one.last_line, one.n_findings] for one in file.functions]
    return [file.n_lines, file.problem, functions]


def _file(path: Path, row: Sequence[Any]) -> ScannedFile:
    stamped, n_lines, problem, functions = row
    return ScannedFile(path, n_lines, tuple(ScannedFunction(*one) for one in functions), problem, tuple(stamped))
