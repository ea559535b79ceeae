"""Changes that Git knows, judged: what is compared, what is not, and with which surroundings. With the real engine."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from speedproof.analysis.files import absolute
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, UsageError
from speedproof.core.report import Outcome, Report
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.jobs.commits import prove, verify_revisions
from speedproof.jobs.revisions import committed_text, of_commit, since

SETTINGS = Settings(max_inputs=60, budget_seconds=60)

SHOP = '''\
"""A shop."""

import math

from shop.tax import RATE

LIMIT = 10


def visits(guests):
    result = {}
    for guest in guests:
        result[guest] = guests.count(guest)
    return result


def clip(n):
    return min(n, LIMIT)


def rounded(price):
    return math.floor(price * 100) / 100


def gross(net):
    return net + net * RATE // 100
'''
TESTS = """\
import pytest
from shop.prices import clip, gross, rounded, visits

NAMES = [f"name {n * 7 % 60}" for n in range(300)]


@pytest.mark.parametrize("n", range(0, 300, 20))
def test_all(n):
    assert visits(NAMES[:n]) == {name: NAMES[:n].count(name) for name in NAMES[:n]}
    assert clip(n) == min(n, 10)
    assert rounded(n / 7) <= n / 7
    assert gross(n) >= n
"""
COUNTED = SHOP.replace("    for guest in guests:\n", "    counted = Counter(guests)\n    for guest in guests:\n")
COUNTED = COUNTED.replace("guests.count(guest)", "counted[guest]")
COUNTED = COUNTED.replace("import math\n", "import math\nfrom collections import Counter\n")


class Project:
    """A repository with a package, its tests and one commit."""

    def __init__(self, top: Path) -> None:
        self.top = top
        top.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("pyproject.toml", "[project]\nname = 'shop'\n")
        self.write("shop/__init__.py", "")
        self.write("shop/tax.py", "RATE = 19\n")
        self.write("shop/prices.py", SHOP)
        self.write("tests/test_prices.py", TESTS)
        self.commit()

    def write(self, name: str, text: str) -> None:
        place = self.top / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "A change")

    def git(self, *arguments: str) -> None:
        nobodys = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(["git", "-C", str(self.top), *arguments], check=True, env={**os.environ, **nobodys})

    def judge(self, function: str | None = None, *, paths: tuple[str, ...] = (), saved: bool = False) -> Report:
        """The last commit, or with `saved` what was written since."""
        revisions = since(self.top, "HEAD") if saved else of_commit(self.top, "HEAD")
        places = [absolute(self.top / path) for path in paths]
        return verify_revisions(revisions, lambda root: SETTINGS, paths=places, function=function)

    def prices(self, text: str, name: str) -> Target:
        target = find_target(self.top / "shop/prices.py", text, name)
        assert target is not None
        return target


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository")


def outcomes(report: Report) -> dict[str, str]:
    return {result.function: str(result.outcome) for result in report.results}


def omissions(report: Report, top: Path) -> dict[str, str]:
    return {
        f"{each.path.relative_to(top).as_posix()}::{each.function}": each.reason.partition(":")[0]
        for each in report.omissions
    }


def test_every_changed_function_of_a_commit(project: Project) -> None:
    changed = COUNTED.replace("LIMIT = 10", "LIMIT = 9").replace("math.floor(price * 100)", "math.floor(100 * price)")
    project.write(
        "shop/prices.py", changed.replace("def gross(net)", "def gross(net, discount=0)") + "\n\ndef new(): pass\n"
    )
    project.write("shop/tax.py", "RATE = 16\n")
    project.write("README.md", "A shop.\n")
    project.write("tests/test_prices.py", TESTS + "# More.\n")
    project.commit()
    project.write("shop/prices.py", "import nothing_that_matters here\n")  # the working tree is not looked at
    report = project.judge()
    found = {result.function: result for result in report.results}
    assert outcomes(report)["visits"] == "faster"
    assert outcomes(report)["clip"] == "differs"
    assert outcomes(report)["rounded"] in ("same", "slower")
    assert found["visits"].path == project.top / "shop/prices.py"
    assert "+        result[guest] = counted[guest]\n" in (found["visits"].diff or "")
    assert "LIMIT" not in (found["visits"].diff or "")
    clip = found["clip"].verdict.counterexample
    assert clip is not None
    assert clip.original == "10"
    assert "uses code outside of it that changed too: LIMIT" in found["clip"].notes
    assert any(
        note.startswith("its parameters changed from (net) to (net, discount=0)") for note in found["gross"].notes
    )
    assert "judged with these files, which changed too, as they were: shop/tax.py" in found["gross"].notes
    assert omissions(report, project.top) == {
        "shop/prices.py::new": "added",
        "shop/tax.py::": "changed outside of functions, and used by none of those compared",
    }
    assert report.notes == (
        "changed but not compared, not Python: README.md",
        "changed but not compared, tests, or tools around the code: tests/test_prices.py",
    )


def test_only_some_paths_and_only_one_function(project: Project) -> None:
    project.write(
        "shop/prices.py", SHOP.replace("price * 100", "100 * price").replace("min(n, LIMIT)", "min(LIMIT, n)")
    )
    project.write("shop/tax.py", "RATE = 19\n\n\ndef net(gross):\n    return gross\n")
    project.commit()
    assert set(outcomes(project.judge("rounded"))) == {"rounded"}
    report = project.judge(paths=("shop/tax.py",))
    assert (report.results, omissions(report, project.top)) == ((), {"shop/tax.py::net": "added"})
    with pytest.raises(UsageError, match="no changed file has a function 'nope'"):
        project.judge("nope")
    with pytest.raises(UsageError, match="is outside of the repository"):
        project.judge(paths=("../elsewhere.py",))


def test_files_that_came_went_and_moved(project: Project) -> None:
    project.git("mv", "shop/prices.py", "shop/pricing.py")
    moved = SHOP.replace("def clip(n):\n    return min(n, LIMIT)\n\n\n", "").replace("price * 100", "100 * price")
    project.write("shop/pricing.py", moved.replace("def gross", "def with_tax"))
    project.write("shop/limits.py", "LIMIT = 10\n\n\ndef clip(n):\n    return min(n, LIMIT)\n")
    project.write("shop/broken.py", "def f(:\n")
    project.commit()
    report = project.judge()
    assert list(outcomes(report)) == ["rounded"]
    assert "the file was renamed from shop/prices.py" in report.results[0].notes
    assert omissions(report, project.top) == {
        "shop/pricing.py::clip": "moved to shop/limits.py",
        "shop/pricing.py::gross": "renamed to with_tax",
        "shop/limits.py::": "changed outside of functions, and used by none of those compared",
        "shop/broken.py::": "broken.py cannot be compared",
    }
    assert [each.path.name for each in report.omissions if each.is_problem] == ["broken.py"]


def test_without_a_changed_function(project: Project) -> None:
    project.write("shop/prices.py", SHOP + "\n# The end.\n")
    project.commit()
    report = project.judge()
    assert (report.results, report.omissions) == ((), ())
    assert report.notes == ("no function that is there before and after has changed",)


def test_the_working_tree_with_what_the_package_needs(project: Project) -> None:
    """A module that the change adds, and one that only a build makes."""
    project.write(".gitignore", "_version.py\n")
    project.write("shop/__init__.py", "from shop._version import VERSION\n")
    project.commit()
    project.write("shop/_version.py", "VERSION = 1\n")
    project.write("shop/counting.py", "from collections import Counter\n")
    project.write("shop/prices.py", COUNTED.replace("from collections import", "from shop.counting import"))
    report = project.judge(saved=True)
    assert outcomes(report) == {"visits": "faster"}
    assert omissions(report, project.top) == {
        "shop/counting.py::": "changed outside of functions, and used by none of those compared"
    }


def test_what_cannot_be_put_in_place_as_a_whole(project: Project) -> None:
    """A statement that is gone, and whatever it did at import, is nothing to the function."""
    project.write(
        "shop/tax.py",
        "RATE = 19\nRATES = {}\nRATES['de'] = RATE\n\n\ndef net(gross: int) -> int:\n    return gross - RATE\n",
    )
    project.commit()
    project.write("shop/tax.py", "RATE = 19\n\n\ndef net(gross: int) -> int:\n    return -(RATE - gross)\n")
    project.commit()
    (result,) = project.judge().results
    assert result.outcome in (Outcome.SAME, Outcome.SLOWER)


def digest(folder: Path) -> str:
    made = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        made.update(f"{path}\0{path.lstat().st_mtime_ns}\0".encode() + (path.read_bytes() if path.is_file() else b""))
    return made.hexdigest()


def test_cancelled_it_leaves_nothing_behind(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    project.write("shop/prices.py", COUNTED)
    before = digest(project.top)
    cancel = CancelToken()

    def progress(message: str, share: float | None) -> None:
        if "visits" in message:
            cancel.cancel()

    with pytest.raises(Cancelled):
        verify_revisions(since(project.top, "HEAD"), lambda root: SETTINGS, cancel=cancel, progress=progress)
    assert list(scratch.iterdir()) == []
    assert digest(project.top) == before


def test_a_function_as_it_is_in_an_editor(project: Project) -> None:
    result = prove(project.prices(COUNTED, "visits"), SETTINGS)
    assert (result.outcome, result.path) == (Outcome.FASTER, project.top / "shop/prices.py")
    assert committed_text(project.top / "shop/prices.py") == SHOP


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (SHOP + "# The end.\n", "clip", "clip is what it was in the last commit"),
        (SHOP + "def new(): pass\n", "new", "new is not in the last commit"),
    ],
)
def test_what_cannot_be_proved(project: Project, text: str, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        prove(project.prices(text, name), SETTINGS)


def test_files_that_were_never_committed(project: Project, tmp_path: Path) -> None:
    project.write("new.py", "x = 1\n")
    for place in (project.top / "new.py", project.top / "nowhere.py", project.top / "shop", tmp_path / "other.py"):
        assert committed_text(place) is None
