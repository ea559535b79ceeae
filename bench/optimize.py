"""How many slow functions become faster, and by how much: by the rules alone, and with recorded answers of others.

The functions are the originals of `rules.jsonl` and `accept.jsonl`. The recorded answers for one are whatever the cases
hold for the same problem, by people and models, good and bad: they go the way of a model's answers. Every one that is
surfaced is run on inputs that the engine has not seen. `--model` asks a real model instead, the one that runs here.

%Opt is the share of functions with a verified speedup of 1.1 or more (Shypula et al., 2024, who count what their own
tests pass). best@k is what the best of k candidates makes of a function, in expectation, by the estimator of eff@k
(Qiu et al., 2024) with speedups for scores: 1 where nothing was verified. Of fewer than k candidates all are taken.
"""

import math
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, median

from _common import REPOSITORY, development_data, finish, parser, table
from _estimators import eff_at
from _models import small_model
from _rows import Row, make_project, read_rows, refuted

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Usage
from speedproof.core.report import FunctionResult, Trial
from speedproof.core.settings import Settings
from speedproof.jobs.optimize import optimize_all
from speedproof.suggest.backend import Question
from speedproof.suggest.rules.catalogue import RULES

SETS = ("rules", "accept")
RECORDED = ("accept", "reject_wrong", "reject_not_faster")
KS = (1, 2, 4, 8)
OPTIMIZED = 1.1
MODEL = "model"
"""The source of candidates that are answers."""
WAYS: dict[str, Callable[[Trial], bool]] = {
    "rules": lambda trial: trial.candidate.origin != MODEL,
    "both": lambda trial: True,
}


@dataclass(slots=True)
class Recorded:
    """Answers that are there already, played as a model's: the n-th question gets the n-th one."""

    texts: Sequence[str]
    identity: object = "recorded"
    name: str = "recorded answers"
    runs_here: bool = True
    _n_asked: int = 0

    def answer(self, question: Question, cancel: CancelToken) -> "Answer":
        self._n_asked += 1
        return Answer(f"```python\n{self.texts[(self._n_asked - 1) % len(self.texts)]}\n```\n")

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    usage: Usage = field(default_factory=Usage)

    def __iter__(self) -> Iterator[str]:
        yield self.text

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Tried:
    """A function after the search. `wrong` has the reasons why candidates are wrong, by their text."""

    row: Row
    result: FunctionResult
    seconds: float
    wrong: Mapping[str, str]
    n_unusable: int
    """Answers that could not be applied."""

    def best(self, way: str) -> float:
        return max([1.0, *(speedup_of(trial) for trial in self.result.trials if WAYS[way](trial))])

    def scores(self, way: str) -> list[float]:
        """Of each candidate."""
        lost = [1.0] * self.n_unusable if way == "both" else []
        return [*(max(1.0, speedup_of(trial)) for trial in self.result.trials if WAYS[way](trial)), *lost]

    @property
    def surfaced_wrong(self) -> str | None:
        return None if self.result.after is None else self.wrong.get(self.result.after)


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--data", type=Path, default=development_data(), help="folder with the JSONL files")
    arguments.add_argument("--budget", type=float, default=60.0, help="seconds for one function")
    arguments.add_argument("--functions", type=int, default=0, help="only so many of each set; 0 for all")
    arguments.add_argument("--only", default="", help="only rows whose id holds this text")
    arguments.add_argument(
        "--model", action="store_true", help="ask the embedded model instead of playing recorded answers"
    )
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "kv", help="for the model")
    arguments.add_argument("--samples", type=int, default=4, help="how many answers of it for one function")
    arguments.add_argument("--answer-seconds", type=float, default=60.0, help="for the answers for one function")
    arguments.add_argument("--no-rules", action="store_true", help="no rules: only answers")
    options = arguments.parse_args()
    rows = [row for name in SETS for row in _rows(options.data, name, options.only, 3 if options.quick else 0)]
    rows = [row for name in SETS for row in [row for row in rows if row.set == name][: options.functions or None]]
    recorded = {} if options.model else _recorded(options.data)
    settings = Settings(budget_seconds=options.budget, edits_rounds=0, edits_seconds=options.answer_seconds)
    if options.no_rules:
        settings = replace(settings, rules_off=("ruff", *(rule.id for rule in RULES)))
    if options.model:
        path = small_model(options.work)
        settings = replace(settings, edits_model="local", model=str(path), edits_samples=options.samples)
    tried = []
    for row in rows:
        tried.append(_try(row, recorded.get(_problem(row), []), settings))
        print(_line(tried[-1]), flush=True)
    figures = _figures(tried)
    print(f"\n{_table(figures)}\n\n{_best_table(figures)}")
    print(f"\n{_of_model(tried)}")
    failures = [f"{one.row.id}: a wrong edit was surfaced: {one.surfaced_wrong}" for one in tried if one.surfaced_wrong]
    failures += [f"{one.row.id}: {use.failure}" for one in tried if (use := one.result.model) and use.failure]
    details = [{"id": one.row.id, **one.result.to_json()} for one in tried]
    return finish("optimize", options, figures, details=details, failures=failures)


def _rows(data: Path, name: str, only: str, most: int) -> list[Row]:
    return [row for row in read_rows(data / f"{name}.jsonl") if only in row.id][: most or None]


