"""What the documents promise: commands that exist, options that are the real ones, an example that is a real run."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from speedproof.cli import main
from speedproof.core.settings import Settings
from speedproof.core.verdict import Status

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
EXAMPLES = re.findall(r"^    \$ (.+)$", README, re.MULTILINE)
"""Commands that are shown with what they print."""
COMMANDS = ("optimize", "batch", "verify", "serve", "models", "stats", "doctor")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def shell_lines(program: str) -> list[str]:
    """Every command of the README that starts with `program`, in its shell blocks and its examples."""
    lines = [line for block in blocks("sh") for line in block.splitlines()] + EXAMPLES
    return [line for line in lines if line.split()[0] == program]


def table(first_heading: str) -> list[list[str]]:
    """The rows of the README's table whose first heading is this one."""
    rows = README.partition(f"\n| {first_heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize("line", shell_lines("make"))
def test_make_targets_exist(line: str) -> None:
    done = subprocess.run(["make", "--dry-run", *shlex.split(line)[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", shell_lines("speedproof"))
def test_commands_exist(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command is one, and has the options that it is shown with."""
    _, command, *arguments = shlex.split(line)
    shown = usage_of(command, capsys)
    assert [argument for argument in arguments if argument.startswith("--") and argument not in shown] == []


def test_every_shell_command_is_looked_at() -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert {line.split()[0] for line in lines} <= {"make", "speedproof", "python3"}


def test_the_options_are_the_real_ones(capsys: pytest.CaptureFixture[str]) -> None:
    documented = {
        re.split(r"[` ]", option)[1]: set(COMMANDS if of == "all" else of.split(", "))
        for option, of, _ in table("option")
    }
    real: dict[str, set[str]] = {}
    for command in COMMANDS:
        for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", usage_of(command, capsys))) - {"--help"}:
            real.setdefault(option, set()).add(command)
    assert documented == real


def test_the_commands_are_the_real_ones(capsys: pytest.CaptureFixture[str]) -> None:
    documented = [re.split(r"[` ]", row[0])[1] for row in table("command")]
    real = re.findall(r"^    ([a-z]+) ", help_of("", capsys), re.MULTILINE)
    assert documented == real == list(COMMANDS)


def test_exit_statuses_are_the_real_ones(capsys: pytest.CaptureFixture[str]) -> None:
    documented = [row[0] for row in table("status")]
    for command in ("optimize", "verify"):
        assert re.findall(r"^  (\d+) ", help_of(command, capsys), re.MULTILINE) == documented


def test_the_verdicts_are_the_real_ones() -> None:
    assert [row[0].strip("`") for row in table("verdict")] == [status.value for status in Status]


def test_the_settings_are_real() -> None:
    [example] = [block for block in blocks("toml") if "tool.speedproof" in block]
    Settings().updated(tomllib.loads(example)["tool"]["speedproof"], source="README")


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_examples_are_real_runs(line: str, tmp_path: Path) -> None:
    """The command gives the edit that the README shows. Its figures are those of one run on one machine."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".*", "__pycache__"))
    shown = re.split(r"^(?=    \$ |\S)", README.partition(f"    $ {line}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    done = subprocess.run(
        [sys.executable, "-m", "speedproof", *shlex.split(line)[1:], "--budget", "120", "--python", sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"SPEEDPROOF_CACHE": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert _stable(shown) == _stable(done.stdout)


def _stable(output: str) -> list[str]:
    """The lines of the diff, and what each other line is about, without its figures.

    Which inputs are left out depends on how fast the machine is; noise and growth are told where they show.
    """
    lines = [line.strip() for line in output.splitlines() if line.strip() and "inputs left out" not in line]
    told = [line if line[0] in "+-@" else line.split()[0] for line in lines]
    return [word for word in told if word not in ("noise", "scaling")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_files_named_in_the_documents_exist() -> None:
    named = {
        path
        for document in DOCUMENTS
        for path in re.findall(
            r"`((?:speedproof|tests|bench|docs|examples|server|profiling)/[\w./-]+)`",
            document.read_text(encoding="utf-8"),
        )
    }
    assert [
        path for path in sorted(named) if not ((ROOT / path).exists() or (ROOT / "speedproof" / path).exists())
    ] == []


def test_no_paths_of_one_machine() -> None:
    """Nothing in the tree depends on, or tells, where it is."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    here = bytes(ROOT) + b"/"
    files = [ROOT / name.decode() for name in tracked if name]
    assert [path for path in files if path.is_file() and here in path.read_bytes()] == []


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([*([command] if command else []), "--help"]) == 0
    return capsys.readouterr().out


def usage_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    return help_of(command, capsys).partition("\n\n")[0]
