"""Results and reports for people at a terminal."""

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from speedproof.core.report import FunctionResult, Outcome, Report, Trial
from speedproof.core.verdict import Evidence, Status, Verdict
from speedproof.report import words
from speedproof.report.plot import histograms

STYLES = {
    Status.VERIFIED: "bold green",
    Status.NOT_FASTER: "yellow",
    Status.DIFFERS: "bold red",
    Status.UNVERIFIABLE: "magenta",
    Status.CRASHED: "red",
    Status.TIMED_OUT: "red",
}
INDENT = 4
LABEL_WIDTH = 12
PLOT_WIDTH = 40
MAX_TRIALS = 4
"""Rejected candidates shown without --explain."""
MAX_OMISSIONS = 20
"""Parts of a change that were not compared; documents have all of them."""
MAX_VALUE_LENGTH = 400
"""Longer values are shortened in the middle, unless asked to explain."""


def make_console(file: TextIO | None = None) -> Console:
    """A console that takes all text literally, and colours it only on a terminal and without NO_COLOR."""
    return Console(file=file or sys.stdout, markup=False, highlight=False, emoji=False)


def print_result(console: Console, result: FunctionResult, *, explain: bool = False) -> None:
    """One line of verdict, then what it rests on."""
    print_line(console, result)
    _print_rows(console, [*words.note_rows(result), *words.model_rows(result)], explain=explain)
    if result.found:
        _print_diff(console, result.diff or "")
        rows = [*words.evidence_rows(result.verdict), *words.contribution_rows(result)]
        _print_rows(console, rows, explain=explain)
    elif not _has_other_trials(result):
        rows = words.counterexample_rows(result.verdict)
        if result.outcome in (Outcome.SAME, Outcome.SLOWER):  # that nothing differs rests on evidence, too
            rows = words.evidence_rows(result.verdict)
        _print_rows(console, rows, explain=explain)
    _print_trials(console, result, explain=explain)
    _print_suggestions(console, result, explain=explain)
    if explain:
        _print_rows(console, _timed_rows(result.verdict.evidence), explain=True)
        _print_rows(console, words.background_rows(result), explain=True)


def print_line(console: Console, result: FunctionResult) -> None:
    """The verdict alone."""
    place = f"{result.path.as_posix()}::{result.function}"
    line = _verdict_line(place, result.verdict, words.conclusion(result))
    _print(console, line + Text("  (of an earlier run)", "dim") if result.is_stored else line)


def print_note(console: Console, note: str) -> None:
    """Something about the result printed last."""
    _print(console, Text(words.printable(note), "dim"), indent=INDENT)


def print_summary(console: Console, report: Report) -> None:
    """What is to be known about the run as a whole, and how many functions came to which verdict."""
    for note in report.notes:
        _print(console, Text(f"note: {words.printable(note)}", "dim"))
    problems = [omission for omission in report.omissions if omission.is_problem]
    others = [omission for omission in report.omissions if not omission.is_problem]
    for omission in [*others[:MAX_OMISSIONS], *problems]:
        style = "bold red" if omission.is_problem else "dim"
        place = words.printable(words.omission_place(omission))
        _print(console, Text.assemble("- ", place, (f"  {words.printable(omission.reason)}", style)))
    if len(others) > MAX_OMISSIONS:
        _print(console, Text(f"- {len(others) - MAX_OMISSIONS} more parts that were not compared", "dim"))
    if report.subject:
        _print(console, Text(words.printable(report.subject)))
    pieces = [(f"{n} {what}", STYLES[status]) for n, what, status in words.counts(report)]
    line = Text.assemble((words.counted(len(report.results), "function"), "bold"), ": " if pieces else "")
    _print(console, line + Text(", ").join(Text(*piece) for piece in pieces))


def print_table(console: Console, report: Report, written: Sequence[str]) -> None:
    """The run as a whole: every function that was tried, what it takes and what it came to; then the documents."""
    if report.results:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for column in ("function", "of the time", "verdict", "speedup", "saves"):
            justify: JustifyMethod = "left" if column in ("function", "verdict") else "right"
            table.add_column(column, justify=justify, overflow="fold", no_wrap=column != "function")
        for result in report.results:
            own = words.part(result.hotspot.share) if result.hotspot is not None else ""
            speedup = result.verdict.speedup if result.found else None
            table.add_row(
                Text(words.printable(f"{result.path.as_posix()}::{result.function}")),
                own,
                Text(words.conclusion(result), STYLES[result.verdict.status]),
                f"{speedup.estimate:.2f}×" if speedup is not None else "",
                words.part(result.saved_share) if result.saved_share else "",
            )
        console.print(table)
    print_summary(console, report)
    if words.effect(report):
        _print(console, Text(words.printable(words.effect(report)), "bold"))
    for place in written:
        _print(console, Text(words.printable(place), "dim"), indent=INDENT)


