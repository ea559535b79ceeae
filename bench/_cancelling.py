"""A run that is called off after a while, in this process or as a command, and what is left of it."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from speedproof.analysis.project import discover
from speedproof.analysis.targets import targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.jobs.optimize import optimize_all

MODULE = """\
def squares(numbers):
    result = []
    for number in numbers:
        result.append(number * number)
    return result


def counts(words):
    found = {}
    for word in words:
        found[word] = words.count(word)
    return found
"""
TESTS = """\
import time

from work import counts, squares

WORDS = [f"word {n % 50}" for n in range(200)]


def test_squares():
    for n in (0, 1, 5, 300):
        assert squares(list(range(n))) == [k * k for k in range(n)]


def test_counts():
    time.sleep(0.2)
    assert counts(WORDS)["word 1"] == 4
    assert counts([]) == {}
"""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Trial:
    """How long it took from the word to the end of everything, in seconds; and what was left."""

    after: float
    seconds: float
    left: tuple[str, ...]
    finished: bool
    """Whether the run had ended by itself before."""


class Playground:
    """A project, a store and a folder for scratch of its own beneath `root`."""

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self.scratch = root / "scratch"
        self.cache = root / "cache"
        for folder in (self.project, self.scratch, self.cache):
            folder.mkdir()
        (self.project / "pyproject.toml").write_text("[project]\nname = 'work'\n")
        (self.project / "work.py").write_text(MODULE)
        (self.project / "test_work.py").write_text(TESTS)

    def run(self, cancel: CancelToken) -> dict[str, str]:
        """Every function's verdict, as it is reached and stored. Raises Cancelled."""
        path = self.project / "work.py"
        before, tempfile.tempdir = tempfile.tempdir, str(self.scratch)
        store = Store(self.cache)
        try:
            targets = targets_in(path, MODULE)
            report = optimize_all(targets, discover(path), Settings(), store=store, cancel=cancel)
        finally:
            store.close()
            tempfile.tempdir = before
        return {result.function: str(result.verdict.status) for result in report.results}

    def command(self) -> list[str]:
        return [sys.executable, "-m", "speedproof", "optimize", str(self.project / "work.py")]

    def left(self) -> tuple[str, ...]:
        """Processes that work beneath the scratch folder or were told of it, and what is in it."""
        names = [entry.name for entry in self.scratch.iterdir()]
        # The locks of the cores stay: whoever removed them would part those that wait for them.
        found = [name for name in names if not name.startswith("speedproof-cores-")]
        mark = str(self.scratch).encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    told = (entry / "cmdline").read_bytes()
                    place = os.fsencode((entry / "cwd").readlink())
                except OSError:
                    continue
                if mark in told or mark in place:
                    found.append(f"process {entry.name}: {told[:60]!r}")
        return tuple(found)


def cancel_in_a_thread(playground: Playground, after: float) -> Trial:
    cancel = CancelToken()

    def work() -> None:
        try:
            playground.run(cancel)
        except Cancelled:
            return

    thread = threading.Thread(target=work)
    thread.start()
    return _called_off(playground, after, cancel.cancel, thread.is_alive, thread.join)


def interrupt_the_command(playground: Playground, after: float) -> Trial:
    environment = {**os.environ, "TMPDIR": str(playground.scratch), "SPEEDPROOF_CACHE": str(playground.cache)}
    process = subprocess.Popen(
        playground.command(), env=environment, cwd=playground.project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )

    def end() -> None:
        process.communicate(timeout=PATIENCE_SECONDS)

    return _called_off(
        playground, after, lambda: process.send_signal(signal.SIGINT), lambda: process.poll() is None, end
    )


def _called_off(
    playground: Playground,
    after: float,
    call_off: Callable[[], None],
    is_running: Callable[[], bool],
    end: Callable[[], None],
) -> Trial:
    time.sleep(after)
    finished = not is_running()
    start = time.monotonic()
    if not finished:
        call_off()
    end()
    while (left := playground.left()) and time.monotonic() - start < 5.0:
        time.sleep(0.005)
    return Trial(after, time.monotonic() - start, left, finished)


def moments(count: int, longest: float, seed: int) -> list[float]:
    """Random ones, the first 10 % of the time as likely as all the rest: there things are just being set up."""
    rng = random.Random(seed)
    return [rng.uniform(0, longest * (0.1 if number % 2 else 1.0)) for number in range(count)]
