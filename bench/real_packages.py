"""The engine on code that it has never seen: 40 functions of each of five well-known packages, with their own tests.

Everything is installed into a scratch folder (`--work`), which later runs use again. The sample is fixed. Besides the
figures, it is checked that no exception escapes, that nothing is written into the packages or their environment, that
inputs are found for at least 60 % of the functions, and that none of them is told apart from itself.
"""

import ast
import multiprocessing
import resource
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from _common import finish, parser, table
from _packages import PACKAGES, Package, environment, fingerprint, sample, sources

from speedproof.analysis.project import discover
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.core.target import Target
from speedproof.core.verdict import Status, Verdict
from speedproof.jobs.calls import record_calls
from speedproof.jobs.optimize import optimize_all
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared, refute

REPOSITORY = Path(__file__).resolve().parents[1]
WANTED_EXERCISED = 0.60


@dataclass(slots=True)
class Outcome:
    """What became of one package's sample."""

    package: str
    functions: int
    results: list[FunctionResult] = field(default_factory=list)
    exercised: int = 0
    """Functions for which inputs were found on which they could be run."""
    same: int = 0
    """Of those for which no rewrite is known, functions that were found to be the same as themselves."""
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    """The engine's time for the whole sample."""
    peak_mib: float = 0.0


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "real_packages", help="scratch folder")
    arguments.add_argument("--package", choices=[p.name for p in PACKAGES], action="append", help="only this package")
    arguments.add_argument("--functions", type=int, default=40, help="how many of each package")
    arguments.add_argument("--budget", type=float, default=15.0, help="seconds for one function")
    arguments.add_argument("--total", type=float, default=600.0, help="seconds for one package")
    options = arguments.parse_args()
    packages = [package for package in PACKAGES if not options.package or package.name in options.package]
    if options.quick:
        packages, options.functions = packages[:1], min(options.functions, 5)

    work = options.work.resolve()
    python = environment(work)
    outcomes = []
    for package in packages:
        root = sources(package, python, work)
        # A process of its own, so that its peak memory is the package's alone.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            arguments_of_run = (package, root, python, work / "store", options.functions, options.budget, options.total)
            outcomes.append(pool.submit(run, *arguments_of_run).result())
        print(_summary(outcomes[-1]), flush=True)

    print(f"\n{_table(outcomes)}")
    functions = sum(outcome.functions for outcome in outcomes)
    exercised = sum(outcome.exercised for outcome in outcomes)
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    if exercised < WANTED_EXERCISED * functions and not options.quick:
        failures.append(f"inputs were found for {exercised} of {functions} functions only")
    figures: dict[str, float] = {"exercised_share": exercised / functions}
    for outcome in outcomes:
        figures |= _figures(outcome)
    details = [result.to_json() for outcome in outcomes for result in outcome.results]
    return finish("real_packages", options, figures, details=details, failures=failures)


def run(
    package: Package, root: Path, python: Path, store: Path, functions: int, budget: float, total: float
) -> Outcome:
    """The engine on one package's sample, in a process of its own."""
    targets = sample(package, root, functions)
    outcome = Outcome(package.name, len(targets))
    project = discover(targets[0].path, python=str(python))
    settings = Settings(budget_seconds=budget, test_seconds=budget)
    untouched = [root, python.parents[1]]
    before = [fingerprint(folder) for folder in untouched]
    with _cancelled_after(total) as cancel:
        try:
            _optimize(targets, project, settings, store, cancel, outcome)
        except Cancelled:
            outcome.failures.append(f"{package.name}: not done after {total:g} s")
        except Exception:  # the benchmark is there to find these
            outcome.failures.append(f"{package.name}: {traceback.format_exc()}")
    outcome.peak_mib = _peak_mib()
    for folder, digest in zip(untouched, before, strict=True):
        if fingerprint(folder) != digest:
            outcome.failures.append(f"{package.name}: something was written into {folder}")
    return outcome


