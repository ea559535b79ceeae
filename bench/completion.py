"""How good the suggestions of the model that comes along are, and what context and post-processing do for them.

The cases are lines of real Python code, cut out: each is asked for where somebody would begin to type it, behind its
indentation, and once more in its middle. What a model answers up to the end of the line is compared with what stood
there: as it is, and as it would be shown; both with the document alone in the prompt, and with definitions from the
rest of it and from its project. All of it is one run, and an answer is made once for the two that look at it.

The cases are files by themselves, almost all of them. What context is worth shows in a project: arguments of calls of
functions that Speedproof's own modules import from each other, which no model has seen.
"""

import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from _common import REPOSITORY, development_data, finish, parser, table
from _models import small_model

from speedproof.analysis.imports import imports_in
from speedproof.analysis.place import place_at, sound
from speedproof.analysis.related import related
from speedproof.analysis.syntax import Syntax, syntax_error
from speedproof.analysis.workspace import Opened, WorkspaceIndex
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Chunk, Place
from speedproof.core.text import Edit, Span, apply_edits
from speedproof.suggest.backend import Backend, Request
from speedproof.suggest.completion.ending import ended
from speedproof.suggest.completion.finish import cleaned, fitted
from speedproof.suggest.completion.prompt import around_for
from speedproof.suggest.completion.templates import continued
from speedproof.suggest.local.backend import LocalBackend, LocalOptions

KINDS = ("single_line", "line_rest")
CALL = re.compile(r"^(?!.*\b(?:import|class|def)\b) +[^#\n]*?\b(\w+)\((?=\w).*$", re.MULTILINE)
"""A line that calls something with arguments."""
MAX_TOKENS = 48
SEED = 3
NEVER = CancelToken()
ARMS = {
    "model": "the model alone",
    "context": "with context",
    "post": "with post-processing",
    "both": "with both",
}
PAIRS = (("model", "post"), ("context", "both"))
"""The same answers without and with post-processing."""


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    path: str
    text: str
    """Without what is asked for."""
    offset: int
    wanted: str
    files: tuple[tuple[str, str], ...] = ()
    """Of its project: path and text."""
    root: Path | None = None
    """Of its project, where it is on disk."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one arm made of one case."""

    case: str
    arm: str
    shown: str
    """Empty where nothing is."""
    exact: bool
    similarity: float
    parses: bool
    """The text with it; where nothing is shown, too."""


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--data", type=Path, default=development_data(), help="the folder with the cases")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "kv", help="for the model")
    arguments.add_argument("--limit", type=int, help="use only so many cases")
    arguments.add_argument("--calls", type=int, default=24, help="so many calls in Speedproof's own modules")
    arguments.add_argument("--verbose", action="store_true", help="show every answer")
    options = arguments.parse_args()
    backend = LocalBackend(LocalOptions(str(small_model(options.work))))
    figures: dict[str, float] = {}
    outcomes: list[Outcome] = []
    cases = list(read_cases(options.data))[: 4 if options.quick else options.limit]
    calls = list(calls_in(REPOSITORY, 1 if options.quick else options.calls))
    for name, chosen in (("", cases), ("calls_", calls)):
        made = list(_tried(chosen, backend, verbose=options.verbose))
        figures |= {f"{name}{figure}": value for figure, value in _figures(made).items()}
        outcomes += made
        print(f"{len(chosen)} {'calls in a project' if name else 'places in the lines of the cases'}")
        headers = ["", "exact", "similarity", "shown", "similarity of those", "does not parse"]
        print(table(headers, [_row(name + arm, ARMS[arm], figures) for arm in ARMS]), flush=True)
    backend.close()
    failures = [] if options.quick else list(_failures(figures))
    return finish("completion", options, figures, details=[asdict(each) for each in outcomes], failures=failures)


def _tried(cases: Sequence[Case], backend: Backend, *, verbose: bool) -> Iterator[Outcome]:
    for case in cases:
        for outcome in tried(case, backend):
            yield outcome
            if verbose:
                print(f"{case.id} {outcome.arm}: {outcome.shown!r} for {case.wanted!r}", flush=True)


def read_cases(data: Path) -> Iterator[Case]:
    """Two for each line: at its start, and within it."""
    whole = {row["name"]: row["text"] for row in _rows(data / "files.jsonl")}
    rows = _rows(data / "fim.jsonl")
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for row in [*_rows(data / "edit_traces.jsonl"), *rows]:
        name = row.get("base_file") or (row["file"] or {}).get("name")
        if name in whole:
            files[row["source"]["repo"]][row["source"]["path"]] = whole[name]
    for row in rows:
        if row["kind"] not in KINDS:
            continue
        before, middle, behind = row["prefix"], row["middle"], row["suffix"]
        path = f"{row['entry'] or 'main'}.py"
        if row["file"]:
            text, start, end = whole[row["file"]["name"]], row["file"]["start"], row["file"]["end"]
            before, middle, behind = text[:start], text[start:end], text[end:]
            path = row["source"]["path"]
        if middle.endswith("\n"):
            middle, behind = middle.removesuffix("\n"), f"\n{behind}"
        others = tuple((name, text) for name, text in files[row["source"]["repo"]].items() if name != path)
        for where, cut in (("start", len(middle) - len(middle.lstrip())), ("within", _middle(middle))):
            shown = before + middle[:cut]
            yield Case(f"{row['id']} {where}", path, shown + behind, len(shown), middle[cut:], others)


