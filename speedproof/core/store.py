"""What outlives a run, in a folder only the user can read.

Values are JSON text: diskcache would pickle anything else, and a pickle from a cache is code.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import diskcache
import platformdirs

SIZE_LIMIT_BYTES = 256 * 2**20


class Store:
    """A persistent map from everything that a value depends on to the value, safe across processes."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is by default `cache_folder()`."""
        chosen = folder or cache_folder()
        chosen.mkdir(parents=True, exist_ok=True, mode=0o700)
        chosen.chmod(0o700)
        self._cache = diskcache.Cache(str(chosen), size_limit=SIZE_LIMIT_BYTES)

    def get(self, kind: str, key: object) -> Any:
        """The stored JSON value, or None."""
        text = self._cache.get(_digest(kind, key))
        return None if text is None else json.loads(text)

    def put(self, kind: str, key: object, value: Any) -> None:
        self._cache.set(_digest(kind, key), json.dumps(value), tag=kind)

    def close(self) -> None:
        self._cache.close()


class Counters:
    """Numbers under names, which only grow, on disk. Safe across processes; nothing is evicted."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._cache = diskcache.Cache(str(folder), eviction_policy="none")

    def add(self, *names: str, count: int = 1) -> None:
        self._cache.incr(json.dumps(names), count, default=0)

    def all(self) -> dict[tuple[str, ...], int]:
        return {tuple(json.loads(key)): int(self._cache[key]) for key in self._cache.iterkeys()}

    def clear(self) -> None:
        self._cache.clear()

    def close(self) -> None:
        self._cache.close()


def cache_folder() -> Path:
    """The user's cache folder, or SPEEDPROOF_CACHE where that is set; it need not exist yet."""
    return Path(os.environ.get("SPEEDPROOF_CACHE") or platformdirs.user_cache_path("speedproof"))


def data_folder() -> Path:
    """The user's data folder, or SPEEDPROOF_HOME where that is set; it need not exist yet."""
    return Path(os.environ.get("SPEEDPROOF_HOME") or platformdirs.user_data_path("speedproof"))


def _digest(kind: str, key: object) -> str:
    """`key` must be JSON-able; equal keys give equal digests whatever the order of their mappings."""
    text = json.dumps([kind, key], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