def _optimize(
    targets: Sequence[Target], project: Project, settings: Settings, store: Path, cancel: CancelToken, outcome: Outcome
) -> None:
    def on_result(result: FunctionResult) -> None:
        outcome.results.append(result)
        outcome.exercised += result.verdict.evidence.n_inputs > 0
        print(f"  {result.path}::{result.function}: {result.verdict.status.value}: {result.verdict.reason}", flush=True)

    started = time.perf_counter()
    optimize_all(
        targets,
        project,
        settings,
        store=Store(store),
        cancel=cancel,
        on_result=on_result,
        relative_to=project.root,
    )
    outcome.seconds = time.perf_counter() - started
    # Where no rewrite is known the engine needs no inputs. Here they are gathered all the same: could it find some?
    idle = [target for target, result in zip(targets, outcome.results, strict=True) if not result.trials]
    with Profiler(project, settings, cancel) as profiler:
        record_calls(profiler, project, idle)
        for target in idle:
            prepared = profiler.prepare(target)
            inputs = prepared.evidence.n_inputs
            outcome.exercised += inputs > 0
            remark = f" ({prepared.reason})" if isinstance(prepared, Verdict) else _against_itself(prepared, outcome)
            print(f"  {target.path.name}::{target.qualname}: {inputs} inputs{remark}", flush=True)


def _against_itself(prepared: Prepared, outcome: Outcome) -> str:
    """Compare a function with itself, but for a `pass`: whoever finds a difference is wrong."""
    text = _with_pass(prepared.target)
    if text is None:
        return ""
    verdict, evidence = refute(prepared, {**prepared.order, "after": text})
    if verdict is None:
        outcome.same += 1
        return f", the same on {evidence.n_inputs}"
    if verdict.status in (Status.DIFFERS, Status.CRASHED):
        outcome.failures.append(f"{outcome.package}: {prepared.target.qualname} against itself: {verdict.reason}")
    return f" ({verdict.status.value}: {verdict.reason})"


def _with_pass(target: Target) -> str | None:
    """The module with a `pass` as the function's first statement; None where its body stands beside its head."""
    lines = target.text.splitlines(keepends=True)
    at = target.text.count("\n", 0, target.span.start) + 1
    for node in ast.walk(ast.parse(target.text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _first_line(node) != at:
            continue
        after_text = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if after_text and after_text[0].lineno > node.lineno:
            lines.insert(_first_line(after_text[0]) - 1, " " * after_text[0].col_offset + "pass\n")
            return "".join(lines)
    return None


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


@contextmanager
def _cancelled_after(seconds: float) -> Iterator[CancelToken]:
    cancel = CancelToken()
    timer = threading.Timer(seconds, cancel.cancel)
    timer.start()
    try:
        yield cancel
    finally:
        timer.cancel()


def _peak_mib() -> float:
    """Of the largest single process: this one, or one in the sandbox that has ended."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    sides = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(side).ru_maxrss for side in sides) / unit


def _verdicts(outcome: Outcome) -> Counter[str]:
    return Counter(result.verdict.status.value for result in outcome.results if result.trials)


def _table(outcomes: Sequence[Outcome]) -> str:
    kinds = sorted({kind for outcome in outcomes for kind in _verdicts(outcome)})
    headers = ["package", "functions", "with inputs", "candidates", "no candidate", *kinds, "s/function", "peak MiB"]
    rows = [
        [
            outcome.package,
            outcome.functions,
            outcome.exercised,
            sum(len(result.trials) for result in outcome.results),
            sum(not result.trials for result in outcome.results),
            *(_verdicts(outcome)[kind] for kind in kinds),
            f"{outcome.seconds / outcome.functions:.1f}",
            f"{outcome.peak_mib:.0f}",
        ]
        for outcome in outcomes
    ]
    return table(headers, rows)


def _summary(outcome: Outcome) -> str:
    found = f"{outcome.exercised} of {outcome.functions} with inputs"
    return f"{outcome.package}: {found}, {outcome.same} the same as themselves"


def _figures(outcome: Outcome) -> dict[str, float]:
    name = outcome.package.replace("-", "_")
    return {
        f"{name}_functions": outcome.functions,
        f"{name}_exercised": outcome.exercised,
        f"{name}_same_as_themselves": outcome.same,
        f"{name}_candidates": sum(len(result.trials) for result in outcome.results),
        f"{name}_seconds_per_function": outcome.seconds / outcome.functions,
        f"{name}_peak_mib": outcome.peak_mib,
        **{f"{name}_{kind}": count for kind, count in _verdicts(outcome).items()},
    }


if __name__ == "__main__":
    sys.exit(main())
