"""A report as one page for a reviewer who doubts: self-contained, in light and in dark, complete without scripts."""

from collections.abc import Iterable
from html import escape

from speedproof import __version__
from speedproof.core.report import FunctionResult, Report, Trial
from speedproof.core.verdict import Evidence
from speedproof.report import charts, words
from speedproof.report.sortable import SCRIPT, SCRIPT_HASH, Cell, sortable

MAX_VALUE_LENGTH = 4000
MAX_LABEL_LENGTH = 13
"""Of an input in a chart; the table beside it has more of it."""

# Nothing may be loaded, and nothing but our script may run, whatever a value holds.
POLICY = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'"

STYLE = """
:root { color-scheme: light dark; --text: #1c1e21; --dim: #5b616b; --line: #d5d9df; --back: #fff; --box: #f5f6f8;
  --good: #12703c; --bad: #b3261e; --same: #845b00; --unknown: #7a3b9a; --blue: #1b5fb4; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e6ea; --dim: #a0a7b1; --line: #3a4048; --back: #16181c;
  --box: #1f2328; --good: #5dc98a; --bad: #ff8a80; --same: #e2b04a; --unknown: #cf9bea; --blue: #7db4ff; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; border-top: 1px solid var(--line); padding-top: 1.2rem;
  margin-top: 2.5rem; overflow-wrap: anywhere; } h3 { font-size: 1rem; margin-bottom: .3rem; }
a { color: var(--blue); } code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { background: var(--box); padding: .7rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--dim); }
th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; } th { font-weight: 600; white-space: nowrap; } td.number { text-align: right; }
svg { width: 100%; max-width: 640px; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--text); } svg text.tick { fill: var(--dim); text-anchor: middle; }
svg line.tick { stroke: var(--line); } svg line.even { stroke: var(--dim); stroke-dasharray: 4 3; }
svg .original circle, svg .original line { fill: var(--dim); stroke: var(--dim); }
svg .rewrite circle, svg .rewrite line { fill: var(--blue); stroke: var(--blue); }
svg .faster circle, svg .faster line { fill: var(--good); stroke: var(--good); }
svg .slower circle, svg .slower line { fill: var(--bad); stroke: var(--bad); }
svg circle { fill-opacity: .55; } .verdict { font-weight: 600; } .dim { color: var(--dim); }
.verified { color: var(--good); } .differs, .crashed, .timed_out, .problem { color: var(--bad); }
.not_faster { color: var(--same); } .unverifiable { color: var(--unknown); }
.sortable thead th:nth-child(n+3) { text-align: right; } .sortable thead button { all: unset; cursor: pointer;
  font-weight: 600; } .sortable thead button:focus-visible { outline: 2px solid var(--blue); }
th[aria-sort=descending] button::after { content: " ▾"; } th[aria-sort=ascending] button::after { content: " ▴"; }
#filter input, #filter select { font: inherit; }
.added { color: var(--good); } .removed { color: var(--bad); } .hunk { color: var(--blue); }
"""

READING = (
    "Original and rewrite ran side by side in a sandbox, on the same inputs: calls recorded from the project's own "
    "tests, and variations of these. Compared were results with their types, exceptions, arguments afterwards, what "
    "was printed, and the module's state. Times were read from outside of the processes, in turns and in random order.",
    "This is evidence and no proof in the mathematical sense: behaviour on inputs that were not tried is not known. "
    "Each section says how many were, where they came from, which share of the lines they reach, and what was not "
    "compared.",
)


def page(report: Report) -> str:
    """The whole document."""
    title = report.subject or words.counted(len(report.results), "function")
    body = [f"<h1>{_text('Speedproof: ' + title)}</h1>", _summary(report), *map(_section, _numbered(report))]
    if report.omissions:
        cells = (
            _row(_code(words.omission_place(each)), _text(each.reason), "problem" if each.is_problem else "")
            for each in report.omissions
        )
        body.append(f"<h2>Parts of the change that were not compared</h2>\n<table>{''.join(cells)}</table>")
    if report.notes:
        body.append(f"<h2>Notes</h2>\n<ul>{''.join(f'<li>{_text(note)}</li>' for note in report.notes)}</ul>")
    body.append("<h2>How to read this</h2>\n" + "".join(f"<p>{_text(paragraph)}</p>" for paragraph in READING))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="Speedproof {escape(__version__)}">\n'
        f"<title>{_text('Speedproof: ' + title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, body))
        + f"\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _numbered(report: Report) -> Iterable[tuple[int, FunctionResult]]:
    return enumerate(report.results, 1)


def _summary(report: Report) -> str:
    counts = ", ".join(f"{n} {what}" for n, what, _ in words.counts(report)) or "nothing was compared"
    if not report.results:
        return f"<p>{_text(counts)}</p>"
    with_time = any(result.hotspot is not None for result in report.results)
    headings = ["Function", "Verdict", *(["Of the time", "Saves"] if with_time else []), "Speed", "Inputs", "Coverage"]
    rows = ((result.verdict.status.value, _cells(number, result, with_time)) for number, result in _numbered(report))
    return _workload(report) + sortable(headings, rows, _text(counts))


def _workload(report: Report) -> str:
    if not report.workload:
        return ""
    took = f"Workload {report.workload}: {words.duration(report.workload_seconds)} under the profiler."
    effect = words.effect(report)
    return f"<p>{_text(took)}</p>\n{f'<p>{_text(effect)}.</p>' if effect else ''}\n"


