"""The example project: its own tests, and what Speedproof makes of it from end to end."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "orders"

EXPECTED = {
    "customers.py::orders_per_customer": "verified",
    "importing.py::is_express": "verified",
    "importing.py::join_pages": "verified",
    "pricing.py::lowest_offer": "verified",
    "pricing.py::first_offer": "differs",
    "pricing.py::is_wholesale": "not_faster",
    "reports.py::packing_slip": "verified",
    "stock.py::last_movements": "differs",
    "stock.py::missing_articles": "verified",
    "stock.py::take_all": "differs",
}
"""A part of what `make demo` shows, chosen so that no measurement is close."""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "orders", ignore=shutil.ignore_patterns(".*", "__pycache__")))


def test_the_example_is_sound(example: Path) -> None:
    assert sum(len(path.read_text().splitlines()) for path in (example / "orderdesk").glob("*.py")) >= 300
    _run_its_tests(example)


def test_edits_are_found_applied_and_right(example: Path) -> None:
    targets = [f"orderdesk/{target}" for target in EXPECTED]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "speedproof",
            "optimize",
            *targets,
            "--apply",
            "--json",
            "--budget",
            "120",
            "--python",
            sys.executable,
        ],
        cwd=example,
        env={"SPEEDPROOF_CACHE": str(example.parent / "cache")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    results = {f"{Path(r['path']).name}::{r['function']}": r for r in json.loads(done.stdout)["results"]}
    assert {name: result["verdict"] for name, result in results.items()} == EXPECTED
    for name, result in results.items():
        _check_evidence(name, result)
    for path in {Path(result["path"]) for result in results.values()}:
        edited = (example / path).read_text() != (EXAMPLE / path).read_text()
        assert edited == any(r["diff"] for r in results.values() if Path(r["path"]) == path)
    _run_its_tests(example)


def _check_evidence(name: str, result: dict[str, Any]) -> None:
    if result["verdict"] == "verified":
        assert 1.0 < result["speedup"]["low"] <= result["speedup"]["estimate"] <= result["speedup"]["high"], name
        assert result["inputs"]["recorded"] >= 1, name
        assert result["coverage"] >= 0.8, name
        assert result["diff"].startswith("--- a/"), name
    else:
        assert result["diff"] is None, name
    if result["verdict"] == "differs":
        example = result["counterexample"]
        assert example["call"].startswith(f"{result['function']}("), name
        assert example["original"] != example["candidate"], name


def _run_its_tests(example: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"],
        cwd=example,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
