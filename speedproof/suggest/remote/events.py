"""What servers stream: an object on each line, alone (Ollama) or as the data of an event (all others)."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

Event = dict[str, Any]
DONE: Event = {}
"""What ends a stream of OpenAI's protocol."""


async def lines_of(chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Without white space around them; the last one needs no line end. Closes `chunks`."""
    rest = b""
    async with aclosing(chunks):
        async for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.strip()
    if rest:
        yield rest.strip()


def event_of(line: bytes) -> Event | None:
    """None for a line that carries nothing. Raises ValueError for one that belongs to no stream of a model.

    A server that does not stream, but sends one object on one line, is understood as well.
    """
    if not line or line.startswith((b":", b"event:", b"id:", b"retry:")):
        return None
    is_error = line.startswith(b"error:")  # so llama.cpp's server sends them
    data = line.partition(b":")[2].strip() if is_error or line.startswith(b"data:") else line
    if not data:
        return None
    if data == b"[DONE]":
        return DONE
    try:
        event = json.loads(data)
    except RecursionError as error:
        raise ValueError(str(error)) from None
    if not isinstance(event, dict) or not event:
        raise ValueError("no object")
    return {"error": event} if is_error and "error" not in event else event
