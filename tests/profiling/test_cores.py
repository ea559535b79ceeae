"""Measurements of different processes wait for each other where they would share a core."""

import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.profiling.cores import one_core

HOLDING = textwrap.dedent("""
    import os, random, sys, time
    from speedproof.core.cancel import CancelToken
    from speedproof.profiling.cores import one_core
    os.sched_setaffinity(0, {int(sys.argv[1])})
    for _ in range(int(sys.argv[2])):
        with one_core([], random.Random(), CancelToken()):
            start = time.monotonic()
            print("held", flush=True)
            time.sleep(float(sys.argv[3]))
            print(start, time.monotonic(), flush=True)
""")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For temporary files, of this test alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _holding(core: int, times: int, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDING, str(core), str(times), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def one_usable_core() -> int:
    return min(os.sched_getaffinity(0))


def test_no_two_processes_measure_on_one_core_at_a_time(folder: Path, one_usable_core: int) -> None:
    processes = [_holding(one_usable_core, 20, 0.01) for _ in range(3)]
    lines = [line for process in processes for line in process.communicate()[0].splitlines() if line != "held"]
    spans = sorted(tuple(map(float, line.split())) for line in lines)
    assert len(spans) == 60
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))


def test_who_is_killed_holds_nothing(folder: Path, one_usable_core: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {one_usable_core})
    with _holding(one_usable_core, 1, 60.0) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        threading.Timer(0.2, holder.send_signal, [signal.SIGKILL]).start()
        with one_core([], random.Random(1), CancelToken()) as waited:
            assert 0.1 < waited < 10.0


def test_a_cancel_ends_the_wait(folder: Path, one_usable_core: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {one_usable_core})
    cancel = CancelToken()
    with one_core([], random.Random(1), CancelToken()):
        threading.Timer(0.1, cancel.cancel).start()
        start = time.monotonic()
        with pytest.raises(Cancelled), one_core([], random.Random(1), cancel):
            pass
        assert time.monotonic() - start < 5.0


@pytest.mark.parametrize("kind", ["a file", "a link", "a folder that others may write to"])
def test_without_a_folder_of_its_own_nobody_waits(folder: Path, kind: str) -> None:
    place = folder / f"speedproof-cores-{os.getuid()}"
    if kind == "a file":
        place.write_text("")
    elif kind == "a link":
        place.symlink_to(folder)
    else:
        place.mkdir()
        place.chmod(0o777)
    before = sorted(folder.iterdir())
    with (
        one_core([], random.Random(1), CancelToken()) as first,
        one_core([], random.Random(1), CancelToken()) as second,
    ):
        assert max(first, second) < 1.0
    assert sorted(folder.iterdir()) == before
