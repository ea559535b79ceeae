"""`speedproof verify BEFORE AFTER`, `--commit REV`, `--since REV`: the verdict on a change that somebody made."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.analysis.project import discover, find_root
from speedproof.analysis.targets import targets_in
from speedproof.cli import FOUND, INTERRUPTED, NOTHING_FOUND
from speedproof.commands.baseline import Baseline
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
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, UsageError
from speedproof.core.report import FunctionResult, Outcome, Report
from speedproof.core.settings import Settings
from speedproof.jobs.calls import Progress as OnProgress
from speedproof.jobs.commits import verify_revisions
from speedproof.jobs.revisions import of_commit, since
from speedproof.jobs.verify import verify
from speedproof.profiling.interpreter import check_interpreter

REFUTED = frozenset({Outcome.SLOWER, Outcome.DIFFERS, Outcome.CRASHED, Outcome.TIMED_OUT})
ENOUGH = {
    "faster": frozenset({Outcome.FASTER}),
    "same": frozenset({Outcome.FASTER, Outcome.SAME}),
    "unrefuted": frozenset(Outcome) - REFUTED,
}
"""By `--require`: the outcomes that leave the exit status at 0."""
FAILING = {"slower": frozenset({Outcome.SLOWER, Outcome.TIMED_OUT})}
"""By `--fail-on`: those that do not."""

Judge = Callable[[CancelToken, OnProgress, Callable[[FunctionResult], None]], Report]


def run(options: argparse.Namespace) -> int:
    of_files = options.commit is None and options.since is None
    judge = _judge_of_files(options) if of_files else _judge_of_revisions(options)
    baseline = Baseline.read(options.baseline)
    output = Output.of(options)
    progress = Progress()

    def on_result(result: FunctionResult) -> None:
        progress.one_done()
        output.show(replace(result, path=Path(shown(result.path))))

    with progress:
        try:
            report = interruptible(lambda cancel: judge(cancel, progress.show, on_result))
        except Cancelled:
            output.note("interrupted")
            output.finish()
            return INTERRUPTED
    output.describe(report.subject, [replace(each, path=Path(shown(each.path))) for each in report.omissions])
    output.note(*report.notes)
    new = [result for result in report.results if not baseline.has(result, Path(shown(result.path)))]
    if len(new) < len(report.results):
        output.note(
            f"{len(report.results) - len(new)} of the outcomes are those of {options.baseline}, and do not count"
        )
    output.finish()
    passing = frozenset(Outcome) - FAILING[options.fail_on] if options.fail_on else ENOUGH[options.require]
    # What was added, removed or moved has no outcome; what could not be read is never enough.
    is_enough = all(result.outcome in passing for result in new)
    return FOUND if is_enough and not any(omission.is_problem for omission in report.omissions) else NOTHING_FOUND


def _judge_of_files(options: argparse.Namespace) -> Judge:
    if len(options.files) != 2:
        raise UsageError(
            "verify takes two files, BEFORE and AFTER, or --commit REV, or --since REV\nTry 'speedproof verify --help'."
        )
    before, after = map(absolute, options.files)
    texts = load_target_file(before), load_source(after)
    if before.samefile(after):
        raise UsageError(f"{shown(before)} and {shown(after)} are the same file")
    for path, source in zip((before, after), texts, strict=True):
        if options.function:
            named(options.function, targets_in(path, source.text), path)
    settings = project_settings(find_root(before), settings_from(options))
    project = discover(before, python=settings.python, exclude=settings.exclude)
    check_interpreter(project.python)
    return lambda cancel, progress, on_result: verify(
        before, after, options.function, project, settings, cancel=cancel, progress=progress, on_result=on_result
    )


def _judge_of_revisions(options: argparse.Namespace) -> Judge:
    here = Path.cwd()
    revisions = of_commit(here, options.commit) if options.commit is not None else since(here, options.since)

    def settings_of(root: Path) -> Settings:
        return project_settings(root, settings_from(options))

    return lambda cancel, progress, on_result: verify_revisions(
        revisions,
        settings_of,
        paths=[absolute(path) for path in options.files],
        function=options.function,
        cancel=cancel,
        progress=progress,
        on_result=on_result,
    )
