"""What a GGUF file says before its weights: metadata, and where each tensor lies.

Read with the standard library alone: the `gguf` package makes several array objects of every token of the vocabulary,
which takes longer, and more memory, than the weights. Every length is held against the size of the file first, so that
a file that is cut off or is something else is an error in words, not a crash or a large allocation.
"""

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from speedproof.core.errors import UsageError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
DEFAULT_ALIGNMENT = 32
MAX_DIMENSIONS = 8
STRING, ARRAY = 8, 9
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""By the number of a type of value: its format, as `struct` has them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a GGUF file."""

    shape: tuple[int, ...]
    """The last dimension is that of neighbours, as torch has it."""
    kind: int
    """The number of the type of its values or blocks."""
    start: int
    """Where it begins, in bytes from the start of the file."""

    @property
    def n_elements(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Header:
    path: Path
    n_bytes: int
    """Of the whole file."""
    metadata: dict[str, Any]
    tensors: dict[str, Stored]

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))


class _CutOff(Exception):
    pass


def read_header(path: Path) -> Header:
    """Raises UsageError where `path` is not a GGUF file that is whole as far as its table of tensors."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(data).header(path)
    except OSError as error:
        raise UsageError(f"cannot read the model {path}: {error.strerror or error}") from error
    except (_CutOff, struct.error):
        raise UsageError(f"the model {path} is damaged: it ends too early, or is something else") from None
    except ValueError as error:  # an empty file cannot be mapped; text may be no UTF-8
        raise UsageError(f"the model {path} is damaged: {error}") from error


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._size = len(data)
        self._at = 0

    def header(self, path: Path) -> Header:
        if self._data[:4] != MAGIC:
            raise ValueError("it does not begin as a GGUF file does")
        self._at = 4
        version, n_tensors, n_values = self._numbers("IQQ")
        if version not in VERSIONS:
            raise ValueError(f"it is of version {version} of the format, or of another byte order")
        metadata = {}
        for _ in range(n_values):
            key = self._string()
            metadata[key] = self._value(self._number("I"))
        tensors = [self._tensor() for _ in range(n_tensors)]
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1:
            raise ValueError(f"its alignment is {alignment!r}")
        start = -(-self._at // alignment) * alignment
        placed = {name: Stored(shape, kind, start + offset) for name, shape, kind, offset in tensors}
        if len(placed) < len(tensors):
            raise ValueError("two of its tensors have the same name")
        return Header(path, self._size, metadata, placed)

    def _tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string()
        count = self._number("I")
        if count > MAX_DIMENSIONS:
            raise _CutOff
        shape = tuple(reversed(self._numbers(f"{count}Q")))
        kind, offset = self._numbers("IQ")
        return name, shape, kind, offset

    def _value(self, kind: int, depth: int = 0) -> Any:
        if kind in SCALARS:
            return self._number(SCALARS[kind])
        if kind == STRING:
            return self._string()
        if kind != ARRAY or depth > 1:
            raise ValueError(f"it holds a value of the unknown type {kind}")
        of, count = self._numbers("IQ")
        if count > self._size:
            raise _CutOff
        if of in SCALARS:
            return list(self._numbers(f"{count}{SCALARS[of]}"))
        read: Callable[[], Any] = self._string if of == STRING else lambda: self._value(of, depth + 1)
        return [read() for _ in range(count)]

    def _string(self) -> str:
        length = self._number("Q")
        text = self._data[self._at : self._at + min(length, self._size)]
        if len(text) < length:
            raise _CutOff
        self._at += length
        return text.decode("utf-8")

    def _number(self, form: str) -> Any:
        return self._numbers(form)[0]

    def _numbers(self, form: str) -> tuple[Any, ...]:
        form = "<" + form
        read = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return read
