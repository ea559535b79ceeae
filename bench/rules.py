"""The rules tried: how many slow functions get a verified edit without a model, is any edit wrong, what is each worth?

For `rules.jsonl` (slow functions whose faster form needs no model) a verified edit is wanted. For the originals of
`reject_wrong.jsonl` an edit is welcome, but none may be refuted by the row's witness or by another of its inputs.
On five well-known packages it is counted for each rule where it matches and what becomes of it, and no test of a
package may fail once all that was verified is put in.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from _common import REPOSITORY, development_data, finish, parser, table
from _package_rules import Found, rules_table, tried_on_packages
from _rows import Row, make_project, read_rows, refuted

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.jobs.optimize import optimize

WANTED_SHARE = 0.75
SETS = ("rules", "reject_wrong")
PACKAGES = "packages"
CASES = ("rules", "accept", "reject_wrong", "reject_not_faster")


@dataclass(frozen=True, slots=True)
class Tried:
    """One row after the engine looked at it. `refutation` says why its edit, if it got one, is wrong."""

    row: Row
    result: FunctionResult
    seconds: float
    refutation: str | None


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--data", type=Path, default=development_data(), help="folder with the JSONL files")
    arguments.add_argument("--budget", type=float, default=30.0, help="seconds for one function")
    arguments.add_argument("--set", choices=(*SETS, PACKAGES), action="append", dest="sets", help="only this set")
    arguments.add_argument("--only", default="", help="only rows whose id holds this text")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "real_packages", help="for packages")
    arguments.add_argument("--per-package", type=int, default=30, help="functions of each package to be run")
    options = arguments.parse_args()

    figures: dict[str, float] = {}
    failures, rows_of_table, details = [], [], []
    sets = options.sets or [*SETS, *([] if options.only else [PACKAGES])]
    for name in [name for name in sets if name != PACKAGES]:
        path = options.data / f"{name}.jsonl"
        if not path.is_file():
            print(f"{path}: no such file; name the folder by --data or SPEEDPROOF_DATA", file=sys.stderr)
            return 2
        rows = [row for row in read_rows(path) if options.only in row.id]
        tried = [_try(row, options.budget) for row in (rows[:4] if options.quick else rows)]
        edits = [item for item in tried if item.result.found]
        wrong = [item for item in edits if item.refutation]
        share = len(edits) / max(len(tried), 1)
        seconds = sum(item.seconds for item in tried) / max(len(tried), 1)
        verdicts = Counter(item.result.verdict.status.value for item in tried)
        rows_of_table.append(
            [name, len(tried), len(edits), f"{share:.0%}", len(wrong), f"{seconds:.1f}", _counts(verdicts)]
        )
        figures |= {
            f"{name}_rows": len(tried),
            f"{name}_edits": len(edits),
            f"{name}_share": share,
            f"{name}_refuted": len(wrong),
            f"{name}_seconds_per_row": seconds,
        }
        failures += [f"{item.row.id}: a wrong edit was surfaced: {item.refutation}" for item in wrong]
        if name == "rules" and share < WANTED_SHARE and not (options.quick or options.only):
            failures.append(f"{share:.0%} of rules.jsonl got a verified edit, {WANTED_SHARE:.0%} are wanted")
        details += [{"id": item.row.id, "tier": item.row.tier, **item.result.to_json()} for item in tried]
    if PACKAGES in sets:
        found = _on_packages(options)
        figures |= {"packages_functions": found.n_functions, "packages_tried": found.n_tried}
        figures["packages_verified"] = found.n_verified
        failures += found.failures
    print()
    print(table(["set", "rows", "edits", "share", "refuted", "s/row", "verdicts"], rows_of_table))
    return finish("rules", options, figures, details=details, failures=failures)


def _on_packages(options: argparse.Namespace) -> Found:
    paths = [options.data / f"{name}.jsonl" for name in CASES]
    rows = [row for path in paths if path.is_file() for row in read_rows(path)]
    targets = (
        find_target(Path("subject.py"), row.original, row.entry) for row in (rows[:4] if options.quick else rows)
    )
    cases = [target for target in targets if target is not None]
    work = options.work.resolve()
    found = tried_on_packages(cases, work, options.per_package, options.budget, quick=options.quick)
    print(f"\n{rules_table(found)}")
    print(f"\n{found.n_functions} functions of packages, {found.n_tried} run, {found.n_verified} edits")
    return found


def _try(row: Row, budget: float) -> Tried:
    with tempfile.TemporaryDirectory(prefix="speedproof-rules-") as folder:
        path = make_project(row, Path(folder).resolve())
        target = find_target(path, row.original, row.entry)
        if target is None:
            raise ValueError(f"{row.id}: no function {row.entry} in the row")
        started = time.perf_counter()
        result = optimize(
            target,
            discover(path, python=sys.executable),
            Settings(budget_seconds=budget),
            store=Store(Path(folder) / ".store"),
            cancel=CancelToken(),
            progress=_silent,
        )
        seconds = time.perf_counter() - started
    tried = Tried(row, result, seconds, refuted(row, result.after) if result.after is not None else None)
    print(_line(tried), flush=True)
    return tried


def _line(tried: Tried) -> str:
    verdict = tried.result.verdict
    best = next((t.candidate.title for t in tried.result.trials if t.verdict is verdict), "")
    speedup = f" {verdict.speedup}" if verdict.verified and verdict.speedup else ""
    outcome = (
        f"{verdict.status.value}{speedup} {best}"
        if tried.result.trials
        else f"{verdict.status.value}: {verdict.reason}"
    )
    wrong = f" WRONG: {tried.refutation}" if tried.refutation else ""
    return f"{tried.row.id}: {outcome} ({len(tried.result.trials)} tried, {tried.seconds:.1f} s){wrong}"


def _counts(verdicts: Counter[str]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())


def _silent(_message: str, _share: float | None) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
