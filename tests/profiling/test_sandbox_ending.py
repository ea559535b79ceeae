"""The end of a sandbox: at any moment, from any side, and whoever else has died before."""

import os
import random
import signal
import subprocess
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confining import PATIENCE_SECONDS, PYTHON, await_end, start
from hostile import arena

from speedproof.profiling import sandbox


def test_kill_ends_everything_at_any_moment(tmp_path: Path) -> None:
    code = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(4):
            os.fork()
        while True:
            pass
    """
    chance = random.Random(1)
    for _ in range(15):
        confined = start(code, tmp_path)
        time.sleep(chance.uniform(0, 0.1))
        began = time.monotonic()
        sandbox.kill(confined)
        assert time.monotonic() - began < 0.5
        assert confined.members() == []
        assert confined.returncode == -signal.SIGKILL
        sandbox.kill(confined)  # once more does no harm
        confined.close()


def test_kill_from_another_thread_ends_a_wait(tmp_path: Path) -> None:
    with start("import time; time.sleep(60)", tmp_path) as confined:
        threading.Timer(0.05, sandbox.kill, [confined]).start()
        assert confined.wait(PATIENCE_SECONDS) == -signal.SIGKILL


def test_lives_on_when_the_thread_that_started_it_ends(tmp_path: Path) -> None:
    made: list[sandbox.Confined] = []
    thread = threading.Thread(target=lambda: made.append(start("import time; time.sleep(60)", tmp_path)))
    thread.start()
    thread.join()
    time.sleep(0.2)
    with made[0] as confined:
        assert confined.returncode is None


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """An engine in a process of its own, with a sandbox in which a leaf and a stray child run. Prints their pids."""
    inside = f"""
        import os, sys, time
        sys.path.insert(0, {str(arena.HERE.parent)!r})
        from hostile import inside
        from pathlib import Path
        confine = inside.load_worker(Path({str(arena.WORKER)!r}))
        confine.forbid_exec()
        leaf = os.fork()
        if leaf == 0:
            confine.lock_leaf([{str(tmp_path)!r}], abi={sandbox.available_abi()})
            time.sleep(60)
        stray = os.fork()
        if stray == 0:
            time.sleep(60)
        print("inside", os.getppid(), os.getpid(), leaf, stray, flush=True)
        time.sleep(60)
    """
    code = f"""
        import sys, time
        from pathlib import Path
        from speedproof.profiling import sandbox
        readable = sandbox.default_readable(Path(sys.executable), [Path({str(arena.HERE.parent)!r})])
        policy = sandbox.Policy(readable, (Path({str(tmp_path)!r}),), bubblewrap=False)
        confined = sandbox.start([sys.executable, "-c", sys.argv[1]], policy)
        while "inside" not in confined.output():
            time.sleep(0.01)
        print(confined.output(), flush=True)
        sys.stdin.read()
        sandbox.kill(confined)
        print("members", confined.members(), flush=True)
    """
    command = [str(PYTHON), "-c", textwrap.dedent(code), textwrap.dedent(inside)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def pids_of(engine: subprocess.Popen[str]) -> list[int]:
    """The guard, the zygote, a leaf, and a child that is no leaf."""
    assert engine.stdout is not None
    return [int(word) for word in engine.stdout.readline().split()[1:]]


def test_nothing_outlives_the_engine(engine: subprocess.Popen[str]) -> None:
    pids = pids_of(engine)
    assert len(pids) == 4
    engine.kill()
    await_end(pids, 0.5)


def test_leaves_do_not_outlive_the_guard(engine: subprocess.Popen[str]) -> None:
    """Somebody killed it, the system for lack of memory perhaps. The stray child is left to the engine."""
    guard, zygote, leaf, stray = pids_of(engine)
    os.kill(guard, signal.SIGKILL)
    await_end([zygote, leaf], 0.5)
    output, _ = engine.communicate("", timeout=PATIENCE_SECONDS)
    assert "members []" in output
    await_end([stray], 0.5)


def test_a_guard_that_is_stopped_is_no_obstacle(engine: subprocess.Popen[str]) -> None:
    pids = pids_of(engine)
    os.kill(pids[0], signal.SIGSTOP)
    output, _ = engine.communicate("", timeout=PATIENCE_SECONDS)
    assert "members []" in output
    await_end(pids[1:], 0.5)
