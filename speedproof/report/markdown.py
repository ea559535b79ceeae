"""The evidence of one result as Markdown, for an editor's hover and for the proof that it opens."""

import re
from collections.abc import Iterable

from speedproof.core.report import FunctionResult, Trial
from speedproof.report import words

MAX_VALUE_LENGTH = 400
SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&$]")


def evidence(result: FunctionResult) -> str:
    """The verdict and what it rests on, short enough for a hover."""
    verdict = result.verdict
    heading = f"**Speedproof: {verdict.status.value}**: {escaped(words.headline(verdict))}"
    rows = [*words.evidence_rows(verdict), *words.contribution_rows(result), *words.counterexample_rows(verdict)]
    return f"{heading}\n\n{_items(rows)}"


def proof(result: FunctionResult) -> str:
    """All there is to say about one result, as a document of its own."""
    place = f"{result.path.as_posix()}::{result.function}"
    parts = [f"# Proof for {code(place)}\n", evidence(result)]
    if result.diff:
        parts.append(f"## Change\n\n{code_block(result.diff, 'diff')}")
    if result.trials:
        parts.append("## Candidates\n")
        parts += map(_trial, result.trials)
    parts.append("## How it was found\n\n" + _items(words.background_rows(result)))
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


def _trial(trial: Trial) -> str:
    verdict = trial.verdict
    heading = f"### {escaped(words.trial_name(trial))}: {verdict.status.value}"
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
