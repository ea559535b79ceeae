"""Cancellation that reaches into blocking work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from speedproof.core.errors import Cancelled


class CancelToken:
    """Says once, to everybody who looks or has asked to be called, that the work is called off.

    Thread-safe. Workers poll `check()`; whoever holds something that blocks (a child process, a socket)
    registers a callback by `calling(...)`, which runs on the cancelling thread and must not block.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """Call off the work. Further calls do nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raises Cancelled if the work has been called off."""
        if self._event.is_set():
            raise Cancelled

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Inside the block a cancel calls `callback`; if the work is already called off, at once."""
        with self._lock:
            already = self._event.is_set()
            if not already:
                self._callbacks.append(callback)
        if already:
            callback()
        try:
            yield
        finally:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)
            del callback  # what the block raises holds this frame, and the callback may hold what it raises
