"""A whole repository: which functions come first, what is resumed, what does not go together, what goes wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.report import FunctionResult, Report
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.core.target import Target
from speedproof.core.verdict import Status
from speedproof.jobs.batch import BatchOptions, batch
from speedproof.profiling.profiler import Profiler
from speedproof.report.patch import patch

SETTINGS = Settings(max_inputs=80, budget_seconds=60)
SHOP = """
def seldom(names: list[str]) -> dict[str, int]:
    counts = {}
    for name in names:
        counts[name] = names.count(name)
    return counts


class Desk:
    @staticmethod
    def often(names: list[str]) -> dict[str, int]:
        counts = {}
        for name in names:
            counts[name] = names.count(name)
        return counts


def plain(x: int) -> int:
    return x + 1
"""
TESTS = """
from shop import Desk, plain, seldom

NAMES = [f"name {n * 7 % 60}" for n in range(400)]


def test_often():
    for n in range(20):
        assert Desk.often(NAMES[n:])


def test_seldom():
    assert seldom(NAMES[:40]) and plain(1) == 2
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "shop.py").write_text(SHOP)
    (root / "tests" / "test_shop.py").write_text(TESTS)
    return root


def run(project: Path, store: Store | None = None, **options: object) -> Report:
    chosen = BatchOptions(**options)  # type: ignore[arg-type]
    return batch(project, lambda root: SETTINGS, chosen, store=store, relative_to=project)


