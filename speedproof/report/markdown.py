"""The evidence of one result as Markdown, for an editor's hover and for the proof that it opens."""

import re
from collections.abc import Iterable

from speedproof.core.report import FunctionResult, Report, Trial
from speedproof.report import words

MAX_VALUE_LENGTH = 400
SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&$]")


def document(report: Report) -> str:
    """The whole report: a table of all functions, then the proof of each, then what was not compared."""
    parts = [f"# Speedproof: {escaped(report.subject or words.counted(len(report.results), 'function'))}\n"]
    counts = ", ".join(f"{n} {what}" for n, what, _ in words.counts(report)) or "nothing was compared"
    parts.append(f"{escaped(counts)}\n")
    if words.effect(report):
        parts.append(f"{escaped(words.effect(report))}\n")
    if report.results:
        parts.append("| function | verdict | speed | inputs | coverage |\n|---|---|--:|--:|--:|")
        parts += [*map(_table_row, report.results), ""]
    parts += [proof(result, level=2) for result in report.results]
    if report.omissions:
        rows = (f"- {code(words.omission_place(each))}: {escaped(each.reason)}\n" for each in report.omissions)
        parts.append("## Parts of the change that were not compared\n\n" + "".join(rows))
    if report.notes:
        parts.append("## Notes\n\n" + "".join(f"- {escaped(note)}\n" for note in report.notes))
    return "\n".join(parts)


def evidence(result: FunctionResult) -> str:
    """The verdict and what it rests on, short enough for a hover."""
    verdict = result.verdict
    heading = f"**Speedproof: {words.conclusion(result)}**: {escaped(words.headline(verdict))}"
    rows = [
        *words.note_rows(result),
        *words.evidence_rows(verdict),
        *words.contribution_rows(result),
        *words.counterexample_rows(verdict),
    ]
    return f"{heading}\n\n{_items(rows)}"


def proof(result: FunctionResult, *, level: int = 1) -> str:
    """All there is to say about one result, as a document of its own or, with a `level` of headings, a part of one."""
    place, marks = f"{result.path.as_posix()}::{result.function}", "#" * level
    parts = [f"{marks} Proof for {code(place)}\n", evidence(result)]
    if result.verdict.evidence.per_input:
        rows = ((code(call), escaped(how)) for call, how in words.timed_rows(result.verdict.evidence))
        parts.append(f"{marks}# Timed inputs\n\n" + "".join(f"- {call}: {how}\n" for call, how in rows))
    if result.diff:
        parts.append(f"{marks}# Change\n\n{code_block(result.diff, 'diff')}")
    if result.trials and not result.was_given:
        parts.append(f"{marks}# Candidates\n")
        parts += [_trial(trial, f"{marks}##") for trial in result.trials]
    for suggestion in result.suggestions:
        heading = words.suggestion_name(suggestion)
        parts.append(f"{marks}# {escaped(heading)}\n\n{code_block(result.diff_of(suggestion), 'diff')}")
    parts.append(f"{marks}# How it was found\n\n" + _items([*words.background_rows(result), *words.model_rows(result)]))
    return "\n".join(parts)


def code(text: str) -> str:
    """`text` as a code span, whatever backticks it holds."""
    text = words.printable(text).replace("\n", " ")
    fence = "`" * (_longest_backticks(text) + 1)
    padding = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def code_block(text: str, language: str) -> str:
    fence = "`" * max(3, _longest_backticks(text) + 1)
    return f"{fence}{language}\n{words.printable(text).rstrip()}\n{fence}\n"


def escaped(text: str) -> str:
    """`text` as itself inside a line: nothing in it is markup."""
    return SPECIAL.sub(r"\\\g<0>", words.printable(text)).replace("\n", " ")


def _table_row(result: FunctionResult) -> str:
    verdict, known = result.verdict, result.verdict.evidence
    shares = [share for share in (known.coverage_original, known.coverage_candidate) if share is not None]
    cells = [
        code(f"{result.path.as_posix()}::{result.function}").replace("|", "\\|"),
        words.conclusion(result),
        f"{verdict.speedup.estimate:.2f}×" if verdict.speedup else "",
        str(known.n_inputs or ""),
        words.share(min(shares)) if shares else "",
    ]
    return f"| {' | '.join(cells)} |"


def _trial(trial: Trial, marks: str) -> str:
    verdict = trial.verdict
    heading = f"{marks} {escaped(words.trial_name(trial))}: {verdict.status.value}"
    rows = [*words.evidence_rows(verdict), *words.counterexample_rows(verdict)]
    return f"{heading}\n\n{escaped(words.headline(verdict))}\n\n{_items(rows)}"


def _items(rows: Iterable[words.Row]) -> str:
    items = []
    for label, value in rows:
        short = words.shortened(value, MAX_VALUE_LENGTH)
        items.append(f"- {label}: {code(short) if label in words.CODE_LABELS else escaped(short)}\n")
    return "".join(items)


def _longest_backticks(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
