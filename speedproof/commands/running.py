"""Running a job for somebody at a terminal: progress, the results as they come, and Ctrl-C."""

import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TypeVar

from rich.console import Console
from rich.status import Status
from rich.text import Text

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.core.store import Store

SECONDS_BETWEEN_LINES = 10.0
"""Without a terminal a log is written, which nobody wants to be long."""


Result = TypeVar("Result")


def interruptible(job: Callable[[CancelToken], Result]) -> Result:
    """Runs the job in a thread of its own; Ctrl-C or SIGTERM cancels it, and waits until it has cleaned up.

    Raises Cancelled then. The main thread does nothing but wait: an interrupt that struck in the middle of the
    job's own code could leave a process behind, or a lock held. A second interrupt does not wait any longer;
    sandboxed processes die with this one.
    """
    cancel = CancelToken()
    with _termination_interrupts():
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
        try:
            return executor.submit(job, cancel).result()
        except KeyboardInterrupt:
            cancel.cancel()
            try:
                executor.shutdown(wait=True)
            except KeyboardInterrupt:
                os._exit(128 + signal.SIGINT)
            raise Cancelled from None
        finally:
            executor.shutdown(wait=True)


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
        self._last_line_at = time.monotonic()

    def __enter__(self) -> "Progress":
        if self._status:
            self._status.start()
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
            self._status.update(Text(line, overflow="ellipsis", no_wrap=True))
        elif time.monotonic() - self._last_line_at >= SECONDS_BETWEEN_LINES:
            self._last_line_at = time.monotonic()
            print(f"speedproof: {line}", file=sys.stderr, flush=True)  # noqa: T201

    @contextmanager
    def one_done(self) -> Iterator[None]:
        """The block may print; another function is done."""
        self._done += 1
        if self._status:
            self._status.stop()
        try:
            yield
        finally:
            if self._status:
                self._status.start()


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """Inside the block SIGTERM is to the main thread what Ctrl-C is."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals, and may ask for them
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
