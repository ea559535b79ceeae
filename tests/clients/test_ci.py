"""The action and the hook for continuous integration: their scripts are run as a runner would."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "clients" / "ci" / "action.yml").read_text(encoding="utf-8"))
[HOOK] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
STEPS = {step.get("name", step.get("id")): step for step in ACTION["runs"]["steps"]}
BEFORE = """
def total(prices: list[int]) -> int:
    total = 0
    for price in prices:
        total += price
    return total
"""
SAME = "\n\ndef total(prices: list[int]) -> int:\n    return sum(prices)\n"
OTHER = "\n\ndef total(prices: list[int]) -> int:\n    return sum(prices[1:])\n"
TESTS = """
from shop import total


def test_total():
    assert total([1, 2, 3]) == 6
    assert total(list(range(500))) == 124750
    assert total([]) == 0
"""


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A checkout with one commit, and Speedproof where the step before has put it."""
    checkout = tmp_path / "checkout"
    (checkout / "tests").mkdir(parents=True)
    (checkout / "pyproject.toml").write_text("[tool.speedproof]\nmax-inputs = 60\n")
    (checkout / "shop.py").write_text(BEFORE)
    (checkout / "tests" / "test_shop.py").write_text(TESTS)
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=checkout, check=True, env={**os.environ, **identity})
    programs = tmp_path / "temp" / "speedproof" / "bin"
    programs.mkdir(parents=True)
    (programs / "speedproof").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m speedproof "$@"\n')
    (programs / "speedproof").chmod(0o755)
    return tmp_path


def step(name: str, runner: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    """Runs a step's script with the inputs' values in its environment, as the runner puts them there."""
    values = {key: str(each.get("default", "")) for key, each in ACTION["inputs"].items()} | inputs
    environment = {
        variable: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], text)
        for variable, text in STEPS[name].get("env", {}).items()
    }
    (runner / "temp" / "speedproof-report").mkdir(exist_ok=True)
    places = {
        "RUNNER_TEMP": runner / "temp",
        "GITHUB_STEP_SUMMARY": runner / "step.md",
        "GITHUB_OUTPUT": runner / "out",
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
        cwd=runner / "checkout",
        env={
            **os.environ,
            "SPEEDPROOF_CACHE": str(runner / "cache"),
            **{key: str(place) for key, place in places.items()},
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("after", "inputs", "status", "told"),
    [(SAME, {}, 0, "1 "), (OTHER, {}, 1, "differs"), (OTHER, {"fail-on": "slower"}, 0, "differs")],
)
def test_guard(runner: Path, after: str, inputs: dict[str, str], status: int, told: str) -> None:
    (runner / "checkout" / "shop.py").write_text(after)
    done = step("Guard", runner, since="HEAD", **inputs)
    assert done.returncode == status, done.stderr
    assert told in (runner / "step.md").read_text()
    assert (runner / "temp" / "speedproof-report" / "report.html").is_file()


def test_batch(runner: Path) -> None:
    done = step("Look for faster versions", runner, budget="60", python=sys.executable)
    assert done.returncode == 0, done.stderr
    report = runner / "temp" / "speedproof-report"
    assert {"report.sarif", "speedproof.patch", "junit.xml"} <= {place.name for place in report.iterdir()}
    assert "shop.py" in (runner / "step.md").read_text()


def test_the_folder_for_the_reports(runner: Path) -> None:
    assert step("place", runner).returncode == 0
    assert (runner / "out").read_text() == f"report={runner}/temp/speedproof-report\n"


def test_every_input_is_used_and_none_is_put_into_a_script() -> None:
    used = {
        name
        for each in STEPS.values()
        for text in each.get("env", {}).values()
        for name in re.findall(r"inputs\.([\w-]+)", text)
    }
    assert used | {"job"} == set(ACTION["inputs"])
    assert not any("${{" in each["run"] for each in STEPS.values())


def test_the_hook_is_a_command_that_exists(runner: Path) -> None:
    program, *words = HOOK["entry"].split()
    assert program == "speedproof"
    (runner / "checkout" / "shop.py").write_text(OTHER)
    done = subprocess.run(
        [sys.executable, "-m", "speedproof", *words],
        cwd=runner / "checkout",
        env={**os.environ, "SPEEDPROOF_CACHE": str(runner / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "differs" in done.stdout
