"""Tensors in safetensors files, read one by one into memory of their own, and written one by one.

The library of that name maps the file, and what was read from a map counts as memory of the process for as long as it
is open. The format is eight bytes of length, a JSON object that says where each tensor is, and the bytes. Files that
we write carry a checksum for each tensor, in the part that is free for such things.
"""

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
NAMES = {dtype: name for name, dtype in DTYPES.items()}
MAX_HEADER = 100 * 2**20
CHECKSUM = "crc32 "
"""Before a tensor's name: the key of its checksum, eight hexadecimal digits."""


class Damaged(Exception):
    """The file is not what was written."""


@dataclass(frozen=True, slots=True)
class _Place:
    file: Path
    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    n_bytes: int
    checksum: str | None


class StoredTensors(Mapping[str, Tensor]):
    """The tensors of one or several files. Each is read anew whenever it is asked for."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Raises Damaged, OSError."""
        self._places: dict[str, _Place] = {}
        for file in files:
            self._places.update(_places(file))

    def __getitem__(self, name: str) -> Tensor:
        """Raises KeyError, Damaged, OSError."""
        place = self._places[name]
        tensor = torch.empty(place.shape, dtype=place.dtype)
        into = tensor.flatten().view(torch.uint8).numpy().data
        with place.file.open("rb", buffering=0) as file:
            file.seek(place.start)
            done = 0
            while done < place.n_bytes:
                count = file.readinto(into[done:])
                if not count:
                    raise Damaged(f"{place.file} ends too early")
                done += count
        if place.checksum is not None and place.checksum != _checksum(into):
            raise Damaged(f"{name} in {place.file} is not what was written")
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def n_bytes(self) -> int:
        return sum(place.n_bytes for place in self._places.values())


def write(file: Path, shapes: Mapping[str, tuple[tuple[int, ...], torch.dtype]], read: Callable[[str], Tensor]) -> None:
    """All tensors of `shapes`, each read when it is its turn; on disk when this returns. Raises OSError."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt", **{CHECKSUM + name: "0" * 8 for name in shapes}}}
    end = 0
    for name, (shape, dtype) in shapes.items():
        start, end = end, end + prod(shape) * dtype.itemsize
        header[name] = {"dtype": NAMES[dtype], "shape": list(shape), "data_offsets": [start, end]}
    with file.open("wb") as target:
        target.write(_packed(header))
        for name, (shape, dtype) in shapes.items():
            tensor = read(name)
            assert tensor.shape == shape, name
            data = tensor.to(dtype).contiguous().flatten().view(torch.uint8).numpy().data
            target.write(data)
            header["__metadata__"][CHECKSUM + name] = _checksum(data)
        target.seek(0)
        target.write(_packed(header))  # of the same length: a checksum always has eight digits
        target.flush()
        os.fsync(target.fileno())


def _packed(header: Mapping[str, Any]) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _places(file: Path) -> dict[str, _Place]:
    size = file.stat().st_size
    with file.open("rb") as source:
        length = int.from_bytes(source.read(8), "little")
        if not 2 <= length <= min(MAX_HEADER, size - 8):
            raise Damaged(f"{file} does not begin as it should")
        text = source.read(length)
    begin = 8 + length
    try:
        header = json.loads(text)
        notes = header.pop("__metadata__", {})
        places = {}
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            dtype, shape = DTYPES[entry["dtype"]], tuple(entry["shape"])
            if not 0 <= start <= end <= size - begin or end - start != prod(shape) * dtype.itemsize:
                raise Damaged(f"{file} ends too early, or its table is wrong")
            checksum = notes.get(CHECKSUM + name)
            places[name] = _Place(file, dtype, shape, begin + start, end - start, checksum)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"the table of {file} cannot be read: {error}") from error
    return places


def _checksum(data: memoryview) -> str:
    return f"{zlib.crc32(data):08x}"
