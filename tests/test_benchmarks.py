"""The benchmarks' common ground: their options, and the scorer that says whether an edit is wrong."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[1] / "bench"
SCRIPTS = sorted(path for path in BENCH.glob("*.py") if not path.name.startswith("_"))

ROW = {
    "id": "case",
    "entry": "first_words",
    "original": "def first_words(lines):\n    return [line.split()[0] for line in lines]\n",
    "inputs": ["(['a b', 'c'],)", "([],)", "([''],)"],
    "perf": ["def gen(rng):\n    return (['x y'] * rng.randint(5, 9),)"],
    "witness": ["(['  a b'],)"],
}


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("_rows")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_benchmark_has_the_common_options(script: Path) -> None:
    done = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True, check=True)
    assert "--json FILE" in done.stdout
    assert "--quick" in done.stdout


@pytest.mark.parametrize(
    ("candidate", "wrong"),
    [
        ("return [line.split()[0] for line in lines]", None),
        ("return [line.split(None, 1)[0] for line in lines]", None),
        ("return [line.split(' ')[0] for line in lines]", "witness"),
        ("return tuple(line.split()[0] for line in lines)", "witness"),
        ("return [(line.split() or [None])[0] for line in lines]", "([''],)"),
        ("lines[:] = [line.split()[0] for line in lines]; return list(lines)", "witness"),
        ("print(len(lines)); return [line.split()[0] for line in lines]", "witness"),
        ("import os; os._exit(3)", "dies"),
    ],
)
def test_the_scorer_sees_what_a_caller_could_see(rows: ModuleType, candidate: str, wrong: str | None) -> None:
    refutation = rows.refuted(_row(rows, {}), f"def first_words(lines):\n    {candidate}\n")
    assert refutation is None if wrong is None else wrong in refutation


def test_a_resource_failure_of_the_original_is_not_compared(rows: ModuleType) -> None:
    row = _row(rows, {"original": "def first_words(lines):\n    return first_words(lines)\n"})
    assert rows.refuted(row, "def first_words(lines):\n    return None\n") is None


def test_inputs_outside_of_the_precondition_are_left_out(rows: ModuleType) -> None:
    row = _row(rows, {"precondition": "len(a[0]) > 0"})
    assert row.calls == ("(['a b', 'c'],)", "([''],)")


def test_the_project_of_a_case_has_tests_that_pass(rows: ModuleType, tmp_path: Path) -> None:
    """Its tests say what the original does: a value, an exception, and nothing where neither can be written down."""
    rows.make_project(_row(rows, {}), tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert "4 passed" in done.stdout, done.stdout
    tests = (tmp_path / "test_subject.py").read_text()
    assert "assert subject.first_words(*(['a b', 'c'],)) == ['a', 'c']" in tests
    assert "with pytest.raises(IndexError):" in tests


def _row(rows: ModuleType, changes: dict[str, Any]) -> Any:
    return rows.row_from(json.loads(json.dumps({**ROW, **changes})))