def _verdict_line(what: str, verdict: Verdict, conclusion: str = "") -> Text:
    style = STYLES[verdict.status]
    return Text.assemble(
        (f"{words.SYMBOLS[verdict.status]} ", style),
        (words.printable(what), "bold"),
        (f"  {conclusion or verdict.status.value}", style),
        f"  {words.headline(verdict)}",
    )


def _print_trials(console: Console, result: FunctionResult, *, explain: bool) -> None:
    """The candidates that were not surfaced and why; of a function with a verified edit only the refuted ones."""
    if not _has_other_trials(result) and not explain:
        return
    trials = [trial for trial in result.trials if explain or _worth_telling(trial, result)]
    shown = trials if explain else trials[:MAX_TRIALS]
    for trial in shown:
        _print(console, _verdict_line(words.trial_name(trial), trial.verdict), indent=INDENT)
        rows = words.counterexample_rows(trial.verdict)
        if explain and not (result.found and trial.verdict == result.verdict):
            rows += words.evidence_rows(trial.verdict)
        _print_rows(console, rows, explain=explain, indent=INDENT + 2)
        if explain:
            _print_samples(console, trial.verdict.evidence)
    if len(shown) < len(trials):
        _print(console, Text(f"{len(trials) - len(shown)} more: --explain shows all", "dim"), indent=INDENT)


def _print_suggestions(console: Console, result: FunctionResult, *, explain: bool) -> None:
    shown = result.suggestions if explain else result.suggestions[:MAX_TRIALS]
    for suggestion in shown:
        name = words.printable(words.suggestion_name(suggestion))
        _print(console, Text(name, STYLES[Status.UNVERIFIABLE]), indent=INDENT)
        _print_diff(console, result.diff_of(suggestion))
    if len(shown) < len(result.suggestions):
        more = f"{len(result.suggestions) - len(shown)} more: --explain shows all"
        _print(console, Text(more, "dim"), indent=INDENT)


def _has_other_trials(result: FunctionResult) -> bool:
    """Whether there is more to tell than the result itself does, as it does of a rewrite that was given."""
    return any(trial.candidate.origin != "given" for trial in result.trials)


def _worth_telling(trial: Trial, result: FunctionResult) -> bool:
    """A refuted candidate always is: it is the edit that somebody might make by hand."""
    if trial.verdict.status is Status.DIFFERS:
        return True
    # Where nothing could be compared, the function's line has said why for all of its candidates.
    return not (result.found or trial.verdict.verified) and trial.verdict.reason != result.verdict.reason


def _print_samples(console: Console, evidence: Evidence) -> None:
    baseline = [sample.baseline_s for sample in evidence.samples]
    candidate = [sample.candidate_s for sample in evidence.samples]
    if not baseline:
        return
    width = max(min(PLOT_WIDTH, console.width - INDENT - LABEL_WIDTH - 30), 8)
    for label, values, bars in zip(
        ("original", "rewrite"), (baseline, candidate), histograms(baseline, candidate, width), strict=True
    ):
        extent = f"{words.duration(min(values))} to {words.duration(max(values))}"
        _print_rows(console, [(label, f"{bars}  {extent}")], explain=True, indent=INDENT + 2)


def _timed_rows(evidence: Evidence) -> list[words.Row]:
    return [("timed", f"{words.shortened(call, MAX_VALUE_LENGTH)}: {how}") for call, how in words.timed_rows(evidence)]


def _print_rows(console: Console, rows: Iterable[words.Row], *, explain: bool, indent: int = INDENT) -> None:
    for label, value in rows:
        text = value if explain else words.shortened(value, MAX_VALUE_LENGTH)
        _print(console, Text(text), indent=indent, label=f"{label:<{LABEL_WIDTH}}")


def _print_diff(console: Console, diff: str) -> None:
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in diff.rstrip("\n").split("\n")[2:]:
        text = Text(words.printable(line.rstrip("\r")), styles.get(line[:1], ""))
        console.print(Text(" " * INDENT) + text, soft_wrap=True)


def _print(console: Console, text: Text, *, indent: int = 0, label: str = "") -> None:
    """`text` behind its label; a terminal's lines are broken at its width and continue in the same column.

    Elsewhere a line stays a line, whatever its length, so that it can be searched.
    """
    margin = Text(" " * indent).append(label, "dim")
    width = max(console.width - len(margin), 20)
    for line in text.wrap(console, width) if console.is_terminal else text.split("\n", allow_blank=True):
        line.rstrip()
        console.print(margin + line, soft_wrap=True)
        margin = Text(" " * len(margin))
