"""The verified edits of a report as one patch that `git apply` takes."""

from collections.abc import Iterator
from pathlib import Path

from speedproof.core.report import FunctionResult, Report
from speedproof.core.text import diff


def patch(report: Report) -> str:
    """Nothing where there is no verified edit. Paths are those of the report."""
    return "".join(diff(path.as_posix(), before, after) for path, before, after in changed_files(report))


def changed_files(report: Report) -> Iterator[tuple[Path, str, str]]:
    """Every file with verified edits: its text before the first and after the last of them."""
    for path, of_file in by_file(report).items():
        yield path, of_file[0].before, of_file[-1].after or of_file[-1].before


def by_file(report: Report) -> dict[Path, list[FunctionResult]]:
    """The results with a verified edit. Those of one file stand on each other, in this order."""
    found: dict[Path, list[FunctionResult]] = {}
    for result in report.found:
        found.setdefault(result.path, []).append(result)
    return found
