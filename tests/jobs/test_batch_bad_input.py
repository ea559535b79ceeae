"""What can be wrong with a repository is a line in its report, and the rest goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from speedproof.core.report import Report
from speedproof.core.settings import Settings
from speedproof.core.verdict import Status
from speedproof.jobs.batch import BatchOptions, batch

SETTINGS = Settings(max_inputs=40, budget_seconds=30, test_seconds=1)
GOOD = """
def counts(names: list[str]) -> dict[str, int]:
    counts = {}
    for name in names:
        counts[name] = names.count(name)
    return counts
"""
TESTS = """
from good import counts


def test_counts():
    assert counts(["a", "b"] * 200) == {"a": 200, "b": 200}
"""
SLOW = "def lowest(xs: list[int]) -> int:\n    return sorted(xs)[0]\n"


def run(root: Path) -> Report:
    return batch(root, lambda folder: SETTINGS, BatchOptions(), relative_to=root)


def written(root: Path, files: dict[str, str]) -> None:
    for name, text in {"pyproject.toml": "", "good.py": GOOD, "tests/test_good.py": TESTS, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def does_not_import(root: Path) -> None:
    written(root, {"bad.py": f"import no_such_package_at_all\n\n\n{SLOW}"})


def has_failing_tests(root: Path) -> None:
    written(root, {"tests/test_bad.py": "def test_bad():\n    assert False, 'never true'\n"})


def has_hanging_tests(root: Path) -> None:
    written(root, {"tests/test_bad.py": "import time\n\n\ndef test_bad():\n    time.sleep(1000)\n"})


def needs_the_network(root: Path) -> None:
    test = "import urllib.request\n\n\ndef test_bad():\n    urllib.request.urlopen('http://127.0.0.1:9')\n"
    written(root, {"tests/test_bad.py": test})


def has_no_tests(root: Path) -> None:
    written(root, {})
    (root / "tests" / "test_good.py").unlink()


def has_links_in_a_circle(root: Path) -> None:
    written(root, {})
    (root / "loop").symlink_to(root)
    (root / "self.py").symlink_to(root / "self.py")


def has_files_that_are_none(root: Path) -> None:
    written(root, {})
    (root / "folder.py").mkdir()
    (root / "dangling.py").symlink_to(root / "nowhere.py")


def has_other_encodings(root: Path) -> None:
    written(root, {})
    (root / "bad.py").write_bytes(b"NAME = '\xe9'\n")
    (root / "latin.py").write_bytes(f"# -*- coding: latin-1 -*-\nNAME = '\xe9'\n\n\n{SLOW}".encode("latin-1"))


def has_broken_code(root: Path) -> None:
    written(root, {"bad.py": f"{SLOW}\ndef broken(:\n"})


def has_more_files_than_are_copied(root: Path) -> None:
    written(root, {})
    (root / "data").mkdir()
    for number in range(50_001):
        (root / "data" / str(number)).touch()


@pytest.mark.parametrize(
    ("make", "told", "status"),
    [
        (
            does_not_import,
            "importing bad fails: ModuleNotFoundError: No module named 'no_such_package_at_all'",
            Status.VERIFIED,
        ),
        (has_failing_tests, "pytest -q: it ended with status 1: 1 failed, 1 passed", Status.VERIFIED),
        (has_hanging_tests, "pytest -q: it did not end in time", Status.VERIFIED),
        (needs_the_network, "pytest -q: it ended with status 1: 1 failed, 1 passed", Status.VERIFIED),
        (has_no_tests, "no workload: the functions with most findings come first", None),
        (has_links_in_a_circle, "1 functions in 1 files", Status.VERIFIED),
        (has_files_that_are_none, "1 functions in 1 files", Status.VERIFIED),
        (has_other_encodings, "bad.py: ", Status.VERIFIED),
        (has_broken_code, "bad.py: line 4: ", Status.VERIFIED),
        (has_more_files_than_are_copied, "holds more than 50000 files", None),
    ],
)
def test_told_and_the_rest_goes_on(
    make: Callable[[Path], None], told: str, status: Status | None, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    make(root)
    report = run(root)
    lines = [
        *report.notes,
        *(f"{each.path.as_posix()}: {each.reason}" for each in report.omissions),
        *(f"{each.function}: {each.verdict.reason}" for each in report.results),
    ]
    assert any(told in line for line in lines), lines
    if status is not None:
        assert [result.verdict.status for result in report.results if result.function == "counts"] == [status], lines
