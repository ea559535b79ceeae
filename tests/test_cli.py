"""The command line: what it takes, what it refuses and with which words and exit status."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from speedproof import __version__, cli
from speedproof.cli import main
from speedproof.commands import doctor
from speedproof.core.source import MAX_SOURCE_BYTES

MODULE = """\
def area(width, height):
    return width * height


class Shape:
    def grow(self, by):
        self.size += by
"""


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / ".cache"))
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """`check(argv, status, *words)`: the command ends so, and says so, on stderr where it failed, else on stdout.

    Returns what was on stdout.
    """

    def run(argv: str | Sequence[str], status: int, *words: str) -> str:
        arguments = argv.split() if isinstance(argv, str) else argv
        assert main(arguments) == status
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        if status == cli.BAD_INPUT:
            assert err.startswith("speedproof: error: ")
            assert not out
        for word in words:
            assert word in (err if status == cli.BAD_INPUT else out)
        return out

    return run


def write(path: str, text: str | bytes = MODULE) -> Path:
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode() if isinstance(text, str) else text)
    return place


class TestUsage:
    def test_version_and_help(self, check: Any) -> None:
        check("--version", cli.FOUND, f"speedproof {__version__}")
        check("--help", cli.FOUND, "optimize", "verify", "serve", "doctor")
        check("optimize --help", cli.FOUND, "exit status:", "--apply", "--budget SECONDS")

    def test_without_a_command_it_shows_the_help(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == cli.BAD_INPUT
        assert "usage: speedproof" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            ("optimise mod.py", "invalid choice: 'optimise'"),
            ("optimize", "TARGET"),
            ("optimize mod.py --nope", "unrecognized arguments: --nope"),
            ("optimize mod.py --budget soon", "'soon' is not a positive number of seconds"),
            ("optimize mod.py --budget 0", "'0' is not a positive number of seconds"),
            ("optimize mod.py --budget inf", "'inf' is not a positive number of seconds"),
            ("verify mod.py", "AFTER"),
            ("serve --tcp 99999", "'99999' is not a port number"),
            ("serve --tcp x", "'x' is not a port number"),
        ],
    )
    def test_wrong_usage(self, check: Any, argv: str, words: str) -> None:
        write("mod.py")
        check(argv, cli.BAD_INPUT, words, "--help")

    def test_the_command_starts_without_loading_what_it_does_not_need(self) -> None:
        heavy = {"rich", "libcst", "tree_sitter", "hypothesis", "pytest", "diskcache", "pygls", "asyncio", "torch"}
        code = "import sys, speedproof.cli as cli; cli.main(['--version']); print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not heavy & set(run.stdout.split())


class TestTargets:
    @pytest.mark.parametrize(
        ("target", "words"),
        [
            ("nope.py", "no such file or folder: nope.py"),
            ("nope.py::area", "no such file or folder: nope.py"),
            ("nope/", "no such file or folder: nope"),
            ("mod.py::", "a function's name is missing after ::"),
            ("mod.py::are", "no function 'are' in mod.py: did you mean area?"),
            ("mod.py::grow", "no function 'grow' in mod.py: did you mean Shape.grow?"),
            ("mod.py::Shape.gro", "did you mean Shape.grow?"),
            ("mod.py::zzz", "it has area, Shape.grow"),
            ("empty.py::area", "it has no functions"),
            ("notes.txt", "notes.txt: not a Python file"),
            ("pkg::area", "pkg is a folder"),
            ("docs", "no Python files in docs"),
            ("tests", "no Python files in tests besides tests"),
            ("broken.py", "broken.py:2: "),
            ("broken.py", "\n    return (\n"),
            ("latin.py", "not utf-8 text"),
            ("wrong.py", "unknown encoding: nonsense"),
            ("nulls.py", "null bytes"),
            ("pipe.py", "pipe.py: not a regular file"),
            ("circle.py", "no such file or folder: circle.py"),
        ],
    )
    def test_what_cannot_be_a_target(self, check: Any, target: str, words: str) -> None:
        write("mod.py")
        write("empty.py", "")
        write("notes.txt")
        write("pkg/mod.py")
        write("docs/index.md")
        write("tests/test_mod.py")
        write("broken.py", "def f():\n    return (\n")
        write("latin.py", b"x = '\xe9'\n")
        write("wrong.py", "# coding: nonsense\n")
        write("nulls.py", "x = 1\0\n")
        os.mkfifo("pipe.py")
        Path("circle.py").symlink_to("circle.py")
        check(["optimize", target], cli.BAD_INPUT, words)

    def test_processes_or_a_cluster(self, check: Any) -> None:
        check(
            "batch . --jobs 2 --engine ray", cli.BAD_INPUT, "--jobs is for this machine alone", "leave one of them out"
        )

    def test_a_file_without_permission(self, check: Any) -> None:
        with as_ordinary_user():
            path = write("secret.py")
            path.chmod(0)
            check("optimize secret.py", cli.BAD_INPUT, "cannot read", "secret.py: Permission denied")
            write("mod.py")
            write("pyproject.toml", "").chmod(0)
            check("optimize mod.py", cli.BAD_INPUT, "cannot read", "pyproject.toml: Permission denied")

    def test_of_a_folder_unsound_files_are_noted_and_left_out(self, check: Any) -> None:
        write("pkg/__init__.py", "")
        write("pkg/broken.py", "def f(:\n")
        write("pkg/latin.py", b"x = '\xe9'\n")
        write("pkg/mod.py")
        write("pkg/tests/test_mod.py")
        write("pkg/conftest.py")
        document = json.loads(check("optimize pkg --json", cli.NOTHING_FOUND))
        assert [result["function"] for result in document["results"]] == ["area", "Shape.grow"]
        assert {result["path"] for result in document["results"]} == {"pkg/mod.py"}
        assert [note.partition(":")[0] for note in document["notes"]] == [
            "skipped pkg/broken.py",
            f"skipped {Path.cwd()}/pkg/latin.py",
        ]

    def test_every_way_to_name_one_function_names_it_once(self, check: Any) -> None:
        write("pkg/mod.py")
        write("other/pyproject.toml", "")
        write("other/mod.py", "def area(): pass\n")
        argv = ["optimize", "pkg/mod.py::Shape::grow", "./pkg/mod.py::Shape.grow", "pkg/../pkg", "other", "--json"]
        document = json.loads(check(argv, cli.NOTHING_FOUND))
        found = [(result["path"], result["function"]) for result in document["results"]]
        assert found == [("pkg/mod.py", "Shape.grow"), ("pkg/mod.py", "area"), ("other/mod.py", "area")]

    def test_a_file_without_functions(self, check: Any) -> None:
        write("empty.py", "x = 1\n")
        check("optimize empty.py", cli.NOTHING_FOUND, "note: no functions in empty.py", "0 functions")

    def test_the_settings_are_those_of_the_project(self, check: Any) -> None:
        write("mod.py")
        write("pyproject.toml", "[tool.speedproof]\nbudget = 3\n")
        check("optimize mod.py", cli.BAD_INPUT, "pyproject.toml [tool.speedproof]: unknown setting 'budget'")
        write("pyproject.toml", "[tool.speedproof\n")
        check("optimize mod.py", cli.BAD_INPUT, "not valid TOML")
        write("pyproject.toml", "[tool]\nspeedproof = 1\n")
        check("optimize mod.py", cli.BAD_INPUT, "[tool.speedproof] must be a table")
        write("pyproject.toml", '[tool.speedproof]\nexclude = ["mod.py"]\n')
        check("optimize .", cli.BAD_INPUT, "no Python files in")


class TestInterpreter:
    @pytest.mark.parametrize("command", ["optimize mod.py", "verify mod.py after.py"])
    @pytest.mark.parametrize(
        ("python", "words"),
        [
            ("nope/python", "no such interpreter: nope/python"),
            ("python9.99", "no such interpreter: python9.99"),
            ("mod.py", "mod.py is not executable"),
            ("/bin/ls", "/bin/ls is not a working Python interpreter"),
            ("./old", "is Python 2.7.18; the project's interpreter must be 3.9 or newer"),
            ("./pypy", "is PyPy 3.11.1; only CPython can be measured"),
            ("folder", "no Python interpreter in the folder"),
        ],
    )
    def test_what_cannot_run_the_project(self, check: Any, command: str, python: str, words: str) -> None:
        write("mod.py").chmod(0o644)
        write("after.py", MODULE.replace("width * height", "height * width"))
        Path("folder").mkdir()
        for name, implementation, version in (("old", "CPython", "2, 7, 18"), ("pypy", "PyPy", "3, 11, 1")):
            answer = f'{{"version": [{version}], "implementation": "{implementation}"}}'
            write(name, f"#!/bin/sh\necho '{answer}'\n").chmod(0o755)
        check([*command.split(), "--python", python], cli.BAD_INPUT, words)

    def test_relative_to_where_the_user_is(self, check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        write("mod.py")
        write("sub/here").unlink()
        Path("sub/here").symlink_to(sys.executable)
        monkeypatch.chdir("sub")
        check("optimize ../mod.py --python here", cli.NOTHING_FOUND)

    def test_the_setting_is_relative_to_the_project(self, check: Any) -> None:
        write("mod.py")
        write("pyproject.toml", '[tool.speedproof]\npython = "bin/mine"\n')
        check("optimize mod.py", cli.BAD_INPUT, "no such interpreter: bin/mine")


class TestVerify:
    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            ("nope.py after.py", "no such file or folder: nope.py"),
            ("mod.py nope.py", "no such file or folder: nope.py"),
            ("pkg after.py", "pkg is a folder, not a Python file"),
            ("mod.py broken.py", "broken.py:1: "),
            ("mod.py mod.py", "mod.py and mod.py are the same file"),
            ("mod.py same.py", "no function of mod.py is another in same.py"),
            ("mod.py more.py", "(1 added, 1 removed)"),
            ("mod.py link.py", "mod.py and link.py are the same file"),
            ("mod.py pkg", "pkg is a folder, not a Python file"),
            ("mod.py binary.py", "not Python source: it holds null bytes"),
            ("mod.py huge.py", "too large to be judged"),
            ("mod.py deep.py", "too many nested parentheses"),
            ("mod.py deeper.py", "too deeply nested"),
            ("mod.py", "verify takes two files"),
            ("mod.py after.py more.py", "verify takes two files"),
            ("mod.py after.py --html nowhere/page.html", "cannot write nowhere/page.html: there is no such folder"),
            ("mod.py after.py --markdown pkg", "cannot write pkg: it is a folder"),
            ("mod.py after.py --function are", "did you mean area?"),
            ("mod.py fewer.py --function Shape.grow", "no function 'Shape.grow' in fewer.py"),
        ],
    )
    def test_what_cannot_be_compared(self, check: Any, argv: str, words: str) -> None:
        write("mod.py")
        write("after.py", MODULE.replace("width * height", "height * width"))
        write("fewer.py", MODULE.partition("class")[0])
        write("same.py", MODULE + "# A comment.\n")
        write("more.py", MODULE.replace("grow(self, by)", "shrink(self, by, more)"))
        write("binary.py", b"x = 1\0\n")
        write("huge.py", "# " + "x" * MAX_SOURCE_BYTES)
        write("deep.py", f"x = {'(' * 3000}1{')' * 3000}\n")
        write("deeper.py", f"x = {'-' * 50_000}1\n")
        Path("link.py").symlink_to("mod.py")
        write("broken.py", "def f(:\n")
        Path("pkg").mkdir()
        check(["verify", *argv.split()], cli.BAD_INPUT, words)


class TestDoctor:
    def test_in_words(self, check: Any, tmp_path: Path) -> None:
        check("doctor", cli.FOUND, str(tmp_path), "sandbox", "landlock", "nothing leaves this machine")

    def test_as_json(self, check: Any, tmp_path: Path) -> None:
        found = json.loads(check("doctor --json", cli.FOUND))
        assert found["version"] == 1
        assert found["project"]["root"] == str(tmp_path)
        assert found["interpreter"]["version"] == ".".join(map(str, sys.version_info[:3]))
        assert found["sandbox"]["layers"]
        assert (found["sent"], found["problems"]) == ([], [])

    def test_what_is_sent_where(self, check: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SPEEDPROOF_CONFIG", str(tmp_path / "own.toml"))
        (tmp_path / "own.toml").write_text('model = "m"\nmodel-url = "https://me:secret@models.example/v1?k=1"\n')
        found = json.loads(check("doctor --json", cli.FOUND))
        assert found["model"] == {"name": "m", "where": "https://models.example/v1"}
        assert found["sent"][0]["to"] == "https://models.example/v1"
        assert "the text around the cursor" in found["sent"][0]["what"]
        check("doctor", cli.FOUND, "to https://models.example/v1, while you type")
        (tmp_path / "pyproject.toml").write_text('[tool.speedproof]\ncompletion = "off"\n')
        assert json.loads(check("doctor --json", cli.FOUND))["sent"] == []

    def test_what_a_model_leaves_on_disk(self, check: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SPEEDPROOF_CONFIG", str(tmp_path / "own.toml"))
        monkeypatch.setenv("SPEEDPROOF_HOME", str(tmp_path / "data"))
        assert json.loads(check("doctor --json", cli.FOUND))["snapshots"] is None
        (tmp_path / "own.toml").write_text("model-snapshot-mb = 500\n")
        folder = tmp_path / "data" / "snapshots"
        check("doctor", cli.FOUND, f"0 MiB of at most 500, in {folder}")
        folder.mkdir(parents=True)
        (folder / "1.val").write_bytes(bytes(3 * 2**20))
        expected = {"folder": str(folder), "bytes": 3 * 2**20, "limit_mb": 500}
        assert json.loads(check("doctor --json", cli.FOUND))["snapshots"] == expected
        (tmp_path / "own.toml").write_text("")
        check("doctor", cli.FOUND, f"3 MiB of at most 0, in {folder}")

    def test_what_is_wrong_is_told_and_the_rest_still_shown(self, check: Any) -> None:
        found = json.loads(check("doctor --json --python nope/python", cli.NOTHING_FOUND))
        assert found["interpreter"] is None
        assert found["sandbox"]["layers"]
        assert "no such interpreter" in found["problems"][0]


class TestFailures:
    def test_a_bug_asks_to_be_reported(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(doctor, "examine", lambda _options: 1 / 0)
        assert main(["doctor"]) == cli.BUG
        err = capsys.readouterr().err
        assert err.startswith("speedproof: error: this is a bug in Speedproof: ZeroDivisionError")
        assert "--debug" in err
        assert "Traceback" not in err
        assert main(["doctor", "--debug"]) == cli.BUG
        assert "Traceback" in capsys.readouterr().err

    def test_a_reader_that_goes_away_is_no_error(self) -> None:
        read, write_end = os.pipe()
        os.close(read)
        run = subprocess.run(
            [sys.executable, "-m", "speedproof", "doctor"], stdout=write_end, stderr=subprocess.PIPE, text=True
        )
        os.close(write_end)
        assert (run.returncode, run.stderr) == (cli.PIPE_CLOSED, "")

    def test_a_terminal_without_unicode(self) -> None:
        write("mod.py")
        environ = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        command = [sys.executable, "-m", "speedproof", "optimize", "mod.py", "--budget", "x×"]
        run = subprocess.run(command, env=environ, capture_output=True, check=False)
        assert run.returncode == cli.BAD_INPUT
        assert run.stderr.isascii()

    def test_a_cache_that_cannot_be_used_does_not_stop_the_work(
        self, check: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("mod.py")
        write("taken", "a file")
        monkeypatch.setenv("SPEEDPROOF_CACHE", "taken")
        check("optimize mod.py", cli.NOTHING_FOUND, "2 functions")


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """In a folder of one's own, without root's power to read everything."""
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        Path(folder).chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
        is_root = os.geteuid() == 0
        try:
            if is_root:
                os.seteuid(65534)
            yield
        finally:
            if is_root:
                os.seteuid(0)
            os.chdir(before)
