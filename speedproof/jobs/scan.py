"""The functions of a whole tree, remembered file by file: a second look costs as much as what has changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speedproof import __version__
from speedproof.analysis.scan import ScannedFile, ScannedFunction, scan
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.source import MAX_SOURCE_BYTES, read_source, stamp
from speedproof.core.store import Store
from speedproof.jobs.calls import Progress

KIND = "scan"


def scan_all(
    root: Path, files: Sequence[Path], store: Store | None, cancel: CancelToken, progress: Progress
) -> list[ScannedFile]:
    """One result per file, in their order; a file that cannot be read has its problem in words. Raises Cancelled."""
    key = {"root": str(root), "engine": __version__}
    known: dict[str, Any] = (store.get(KIND, key) if store is not None else None) or {}
    now: dict[str, Any] = {}
    for number, path in enumerate(files):
        cancel.check()
        if number % 100 == 0:
            progress(f"looking at {path.name}", number / len(files))
        stamped = stamp(path)
        earlier = known.get(str(path))
        row = earlier if earlier is not None and earlier[0] == stamped else [stamped, *_row(_scanned(path))]
        now[str(path)] = row
    if store is not None and now != known:
        store.put(KIND, key, now)
    return [_file(Path(name), row) for name, row in now.items()]


def _scanned(path: Path) -> ScannedFile:
    try:
        if not path.is_file():  # reading from a pipe or a device might never end
            return ScannedFile(path, 0, problem="not a regular file")
        if path.stat().st_size > MAX_SOURCE_BYTES:
            return ScannedFile(path, 0, problem=f"too large to be judged (at most {MAX_SOURCE_BYTES} bytes)")
        return scan(path, read_source(path).text)
    except UsageError as error:
        return ScannedFile(path, 0, problem=str(error).replace(f"{path}: ", "").replace(f" {path}", ""))
    except OSError as error:
        return ScannedFile(path, 0, problem=f"cannot be read: {error.strerror}")


def _row(file: ScannedFile) -> list[Any]:
    functions = [[one.qualname, one.first_line, one.last_line, one.n_findings] for one in file.functions]
    return [file.n_lines, file.problem, functions]


def _file(path: Path, row: Sequence[Any]) -> ScannedFile:
    stamped, n_lines, problem, functions = row
    return ScannedFile(path, n_lines, tuple(ScannedFunction(*one) for one in functions), problem, tuple(stamped))
