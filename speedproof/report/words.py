"""Verdicts and evidence in words, the same for every format that people read."""

import re

from speedproof.core.report import FunctionResult, Omission, Outcome, Report, Trial
from speedproof.core.target import Candidate
from speedproof.core.verdict import Evidence, InputTime, Memory, Scaling, Speedup, Status, Verdict

SYMBOLS = {
    Status.VERIFIED: "✓",
    Status.NOT_FASTER: "=",
    Status.DIFFERS: "≠",
    Status.UNVERIFIABLE: "?",
    Status.CRASHED: "!",
    Status.TIMED_OUT: "…",
}

OUTCOMES = {
    Outcome.FASTER: "verified faster",
    Outcome.SAME: "same behaviour, not faster",
    Outcome.SLOWER: "same behaviour, slower",
    Outcome.DIFFERS: "differs",
    Outcome.CRASHED: "crashed",
    Outcome.TIMED_OUT: "timed out",
    Outcome.UNVERIFIABLE: "unverifiable",
}

_STATUS = {
    Outcome.FASTER: Status.VERIFIED,
    Outcome.DIFFERS: Status.DIFFERS,
    Outcome.CRASHED: Status.CRASHED,
    Outcome.TIMED_OUT: Status.TIMED_OUT,
    Outcome.UNVERIFIABLE: Status.UNVERIFIABLE,
}

Row = tuple[str, str]
"""A label and its value."""

ORIGINS = {
    "recorded": "calls that the project's own tests make",
    "doctest": "calls in docstrings",
    "call_site": "calls that are written out somewhere in the project",
    "mutated": "variations of calls that were recorded or documented",
    "scaled": "larger versions of them",
    "annotation": "values of the declared types",
    "crosshair": "calls that CrossHair's solver proposed for this rewrite",
    "guessed": "values that the code seems to take",
    "earlier": "calls that told earlier rewrites of the function apart",
}
"""Where inputs come from, in words."""

CODE_LABELS = frozenset({"input", "original", "rewrite"})
"""Rows whose values are code."""


def conclusion(result: FunctionResult) -> str:
    """The verdict in a word or two; of a rewrite that somebody made, whether it is the same, faster, or slower."""
    if result.was_given and result.outcome is not None:
        return OUTCOMES[result.outcome]
    return result.verdict.status.value


def counts(report: Report) -> list[tuple[int, str, Status]]:
    """How many functions came to which conclusion, in a fixed order, with a status that stands for it."""
    if report.results and all(result.was_given for result in report.results):
        found = [
            (report.count_outcome(outcome), OUTCOMES[outcome], _STATUS.get(outcome, Status.NOT_FASTER))
            for outcome in Outcome
        ]
    else:
        found = [(report.count(status), status.value, status) for status in Status]
    return [count for count in found if count[0]]


def effect(report: Report) -> str:
    """What all verified edits do to the workload; nothing where that is not known."""
    if not report.workload or not report.found:
        return ""
    expected = f"{report.workload} is expected to be {report.expected_speedup:.2f}× as fast with all verified edits"
    measured = report.measured_speedup
    if measured is None:
        return expected
    return f"{expected}; measured: {measured.estimate:.2f}× (95 %: {measured.low:.2f}-{measured.high:.2f})"


def omission_place(omission: Omission) -> str:
    return f"{omission.path.as_posix()}{f'::{omission.function}' if omission.function else ''}"


def headline(verdict: Verdict) -> str:
    """What one line can say besides the status: how much faster, or why not."""
    return f"{verdict.speedup} faster" if verdict.verified and verdict.speedup else printable(verdict.reason)


def evidence_rows(verdict: Verdict) -> list[Row]:
    """Everything that the verdict rests on and that was reached; what is unknown has no row."""
    evidence = verdict.evidence
    rows: list[Row | None] = [
        ("verdict", printable(verdict.reason)) if verdict.verified else None,
        ("speed", speed_words(verdict.speedup, evidence)) if verdict.speedup else None,
        ("inputs", inputs_words(evidence)) if evidence.inputs else None,
        ("coverage", coverage_words(evidence)) if evidence.coverage_original is not None else None,
        ("noise", noise_words(evidence.noise)) if evidence.noise is not None else None,
        ("scaling", scaling_words(evidence.scaling)) if evidence.scaling else None,
        ("memory", memory_words(evidence.memory)) if evidence.memory else None,
        *(("unverified", printable(words)) for words in evidence.unverified),
    ]
    return [row for row in rows if row]


def note_rows(result: FunctionResult) -> list[Row]:
    """What bears on the comparison besides the function itself."""
    return [("note", printable(note)) for note in result.notes]


def model_rows(result: FunctionResult) -> list[Row]:
    """What was asked of a model, what it cost, and what became of the answers."""
    use = result.model
    if use is None:
        return []
    stored = f", {use.n_stored} of them answered in an earlier run" if use.n_stored else ""
    tokens = f"{use.n_prompt_tokens:,} + {use.n_answer_tokens:,} tokens in {duration(use.seconds)}"
    if use.money:
        tokens += f", at a price of {use.money:.2g}"
    rows = [("model", f"{counted(use.n_asked, 'question')}{stored}, {tokens}")]
    if use.outcomes:
        rows.append(("answers", ", ".join(f"{n} {what}" for what, n in use.outcomes.items())))
    if use.failure:
        rows.append(("gave up", printable(use.failure)))
    return rows


