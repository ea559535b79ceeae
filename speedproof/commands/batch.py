"""`speedproof batch PATH`: a whole repository, the functions that take most time first, with reports."""

import argparse
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.cli import FOUND, INTERRUPTED, NOTHING_FOUND
from speedproof.commands.baseline import Baseline
from speedproof.commands.running import Progress, interruptible, open_store
from speedproof.commands.targets import project_settings, settings_from, shown
from speedproof.core.errors import Cancelled, UsageError
from speedproof.core.report import FunctionResult, Report
from speedproof.core.settings import Settings
from speedproof.jobs.batch import BatchOptions, batch
from speedproof.report import html, json, junit, markdown, sarif
from speedproof.report.patch import patch
from speedproof.report.terminal import make_console, print_line, print_result, print_table

DOCUMENTS: dict[str, Callable[[Report], str]] = {
    "report.html": html.page,
    "report.json": json.dumps,
    "report.sarif": sarif.dumps,
    "junit.xml": junit.document,
    "summary.md": markdown.document,
}
PATCH = "speedproof.patch"


def run(options: argparse.Namespace) -> int:
    place = absolute(options.path)
    if not place.is_dir():
        raise UsageError(f"no such folder: {shown(place)}")
    if options.jobs > 1 and options.engine == "ray":
        raise UsageError(
            "--jobs is for this machine alone: a cluster has as many workers as it has; leave one of them out"
        )
    folder = absolute(options.output)
    baseline = Baseline.read(options.baseline)
    console = None if options.json else make_console()
    progress = Progress()
    settings_by_root: dict[Path, Settings] = {}

    def settings_of(root: Path) -> Settings:
        if root not in settings_by_root:
            settings_by_root[root] = project_settings(root, settings_from(options))
        return settings_by_root[root]

    def on_result(result: FunctionResult) -> None:
        progress.one_done()
        if console is not None:
            print_result(console, result, explain=True) if options.explain else print_line(console, result)

    chosen = BatchOptions(
        budget_seconds=options.total_budget,
        max_functions=options.max_functions,
        changed_since=options.changed_since or "",
        workload="" if options.no_workload else options.workload,
        confirm=options.confirm,
        cluster=options.ray_address if options.engine == "ray" else None,
        n_jobs=options.jobs,
    )
    _make(folder)
    interrupted, reached = False, list[Report]()
    with progress, open_store() as store, suppress(Cancelled):
        interrupted = True
        interruptible(
            lambda cancel: reached.append(
                batch(
                    place,
                    settings_of,
                    chosen,
                    store=store,
                    cancel=cancel,
                    progress=progress.show,
                    on_result=on_result,
                    relative_to=place,
                )
            )
        )
        interrupted = False
    if not reached:
        return INTERRUPTED
    [report] = reached
    new = [result for result in report.results if result.found and not baseline.has(result, result.path)]
    if options.baseline is not None:
        report = replace(report, notes=(*report.notes, f"{len(new)} verified edits are not in {options.baseline}"))
    written = _written(report, place, folder)
    if console is not None:
        print_table(console, report, written)
    else:
        print(json.dumps(report))  # noqa: T201 - the document that was asked for
    if interrupted:
        return INTERRUPTED
    return FOUND if new else NOTHING_FOUND


def _make(folder: Path) -> None:
    """The folder for the documents, which no version control takes up. Raises UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not any(folder.iterdir()):
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write to {shown(folder)}: {error.strerror}") from error


def _written(report: Report, place: Path, folder: Path) -> list[str]:
    """The documents' paths, once they are there. Raises UsageError."""
    written = []
    contents = ((name, write(report).encode("utf-8", "backslashreplace")) for name, write in DOCUMENTS.items())
    for name, content in (*contents, (PATCH, patch(report, place))):
        try:
            (folder / name).write_bytes(content)
        except OSError as error:
            raise UsageError(f"cannot write {shown(folder / name)}: {error.strerror}") from error
        written.append(shown(folder / name))
    return written
