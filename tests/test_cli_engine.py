"""The command line with the real engine: edits applied, rewrites judged, interrupts obeyed."""

import json
import os
import signal
import subprocess
import sys
import time
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest

from speedproof import cli
from speedproof.cli import main
from speedproof.core.report import Report
from speedproof.jobs.optimize import optimize_all

# Two functions of one file whose rewrites each need an import, between others. In latin-1, with \r\n.
MODULE = """\
# -*- coding: latin-1 -*-
\"""Caf\xe9 statistics.\"""


def visits(guests: list[str]) -> dict[str, int]:
    result = {}
    for guest in guests:
        result[guest] = guests.count(guest)
    return result


def greeting(guest: str) -> str:
    return "Voil\xe0, " + guest


def orders(dishes: list[str]) -> dict[str, int]:
    result = {}
    for dish in dishes:
        result[dish] = dishes.count(dish)
    return result
"""
TESTS = """\
import pytest
from cafe import greeting, orders, visits

NAMES = [f"name {n * 7 % 60}" for n in range(300)]


@pytest.mark.parametrize("n", range(0, 300, 20))
def test_counts(n):
    assert visits(NAMES[:n]) == {name: NAMES[:n].count(name) for name in NAMES[:n]}
    assert orders(NAMES[n:]) == {name: NAMES[n:].count(name) for name in NAMES[n:]}


def test_greeting():
    assert greeting("Anna").endswith("Anna")
"""


@pytest.fixture
def cafe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module, in a project that has tests."""
    (tmp_path / "pyproject.toml").write_text("[tool.speedproof]\nmax-inputs = 60\n")
    (tmp_path / "test_cafe.py").write_text(TESTS)
    module = tmp_path / "cafe.py"
    module.write_bytes(MODULE.replace("\n", "\r\n").encode("latin-1"))
    module.chmod(0o640)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / ".cache"))
    return module


def test_applied_edits_of_one_file_add_up_and_change_nothing_else(
    cafe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = cafe.read_bytes()
    status = main(["optimize", "cafe.py", "--apply", "--json"])
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert {result["function"]: result["verdict"] for result in document["results"]} == {
        "visits": "verified",
        "greeting": "not_faster",
        "orders": "verified",
    }, captured
    assert status == cli.FOUND
    assert document["notes"] == ["cafe.py::visits: applied", "cafe.py::orders: applied"]

    after = cafe.read_bytes()
    assert after.count(b"\r\n") == after.count(b"\n")
    assert cafe.stat().st_mode & 0o7777 == 0o640
    text = after.decode("latin-1")
    assert text.count("import Counter") == 1
    assert ".count(" not in text
    removed = [line for line in ndiff(before.decode("latin-1").splitlines(), text.splitlines()) if line[0] == "-"]
    assert [line.strip("- ") for line in removed] == [
        "result[guest] = guests.count(guest)",
        "result[dish] = dishes.count(dish)",
    ]
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], check=True, capture_output=True)
    found = [result for result in document["results"] if result["verdict"] == "verified"]
    for result in found:
        assert result["speedup"]["low"] > 1
        assert result["inputs"]["total"] >= 10
        assert result["coverage"] == 1.0


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(
    cafe: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def search_while_the_user_types(*args: Any, **options: Any) -> Report:
        cafe.write_bytes(cafe.read_bytes() + b"# mine\r\n")
        return optimize_all(*args, **options)

    monkeypatch.setattr("speedproof.commands.optimize.optimize_all", search_while_the_user_types)
    assert main(["optimize", "cafe.py::visits", "--apply"]) == cli.BAD_INPUT
    out = capsys.readouterr().out
    assert "not applied: " in out
    assert "cafe.py has changed meanwhile; it was left as it is" in out
    assert cafe.read_bytes() == MODULE.replace("\n", "\r\n").encode("latin-1") + b"# mine\r\n"


@pytest.mark.parametrize(
    ("line", "status", "verdict"),
    [
        ("        result[guest] = counted[guest]", cli.FOUND, "verified"),
        ("        result[guest] = counted[guest] + (guest == '')", cli.NOTHING_FOUND, "differs"),
    ],
)
def test_a_rewrite_of_somebody_is_judged(
    cafe: Path, capsys: pytest.CaptureFixture[str], line: str, status: int, verdict: str
) -> None:
    loop = "    for guest in guests:\n"
    after = MODULE.replace(loop, f"    from collections import Counter\n    counted = Counter(guests)\n{loop}", 1)
    after = after.replace("        result[guest] = guests.count(guest)", line)
    Path("after.py").write_text(after, encoding="latin-1")
    assert main(["verify", "cafe.py", "after.py", "--json"]) == status
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["path"], result["function"], result["verdict"]) == ("cafe.py", "visits", verdict)
    if verdict == "differs":
        assert "visits([" in result["counterexample"]["call"]
        assert result["counterexample"]["original"] != result["counterexample"]["candidate"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_and_tells_what_was_done(
    cafe: Path, tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    cafe.with_name("test_cafe.py").write_text(
        "import cafe, time\n\ndef test():\n    cafe.visits(['a'])\n    time.sleep(60)\n"
    )
    scratch = tmp_path_factory.mktemp("scratch")
    process = subprocess.Popen(
        [sys.executable, "-m", "speedproof", "optimize", "cafe.py", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(scratch)},
    )
    deadline = time.monotonic() + 20
    while len(started := descendants(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(started) >= 3, process.communicate()
    time.sleep(0.5)
    started = descendants(process.pid)

    process.send_signal(number)
    interrupted_at = time.monotonic()
    out, err = process.communicate(timeout=10)
    assert time.monotonic() - interrupted_at < 2
    assert process.returncode == cli.INTERRUPTED
    assert json.loads(out)["notes"] == ["interrupted: 0 of 3 functions done"]
    assert "Traceback" not in err
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("seconds", [0.2, 0.4, 0.6, 0.8])
def test_an_interrupt_while_it_starts_is_not_lost(
    cafe: Path, tmp_path_factory: pytest.TempPathFactory, seconds: float
) -> None:
    scratch = tmp_path_factory.mktemp("scratch")
    process = subprocess.Popen(
        [sys.executable, "-m", "speedproof", "optimize", "cafe.py"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(scratch)},
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=2) in (cli.INTERRUPTED, -signal.SIGINT)
    assert list(scratch.iterdir()) == []


def descendants(pid: int) -> list[int]:
    """All processes below `pid`."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = list(children.get(pid, []))
    for child in found:
        found += children.get(child, [])
    return found
