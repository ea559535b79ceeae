"""`speedproof optimize TARGET…`: shows, and with --apply writes, the verified edits of functions."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.cli import BAD_INPUT, FOUND, INTERRUPTED, NOTHING_FOUND
from speedproof.commands.output import Output
from speedproof.commands.running import Progress, interruptible, open_store
from speedproof.commands.targets import Request, resolve, settings_from, shown
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, UsageError
from speedproof.core.report import FunctionResult
from speedproof.core.source import Source, write_source
from speedproof.jobs.optimize import optimize_all
from speedproof.profiling.interpreter import check_interpreter


def run(options: argparse.Namespace) -> int:
    request = resolve(options.targets, settings_from(options))
    for work in request.work:
        check_interpreter(work.project.python)
        if options.try_again and work.settings.edits_model == "off":
            raise UsageError("--try-again is for a model, and none is asked: add --model local or --model remote")
    output = Output.of(options, request.notes)
    writer = _Writer(request.sources) if options.apply else None
    progress = Progress(request.n_targets)

    def on_result(result: FunctionResult) -> None:
        progress.one_done()
        output.show(result)
        if writer and result.found:
            output.remark(result, writer.apply(result))

    interrupted = False
    with progress:
        try:
            output.note(*interruptible(lambda cancel: _search(request, options, cancel, progress, on_result)))
        except Cancelled:
            interrupted = True
            output.note(f"interrupted: {len(output.report.results)} of {request.n_targets} functions done")
    output.finish()
    if interrupted:
        return INTERRUPTED
    if writer and writer.refused:
        return BAD_INPUT
    return FOUND if output.report.found else NOTHING_FOUND


def _search(
    request: Request,
    options: argparse.Namespace,
    cancel: CancelToken,
    progress: Progress,
    on_result: Callable[[FunctionResult], None],
) -> list[str]:
    """All the work, project by project; returns what is to be noted about it."""
    notes: list[str] = []
    with open_store() as store:
        for work in request.work:
            report = optimize_all(
                work.targets,
                work.project,
                work.settings,
                store=store,
                cancel=cancel,
                progress=progress.show,
                on_result=on_result,
                relative_to=Path.cwd(),
                # What is applied is proved together with all that was applied to its file before.
                cumulative=options.apply,
                hint=options.try_again,
            )
            notes += report.notes
    return notes


class _Writer:
    """Writes verified edits into their files, unless a file is no longer what the verdict was reached on."""

    def __init__(self, sources: Mapping[Path, Source]) -> None:
        self._sources = dict(sources)
        self.refused = False

    def apply(self, result: FunctionResult) -> str:
        """What became of it, in words."""
        path = absolute(result.path)
        source = self._sources[path]
        if result.after is None or result.before != source.text:
            self.refused = True
            return f"not applied: {shown(path)} is no longer the text that this was proved for"
        try:
            self._sources[path] = write_source(source, result.after)
        except UsageError as error:
            self.refused = True
            return f"not applied: {error}"
        return "applied"
