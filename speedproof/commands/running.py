"""Running a job for somebody at a terminal: progress, the results as they come, and Ctrl-C."""

import os
import signal
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from types import FrameType
from typing import TypeVar

from rich.console import Console
from rich.status import Status
from rich.text import Text

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.core.store import Store
from speedproof.report.words import printable, shortened

SECONDS_BETWEEN_LINES = 10.0
"""Without a terminal a log is written, which nobody wants to be long."""


SECONDS_BETWEEN_INTERRUPTS = 0.3
"""A second one sooner than that is the first one again: `timeout` signals a process, and then its group."""

Result = TypeVar("Result")


def interruptible(job: Callable[[CancelToken], Result]) -> Result:
    """Runs the job in a thread of its own; Ctrl-C or SIGTERM cancels it, and waits until it has cleaned up.

    Raises Cancelled then. No interrupt is ever raised in the middle of anything, where it could leave a process
    behind or a lock held. A second one does not wait any longer; sandboxed processes die with this one.
    """
    cancel = CancelToken()
    outcome: Future[Result] = Future()
    # Of all queues this one alone may be filled from a signal handler.
    events: SimpleQueue[str] = SimpleQueue()

    def work() -> None:
        try:
            outcome.set_result(job(cancel))
        except BaseException as error:
            outcome.set_exception(error)
        events.put("done")

    with _interrupts_call(lambda: events.put("interrupt")):
        thread = threading.Thread(target=work, name="job")
        thread.start()
        interrupted = events.get() == "interrupt"
        if interrupted:
            cancel.cancel()
            first = monotonic()
            while events.get() == "interrupt":
                if monotonic() - first > SECONDS_BETWEEN_INTERRUPTS:
                    os._exit(128 + signal.SIGINT)
        thread.join()
    if interrupted:
        raise Cancelled
    return outcome.result()


@contextmanager
def open_store() -> Iterator[Store]:
    """What earlier runs found. Where the cache folder cannot be used, one that lasts as long as the block."""
    try:
        store = Store()
    except (OSError, sqlite3.Error):
        with tempfile.TemporaryDirectory(prefix="speedproof-") as folder:
            store = Store(Path(folder))
            try:
                yield store
            finally:
                store.close()
        return
    try:
        yield store
    finally:
        store.close()


class Progress:
    """One line on stderr that says what is being done: redrawn on a terminal, else a line now and then."""

    def __init__(self, total: int | None = None, console: Console | None = None) -> None:
        """`total` is the number of functions, where it is known beforehand."""
        self._console = console or Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._status = Status("", console=self._console) if self._console.is_terminal else None
        self._total = total
        self._done = 0
        self._last_line_at = monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def show(self, message: str, share: float | None = None) -> None:
        """`share` of all the work, 0 to 1, where that is known."""
        if self._total is not None:
            line = f"[{min(self._done + 1, self._total)}/{self._total}] {message}"
        else:
            line = message if share is None else f"[{share:4.0%}] {message}"
        if self._status:
            # Shortened here, since the spinner would break a long line; it takes two columns itself.
            self._status.update(Text(shortened(printable(line), self._console.width - 2)))
            self._status.start()
        elif monotonic() - self._last_line_at >= SECONDS_BETWEEN_LINES:
            self._last_line_at = monotonic()
            print(f"speedproof: {line}", file=sys.stderr, flush=True)  # noqa: T201

    def one_done(self) -> None:
        """Another function is done; until there is something to show again, the terminal is the caller's."""
        self._done += 1
        if self._status:
            self._status.stop()


@contextmanager
def _interrupts_call(callback: Callable[[], None]) -> Iterator[None]:
    """Inside the block SIGINT and SIGTERM do nothing but call `callback`."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals, and may ask for them
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        callback()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