def test_what_takes_most_time_comes_first_and_the_patch_holds_all_edits(project: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    report = run(project, store, confirm=True)
    assert [result.function for result in report.results] == ["Desk.often", "seldom"]
    assert all(result.found for result in report.results)
    assert report.measured_speedup is not None
    assert 0.5 < report.measured_speedup.low <= report.measured_speedup.estimate <= report.measured_speedup.high
    often, seldom = (result.hotspot for result in report.results)
    assert often is not None
    assert seldom is not None
    assert (often.n_calls, seldom.n_calls) == (20, 1)
    assert often.own_share > 5 * seldom.own_share > 0
    assert 1 < report.expected_speedup < 1 / (1 - often.share - seldom.share)
    assert report.notes[0] == "3 functions in 1 files of 20 lines"
    assert "no rewrite is known for 1 functions" in report.notes
    assert any("with all 2 edits together ends as without: 2 passed" in note for note in report.notes)
    subprocess.run(["git", "apply", "-"], input=patch(report, project), cwd=project, check=True)
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    assert subprocess.run(tests, cwd=project, capture_output=True, check=False).returncode == 0
    assert (project / "shop.py").read_text().count("names.count(") == 0


def test_nothing_is_judged_twice(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[str] = []
    really = Profiler.prepare

    def watched(profiler: Profiler, target: Target, *args: Any) -> Any:
        prepared.append(target.qualname)
        return really(profiler, target, *args)

    monkeypatch.setattr(Profiler, "prepare", watched)
    store = Store(tmp_path / "store")
    first = run(project, store, max_functions=1)
    second = run(project, store)
    third = run(project, store)
    assert prepared == ["Desk.often", "seldom"]
    assert [result.function for result in first.results] == ["Desk.often"]
    assert [result.function for result in second.results] == ["Desk.often", "seldom"]
    assert second.results[0].verdict == first.results[0].verdict
    assert [trial.candidate.parts for trial in second.results[0].trials] == [("count-to-counter",)]
    assert [result.verdict for result in third.results] == [result.verdict for result in second.results]
    assert patch(third, project) == patch(second, project)
    assert [result.is_stored for result in (*second.results, *third.results)] == [True, False, True, True]
    assert "2 of the verdicts are those of an earlier run" in third.notes


def test_an_edit_that_does_not_go_with_the_others_is_left_out(project: Path) -> None:
    """Each is proved with the calls that it gets; the tests that compare both notice what neither shows alone."""
    (project / "tests" / "test_both.py").write_text(
        """
import inspect

import shop


def test_one_of_them_counts():
    assert "names.count" in inspect.getsource(shop)
"""
    )
    report = run(project)
    assert [result.verdict.status for result in report.results] == [Status.VERIFIED, Status.DIFFERS]
    assert report.results[1].after is None
    assert "proved alone, but with the other edits tests/test_both.py::test_one_of_them_counts fails" in (
        report.results[1].verdict.reason
    )
    assert any("1 of them are left out" in note for note in report.notes)
    assert b"names.count" in patch(report, project)


def test_what_changed_since_a_revision(project: Path) -> None:
    def git(*words: str) -> None:
        identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a"}
        environment = {**os.environ, **identity, "GIT_COMMITTER_EMAIL": "a@b"}
        subprocess.run(["git", *words], cwd=project, check=True, capture_output=True, env=environment)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    (project / "shop.py").write_text(SHOP.replace("def seldom", "LIMIT = 3\n\n\ndef seldom").replace("x + 1", "1 + x"))
    (project / "new.py").write_text("def late(xs: list[int]) -> int:\n    return sorted(xs)[0]\n")
    report = run(project, changed_since="HEAD", workload="")
    assert "1 of them changed since HEAD" in report.notes  # what Git does not know is no part of the repository
    git("add", ".")
    assert "2 of them changed since HEAD" in run(project, changed_since="HEAD", workload="").notes
    (project.parent / "link").symlink_to(project)  # Git tells paths without links
    by_link = run(project.parent / "link", changed_since="HEAD", workload="", max_functions=1)
    assert "2 of them changed since HEAD" in by_link.notes
    with pytest.raises(UsageError, match="nowhere"):
        run(project, changed_since="nowhere", workload="")


@pytest.mark.parametrize(
    ("workload", "told"),
    [
        ("python -c 'import nothing_there'", "it ended with status 1: ModuleNotFoundError: No module named"),
        ("python -c 'while True: pass'", "it did not end in time"),
        ("python -c 'import shop; shop.seldom([1]); exit(3)'", "it ended with status 3: it wrote nothing"),
    ],
)
def test_a_workload_that_goes_wrong_is_told_and_the_rest_goes_on(project: Path, workload: str, told: str) -> None:
    settings = Settings(max_inputs=40, budget_seconds=30, test_seconds=0.3)
    options = BatchOptions(workload=workload, max_functions=1)
    report = batch(project, lambda root: settings, options, relative_to=project)
    assert any(note.startswith(workload) and told in note for note in report.notes)
    assert len(report.results) == 1


def test_a_profile_that_is_there(project: Path, tmp_path: Path) -> None:
    (tmp_path / "prod.txt").write_text("main (run.py:1);seldom (shop.py:5) 80\nmain (run.py:1);often (shop.py:14) 20\n")
    report = run(project, workload=str(tmp_path / "prod.txt"), max_functions=1)
    assert [result.function for result in report.results] == ["seldom"]
    assert report.results[0].hotspot is not None
    assert report.results[0].hotspot.own_share == 0.8
    assert any(note.startswith("pytest -q with all 1 edits together") for note in report.notes)


@pytest.mark.parametrize(
    ("workload", "told"),
    [
        ("", ""),
        ("make test", "make is no Python program of the environment"),
        ("python", "after python comes -m MODULE, -c CODE or a file"),
        ("pytest '", "No closing quotation"),
    ],
)
def test_workloads_that_are_none(project: Path, workload: str, told: str) -> None:
    if not told:
        assert "no workload: the functions with most findings come first" in run(project, workload=workload).notes
        return
    with pytest.raises(UsageError, match=told):
        run(project, workload=workload)


def test_files_that_cannot_be_looked_at_are_told(project: Path) -> None:
    (project / "broken.py").write_text("def f(:\n")
    (project / "latin.py").write_bytes(b"x = '\xe9'\n")
    (project / "raises.py").write_text(
        "raise OSError('no database')\n\ndef f(xs: list[int]) -> int:\n    return sorted(xs)[0]\n"
    )
    (project / "loop").symlink_to(project)
    report = run(project, workload="", max_functions=3)
    assert [(each.path.as_posix(), each.is_problem) for each in report.omissions] == [
        ("broken.py", True),
        ("latin.py", True),
    ]
    assert report.omissions[0].reason.startswith("line 1: ")
    assert "utf-8" in report.omissions[1].reason.lower()
    [raising] = [result for result in report.results if result.path.name == "raises.py"]
    assert raising.verdict.status is Status.UNVERIFIABLE
    assert "OSError: no database" in raising.verdict.reason


def test_a_budget_ends_the_run_in_time(project: Path, tmp_path: Path) -> None:
    """What was cut short is begun anew the next time, and what was done is not."""
    store = Store(tmp_path / "store")
    begin = time.monotonic()
    report = run(project, store, budget_seconds=12)
    took = time.monotonic() - begin
    assert took < 20
    assert "the budget of 12 s is used up" in report.notes
    assert len(report.results) < 2
    again = run(project, store)
    assert [result.function for result in again.results if result.found] == ["Desk.often", "seldom"]


def test_a_cancelled_run_tells_what_it_has(project: Path, tmp_path: Path) -> None:
    cancel = CancelToken()

    def on_result(_: FunctionResult) -> None:
        cancel.cancel()

    report = batch(
        project,
        lambda root: SETTINGS,
        BatchOptions(),
        store=Store(tmp_path / "store"),
        cancel=cancel,
        on_result=on_result,
        relative_to=project,
    )
    assert [result.function for result in report.results] == ["Desk.often"]
    assert report.notes[-1] == "interrupted: 1 functions done; the next run goes on from here"


def test_a_folder_without_code(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Python files in"):
        run(tmp_path)