def _recorded(data: Path) -> dict[tuple[str, str], list[str]]:
    """By problem, the answers that the cases hold for it, without repetitions."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for name in RECORDED:
        for row in read_rows(data / f"{name}.jsonl"):
            if row.candidate is not None:
                found[_problem(row)][row.candidate] = None
    return {problem: list(texts) for problem, texts in found.items()}


def _problem(row: Row) -> tuple[str, str]:
    return row.family, row.entry


def _try(row: Row, recorded: Sequence[str], settings: Settings) -> Tried:
    texts = [text for text in recorded if text != row.original]
    if texts:
        settings = replace(settings, edits_samples=len(texts))
    with tempfile.TemporaryDirectory(prefix="speedproof-optimize-") as folder:
        path = make_project(row, Path(folder).resolve())
        target = find_target(path, row.original, row.entry)
        if target is None:
            raise ValueError(f"{row.id}: no function {row.entry} in the row")
        project, started = discover(path, python=sys.executable), time.perf_counter()
        report = optimize_all([target], project, settings, answerer=Recorded(texts) if texts else None)
        seconds = time.perf_counter() - started
    result = report.results[0]
    made = {trial.candidate.text for trial in result.trials} | {result.after or row.original}
    wrong = {text: reason for text in made if (reason := refuted(row, text)) is not None}
    counts = {} if result.model is None else result.model.outcomes
    statuses = {trial.verdict.status.value for trial in result.trials}
    n_unusable = sum(count for outcome, count in counts.items() if outcome not in statuses)
    return Tried(row, result, seconds, wrong, n_unusable)


def speedup_of(trial: Trial) -> float:
    """What a trial makes of the function; 1.0 where it is not to be surfaced."""
    return trial.verdict.speedup.estimate if trial.verdict.verified and trial.verdict.speedup else 1.0


def _figures(tried: Sequence[Tried]) -> dict[str, float]:
    figures: dict[str, float] = {
        "functions": len(tried),
        "wrong_surfaced": sum(bool(one.surfaced_wrong) for one in tried),
    }
    for way in WAYS:
        best = [one.best(way) for one in tried]
        candidates = [(one, trial) for one in tried for trial in one.result.trials if WAYS[way](trial)]
        lost = sum(one.n_unusable for one in tried) if way == "both" else 0
        right = sum(trial.candidate.text not in one.wrong for one, trial in candidates)
        figures |= {
            f"{way}_candidates": len(candidates) + lost,
            f"{way}_correct": right / max(1, len(candidates) + lost),
            f"{way}_opt": fmean(speedup >= OPTIMIZED for speedup in best),
            f"{way}_mean": fmean(best),
            f"{way}_geometric_mean": math.exp(fmean(map(math.log, best))),
        }
        for k in KS:
            expected = [eff_at(min(k, len(scores)), scores) if (scores := one.scores(way)) else 1.0 for one in tried]
            figures[f"{way}_best_at_{k}"] = fmean(expected)
            figures[f"{way}_best_at_{k}_geometric"] = math.exp(fmean(map(math.log, expected)))
    figures["seconds_per_function"] = median(one.seconds for one in tried)
    return figures


def _table(figures: Mapping[str, float]) -> str:
    rows = [
        [
            _NAMES[way],
            int(figures[f"{way}_candidates"]),
            f"{figures[f'{way}_correct']:.0%}",
            f"{figures[f'{way}_opt']:.0%}",
            f"{figures[f'{way}_mean']:.2f}×",
            f"{figures[f'{way}_geometric_mean']:.2f}×",
        ]
        for way in WAYS
    ]
    headers = [f"{int(figures['functions'])} functions", "candidates", "correct", "%Opt", "mean", "geometric mean"]
    return table(headers, rows)


def _of_model(tried: Sequence[Tried]) -> str:
    """What was asked, what it cost, and what became of the answers."""
    uses = [one.result.model for one in tried if one.result.model is not None]
    outcomes: Counter[str] = sum((Counter(use.outcomes) for use in uses), Counter())
    told = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
    n_prompt, n_answer = sum(use.n_prompt_tokens for use in uses), sum(use.n_answer_tokens for use in uses)
    seconds, n_asked = sum(use.seconds for use in uses), sum(use.n_asked for use in uses)
    return f"{n_asked} answers ({n_prompt:,} + {n_answer:,} tokens, {seconds:.0f} s): {told}"


def _best_table(figures: Mapping[str, float]) -> str:
    rows = [
        [
            f"{_NAMES[way]}, {mean}",
            *(f"{figures[f'{way}_best_at_{k}{suffix}']:.2f}×" for k in KS),
        ]
        for way in WAYS
        for mean, suffix in (("mean", ""), ("geometric mean", "_geometric"))
    ]
    return table(["best@k", *map(str, KS)], rows)


_NAMES = {"rules": "rules alone", "both": "rules and answers"}


def _line(tried: Tried) -> str:
    trials = [trial for trial in tried.result.trials if trial.candidate.origin == MODEL]
    n_verified = sum(trial.verdict.verified for trial in trials)
    wrong = f" WRONG: {tried.surfaced_wrong}" if tried.surfaced_wrong else ""
    return (
        f"{tried.row.id}: rules {tried.best('rules'):.2f}×, with {len(trials) + tried.n_unusable} answers"
        f" ({n_verified} verified, {tried.n_unusable} unusable) {tried.best('both'):.2f}×, {tried.seconds:.1f} s{wrong}"
    )


if __name__ == "__main__":
    sys.exit(main())
