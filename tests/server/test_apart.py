"""Long work in a process of its own: what comes back, and that nothing is left of what was called off."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from speedproof.analysis.targets import targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, ProjectError, SandboxError
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.server.apart import Progress, run_apart
from speedproof.server.engine import optimize

MODULE = """
def counted(names: list[str]) -> dict[str, int]:
    counts = {}
    for name in names:
        counts[name] = names.count(name)
    return counts
"""
SETTINGS = Settings(max_inputs=60)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Of a text that no pipe holds at once."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "project" / "shop.py"
    path.parent.mkdir()
    (path.parent / "pyproject.toml").write_text("")
    # Whoever starts a program of ours in here must not run this.
    (path.parent / "speedproof.py").write_text("raise SystemExit('it was imported')\n")
    monkeypatch.chdir(path.parent)
    text = MODULE + "LIMIT = 1\n" * 8_000
    path.write_text(text)
    return targets_in(path, text)[0]


def apart() -> set[int]:
    """The processes of this kind that are there."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"speedproof.server.apart" in place.read_bytes():
                found.add(int(place.parent.name))
    return found


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def left_over(before: set[int]) -> list[str]:
    scratch = [str(each) for each in Path(tempfile.gettempdir()).glob("speedproof-*") if "cores" not in each.name]
    return scratch + [f"process {number}" for number in apart() - before]


def test_the_result_and_the_progress_come_back(target: Target) -> None:
    told: list[tuple[str, float | None]] = []
    before = apart()
    result = run_apart(optimize, target, SETTINGS, CancelToken(), lambda *message: told.append(message), "")
    assert result.function == "counted"
    assert result.trials  # what the clock says of them is not what this is about
    assert result.before == target.text
    assert any("timing" in message for message, _ in told)
    assert eventually(lambda: not left_over(before)), left_over(before)


def test_a_cancel_leaves_nothing(target: Target) -> None:
    cancel, before = CancelToken(), apart()
    called_off: list[float] = []

    def progress(message: str, share: float | None) -> None:
        if "gathering" in message and not called_off:
            called_off.append(time.monotonic())
            threading.Thread(target=cancel.cancel).start()

    with pytest.raises(Cancelled):
        run_apart(optimize, target, SETTINGS, cancel, progress, "")
    assert time.monotonic() - called_off[0] < 3.0
    assert not left_over(before)


def stubborn(target: Target, settings: Settings, cancel: CancelToken, progress: Progress) -> FunctionResult:
    progress("begun", None)
    time.sleep(600)
    raise AssertionError


def test_what_does_not_end_when_it_is_called_off_is_killed(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speedproof.server.apart.SECONDS_TO_END", 0.3)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    cancel, before = CancelToken(), apart()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        run_apart(stubborn, target, SETTINGS, cancel, lambda message, share: cancel.cancel())
    assert time.monotonic() - start < 60
    assert not left_over(before)


def test_an_error_of_ours_comes_back_as_it_is(target: Target) -> None:
    with pytest.raises(ProjectError, match="no/such/python"):
        run_apart(optimize, target, Settings(python="no/such/python"), CancelToken(), lambda *message: None, "")


def test_a_process_that_dies_is_told(target: Target) -> None:
    before = apart()

    def kill(message: str, share: float | None) -> None:
        for number in apart() - before:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    with pytest.raises(SandboxError, match="the process that was at `counted` ended with status -9"):
        run_apart(optimize, target, SETTINGS, CancelToken(), kill, "")


def test_it_ends_with_the_one_who_asked(target: Target) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from speedproof.analysis.targets import targets_in
        from speedproof.core.cancel import CancelToken
        from speedproof.core.settings import Settings
        from speedproof.server.apart import Progress, run_apart
        from speedproof.server.engine import optimize

        path = Path(sys.argv[1])
        target = targets_in(path, path.read_text())[0]
        run_apart(optimize, target, Settings(), CancelToken(), lambda message, share: print(message, flush=True), "")
    """)
    before = apart()
    command = [sys.executable, "-P", "-c", script, str(target.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        for line in asking.stdout:
            if "gathering" in line:
                asking.kill()
                break
    assert eventually(lambda: not left_over(before)), left_over(before)
