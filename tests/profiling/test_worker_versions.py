"""The parts that make inputs work in the interpreters of the projects, which need not be ours."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from interpreters import interpreters

import speedproof
from speedproof.profiling.loans import available_paths

PROJECT = Path(__file__).parent.parent / "data" / "versions"
WORKER = Path(speedproof.__file__).parent / "profiling" / "worker"


def exercised(version: str, folder: Path, *, lent: bool, tests: str = "checks.py", seconds: int = 30) -> Any:
    major, minor = map(int, version.split("."))
    loans = json.dumps(available_paths((major, minor)) if lent else {})
    done = subprocess.run(
        [interpreters()[version], "-I", PROJECT / "exercise.py", WORKER, PROJECT, loans, tests, str(seconds)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return json.loads(done.stdout)


@pytest.mark.parametrize("lent", [True, False], ids=["with loans", "alone"])
@pytest.mark.parametrize("version", interpreters())
def test_inputs_are_made_by_every_version(version: str, lent: bool, tmp_path: Path) -> None:
    told = exercised(version, tmp_path, lent=lent)
    told["seen"].sort()  # pytest and unittest differ in what comes first
    assert told == {
        "seen": ["method", "set up", "test"],
        "passed": 1,
        "failed": 1,
        "doctests": [[["a", "b"]]],
        "made": {"joined": [20, ["annotation"]], "Stack.pop": [20, ["annotation"]], "work": [20, ["guessed"]]},
        "given": ["ab", "a", "b"],
        "installed": [2, 1, True],
        "found": ["rare", "usual"],
        "in time": True,
    }


def test_a_test_that_hangs_is_interrupted(tmp_path: Path) -> None:
    version = max(interpreters(), key=lambda version: int(version.partition(".")[2]))
    told = exercised(version, tmp_path, lent=False, tests="hanging_checks.py", seconds=3)
    assert set(told["seen"]) == {"first", "last"}
    assert told["passed"] == 1
