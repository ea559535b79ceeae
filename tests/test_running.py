"""Jobs for somebody at a terminal: interrupts reach the job, progress stays out of the way."""

import io
import os
import signal
import threading
import time

import pytest
from rich.console import Console

from speedproof.commands.running import Progress, interruptible
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled


def test_the_result_or_the_error_of_the_job_comes_through() -> None:
    assert interruptible(lambda _cancel: 3) == 3
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda _cancel: 1 / 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_the_job_and_waits_for_its_cleaning_up(number: int) -> None:
    cleaned_up = False
    handler = signal.getsignal(signal.SIGTERM)

    def job(cancel: CancelToken) -> None:
        nonlocal cleaned_up
        called_off = threading.Event()
        with cancel.calling(called_off.set):
            os.kill(os.getpid(), number)
            assert called_off.wait(10)
        time.sleep(0.1)
        cleaned_up = True
        cancel.check()

    with pytest.raises(Cancelled):
        interruptible(job)
    assert cleaned_up
    assert signal.getsignal(signal.SIGTERM) is handler


def check_shown(monkeypatch: pytest.MonkeyPatch, seconds_apart: float, expected: list[str]) -> None:
    """Four messages, `seconds_apart`, with a function done after the second."""
    now = 1000.0
    monkeypatch.setattr("speedproof.commands.running.monotonic", lambda: now)
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    with Progress(2, Console(file=file)) as progress:
        for number in range(4):
            now += seconds_apart
            progress.show(f"step {number}", 0.5)
            if number == 1:
                progress.one_done()
    assert file.getvalue().splitlines() == expected


def test_without_a_terminal_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    check_shown(monkeypatch, 1.0, [])
    check_shown(monkeypatch, 5.0, ["speedproof: [1/2] step 1", "speedproof: [2/2] step 3"])


def test_with_a_terminal_one_line_that_is_gone_in_the_end() -> None:
    file = io.StringIO()
    with Progress(None, Console(file=file, force_terminal=True, width=40)) as progress:
        progress.show("timing [red]" + "x" * 100, 0.25)
        deadline = time.monotonic() + 10
        while "timing" not in file.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)  # another thread draws it
        shown = file.getvalue()
        progress.one_done()
        ended = file.getvalue()
    assert "[ 25%] timing [red]…xxx" in shown
    assert "\n" not in shown
    assert ended.endswith("\x1b[2K")
    assert file.getvalue() == ended
