"""What outlives a run, in a folder only the user can read.

Values are JSON text, or bytes: diskcache would pickle anything else, and a pickle from a cache is code.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar

import diskcache
import platformdirs

SIZE_LIMIT_BYTES = 256 * 2**20
FULL = 0.9
"""Of the limit of blobs: from here on each that comes makes the two go that were not used for longest. Beyond the
limit, where these were much smaller, ten at a time go."""
TABLE_BYTES = 2**19
"""About what their names take of it."""
STRAY_BYTES = 16 * 2**20
"""More than this that has no name, left by processes that were killed, is removed."""

T = TypeVar("T")


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


class Blobs:
    """Bytes by name, in files, up to a limit: what was not used for longest goes first. Safe across processes.

    For what can be made again: what cannot be read is not there, and what cannot be written is not kept. Each is much
    smaller than the limit.
    """

    def __init__(self, folder: Path, limit_bytes: int | None = None) -> None:
        """`folder` is there. Without a limit the one that was given last holds. Raises OSError."""
        self._settings = {
            "eviction_policy": "least-recently-used", "cull_limit": 2, "disk_min_file_size": 0,
            "sqlite_wal_autocheckpoint": 100,
        }  # fmt: skip
        if limit_bytes is not None:
            self._settings["size_limit"] = int(limit_bytes * FULL)
        self._limit_bytes = limit_bytes
        self._folder = folder
        try:
            self._open()
        except (sqlite3.Error, diskcache.Timeout) as error:
            raise OSError(f"cannot use {folder}: {error}") from error
        self._tidy()

    def get(self, name: str) -> BufferedReader | None:
        """To be read and closed by the caller. From now on it is what was used last."""
        file = self._tried(lambda: self._cache.get(name, read=True), None)
        return file if isinstance(file, BufferedReader) else None

    def touch(self, name: str) -> bool:
        """As `get`. Whether it is there."""
        file = self.get(name)
        if file is not None:
            file.close()
        return file is not None

    def put(self, name: str, value: bytes, tag: str = "") -> bool:
        """Whether it is kept now."""

        def put() -> bool:
            self._cache.set(name, value, tag=tag)
            if self._limit_bytes is not None and self._cache.volume() > self._limit_bytes:
                self._cache.cull()
            return True

        return self._tried(put, False)

    def drop(self, name: str) -> bool:
        """Whether it was there."""
        return self._tried(lambda: bool(self._cache.delete(name)), False)

    def drop_all(self, tag: str | None = None) -> None:
        """All values, or those of one tag."""
        self._tried(lambda: self._cache.clear() if tag is None else self._cache.evict(tag), 0)

    @property
    def room(self) -> int:
        """So many bytes are there together for long, if nothing else is."""
        return max(0, int(self._cache.size_limit) - TABLE_BYTES)

    @property
    def n_bytes(self) -> int:
        """Of all values and the table of their names."""
        return self._tried(lambda: int(self._cache.volume()), 0)

    def close(self) -> None:
        self._cache.close()

    def _open(self) -> None:
        try:
            self._cache = diskcache.Cache(str(self._folder), **self._settings)
        except sqlite3.OperationalError:  # it cannot be used now
            raise
        except sqlite3.DatabaseError:  # it is damaged
            self._begin_anew()

    def _begin_anew(self) -> None:
        shutil.rmtree(self._folder)
        self._folder.mkdir(mode=0o700)
        self._cache = diskcache.Cache(str(self._folder), **self._settings)

    def _tried(self, action: Callable[[], T], otherwise: T) -> T:
        try:
            return action()
        except (OSError, diskcache.Timeout, sqlite3.OperationalError):
            return otherwise
        except sqlite3.DatabaseError:  # as in `_open`
            with suppress(OSError, sqlite3.Error, diskcache.Timeout):
                self.close()
                self._begin_anew()
            return otherwise

    def _tidy(self) -> None:
        with suppress(OSError):
            n_bytes = sum(file.stat().st_size for file in self._folder.rglob("*.val"))
            if n_bytes > self.n_bytes + STRAY_BYTES:
                self._tried(lambda: self._cache.check(fix=True), None)


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
