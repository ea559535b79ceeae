"""What a client sends, message by message.

pygls reads stdin with its thread pool, each line and each body as a job of its own: three times over to a thread and
back for one message, which is more than half of what a keystroke costs. And whatever else is in that pool makes the
server deaf. Here the event loop reads what there is, many messages at once where there are many.
"""

import asyncio
import json
import logging
import os
import threading
from contextlib import suppress
from typing import Any, Protocol

AT_ONCE = 1 << 16
LONGEST_LINE = 1 << 20
"""Of a header, in bytes. Who sends a longer one does not speak the protocol."""

logger = logging.getLogger(__name__)


class Receiver(Protocol):
    is_over: bool

    def handle_message(self, message: Any) -> None: ...

    def refuse_unreadable(self, error: Exception) -> None: ...


async def receive(reader: asyncio.StreamReader, receiver: Receiver) -> None:
    """Hand over each message, until the client leaves or it is over. A message that is no JSON is refused.

    Each request gets to work before the next message is read: it is about the text as it was when the request was
    made, and the next message may well change that.
    """
    with suppress(asyncio.IncompleteReadError):  # the client has left in the middle of a message
        while not receiver.is_over and (length := await _length(reader)) is not None:
            body = await reader.readexactly(length)
            try:
                message = json.loads(body)
            except (ValueError, RecursionError) as error:
                receiver.refuse_unreadable(error)
                continue
            try:
                receiver.handle_message(message)
            except Exception:
                logger.exception("unable to handle a message")
            await asyncio.sleep(0)


async def _length(reader: asyncio.StreamReader) -> int | None:
    """Of the body that follows, in bytes; None at the end, also of the patience with what is no header."""
    length = None
    try:
        while line := await reader.readline():
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
            elif not line.strip() and length is not None:
                return length
    except ValueError:
        logger.error("a header of more than %d bytes: this is no language client", LONGEST_LINE)
    return None


def from_stdin(descriptor: int) -> asyncio.StreamReader:
    """A reader of what comes in at `descriptor`, for the event loop that runs."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(limit=LONGEST_LINE)

    def read_what_is_there() -> None:
        if data := _read(descriptor):
            reader.feed_data(data)
        else:
            loop.remove_reader(descriptor)
            reader.feed_eof()

    try:
        # The descriptor is not made non-blocking, as asyncio's own transport would do it: whoever started us may go on
        # to use it. What is ready to be read does not block, and nobody else reads.
        loop.add_reader(descriptor, read_what_is_there)
    except (NotImplementedError, OSError):  # on Windows; and a file, for which nobody can wait
        _in_a_thread(loop, reader, descriptor)
    return reader


def _in_a_thread(loop: asyncio.AbstractEventLoop, reader: asyncio.StreamReader, descriptor: int) -> None:
    def read() -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody reads any more
            while data := _read(descriptor):
                loop.call_soon_threadsafe(reader.feed_data, data)
            loop.call_soon_threadsafe(reader.feed_eof)

    # Nothing can end a read that waits for a client who is silent, so it must not hold up anybody's exit.
    threading.Thread(target=read, name="stdin", daemon=True).start()


def _read(descriptor: int) -> bytes:
    """Some bytes; none at the end. Not by `sys.stdin.buffer`, whose lock a thread that waits would keep at exit."""
    try:
        return os.read(descriptor, AT_ONCE)
    except OSError:  # closed under us
        return b""