def _cells(number: int, result: FunctionResult, with_time: bool) -> list[Cell]:
    verdict, evidence = result.verdict, result.verdict.evidence
    place = f"{result.path.as_posix()}::{result.function}"
    known = [share for share in (evidence.coverage_original, evidence.coverage_candidate) if share is not None]
    hotspot, saved = result.hotspot, result.saved_share
    of_time = [
        Cell(words.part(hotspot.share) if hotspot else "", hotspot.share if hotspot else 0.0, "number"),
        Cell(words.part(saved) if saved else "", saved, "number"),
    ]
    ratio = verdict.speedup.estimate if verdict.speedup else None
    return [
        Cell(f"<a href='#r{number}'>{_code(place)}</a>"),
        Cell(_text(words.conclusion(result)), kind=verdict.status.value),
        *(of_time if with_time else []),
        Cell(f"{ratio:.2f}×" if ratio is not None else "", ratio or 0.0, "number"),
        Cell(str(evidence.n_inputs or ""), evidence.n_inputs, "number"),
        Cell(words.share(min(known)) if known else "", min(known, default=0.0), "number"),
    ]


def _section(numbered: tuple[int, FunctionResult]) -> str:
    number, result = numbered
    verdict = result.verdict
    parts = [
        f"<section id='r{number}' aria-labelledby='h{number}'>",
        f"<h2 id='h{number}'>{_code(f'{result.path.as_posix()}::{result.function}')}</h2>",
        f"<p><span class='verdict {verdict.status.value}'>{_text(words.conclusion(result))}</span>: "
        f"{_text(words.headline(verdict))}</p>",
        _counterexample(words.counterexample_rows(verdict)),
        _rows(
            "What it rests on",
            [*words.note_rows(result), *words.evidence_rows(verdict), *words.contribution_rows(result)],
        ),
        _inputs(verdict.evidence),
        _charts(verdict.evidence),
        f"<h3>The change</h3>\n{_diff(result.diff)}" if result.diff else "",
        _trials(result.trials) if not result.was_given else "",
        *(
            f"<h3>{_text(words.suggestion_name(each))}</h3>\n{_diff(result.diff_of(each))}"
            for each in result.suggestions
        ),
        _rows("How it was found", [*words.background_rows(result), *words.model_rows(result)]),
        "</section>",
    ]
    return "\n".join(filter(None, parts))


def _counterexample(rows: Iterable[words.Row]) -> str:
    return _rows("The input that tells them apart", rows)


def _rows(heading: str, rows: Iterable[words.Row]) -> str:
    cells = "".join(_row(_text(label), _value(label, value)) for label, value in rows)
    return f"<h3>{_text(heading)}</h3>\n<table>{cells}</table>" if cells else ""


def _inputs(evidence: Evidence) -> str:
    origins = ((origin, f"{n} {words.ORIGINS.get(origin, '')}") for origin, n in evidence.inputs.items() if n)
    return _rows("Inputs, by origin", origins)


def _row(heading: str, cell: str, kind: str = "") -> str:
    """Both in HTML already."""
    return f"<tr><th scope='row'>{heading}</th><td{f' class={kind!r}' if kind else ''}>{cell}</td></tr>"


def _charts(evidence: Evidence) -> str:
    """What was measured, as it was measured: every process, and every input."""
    of_processes = charts.times(
        [sample.baseline_s for sample in evidence.samples],
        [sample.candidate_s for sample in evidence.samples],
        words.duration,
    )
    if not of_processes:
        return ""
    clock = "CPU" if evidence.clock == "cpu" else evidence.clock
    what = f"{clock} time for all timed inputs once: a dot for each fresh process, a line in their middle"
    parts = ["<h3>Times</h3>", _figure(of_processes, what)]
    ordered = sorted(evidence.per_input, key=lambda timed: timed.ratio)
    labels = [f"input {number}" for number in range(1, len(ordered) + 1)]
    of_inputs = charts.ratios(list(zip(labels, (timed.ratio for timed in ordered), strict=True)), _ratio)
    if of_inputs:
        what = (
            "Time of the original / time of the rewrite, input by input: right of the dashed line the rewrite is faster"
        )
        parts.append(_figure(of_inputs, what))
        rows = zip(labels, words.timed_rows(evidence), strict=True)
        cells = (_row(label, f"{_value('input', call)}<br>{_text(how)}") for label, (call, how) in rows)
        parts.append(f"<table>{''.join(cells)}</table>")
    return "\n".join(parts)


def _figure(drawing: str, what: str) -> str:
    return f"<figure>{drawing}<figcaption class='dim'>{_text(what)}</figcaption></figure>"


def _ratio(value: float) -> str:
    return f"{value:.3g}×"


def _trials(trials: Iterable[Trial]) -> str:
    items = "".join(
        f"<h4>{_text(words.trial_name(trial))}: <span class='{trial.verdict.status.value}'>{trial.verdict.status.value}"
        f"</span></h4><p>{_text(words.headline(trial.verdict))}</p>"
        + _counterexample(words.counterexample_rows(trial.verdict))
        for trial in trials
    )
    return f"<h3>All candidates</h3>\n{items}" if items else ""


def _diff(text: str) -> str:
    kinds = {"+": "added", "-": "removed", "@": "hunk"}
    lines = (
        f"<span class='{kinds[line[0]]}'>{_text(line)}</span>" if line[:1] in kinds else _text(line)
        for line in text.rstrip("\n").split("\n")
    )
    return f"<pre>{chr(10).join(lines)}</pre>"


def _value(label: str, value: str) -> str:
    short = words.shortened(value, MAX_VALUE_LENGTH)
    return _code(short) if label in words.CODE_LABELS else _text(short)


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    return escape(words.printable(text))
