"""Starting, watching and ending confined processes; what they see of the world is in test_sandbox_hostile.py."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import textwrap
import threading
import time
from pathlib import Path

import pytest
from confining import PATIENCE_SECONDS, PYTHON, await_output, policy_for, start
from hostile import arena

from speedproof.core.errors import SandboxError
from speedproof.profiling import sandbox


def check(code: str, scratch: Path, *, returncode: int = 0, output: str = "", **options: object) -> None:
    """`code`, run in the sandbox, ends by itself like this, and nothing of it is left."""
    with start(code, scratch, **options) as confined:
        assert (confined.wait(PATIENCE_SECONDS), confined.output()) == (returncode, output)
        assert confined.members() == []


@pytest.mark.parametrize(
    ("code", "returncode", "output"),
    [
        ("print(1)", 0, "1\n"),
        ("import sys; sys.exit(3)", 3, ""),
        ("import os; os._exit(4)", 4, ""),
        ("import sys; print('a'); sys.stdout.flush(); print('b', file=sys.stderr)", 0, "a\nb\n"),
        ("import os; os.abort()", -signal.SIGABRT, ""),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
        ("import sys; print(repr(sys.stdin.read()))", 0, "''\n"),
        ("import os; os.write(1, bytes([255, 10]))", 0, "\N{REPLACEMENT CHARACTER}\n"),
    ],
)
def test_ends_like_the_process_inside(code: str, returncode: int, output: str, tmp_path: Path) -> None:
    check(code, tmp_path, returncode=returncode, output=output)


def test_environment_is_scrubbed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    code = "import os; print(sorted(os.environ.items()))"
    expected = {**sandbox.environment(policy_for(tmp_path)), "EXTRA": "1", "LC_CTYPE": "C.UTF-8"}
    with start(code, tmp_path, env={"EXTRA": "1"}) as confined:
        confined.wait(PATIENCE_SECONDS)
        seen = confined.output().strip()
    assert seen in (repr(sorted(expected.items())), repr(sorted(expected.items() - {("LC_CTYPE", "C.UTF-8")})))
    assert expected["HOME"] == expected["TMPDIR"] == str(tmp_path)


def test_working_folder(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    check("import os; print(os.getcwd())", tmp_path, output=f"{tmp_path}\n")
    check("import os; print(os.getcwd())", tmp_path, cwd=tmp_path / "below", output=f"{tmp_path}/below\n")


def test_descriptors_that_are_passed(tmp_path: Path) -> None:
    """Both ways, and the end of the process is the end of the stream, even while another sandbox is running."""
    ours, theirs = socket.socketpair()
    code = f"""
        import socket
        wire = socket.socket(fileno={theirs.fileno()})
        wire.sendall(wire.recv(10).upper())
        wire.recv(10)
    """
    with ours, start(code, tmp_path, pass_fds=[theirs.fileno()]) as first:
        theirs.close()
        with start("import time; time.sleep(60)", tmp_path):
            ours.settimeout(PATIENCE_SECONDS)
            ours.sendall(b"hello")
            assert ours.recv(10) == b"HELLO"
            sandbox.kill(first)
            assert ours.recv(10) == b""


def test_output_keeps_its_end(tmp_path: Path) -> None:
    code = "for number in range(10**6): print(number)"
    with start(code, tmp_path) as confined:
        confined.wait(PATIENCE_SECONDS)
        assert confined.output().endswith("999998\n999999\n")
        assert len(confined.output()) <= 64 * 1024
        assert confined.output(7) == "999999\n"


def test_limit_is_named(tmp_path: Path) -> None:
    policy = sandbox.Policy(sandbox.default_readable(PYTHON, ()), (tmp_path,), processes=40)
    code = "import os, time\nfor _ in range(200):\n  if not os.fork(): break\ntime.sleep(60)"
    with sandbox.start([str(PYTHON), "-c", code], policy) as confined:
        assert confined.wait(PATIENCE_SECONDS) == -signal.SIGKILL
        assert confined.stopped == "more than 40 processes and threads"
        assert confined.members() == []


def test_many_threads_start_at_once(tmp_path: Path) -> None:
    codes = {}

    def run(number: int) -> None:
        with start(f"print({number})", tmp_path) as confined:
            codes[number] = confined.wait(PATIENCE_SECONDS), confined.output()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == {number: (0, f"{number}\n") for number in range(8)}


def test_wait_has_a_limit(tmp_path: Path) -> None:
    with start("import time; time.sleep(60)", tmp_path) as confined, pytest.raises(TimeoutError):
        confined.wait(0.05)


def test_no_descriptor_is_lost(tmp_path: Path) -> None:
    with start("pass", tmp_path) as confined:
        confined.wait()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with start("pass", tmp_path):
            pass
        with contextlib.suppress(SandboxError):
            sandbox.start(["/bin/sh-not-there"], policy_for(tmp_path))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_members_are_killed_but_nobody_else(tmp_path: Path) -> None:
    code = """
        import os, time
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1])
    """
    with start(code, tmp_path) as confined:
        await_output(confined, "\n")
        child = int(confined.output())
        assert sorted(confined.members()) == sorted([confined.pid, child])
        assert confined.owns(child)
        for foreign in (os.getpid(), 1, 2**22 + 1):
            assert not confined.owns(foreign)
            confined.kill_member(foreign)
        confined.kill_member(child)
        confined.kill_member(child)
        assert confined.wait(PATIENCE_SECONDS) == 0
        assert confined.output() == f"{child}\n9\n"


def test_cpu_clock_from_outside(tmp_path: Path) -> None:
    """It shows what a process has used, whatever that process says."""
    code = """
        import time
        time.process_time = time.perf_counter = lambda: 0.0
        while time.process_time() < 1:
            pass
    """
    with start(code, tmp_path) as confined:
        began, cpu = time.monotonic(), sandbox.cpu_seconds(confined.pid)
        while sandbox.cpu_seconds(confined.pid) - cpu < 0.1:
            assert time.monotonic() - began < PATIENCE_SECONDS
        assert time.monotonic() - began >= 0.09
        sandbox.kill(confined)
        with pytest.raises(ProcessLookupError):
            sandbox.cpu_seconds(confined.pid)
    assert abs(sandbox.cpu_seconds(os.getpid()) - time.process_time()) < 0.05


def test_leaf_limits(tmp_path: Path) -> None:
    """What lock_leaf does on request: a limit of processor time, and less to read."""
    code = f"""
        import os, sys, time
        sys.path.insert(0, {str(arena.HERE.parent)!r})
        from hostile import inside
        from pathlib import Path
        confine = inside.load_worker(Path({str(arena.WORKER)!r}))
        scratch = Path({str(tmp_path)!r})
        (scratch / "own").mkdir()
        (scratch / "secret").write_text("expected values")
        def leaf(run, **options):
            pid = os.fork()
            if pid == 0:
                confine.lock_leaf([str(scratch / "own")], abi={sandbox.available_abi()}, **options)
                try:
                    run()
                except PermissionError:
                    print("refused", flush=True)
                os._exit(0)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        def loop():
            while True: pass
        leaf(loop, cpu_seconds=1)
        leaf((scratch / "secret").read_text)
        leaf((scratch / "secret").read_text, readable=[os.__file__])
        leaf(Path(os.__file__).read_text, readable=[os.__file__])
        leaf((scratch / "own" / "file").touch, readable=[])
        leaf((scratch / "file").touch)
    """
    policy = policy_for(tmp_path, roots=[arena.HERE.parent])
    with sandbox.start([str(PYTHON), "-c", textwrap.dedent(code)], policy) as confined:
        assert confined.wait(PATIENCE_SECONDS) == 0
        assert confined.output().split() == ["-9", "0", "refused", "0", "0", "0", "refused", "0"]


def _interpreters() -> list[Path]:
    """This one, and every other version that is to be found."""
    found = {PYTHON}
    for minor in range(9, 16):
        command = shutil.which(f"python3.{minor}")
        if command is not None:
            ask = [command, "-c", "import sys; print(sys.executable)"]
            answer = subprocess.run(ask, capture_output=True, text=True)
            if answer.returncode == 0:
                found.add(Path(answer.stdout.strip()))
    return sorted(found)


@pytest.mark.parametrize("python", _interpreters(), ids=lambda python: python.name)
def test_confines_every_interpreter(python: Path, tmp_path: Path) -> None:
    code = f"""
        import importlib.util, os, sys
        folder = {str(arena.WORKER)!r}
        spec = importlib.util.spec_from_file_location("w", folder + "/__init__.py", submodule_search_locations=[folder])
        sys.modules["w"] = importlib.util.module_from_spec(spec)
        from w import confine
        confine.forbid_exec()
        pid = os.fork()
        if pid == 0:
            confine.lock_leaf([os.environ["TMPDIR"]], abi={sandbox.available_abi()})
            try:
                os.fork()
            except PermissionError:
                print("locked", flush=True)
            os._exit(0)
        os.waitpid(pid, 0)
    """
    with sandbox.start([str(python), "-c", textwrap.dedent(code)], policy_for(tmp_path, python)) as confined:
        assert (confined.wait(PATIENCE_SECONDS), confined.output()) == (0, "locked\n")
