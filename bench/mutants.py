"""Seeded faults: how many changed functions pass for the original where behaviour is compared.

Functions come from the development cases, their originals and their faster forms, and from well-known packages. Each
is judged as a project of its own whose tests make a few calls. A mutant that withstands the comparison is looked into
far longer than any candidate: all small calls, and long searches. Where that shows a difference, it has escaped;
otherwise it counts as equivalent, and is listed, for a reader to disagree.
"""

import os
import statistics
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from _common import REPOSITORY, development_data, finish, parser, table
from _kept import Kept, resume_option
from _mutant_cases import Case, cases
from _mutant_trials import Outcome, Trial, tried

WANTED_FUNCTIONS, WANTED_MUTANTS, MOST_ESCAPED, MOST_SECONDS = 100, 2000, 0.01, 1.0
AHEAD = 3
"""So many functions for each process wait in line: one that takes long holds up nobody."""


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--data", type=Path, default=development_data(), help="folder with the JSONL files")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "real_packages", help="scratch folder")
    arguments.add_argument("--functions", type=int, default=160, help="how many functions that can be verified")
    arguments.add_argument("--mutants", type=int, default=3200, help="how many mutants of all functions together")
    arguments.add_argument("--only", default="", help="only functions whose name here holds this text")
    arguments.add_argument("--seed", type=int, default=1, help="of the choice of functions and mutants")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="functions at a time")
    arguments.add_argument("--no-packages", action="store_true", help="only the development cases")
    resume_option(arguments)
    options = arguments.parse_args()
    if options.quick:
        options.functions, options.mutants, options.no_packages = 3, 18, True

    trials = list(_all_tried(options))
    verifiable = [trial for trial in trials if trial.problem is None]
    outcomes = [outcome for trial in verifiable for outcome in trial.outcomes]
    print(f"\n{_by_operator(outcomes)}\n\n{_by_origin(outcomes)}\n")
    for trial in verifiable:
        for outcome in trial.outcomes:
            if outcome.fate in ("escaped", "unverifiable", "equivalent"):
                print(f"{outcome.fate}: {trial.name}: {outcome.operator}: {outcome.change}: {outcome.how}")
    figures = _figures(trials, outcomes)
    partial = options.quick or bool(options.only)
    return finish(
        "mutants",
        options,
        figures,
        details=[trial.to_json() for trial in trials],
        failures=_failures(figures, partial),
    )


def _all_tried(options: Any) -> Iterator[Trial]:
    """Every function with its mutants, until enough of them can be verified."""
    done = Kept(options.resume)
    each = -(-options.mutants // options.functions)
    wanted = [
        case for case in cases(options.data, options.work, options.seed, packages=not options.no_packages)
        if options.only in case.name
    ]  # fmt: skip
    verifiable = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        waiting = iter(wanted)
        running: deque[Future[Trial]] = deque()
        while verifiable < options.functions:
            while len(running) < AHEAD * options.jobs and (case := next(waiting, None)) is not None:
                running.append(_started(pool, case, each, options, done))
            if not running:
                return
            # In the order of the functions, whichever is done first: so that it is always the same ones that count.
            trial = running.popleft().result()
            verifiable += trial.problem is None
            print(_line(trial), flush=True)
            yield trial
        for future in running:
            future.cancel()


def _started(pool: Executor, case: Case, count: int, options: Any, done: Kept) -> "Future[Trial]":
    """The case's trial, on its way or from an earlier run."""
    key = f"{case.name} {count} {options.seed}"
    if key in done:
        future: Future[Trial] = Future()
        future.set_result(Trial.from_json(done[key]))
        return future
    future = pool.submit(tried, case, count, options.seed)
    future.add_done_callback(lambda future: _keep(done, key, future))
    return future


def _keep(done: Kept, key: str, future: "Future[Trial]") -> None:
    if not future.cancelled() and future.exception() is None:
        done[key] = future.result().to_json()


def _line(trial: Trial) -> str:
    if trial.problem is not None:
        return f"{trial.name}: left out: {trial.problem}"
    fates = Counter(outcome.fate for outcome in trial.outcomes)
    return f"{trial.name}: {', '.join(f'{count} {fate}' for fate, count in fates.most_common())}"


def _by_operator(outcomes: Sequence[Outcome]) -> str:
    fates = ("killed", "unverifiable", "escaped", "equivalent")
    rows = []
    for operator in [*sorted({outcome.operator for outcome in outcomes}), "all"]:
        counts = Counter(outcome.fate for outcome in outcomes if operator in (outcome.operator, "all"))
        rows.append([operator, counts.total(), *(counts[fate] for fate in fates)])
    return table(["operator", "mutants", *fates], rows)


def _by_origin(outcomes: Sequence[Outcome]) -> str:
    killed = Counter(outcome.how for outcome in outcomes if outcome.fate == "killed")
    total = killed.total() or 1
    return table(["killed by", "mutants", "share"], [[how, n, f"{n / total:.1%}"] for how, n in killed.most_common()])


def _figures(trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> dict[str, float]:
    fates = Counter(outcome.fate for outcome in outcomes)
    counted = fates.total() - fates["equivalent"]
    seconds = sorted(outcome.seconds for outcome in outcomes if outcome.fate == "killed")
    return {
        "functions": sum(trial.problem is None for trial in trials),
        "functions_left_out": sum(trial.problem is not None for trial in trials),
        "mutants": counted,
        **{name: fates[name] for name in ("killed", "unverifiable", "escaped", "equivalent")},
        "escaped_share": fates["escaped"] / counted if counted else 0.0,
        "killed_seconds_median": statistics.median(seconds) if seconds else 0.0,
        "killed_seconds_p90": seconds[int(0.9 * len(seconds))] if seconds else 0.0,
    }


def _failures(figures: dict[str, float], partial: bool) -> list[str]:
    failures = []
    if figures["escaped_share"] > MOST_ESCAPED:
        failures.append(f"{figures['escaped_share']:.1%} of the mutants escape, at most {MOST_ESCAPED:.0%} may")
    if figures["killed_seconds_median"] > MOST_SECONDS:
        failures.append(f"refuting a mutant takes {figures['killed_seconds_median']:.1f} s, more than {MOST_SECONDS} s")
    if not partial:
        for name, wanted in (("functions", WANTED_FUNCTIONS), ("mutants", WANTED_MUTANTS)):
            if figures[name] < wanted:
                failures.append(f"only {figures[name]:.0f} {name}, {wanted} are wanted")
    return failures


if __name__ == "__main__":
    sys.exit(main())
