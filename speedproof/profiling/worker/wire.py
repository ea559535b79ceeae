"""Frames over a socket: four bytes of length, then JSON. Both ends use this file.

Whatever comes out of a worker is data from code that nobody has vetted: frames are capped, and JSON is all there is.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

HEADER = struct.Struct("!I")
MAX_FRAME_BYTES = 16 * 2**20
READY, GO, DONE = b"r", b"g", b"d"
"""Single bytes, between which the clock runs."""


class WireError(Exception):
    """The other end is gone, or what it sent is no frame."""


def send(channel: socket.socket, message: Any) -> None:
    """Raises OSError where the other end is gone, WireError where the message is larger than a frame may be."""
    body = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise WireError("a message of %d bytes is too large" % len(body))
    channel.sendall(HEADER.pack(len(body)) + body)


def receive(channel: socket.socket) -> Any:
    """The next message. Raises WireError at the stream's end or on garbage, TimeoutError at the socket's timeout.

    The timeout is that of the whole message: one that comes byte by byte could hold its reader for ever.
    """
    seconds = channel.gettimeout()
    end = None if seconds is None else time.monotonic() + seconds
    try:
        (length,) = HEADER.unpack(_exactly(channel, HEADER.size, end))
        if length > MAX_FRAME_BYTES:
            raise WireError("a frame of %d bytes is too large" % length)
        body = _exactly(channel, length, end)
    except socket.timeout as error:  # an alias of TimeoutError only from 3.10
        raise TimeoutError from error
    finally:
        if end is not None:
            channel.settimeout(seconds)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError("a frame that is not JSON") from error


def _exactly(channel: socket.socket, count: int, end: "float | None") -> bytes:
    parts = []
    while count:
        part = channel.recv(min(count, 65536))
        if not part:
            raise WireError("the stream ended")
        parts.append(part)
        count -= len(part)
        if count and end is not None:
            channel.settimeout(max(end - time.monotonic(), 0.000001))
    return b"".join(parts)
