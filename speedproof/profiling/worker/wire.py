"""Frames over a socket: four bytes of length, then JSON. Both ends use this file.

Whatever comes out of a worker is data from code that nobody has vetted: frames are capped, and JSON is all there is.
"""

from __future__ import annotations

import json
import socket
import struct
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
    """The next message. Raises WireError at the stream's end or on garbage, TimeoutError at the socket's timeout."""
    (length,) = HEADER.unpack(_exactly(channel, HEADER.size))
    if length > MAX_FRAME_BYTES:
        raise WireError("a frame of %d bytes is too large" % length)
    try:
        return json.loads(_exactly(channel, length))
    except ValueError as error:
        raise WireError("a frame that is not JSON") from error


def _exactly(channel: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        try:
            part = channel.recv(min(count, 65536))
        except socket.timeout as error:  # an alias of TimeoutError only from 3.10
            raise TimeoutError from error
        if not part:
            raise WireError("the stream ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
