"""Answers as plain threads want them, from an event loop that has a thread of its own.

Only a loop can wait for a connection, a reply, the end of a pause and the word that nobody wants it any more, all at
once. The thread is a daemon: it holds up nobody's exit.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from queue import SimpleQueue

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Usage
from speedproof.suggest.remote.server import Part

CLOSING_SECONDS = 2.0


class Worker:
    """The loop and its thread, which begins with the first call."""

    def __init__(self, closing: Callable[[], Awaitable[None]]) -> None:
        """`closing` is awaited on the loop before it ends, if it was ever needed."""
        self._closing = closing
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def call(self, function: Callable[[], None]) -> bool:
        """From any thread: have `function` run on the loop, soon. False where that has ended."""
        with self._lock:
            if self._closed:
                return False
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._run, args=(self._loop,), name="remote", daemon=True)
                self._thread.start()
            self._loop.call_soon_threadsafe(function)
            return True

    def close(self) -> None:
        """Call off what is under way, and end."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(lambda: self._end(loop))
            thread.join(CLOSING_SECONDS)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_forever()
        loop.close()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()

        async def end() -> None:
            await asyncio.gather(*tasks, return_exceptions=True)
            try:
                await self._closing()
            finally:
                loop.stop()

        self._last = loop.create_task(end())


class Stream:
    """A Generation: what an asynchronous generator makes, which runs from now on whether somebody iterates or not."""

    def __init__(self, worker: Worker, answer: AsyncGenerator[Part, None], cancel: CancelToken) -> None:
        self._worker = worker
        self._answer = answer
        self._cancel = cancel
        self._pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
        """None is the end."""
        self._usage = Usage()
        self._closed = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._registered = ExitStack()
        self._registered.enter_context(cancel.calling(self.close))
        if not worker.call(self._start):
            self._pieces.put(None)

    def __iter__(self) -> Iterator[str]:
        while True:
            piece = self._pieces.get()
            if not isinstance(piece, str):
                self._pieces.put(piece)  # for whoever asks again
            self._cancel.check()
            if isinstance(piece, Exception):
                raise piece
            if piece is None:
                return
            yield piece

    def close(self) -> None:
        """Ends at once, and closes the connection. From any thread; does not wait for it."""
        self._closed = True
        self._pieces.put(None)
        self._worker.call(self._stop)

    @property
    def usage(self) -> Usage:
        return self._usage

    def _start(self) -> None:
        if self._closed:
            self._registered.close()
        else:
            self._task = asyncio.get_running_loop().create_task(self._run())
            self._task.add_done_callback(lambda _: self._registered.close())

    def _stop(self) -> None:
        # Once: a second cancel would strike while the first one closes the connection, which then stays open.
        if self._task is not None and not self._stopping:
            self._stopping = True
            self._task.cancel()

    async def _run(self) -> None:
        outcome: Exception | None = None
        try:
            await self._pump()
        except Exception as error:
            outcome = error
        finally:
            self._pieces.put(outcome)

    async def _pump(self) -> None:
        try:
            async for part in self._answer:
                if part.usage is not None:
                    self._usage = part.usage
                if part.text:
                    self._pieces.put(part.text)
        finally:
            await self._answer.aclose()
