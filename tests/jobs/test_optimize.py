"""The recipe from targets to results, with real rules and the real sandbox."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.core.report import Report
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.core.target import Target
from speedproof.core.verdict import Status
from speedproof.jobs.memory import Results
from speedproof.jobs.optimize import optimize_all

SETTINGS = Settings(max_inputs=80, budget_seconds=300)
MODULE = """
from limits import LIMIT


def three_faults(words: list[str], known: list[str], lists: list[list[int]]) -> tuple[str, list[str], list[int]]:
    queue = list(words)
    text = []
    while queue:
        text.append(queue.pop(0))
    seen = []
    for word in words:
        if word in known:
            seen.append(word)
    return ",".join(text), seen, sum(lists, [])


def lowest(xs: list[int]) -> int:
    return sorted(xs)[0]


def doubled(x: int) -> int:
    return x * LIMIT
"""
TESTS = """
from work import doubled, lowest, three_faults

WORDS = [f"word{i}" for i in range(1500)]


def test_three_faults():
    text, seen, flat = three_faults(WORDS, WORDS[::2] + ["x"] * 50, [[i, i] for i in range(300)])
    assert len(seen) == 750 and len(flat) == 600
    assert three_faults(["a"], ["a"], [[1], [2]]) == ("a", ["a"], [1, 2])
    assert three_faults([], [], []) == ("", [], [])


def test_lowest():
    assert lowest([3, 1, 2]) == 1
    assert lowest(list(range(500, 0, -1))) == 1


def test_doubled():
    assert doubled(2) == 4
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'work'\n")
    (root / "work.py").write_text(MODULE)
    (root / "limits.py").write_text("LIMIT = 2\n")
    (root / "test_work.py").write_text(TESTS)
    return root / "work.py"


def targets(path: Path, *names: str) -> list[Target]:
    return [target for target in targets_in(path, path.read_text()) if not names or target.qualname in names]


def run(path: Path, *names: str, store: Store | None = None, cancel: CancelToken | None = None) -> Report:
    return optimize_all(
        targets(path, *names), discover(path), SETTINGS, store=store, cancel=cancel, relative_to=path.parent
    )


def test_every_fault_of_a_function_is_mended_and_credited(project: Path) -> None:
    (result,) = run(project, "three_faults").results
    assert result.found, result.verdict.reason
    assert result.after is not None
    mended = result.after.partition("def three_faults")[2].partition("def lowest")[0]
    assert "pop(0)" not in mended
    assert "sum(lists, [])" not in mended
    assert "in known:" not in mended
    # Parts that were measured only together are credited together.
    assert len([part for name, _ in result.contributions for part in name.split(" + ")]) >= 3
    assert all(gain > 1.0 for _, gain in result.contributions)
    assert result.verdict.evidence.inputs["recorded"] == 3
    assert result.diff is not None
    assert result.diff.startswith("--- a/work.py\n+++ b/work.py\n")


def test_results_come_in_the_order_of_the_targets_and_are_remembered(project: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    report = run(project, "lowest", "doubled", store=store)
    assert [result.function for result in report.results] == ["lowest", "doubled"]
    assert report.results[1].verdict.status is Status.NOT_FASTER
    assert "no rewrite" in report.results[1].verdict.reason
    (lowest,) = targets(project, "lowest")
    again = Results(store, discover(project), SETTINGS).recall(lowest)
    assert again is not None
    assert again.verdict == report.results[0].verdict
    assert again.after == report.results[0].after
    (project.parent / "limits.py").write_text("LIMIT = 2  # another file that the module imports\n")
    assert Results(store, discover(project), SETTINGS).recall(lowest) is None
    project.write_text(MODULE + "\n")
    assert Results(store, discover(project), SETTINGS).recall(targets(project, "doubled")[0]) is None


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 2.5])
def test_a_cancel_ends_everything_within_half_a_second(project: Path, seconds: float) -> None:
    cancel = CancelToken()
    cancelled_at = []

    def call_off() -> None:
        cancelled_at.append(time.monotonic())
        cancel.cancel()

    before = processes()
    timer = threading.Timer(seconds, call_off)
    timer.start()
    with pytest.raises(Cancelled):
        run(project, cancel=cancel)
    assert time.monotonic() - cancelled_at[0] < 0.5
    assert processes() <= before


def processes() -> set[int]:
    """Everything that descends from this process."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    found = {os.getpid()}
    while True:
        more = {int(row[0]) for row in rows if int(row[1]) in found and "ps -eo" not in row[2]} | found
        if more == found:
            return found
        found = more
