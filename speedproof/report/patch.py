"""The verified edits of a report as one patch that `git apply` takes."""

from pathlib import Path

from speedproof.core.errors import UsageError
from speedproof.core.report import FunctionResult, Report
from speedproof.core.source import read_source
from speedproof.core.text import diff


def patch(report: Report, root: Path) -> bytes:
    """Nothing where there is no verified edit. Paths are those of the report, relative to `root`.

    In the encoding, and with the line ends, of the files that are there.
    """
    return b"".join(
        _of_file(root, path, of_file[0].before, of_file[-1].after or of_file[-1].before)
        for path, of_file in by_file(report).items()
    )


def _of_file(root: Path, path: Path, before: str, after: str) -> bytes:
    try:
        source = read_source(root / path)
    except UsageError:  # it went away meanwhile
        return diff(path.as_posix(), before, after).encode("utf-8", "surrogateescape")
    marked = source.encoding == "utf-8-sig"
    texts = [text.replace("\n", source.newline or "\n") for text in (before, after)]
    old, new = (f"\ufeff{text}" if marked else text for text in texts)
    return diff(path.as_posix(), old, new).encode("utf-8" if marked else source.encoding, "surrogateescape")


def by_file(report: Report) -> dict[Path, list[FunctionResult]]:
    """The results with a verified edit. Those of one file stand on each other, in this order."""
    found: dict[Path, list[FunctionResult]] = {}
    for result in report.found:
        found.setdefault(result.path, []).append(result)
    return found
