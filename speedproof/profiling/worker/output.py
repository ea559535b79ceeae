"""What a call prints: through `sys.stdout`, and past it."""

from __future__ import annotations

import io
import os
from typing import Any

MAX_OUTPUT_CHARS = 1_000_000


class Capture(io.TextIOBase):
    """Standard output of the code under test: kept up to a bound, counted beyond it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._kept = 0
        self._total = 0

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        self._total += len(text)
        room = MAX_OUTPUT_CHARS - self._kept
        if room > 0:
            self._parts.append(text[:room])
            self._kept += len(text[:room])
        return len(text)

    def writable(self) -> bool:
        return True

    def text(self) -> str:
        text = "".join(self._parts)
        return text if self._total == self._kept else "%s… (%d characters)" % (text, self._total)


class RawOutput:
    """What is written to the file descriptors 1 and 2, past `sys.stdout`: by C code, or by `os.write`."""

    def __init__(self) -> None:
        name = "raw-output"
        self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.unlink(name)
        os.dup2(self._file, 1)
        os.dup2(self._file, 2)

    def take(self) -> list[Any]:
        """Its size in bytes and its beginning, since the last time."""
        size = os.fstat(self._file).st_size
        if not size:
            return []
        start = os.pread(self._file, MAX_OUTPUT_CHARS, 0)
        os.ftruncate(self._file, 0)
        return [size, start.decode("utf-8", "replace")]
