"""`speedproof verify BEFORE AFTER`: the verdict on a rewrite that somebody made."""

import argparse
from dataclasses import replace
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.analysis.project import discover, find_root
from speedproof.analysis.targets import targets_in
from speedproof.cli import FOUND, INTERRUPTED, NOTHING_FOUND
from speedproof.commands.output import Output
from speedproof.commands.running import Progress, interruptible
from speedproof.commands.targets import (
    load_source,
    load_target_file,
    named,
    project_settings,
    settings_from,
    shown,
)
from speedproof.core.errors import Cancelled
from speedproof.core.report import FunctionResult
from speedproof.jobs.verify import verify
from speedproof.profiling.interpreter import check_interpreter


def run(options: argparse.Namespace) -> int:
    before, after = absolute(options.before), absolute(options.after)
    for path, source in ((before, load_target_file(before)), (after, load_source(after))):
        if options.function:
            named(options.function, targets_in(path, source.text), path)
    settings = project_settings(find_root(before), settings_from(options))
    project = discover(before, python=settings.python, exclude=settings.exclude)
    check_interpreter(project.python)
    output = Output(as_json=options.json, explain=options.explain)
    progress = Progress()

    def on_result(result: FunctionResult) -> None:
        progress.one_done()
        output.show(replace(result, path=Path(shown(result.path))))

    with progress:
        try:
            report = interruptible(
                lambda cancel: verify(
                    before,
                    after,
                    options.function,
                    project,
                    settings,
                    cancel=cancel,
                    progress=progress.show,
                    on_result=on_result,
                )
            )
        except Cancelled:
            output.note("interrupted")
            output.finish()
            return INTERRUPTED
    output.note(*report.notes)
    output.finish()
    return FOUND if report.results and len(report.found) == len(report.results) else NOTHING_FOUND
