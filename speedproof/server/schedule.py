"""Work that takes longer than a moment: in a thread of its own, one job at a time, the latest of its kind wins.

pygls has a thread pool too, but its reader of stdin shares it: a few busy handlers there make the server deaf,
cancels included. Ours is a daemon thread, which holds up nobody's exit.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Hashable
from functools import partial
from queue import Queue
from typing import Any, TypeVar

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled

T = TypeVar("T")


class Schedule:
    """One job at a time, in order: what measures time must not be disturbed. Belongs to the event loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: Queue[Callable[[], None]] = Queue()
        self._tokens: dict[Hashable, CancelToken] = {}
        self._started = False

    async def run(self, key: Hashable, work: Callable[[CancelToken], T], token: CancelToken | None = None) -> T:
        """The result of `work`, which gets `token` to poll.

        A job of the same `key` that waits or runs is called off. Raises Cancelled, at once, where that happens to
        this one or `token` is cancelled otherwise; if the task that awaits this is cancelled, so is the job.
        """
        token = token or CancelToken()
        self.cancel(key)
        self._tokens[key] = token
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        try:
            with token.calling(partial(_call_off, loop, future)):
                self._put(partial(_do, work, token, loop, future))
                return await future
        finally:
            del future, work  # an error's frames would hold it, and all that the work was done on, in a ring
            token.cancel()  # does nothing to a job that has ended
            if self._tokens.get(key) is token:
                del self._tokens[key]

    def cancel(self, key: Hashable) -> None:
        """Call off the job of this key, if there is one."""
        if key in self._tokens:
            self._tokens.pop(key).cancel()

    def close(self, seconds: float) -> None:
        """Call off everything and wait until it has ended, but no longer than `seconds`."""
        for key in list(self._tokens):
            self.cancel(key)
        deadline = time.monotonic() + seconds
        while self._jobs.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.005)

    def _put(self, job: Callable[[], None]) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            self._jobs.task_done()


def _do(
    work: Callable[[CancelToken], T], token: CancelToken, loop: asyncio.AbstractEventLoop, future: asyncio.Future[T]
) -> None:
    try:
        token.check()
        result = work(token)
    except BaseException as error:
        _settle(loop, future, future.set_exception, error)
    else:
        _settle(loop, future, future.set_result, result)
    finally:
        del work, future  # see `run`


def _call_off(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]) -> None:
    _settle(loop, future, future.set_exception, Cancelled())


def _settle(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any
) -> None:
    """From any thread: give `future` its outcome unless it has one."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(lambda: None if future.done() else settle(value))
