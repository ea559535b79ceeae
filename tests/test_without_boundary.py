"""Where the kernel offers no boundary: suggestions that are neither run nor proved, and never an edit."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from speedproof import cli
from speedproof.analysis.project import discover
from speedproof.analysis.targets import targets_in
from speedproof.cli import main
from speedproof.core.errors import SandboxError
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.jobs.memory import Results
from speedproof.jobs.optimize import optimize
from speedproof.profiling import platforms, sandbox
from speedproof.profiling.worker import landlock
from speedproof.server.proofs import Proof

MODULE = """\
def counts(names: list[str]) -> dict[str, int]:
    result = {}
    for name in names:
        result[name] = names.count(name)
    return result


def greeting(name):
    return "Hello, " + name
"""
LABEL = "static suggestion, not run, not proved: rule count-to-counter"
NOT_RUN = "nothing was run, so nothing is proved or applied; `speedproof doctor` says what is missing"


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In a project whose import, and whose tests, would leave a trace."""
    trace = "open({!r}, 'w')\n".format(str(tmp_path / "has run"))
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "test_shop.py").write_text(f"from shop import counts\n{trace}def test():\n    counts(['a'])\n")
    path = tmp_path / "shop.py"
    path.write_text(trace + MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / ".cache"))
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    return path


def on_platform(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As far as the sandbox can tell; the standard library goes on as it is."""
    monkeypatch.setattr(platforms, "sys", SimpleNamespace(platform=name, maxsize=sys.maxsize))


def on_kernel_without_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)


def on_kernel_that_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def leak() -> None:
        raise SandboxError("the sandbox leaks here, so it is not used. It was possible to: open a socket")

    monkeypatch.setattr(sandbox, "_try_to_escape", leak)
    sandbox.layers.cache_clear()


WITHOUT: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "Windows": (lambda patch: on_platform(patch, "win32"), "no sandbox on win32 yet: run Speedproof in WSL2"),
    "macOS": (lambda patch: on_platform(patch, "darwin"), "no sandbox on darwin yet: run Speedproof in a Linux"),
    "another": (lambda patch: on_platform(patch, "freebsd14"), "no sandbox on freebsd14 yet: run Speedproof on Linux"),
    "no Landlock": (on_kernel_without_landlock, "or use a newer kernel"),
    "a leak": (on_kernel_that_leaks, "It was possible to: open a socket"),
}


@pytest.fixture(params=WITHOUT)
def reason(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """On a machine without a boundary; what is said about it."""
    switch, words = WITHOUT[request.param]
    switch(monkeypatch)
    yield words
    sandbox.layers.cache_clear()


def test_suggestions_are_shown_as_what_they_are(
    reason: str, module: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = module.read_bytes()
    assert main(["optimize", "shop.py", "--apply", "--html", "proof.html", "--markdown", "proof.md"]) == (
        cli.NOTHING_FOUND
    )
    first, rest = capsys.readouterr().out.split("\n", 1)
    assert first.startswith("? shop.py::counts  unverifiable  nothing was run: ")
    assert reason in first
    assert f"    {LABEL}\n    @@ " in rest
    assert "    +from collections import" in rest
    assert "= shop.py::greeting  not_faster  no rewrite is known for it" in rest
    assert f"note: {NOT_RUN}" in rest
    assert rest.endswith("2 functions: 1 not_faster, 1 unverifiable\n")
    for document in ("proof.html", "proof.md"):
        assert "static suggestion, not run, not proved: rule " in Path(document).read_text()
    assert module.read_bytes() == before
    assert not (tmp_path / "has run").exists()


def test_programs_are_told_the_same(reason: str, module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", "shop.py", "--json", "--apply"]) == cli.NOTHING_FOUND
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    counts, greeting = document["results"]
    assert counts["verdict"] == "unverifiable"
    assert reason in counts["reason"]
    assert (counts["diff"], counts["outcome"], counts["candidates"], counts["speedup"]) == (None, None, 0, None)
    assert ["count-to-counter"] in [each["parts"] for each in counts["suggestions"]]
    assert all("+++ " in each["diff"] and "\n+" in each["diff"] for each in counts["suggestions"])
    assert (greeting["verdict"], greeting["suggestions"]) == ("not_faster", [])
    assert document["notes"] == [NOT_RUN]


def test_an_editor_gets_no_edit_and_nothing_is_kept(reason: str, module: Path) -> None:
    target = targets_in(module, module.read_text())[0]
    project, settings, store = discover(module), Settings(), Store()
    try:
        result = optimize(target, project, settings, store=store)
        assert result.suggestions
        proof = Proof.of(target, result)
        assert (proof.edits, proof.outcome, result.found, result.after) == ((), "", False, None)
        assert Results(store, project, settings).recall(target) is None
    finally:
        store.close()


def test_somebody_s_rewrite_is_not_judged_either(reason: str, module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("after.py").write_text(module.read_text().replace("result = {}", "result = dict()"))
    assert main(["verify", "shop.py", "after.py"]) == cli.BAD_INPUT
    assert reason in capsys.readouterr().err


def test_with_a_boundary_nothing_is_a_mere_suggestion() -> None:
    assert sandbox.no_boundary() is None


@pytest.mark.parametrize("command", [["optimize", "shop.py::counts"], ["doctor"]])
def test_windows_lacks_modules_and_functions(command: list[str]) -> None:
    """What only exists on Unix is not looked for before it is known that something may run."""
    done = subprocess.run([sys.executable, "-c", LIKE_WINDOWS, *command], capture_output=True, text=True)
    assert done.returncode == cli.NOTHING_FOUND, done.stderr
    assert "no sandbox on win32 yet: run Speedproof in WSL2" in done.stdout


LIKE_WINDOWS = """
import asyncio, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time, types

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
for module, names in {
    os: "fork geteuid getppid pidfd_open pread sched_getaffinity setsid uname waitid",
    signal: "SIGALRM SIGCHLD SIGHUP pidfd_send_signal pthread_sigmask setitimer",
    socket: "AF_UNIX CMSG_SPACE SCM_CREDENTIALS SO_PASSCRED send_fds",
    time: "clock_gettime",
}.items():
    for name in names.split():
        delattr(module, name)
from speedproof.cli import main
from speedproof.profiling import platforms
platforms.sys = types.SimpleNamespace(platform="win32", maxsize=sys.maxsize)
sys.exit(main(sys.argv[1:]))
"""
