# ruff: noqa: E501 - programs in a line each
"""The wall around the sandbox, where this machine lets us build it; and what is said where it does not."""

import os
import signal
import time
from pathlib import Path

import pytest
from confining import PATIENCE_SECONDS, PYTHON, await_end, await_output, policy_for

from speedproof.profiling import bubblewrap, sandbox

WALLED = not bubblewrap.problem()


def start(code: str, scratch: Path) -> sandbox.Confined:
    return sandbox.start([str(PYTHON), "-c", code], policy_for(scratch, bubblewrap=WALLED))


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    bubblewrap.problem.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert "apt install bubblewrap" in bubblewrap.problem()
    bubblewrap.problem.cache_clear()


def test_one_that_does_not_work_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Ubuntu 24.04, where it is installed, but may make no namespaces."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    bubblewrap.problem.cache_clear()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "setting up uid map: Permission denied" in bubblewrap.problem()
    bubblewrap.problem.cache_clear()


CASES = {
    "a low number of its own": ("import os; print(os.getpid() < 10)", "True" if WALLED else "False"),
    "nobody else's processes": (
        "import os\ntry:\n    print(len([n for n in os.listdir('/proc') if n.isdigit()]) < 5)\nexcept OSError:\n    print(True)",
        "True",
    ),
    "no name of a file of others": (f"import os; print(os.path.exists({str(Path.home() / '.ssh')!r}) and {WALLED})", "False"),
    "its exit status": ("import sys; print('out'); sys.exit(3)", "out"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "output"), CASES.values(), ids=CASES)
def test_inside(code: str, output: str, tmp_path: Path) -> None:
    with start(code, tmp_path) as confined:
        assert confined.wait(PATIENCE_SECONDS) == (3 if "exit" in code else 0), confined.output()
        assert confined.output().strip() == output


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_death_by_signal_is_told_as_one(number: signal.Signals, tmp_path: Path) -> None:
    with start(f"import os; os.kill(os.getpid(), {int(number)})", tmp_path) as confined:
        assert confined.wait(PATIENCE_SECONDS) == -number


def test_numbers_clocks_and_kills_from_outside(tmp_path: Path) -> None:
    code = (
        "import os, time\npid = os.fork()\nif pid == 0:\n    while True:\n        pass\n"
        "print('child', pid, flush=True)\nprint('ended by', os.waitpid(pid, 0)[1], flush=True)"
    )
    with start(code, tmp_path) as confined:
        await_output(confined, "child")
        outer = confined.number_outside(int(confined.output().split()[1]))
        assert confined.owns(outer)
        assert not confined.owns(os.getpid())
        began = sandbox.cpu_seconds(outer)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sandbox.cpu_seconds(outer) - began < 0.05:
            assert time.monotonic() < deadline
        confined.kill_member(outer)
        await_output(confined, "ended by 9")


def test_everything_ends(tmp_path: Path) -> None:
    with start("import os, time\nfor _ in range(4):\n    os.fork()\nprint('started', flush=True)\ntime.sleep(60)", tmp_path) as confined:  # fmt: skip
        await_output(confined, "started")
        members = confined.members()
        assert len(members) >= 2
        sandbox.kill(confined)
        assert confined.members() == []
        await_end(members, 0.5)
        assert confined.returncode == -signal.SIGKILL
