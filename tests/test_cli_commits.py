"""`speedproof verify --commit` and `--since`: exit statuses, files that are written, and what is refused."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from speedproof import cli
from speedproof.cli import main
from speedproof.commands.verify import ENOUGH
from speedproof.core.report import Outcome

MODULE = """\
def count(n: int) -> int:
    total = 0
    for i in range(300):
        total += i * n
    return total


def double(n: int) -> int:
    return n + n


def opaque(thing):
    return thing.call()
"""
FASTER = ("    total = 0\n    for i in range(300):\n        total += i * n\n    return total", "    return 44850 * n")
DIFFERS = ("n + n", "n + n + (n > 5)")
UNKNOWN = ("thing.call()", "(thing.call())  or None")
SCHEMA = json.loads((Path(cli.__file__).parent / "report" / "report.schema.json").read_text())


def git(*arguments: str) -> None:
    nobodys = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    subprocess.run(command, check=True, env={**os.environ, **nobodys}, capture_output=True)


def commit(**files: str | bytes) -> None:
    for name, content in files.items():
        Path(f"{name}.py").write_bytes(content.encode() if isinstance(content, str) else content)
    git("add", "--all")
    git("commit", "--quiet", "--message", "A change")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "repository"
    top.mkdir()
    monkeypatch.chdir(top)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    (top / "pyproject.toml").write_text("[tool.speedproof]\nmax-inputs = 60\n")
    git("init", "--quiet", "--initial-branch=main")
    commit(mod=MODULE)
    return top


def changed(*replacements: tuple[str, str]) -> str:
    text = MODULE
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return text


def check(capsys: pytest.CaptureFixture[str], argv: str, status: int, **outcomes: str) -> Any:
    """The command ends so, having found these outcomes by function. Returns its JSON document."""
    assert main(["verify", *argv.split(), "--json"]) == status
    document = json.loads(capsys.readouterr().out)
    validate(document, SCHEMA)
    assert {result["function"]: result["outcome"] for result in document["results"]} == outcomes
    return document


@pytest.mark.parametrize(
    ("replacements", "passes", "outcomes"),
    [
        ([FASTER], ["faster", "same", "unrefuted"], {"count": "faster"}),
        ([DIFFERS], [], {"double": "differs"}),
        ([UNKNOWN], ["unrefuted"], {"opaque": "unverifiable"}),
    ],
)
def test_what_passes(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    replacements: list[tuple[str, str]],
    passes: list[str],
    outcomes: dict[str, str],
) -> None:
    commit(mod=changed(*replacements))
    for level in ENOUGH:
        status = cli.FOUND if level in passes else cli.NOTHING_FOUND
        check(capsys, f"--commit HEAD --require {level}", status, **outcomes)


SLOWER = ("n + n", "sum([n, n] + [0] * 400)")


@pytest.mark.parametrize(
    ("replacements", "outcomes", "status"),
    [
        ([DIFFERS, UNKNOWN], {"double": "differs", "opaque": "unverifiable"}, cli.FOUND),
        ([FASTER], {"count": "faster"}, cli.FOUND),
        ([SLOWER], {"double": "slower"}, cli.NOTHING_FOUND),
    ],
)
def test_a_guard_against_slower_functions_alone(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    replacements: list[tuple[str, str]],
    outcomes: dict[str, str],
    status: int,
) -> None:
    commit(mod=changed(*replacements))
    check(capsys, "--commit HEAD --fail-on slower", status, **outcomes)


def test_what_an_earlier_report_says_too_does_not_count(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mod.py").write_text(changed(DIFFERS))
    known = check(capsys, "--since HEAD --require same", cli.NOTHING_FOUND, double="differs")
    Path("known.json").write_text(json.dumps(known))
    again = check(capsys, "--since HEAD --require same --baseline known.json", cli.FOUND, double="differs")
    assert again["notes"][-1] == "1 of the outcomes are those of known.json, and do not count"
    Path("mod.py").write_text(changed(DIFFERS, UNKNOWN))
    more = {"double": "differs", "opaque": "unverifiable"}
    check(capsys, "--since HEAD --require same --baseline known.json", cli.NOTHING_FOUND, **more)


OTHER_TYPES = json.dumps({"results": [{"path": {}, "function": [], "verdict": 1, "outcome": None}]})


@pytest.mark.parametrize("text", ["[]", "{}", '{"results": 1}', OTHER_TYPES, "\xff"])
def test_what_is_no_report_is_no_baseline(repository: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    Path("known.json").write_text(text, encoding="latin-1")
    assert main(["verify", "--since", "HEAD", "--baseline", "known.json"]) == cli.BAD_INPUT
    assert "known.json is no report as --json prints it" in capsys.readouterr().err


def test_each_outcome_passes_as_documented() -> None:
    passing = {Outcome.FASTER, Outcome.SAME, Outcome.UNVERIFIABLE}
    expected = {"faster": {Outcome.FASTER}, "same": {Outcome.FASTER, Outcome.SAME}, "unrefuted": passing}
    assert expected == ENOUGH


def test_all_documents_tell_the_same(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("sub").mkdir()
    os.chdir("sub")
    Path("../mod.py").write_text(changed(FASTER))
    document = check(capsys, "--since HEAD --html proof.html --markdown proof.md", cli.FOUND, count="faster")
    (result,) = document["results"]
    assert document["subject"].startswith("the working tree since ")
    assert result["path"] == (repository / "mod.py").as_posix()
    assert result["diff"].startswith(f"--- a/{result['path']}")
    for page in ("proof.html", "proof.md"):
        text = Path(page).read_text()
        assert "verified faster" in text
        assert f"{result['speedup']['estimate']:.2f}×" in text
        assert "Timed inputs" in text or "input by input" in text


@pytest.mark.parametrize(
    ("after", "status", "problems"),
    [
        (MODULE + "# The end.\n", cli.FOUND, {}),
        ("x = (\n", cli.NOTHING_FOUND, {"mod.py": "mod.py cannot be compared: not Python as this version knows it"}),
        (b"x = '\xe4'\n", cli.NOTHING_FOUND, {"mod.py": "mod.py: not utf-8 text"}),
        (b"x = 1\0\n", cli.NOTHING_FOUND, {"mod.py": "mod.py: not Python source"}),
        (b"# coding: latin-1\nx = '\xe4'\n" + MODULE.encode(), cli.FOUND, {}),
    ],
)
def test_changes_without_a_function(
    repository: Path, capsys: pytest.CaptureFixture[str], after: str | bytes, status: int, problems: dict[str, str]
) -> None:
    commit(mod=after)
    document = check(capsys, "--commit HEAD", status)
    found = {each["path"]: each["reason"] for each in document["not_compared"] if each["problem"]}
    assert found.keys() == problems.keys()
    assert all(found[path].startswith(words) for path, words in problems.items())
    assert document["notes"][-1] == "no function that is there before and after has changed"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("--commit HEAD~9", "there is no revision 'HEAD~9'"),
        ("--commit HEAD", "is the first commit: there is nothing before it"),
        ("--since=", "'' is not a revision"),
        ("--since main..HEAD", "'main..HEAD' is a range"),
        ("--commit HEAD --since HEAD", "not allowed with argument"),
        ("--since HEAD ../elsewhere.py", "elsewhere.py is outside of the repository"),
        ("--since HEAD --function nope", "no changed file has a function 'nope'"),
        ("--since HEAD --html nowhere/proof.html", "there is no such folder"),
        ("--since HEAD --require same --fail-on slower", "not allowed with argument"),
        ("--since HEAD --baseline mod.py", "mod.py is no report as --json prints it"),
        ("--since HEAD --baseline no.json", "cannot read no.json: No such file or directory"),
        ("--since HEAD --require all", "invalid choice: 'all'"),
    ],
)
def test_what_is_refused(repository: Path, capsys: pytest.CaptureFixture[str], argv: str, words: str) -> None:
    assert main(["verify", *argv.split()]) == cli.BAD_INPUT
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""


def test_outside_of_a_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "--since", "HEAD"]) == cli.BAD_INPUT
    assert "is not in a Git repository" in capsys.readouterr().err
