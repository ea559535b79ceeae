"""The worker's files with their bytecode, for an interpreter that may not write any.

Inside the sandbox nothing can be kept, so a project's interpreter would compile our seventy files at every start, which
takes half of what starting takes. A copy of them lies in the user's cache folder instead, compiled once for each
version of an interpreter. Nobody inside can write there, and what is there is ours alone.
"""

import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from speedproof.core.store import cache_folder
from speedproof.profiling.interpreter import OPTIONS, InterpreterInfo

WORKER_FOLDER = Path(__file__).parent / "worker"
COMPILE_SECONDS = 60.0
_PYC_HEADER = struct.Struct("<4sIII")
"""Magic number, flags, the source's time of modification and its size (PEP 552)."""
KEPT_SECONDS = 7 * 24 * 3600.0
"""Copies of other versions of ours stay so long after their last use: another process may be running them."""


def compiled_worker(info: InterpreterInfo) -> Path:
    """The folder from which `info`'s interpreter should load the worker.

    WORKER_FOLDER where an installer has left bytecode for that interpreter, and where no copy can be made.
    """
    sources = sorted(WORKER_FOLDER.glob("*.py"))
    if all(_is_compiled(source, info) for source in sources):
        return WORKER_FOLDER
    place = cache_folder().absolute() / "worker" / f"{info.version_text}-{_digest(tuple(sources))}"
    if not place.is_dir():
        try:
            _make(place, sources, info)
        except (OSError, subprocess.SubprocessError):
            return WORKER_FOLDER
    with suppress(OSError):
        os.utime(place)
    return place


def _is_compiled(source: Path, info: InterpreterInfo) -> bool:
    """Whether the interpreter will take the bytecode beside the source: importlib's rule for files with time stamps."""
    major, minor, _ = info.version
    try:
        with (source.parent / "__pycache__" / f"{source.stem}.cpython-{major}{minor}.pyc").open("rb") as file:
            flags, modified, size = _PYC_HEADER.unpack(file.read(_PYC_HEADER.size))[1:]
        stat = source.stat()
    except (OSError, struct.error):
        return False
    return flags == 0 and (modified, size) == (int(stat.st_mtime) & 0xFFFFFFFF, stat.st_size & 0xFFFFFFFF)


@lru_cache(maxsize=1)
def _digest(sources: tuple[Path, ...]) -> str:
    digest = hashlib.blake2b(digest_size=10)
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def _make(place: Path, sources: Sequence[Path], info: InterpreterInfo) -> None:
    """Appears whole or not at all, whoever else makes the same at the same time. Raises OSError, SubprocessError."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_old(place.parent)
    made = Path(tempfile.mkdtemp(dir=place.parent, prefix="."))
    try:
        for source in sources:
            shutil.copyfile(source, made / source.name)
        # The name of the folder says what the sources were: looking at them again would only cost time.
        command = (*OPTIONS, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
        subprocess.run(
            [str(info.executable), *command, str(made)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=made,
            timeout=COMPILE_SECONDS,
            check=True,
        )
        with suppress(OSError):  # it is there already
            made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _remove_old(folder: Path) -> None:
    for entry in folder.iterdir():
        with suppress(OSError):
            if time.time() - entry.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(entry, ignore_errors=True)