def contribution_rows(result: FunctionResult) -> list[Row]:
    """What each part of a composed rewrite adds to those before it; of a single one the speedup says it all."""
    if len(result.contributions) < 2:
        return []
    first, *others = result.contributions
    return [
        ("part", f"{printable(first[0])}: {first[1]:.2f}×"),
        *(("part", f"{printable(part)}: a further {ratio:.2f}×") for part, ratio in others),
    ]


def background_rows(result: FunctionResult) -> list[Row]:
    """How the verdict came about."""
    rows = [("sandbox", ", ".join(result.verdict.evidence.sandbox) or "nothing was run")]
    rows.append(("candidates", str(len(result.trials))))
    return [*rows, ("took", duration(result.seconds))] if result.seconds else rows


def suggestion_name(suggestion: Candidate) -> str:
    """Never without what it is not."""
    return f"static suggestion, not run, not proved: {candidate_name(suggestion)}"


def timed_rows(evidence: Evidence) -> list[Row]:
    """Every timed input, the one that gained least first."""
    ordered = sorted(evidence.per_input, key=lambda timed: timed.ratio)
    return [(printable(timed.call), input_words(timed)) for timed in ordered]


def counterexample_rows(verdict: Verdict) -> list[Row]:
    """The telling input and what each side made of it."""
    found = verdict.counterexample
    if found is None:
        return []
    rows = [("input", found.call), ("differs in", found.aspect), ("original", found.original)]
    rows.append(("rewrite", found.candidate))
    if found.origin:
        rows.append(("found on", f"{found.origin}: one of the {ORIGINS.get(found.origin, 'inputs')}"))
    return [(label, printable(value)) for label, value in rows]


def input_words(timed: InputTime) -> str:
    """One timed input: how it came out, and on what it rests."""
    times = f"{duration(timed.baseline_s)} → {duration(timed.candidate_s)}"
    size_words = f", size {timed.size}" if timed.size is not None else ""
    return f"{timed.ratio:.2f}×, {times}, {timed.origin}{size_words}, {counted(timed.n_passes, 'pass', 'passes')}"


def speed_words(speedup: Speedup, evidence: Evidence) -> str:
    words = [f"{speedup}", f"{'CPU' if evidence.clock == 'cpu' else evidence.clock} time"]
    if evidence.timed_inputs:
        words.append(counted(evidence.timed_inputs, "timed input"))
    if evidence.samples:
        words.append(counted(len(evidence.samples), "pair") + " of fresh processes")
    if evidence.slowest_input is not None:
        words.append(f"least favourable input {evidence.slowest_input:.2f}×")
    if evidence.confirmed:
        words.append("measured again after the choice")
    return ", ".join(words)


def inputs_words(evidence: Evidence) -> str:
    origins = ", ".join(f"{n} {origin}" for origin, n in evidence.inputs.items() if n)
    compared = f"{counted(evidence.n_inputs, 'distinct input')} compared" + (f": {origins}" if origins else "")
    return compared + (f"; {evidence.swept} more calls with the same outcome" if evidence.swept else "")


def coverage_words(evidence: Evidence) -> str:
    words = f"{share(evidence.coverage_original)} of the original's lines"
    if evidence.coverage_candidate is None:
        return words
    return f"{words}, {share(evidence.coverage_candidate)} of the rewrite's"


def noise_words(noise: float) -> str:
    return f"identical code differed by up to {noise - 1:.1%} on this machine".replace("%", " %")


def scaling_words(scaling: Scaling) -> str:
    sizes = f"sizes {min(scaling.sizes)} to {max(scaling.sizes)}" if scaling.sizes else "unknown sizes"
    return f"time grows like n^{scaling.before:.2f} → n^{scaling.after:.2f}, {sizes}"


def memory_words(memory: Memory) -> str:
    return f"peak {size(memory.before_bytes)} → {size(memory.after_bytes)}"


def trial_name(trial: Trial) -> str:
    return candidate_name(trial.candidate)


def candidate_name(candidate: Candidate) -> str:
    """The parts of the candidate, and where it came from unless they say so themselves (`ruff:PERF401`)."""
    origin, title = candidate.origin, candidate.title
    return title if f"{origin}:" in title else f"{origin} {title}".strip()


def counted(n: int, noun: str, nouns: str = "") -> str:
    return f"{n} {noun if n == 1 else nouns or f'{noun}s'}"


def share(part: float | None) -> str:
    """A share as a percentage; only a whole one reads 100 %."""
    if part is None:
        return "an unknown share"
    return f"{min(round(part * 100), 99 if part < 1 else 100)} %"


def part(share: float) -> str:
    """Of a whole of which most parts are small."""
    return f"{100 * share:.1f} %"


def size(n_bytes: int) -> str:
    if n_bytes < 1024:
        return f"{n_bytes} B"
    unit, in_bytes = next(
        ((unit, in_bytes) for unit, in_bytes in (("KiB", 2**10), ("MiB", 2**20)) if n_bytes < in_bytes * 1024),
        ("GiB", 2**30),
    )
    return f"{n_bytes / in_bytes:.1f} {unit}"


def duration(seconds: float) -> str:
    for unit, in_seconds in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= in_seconds:
            return f"{seconds / in_seconds:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def shortened(text: str, width: int) -> str:
    """At most `width` characters, what is too much taken from the middle: both ends of a value tell most."""
    if len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    head = width // 2
    tail = width - head - 1
    return f"{text[:head]}…{text[len(text) - tail :]}"


UNPRINTABLE = re.compile(
    r"[^\t\n\x20-\x7e\xa1-\U0010ffff]|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """`text` with what could steer a terminal or hide in it spelled out.

    Values and messages come from code under test. An escape sequence in them must not reach the terminal, nor
    a character that changes the direction of what the user reads.
    """
    return UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
