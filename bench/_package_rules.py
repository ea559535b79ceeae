"""The rules on real packages: where each matches, what became of its candidates, and whether a package still works.

Every function of the packages is looked at; of those with candidates some are run, with the calls that the package's
own tests make. What was verified is put into a copy of the package, all of it together, and the tests are run again.
"""

import logging
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median

from _common import table
from _packages import PACKAGES, Package, environment, sample, sources
from _seen_code import IN_REPOSITORIES, seen

from speedproof.analysis.project import discover
from speedproof.core.report import FunctionResult, Trial
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.core.verdict import Status
from speedproof.jobs.optimize import optimize_all
from speedproof.suggest.propose import propose
from speedproof.suggest.rules.catalogue import RULES

ALL = 100_000
TEST_SECONDS = 900
_OUTCOME = re.compile(r"^(FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(slots=True)
class RuleUse:
    """Of one rule, its variants together."""

    n_matches: int = 0
    n_in_cases: int = 0
    """Functions of the development cases, which are real code as well."""
    elsewhere: str = ""
    """Where else it matches in published code."""
    statuses: Counter[Status] = field(default_factory=Counter)
    speedups: list[float] = field(default_factory=list)

    @property
    def n_refuted(self) -> int:
        return self.statuses[Status.DIFFERS] + self.statuses[Status.CRASHED]


@dataclass(slots=True)
class Found:
    """What the run came to. `failures` are sentences."""

    rules: dict[str, RuleUse]
    n_functions: int = 0
    n_tried: int = 0
    n_verified: int = 0
    failures: list[str] = field(default_factory=list)


def tried_on_packages(cases: Iterable[Target], work: Path, per_package: int, budget: float, *, quick: bool) -> Found:
    """`cases` are functions that are only matched. `budget` is in seconds for a function. Prints each result."""
    found = Found({base_id(rule.id): RuleUse() for rule in RULES})
    logging.getLogger("speedproof.suggest.propose").addHandler(_Faults(found.failures))
    for target in cases:
        for rule in matched(target):
            found.rules[rule].n_in_cases += 1
    python = environment(work)
    for package in PACKAGES[:1] if quick else PACKAGES:
        root = sources(package, python, work)
        targets = sample(package, root, 40 if quick else ALL)
        matches = {target: rules for target in targets if (rules := matched(target))}
        found.n_functions += len(targets)
        for rules in matches.values():
            for rule in rules:
                found.rules[rule].n_matches += 1
        print(f"{package.name}: {len(targets)} functions, {len(matches)} of them matched", flush=True)
        chosen = _chosen(matches, per_package, package)
        results = _tried(chosen, root, python, budget, found)
        found.failures += _broken(package, root, python, results, work)
    if not quick:
        _look_elsewhere(python, work, found)
    return found


def _look_elsewhere(python: Path, work: Path, found: Found) -> None:
    """Of the rules that matched nowhere so far: is there published code in which they do?"""
    unseen = {name for name, use in found.rules.items() if not use.n_matches and not use.n_in_cases}
    for one, target in seen(python, work):
        if one.rule in unseen and target is not None and one.rule in matched(target):
            found.rules[one.rule].elsewhere = str(one)
    for rule in unseen & IN_REPOSITORIES.keys():
        found.rules[rule].elsewhere = IN_REPOSITORIES[rule]
    for rule in sorted(unseen):
        print(f"{rule}: {found.rules[rule].elsewhere or 'nowhere'}")
    if nowhere := sorted(rule for rule in unseen if not found.rules[rule].elsewhere):
        found.failures.append(f"matched nowhere in real code: {', '.join(nowhere)}")


class _Faults(logging.Handler):
    """A rule that raises costs its user no more than its candidate, and is written to the log. Here it is a failure."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._failures = failures

    def emit(self, record: logging.LogRecord) -> None:
        self._failures.append(record.getMessage())


def matched(target: Target) -> set[str]:
    return {base_id(one.parts[0]) for one in propose(target, rules_off=("ruff",)) if len(one.parts) == 1}


def base_id(rule: str) -> str:
    """Without the variant."""
    return rule.partition("/")[0]


def rules_table(found: Found) -> str:
    rows = [
        [
            name,
            use.n_matches,
            use.n_in_cases,
            use.statuses.total(),
            use.statuses[Status.VERIFIED],
            use.n_refuted,
            use.statuses[Status.NOT_FASTER],
            use.statuses.total() - use.statuses[Status.VERIFIED] - use.n_refuted - use.statuses[Status.NOT_FASTER],
            f"{median(use.speedups):.2f}×" if use.speedups else "",
        ]
        for name, use in found.rules.items()
    ]
    headers = ["rule", "matches", "in cases", "tried", "verified", "refuted", "not faster", "unclear", "median speedup"]
    return table(headers, rows)


def _chosen(matches: Mapping[Target, set[str]], count: int, package: Package) -> list[Target]:
    """Those whose rules match seldom first, so that as many rules as possible are tried; always the same."""
    how_often = Counter(rule for rules in matches.values() for rule in rules)
    order = list(matches)
    Random(package.requirement).shuffle(order)
    order.sort(key=lambda target: min(how_often[rule] for rule in matches[target]))
    return sorted(order[:count], key=lambda target: (target.path, target.span))


def _tried(targets: Sequence[Target], root: Path, python: Path, budget: float, found: Found) -> list[FunctionResult]:
    if not targets:
        return []

    def on_result(result: FunctionResult) -> None:
        print(f"  {result.path}::{result.function}: {result.verdict.status.value}: {result.verdict.reason}", flush=True)
        found.n_tried += 1
        found.n_verified += result.found
        for trial in result.trials:
            _count(found.rules, trial)

    project = discover(targets[0].path, python=str(python))
    settings = Settings(budget_seconds=budget, test_seconds=budget, rules_off=("ruff",))
    report = optimize_all(targets, project, settings, on_result=on_result, relative_to=root, cumulative=True)
    return [result for result in report.results if result.found]


def _count(rules: Mapping[str, RuleUse], trial: Trial) -> None:
    names = {base_id(part) for part in trial.candidate.parts}
    if len(names) == 1 and (use := rules.get(names.pop())) is not None:
        use.statuses[trial.verdict.status] += 1
        if trial.verdict.verified and trial.verdict.speedup is not None:
            use.speedups.append(trial.verdict.speedup.estimate)


def _broken(package: Package, root: Path, python: Path, results: Sequence[FunctionResult], work: Path) -> list[str]:
    """The tests that fail with all edits together, and not without them."""
    if not results:
        return []
    copy = work / "edited" / package.name
    outcomes = []
    for is_edited in (False, True):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy, symlinks=True)
        for result in results if is_edited else ():
            (copy / result.path).write_text(result.after or "", encoding="utf-8", newline="")
        outcomes.append(_failing_tests(copy, python, [copy / result.path for result in results]))
    before, after = outcomes
    if before is None or after is None:
        return [f"{package.name}: its tests cannot be run"]
    print(
        f"  {package.name}: {len(results)} edits, failing tests {len(before)} before and {len(after)} after", flush=True
    )
    return [f"{package.name}: {test} fails with the verified edits" for test in sorted(after - before)]


def _failing_tests(root: Path, python: Path, edited: Sequence[Path]) -> set[str] | None:
    """Of the whole suite, or where the tests lie beside the modules, of those in the folders of the `edited` ones.

    Without the package's own options for pytest, which may name plugins that are not here. None where none were run.
    """
    beside = {path.parent / "tests" for path in edited if (path.parent / "tests").is_dir()}
    options = ["-q", "-rfE", "-c", os.devnull, "--rootdir", str(root), "-p", "no:cacheprovider"]
    tests = sorted(map(str, beside)) or [str(root / "tests")]
    done = subprocess.run(
        [str(python), "-m", "pytest", *options, *tests],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=TEST_SECONDS,
        check=False,
        env={"PYTHONPATH": os.pathsep.join([str(root), str(root / "src")]), "PATH": os.environ["PATH"]},
    )
    if done.returncode not in (0, 1):
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
        return None
    return {test for _, test in _OUTCOME.findall(done.stdout)}
