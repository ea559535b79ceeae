"""Runs over a repository that are killed again and again, or go on side by side, end as an undisturbed one does."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

FUNCTION = """
def {name}(names: list[str]) -> dict[str, int]:
    counts = {{}}
    for name in names:
        counts[name] = names.count(name)
    return counts
"""
WRONG = """
def first(found: dict[str, int]) -> int:
    return list(found.values())[0]
"""
TESTS = """
import shop

NAMES = [f"name {{n * 7 % 60}}" for n in range(300)]


def test_all():
    for function in ({names}):
        assert function(NAMES)
        assert function([]) == {{}}
    assert shop.first({{"a": 1}}) == 1
    try:
        shop.first({{}})
    except IndexError:
        pass
"""
NAMES = ("by_name", "by_day", "by_place")
KILLS = 20
MOST_RUNS = 60


def project(folder: Path) -> Path:
    (folder / "tests").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.speedproof]\nmax-inputs = 40\n")
    (folder / "shop.py").write_text("".join(FUNCTION.format(name=name) for name in NAMES) + WRONG)
    names = ", ".join(f"shop.{name}" for name in NAMES)
    (folder / "tests" / "test_shop.py").write_text(TESTS.format(names=names))
    return folder


def start(folder: Path, store: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "speedproof", "batch", str(folder), "--output", str(store / "out"), *options],
        env={**os.environ, "SPEEDPROOF_CACHE": str(store), "COLUMNS": "500"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(folder: Path, store: Path, *options: str) -> dict[str, Any]:
    run = start(folder, store, "--json", *options)
    told, errors = run.communicate(timeout=300)
    assert run.returncode == 0, errors
    report: dict[str, Any] = json.loads(told)
    return report


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {result["function"]: result["verdict"] for result in report["results"]}


def test_killed_twenty_times(tmp_path: Path) -> None:
    expected = verdicts(finished(project(tmp_path / "undisturbed"), tmp_path / "one store"))
    assert expected == dict.fromkeys(NAMES, "verified") | {"first": "differs"}
    folder, store = project(tmp_path / "killed"), tmp_path / "another store"
    rng = random.Random(5)
    judged: Counter[str] = Counter()
    n_killed = n_runs = 0
    longest = 5.0
    while n_killed < KILLS:
        n_runs += 1
        assert n_runs < MOST_RUNS, "it is done before it can be killed"
        run = start(folder, store)
        try:
            run.wait(rng.uniform(0.3, longest))
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            n_killed += 1
        output, _ = run.communicate(timeout=60)
        longest *= (
            0.8 if run.returncode == 0 else 1.1
        )  # however fast this machine is now, some come far and some do not
        # What the terminal has been told is stored: the line comes after that.
        judged.update(
            name
            for name in (*NAMES, "first")
            for line in output.splitlines()
            if line[2:].startswith(f"shop.py::{name}  ") and "(of an earlier run)" not in line
        )
        if run.returncode == 0:  # from now on it is runs that only look it up, and the workload at the end
            assert verdicts(json.loads((store / "out" / "report.json").read_text())) == expected
    report = finished(folder, store)
    assert verdicts(report) == expected
    assert all(result["stored"] for result in report["results"] if result["function"] in judged)
    assert judged, "nothing was done between two kills"
    assert max(judged.values()) == 1, judged


def test_two_runs_on_one_store(tmp_path: Path) -> None:
    folder, store = project(tmp_path / "shared"), tmp_path / "store"
    runs = [start(folder, store, "--json", "--no-workload") for _ in range(2)]
    reports = []
    for run in runs:
        told, errors = run.communicate(timeout=300)
        assert run.returncode == 0, errors
        reports.append(json.loads(told))
    expected = dict.fromkeys(NAMES, "verified") | {"first": "differs"}
    assert [verdicts(report) for report in reports] == [expected, expected]
    again = finished(folder, store, "--no-workload")  # in the same order: edits of a file stand on each other
    assert all(result["stored"] for result in again["results"])
    assert verdicts(again) == expected