def calls_in(root: Path, count: int) -> Iterator[Case]:
    """Calls with arguments, one in each of `count` modules: what is imported from another module is called."""
    rng = Random(SEED)
    paths = sorted((root / "speedproof").rglob("*.py"))
    rng.shuffle(paths)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        imports = [each for segment in Syntax.parse(text).segments for each in imports_in(segment)]
        names = {each.known_as for each in imports if each.module.startswith("speedproof.") and each.name}
        calls = [match for match in CALL.finditer(text) if match[1] in names]
        if calls:
            call = rng.choice(calls)
            place = call.end(1) + 1
            name = path.relative_to(root).as_posix()
            yield Case(name, name, text[:place] + text[call.end() :], place, text[place : call.end()], root=root)
            count -= 1
        if not count:
            return


def tried(case: Case, backend: Backend) -> Iterator[Outcome]:
    """All arms."""
    syntax = Syntax.parse(case.text)
    place = replace(place_at(syntax, case.offset), multi_line=False)
    answers: dict[Around, list[str]] = {}
    for (plain, post), chunks in zip(PAIRS, ((), _context(case, syntax)), strict=True):
        around = around_for(case.path, case.text, case.offset, chunks, backend.window)
        pieces = answers[around] = answers.get(around) or _answer(case, around, backend)
        raw = continued("".join(pieces), around.prefix)
        yield _outcome(case, plain, Edit(Span(case.offset, case.offset), raw) if raw else None)
        yield _outcome(case, post, _processed(case, pieces, around, place, syntax))


def _context(case: Case, syntax: Syntax) -> Sequence[Chunk]:
    if case.root is not None:
        return _related(case, case.root, syntax)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in case.files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return _related(case, root, syntax)


def _related(case: Case, root: Path, syntax: Syntax) -> Sequence[Chunk]:
    document = Opened(root / case.path, case.text, syntax)
    return related(WorkspaceIndex(root), document, case.offset, cancel=NEVER, deadline=float("inf"))


def _answer(case: Case, around: Around, backend: Backend) -> list[str]:
    generation = backend.complete(Request(case.id, around, MAX_TOKENS, ("\n",)), NEVER)
    try:
        return list(generation)
    finally:
        generation.close()
        backend.forget(case.id)


def _processed(case: Case, pieces: Sequence[str], around: Around, place: Place, syntax: Syntax) -> Edit | None:
    """As `jobs.complete` does it: the answer ends as soon as it is complete, is cleaned, and fitted."""
    raw = ""
    for piece in pieces:
        raw = continued(raw + piece, around.prefix)
        if (end := ended(raw, around, place)) is not None:
            raw = raw[:end]
            break
    shift = case.offset - len(around.prefix)

    def moved(edit: Edit) -> Edit:
        return Edit(Span(edit.span.start + shift, edit.span.end + shift), edit.new_text)

    edit = fitted(cleaned(raw, around, place), around, place, lambda each: sound(syntax, moved(each)))
    return None if edit is None else moved(edit)


def _outcome(case: Case, arm: str, edit: Edit | None) -> Outcome:
    """What is replaced behind the cursor counts as written again, if that is what it is."""
    if edit is None:
        return Outcome(case.id, arm, "", False, 0.0, True)
    replaced = edit.span.of(case.text)
    shown = edit.new_text.removesuffix(replaced).rstrip()
    parses = syntax_error(apply_edits(case.text, [edit])) is None
    wanted = case.wanted.rstrip()
    return Outcome(case.id, arm, shown, shown == wanted, similarity(shown, wanted), parses)


def similarity(one: str, other: str) -> float:
    """1 where both are the same, 0 where they have nothing in common: by the edits (Levenshtein) between them."""
    distances = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        diagonal, distances[0] = distances[0], row
        for column, wanted in enumerate(other, 1):
            least = min(distances[column] + 1, distances[column - 1] + 1, diagonal + (letter != wanted))
            diagonal, distances[column] = distances[column], least
    return 1 - distances[-1] / (max(len(one), len(other)) or 1)


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for arm in ARMS:
        own = [outcome for outcome in outcomes if outcome.arm == arm]
        shown = [outcome for outcome in own if outcome.shown]
        figures |= {
            f"{arm}_exact": _share(outcome.exact for outcome in own),
            f"{arm}_similarity": _share(outcome.similarity for outcome in own),
            f"{arm}_shown": _share(bool(outcome.shown) for outcome in own),
            f"{arm}_shown_similarity": _share(outcome.similarity for outcome in shown),
            f"{arm}_unparsable": _share(not outcome.parses for outcome in own),
        }
    return figures


def _share(values: Iterator[float]) -> float:
    numbers = list(values)
    return sum(numbers) / (len(numbers) or 1)


def _row(name: str, title: str, figures: dict[str, float]) -> list[str]:
    names = ("exact", "similarity", "shown", "shown_similarity", "unparsable")
    return [title, *(f"{100 * figures[f'{name}_{figure}']:.1f} %" for figure in names)]


def _failures(figures: dict[str, float]) -> Iterator[str]:
    for without, post in PAIRS:
        if figures[f"{post}_similarity"] <= figures[f"{without}_similarity"]:
            yield f"post-processing does not raise the similarity: {ARMS[post]}"
        if figures[f"{post}_unparsable"] > figures[f"{without}_unparsable"] / 2:
            yield f"post-processing does not halve what does not parse: {ARMS[post]}"
    if figures["calls_both_similarity"] <= figures["calls_post_similarity"]:
        yield "context does not raise the similarity of calls in a project"


def _middle(line: str) -> int:
    """The end of a word or a sign, about the middle of what is written in the line."""
    start = len(line) - len(line.lstrip())
    wanted = start + (len(line) - start) // 2
    return next(match.end() for match in re.finditer(r"\w+|\W", line) if match.end() >= wanted)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    sys.exit(main())
