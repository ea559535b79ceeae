"""Inputs on disk: each a pickle made when the call was seen, loaded afresh for every later call.

The pickles never leave the sandbox; the engine knows an input by its number, its origin and how it reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import struct
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, Optional

from . import encode_arrays, pickling, replay
from .encode import UNKNOWN, TooLarge, encode, preview

_HEADER = struct.Struct("!II")
FROM_USE = ("recorded", "doctest", "call_site")
"""Where calls are real, every word of an exception counts; elsewhere not those that the interpreter chose."""
MAX_BLOB_BYTES = 8 * 2**20
MAX_FILE_BYTES = 32 * 2**20
"""Of a function's inputs together: each process that runs one of them reads all. Small ones come in beyond it."""
SMALL_BLOB_BYTES = 2**16

Arguments = "tuple[tuple[Any, ...], dict[str, Any]]"


class Sink:
    """Collects distinct inputs per function, up to a limit for each origin. A function's key is `module:qualname`."""

    def __init__(
        self,
        folder: str,
        limits: dict[str, int],
        *,
        prefix: str = "",
        passing_modules: frozenset[str] = frozenset(),
        fits: Callable[[Any, Any], bool] = lambda args, kwargs: True,
    ) -> None:
        """`folder` must exist; `limits` maps an origin to how many inputs of it are kept per function.

        `prefix` makes keys of what callers name by its qualname alone. `passing_modules` are files whose modules exist
        in this process only, like tests: what belongs to them is pickled by value. `fits` says of a call that
        nobody made whether it is to be kept.
        """
        self._folder = folder
        self._prefix = prefix
        self._limits = limits
        self._seen: dict[str, set[bytes]] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._passing_modules = passing_modules
        self._fits = fits
        self.refused: dict[str, Counter[str]] = {}
        """Why calls could not be kept, by function."""

    def add(self, qualname: str, origin: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Keep the call; False where it is a duplicate, can't be kept, or the origin's limit is reached."""
        if self.full(qualname, origin) or not (origin in FROM_USE or self._fits(args, kwargs)):
            return False
        try:
            call = describe(qualname, args, kwargs)
            blob = dump((args, kwargs), self._passing_modules)
            if len(blob) > MAX_BLOB_BYTES:
                raise TooLarge("they are larger than %d MiB" % (MAX_BLOB_BYTES >> 20))
            if len(blob) > SMALL_BLOB_BYTES and self._file_bytes(qualname) + len(blob) > MAX_FILE_BYTES:
                raise TooLarge("they are larger than %d MiB together" % (MAX_FILE_BYTES >> 20))
            # Looked at in a copy: to look into an iterator uses it up, and this one may be the program's.
            key = _key(blob, *pickle.loads(blob))
        except (TooLarge, Exception) as error:
            self.refused.setdefault(qualname, Counter())[_why_refused(error)] += 1
            return False
        seen = self._seen.setdefault(qualname, set())
        if key in seen:
            return False
        seen.add(key)
        self._counts[qualname, origin] = self._counts.get((qualname, origin), 0) + 1
        header = json.dumps({"origin": origin, "call": call}).encode()
        with open(path_of(self._folder, self._prefix + qualname), "ab") as file:
            file.write(_HEADER.pack(len(header), len(blob)) + header + blob)
        return True

    def _file_bytes(self, qualname: str) -> int:
        try:
            return os.path.getsize(path_of(self._folder, self._prefix + qualname))
        except FileNotFoundError:
            return 0

    def write_to(self, folder: str) -> None:
        """From now on inputs go to `folder` instead."""
        self._folder = folder

    def kept(self) -> dict[str, int]:
        """How many calls were kept, by function."""
        kept: Counter[str] = Counter()
        for (qualname, _), count in self._counts.items():
            kept[qualname] += count
        return dict(kept)

    def full(self, qualname: str, origin: str) -> bool:
        return self._counts.get((qualname, origin), 0) >= self._limits.get(origin, 0)

    def skip_known(self, qualname: str, places: Optional[list[int]] = None) -> None:
        """Treat what the folder already holds for `qualname` as seen; of that, only `places` where some are given."""
        seen = self._seen.setdefault(qualname, set())
        known = read(self._folder, self._prefix + qualname)
        for _, blob in known if places is None else [known[place] for place in places]:
            try:
                args, kwargs = pickle.loads(blob)
                seen.add(_key(blob, args, kwargs))
            except Exception:
                continue


def _why_refused(error: BaseException) -> str:
    """What is wrong with the arguments: `they hold a generator`."""
    named = re.search(r"cannot pickle '?([\w.]+)'? object", str(error))
    if named is not None:
        return "they hold a %s" % named.group(1).rpartition(".")[2]
    return str(error) if isinstance(error, TooLarge) else "%s: %s" % (type(error).__name__, error)


def _key(blob: bytes, args: Any, kwargs: Any) -> bytes:
    """The same for equal inputs. By content: two pickles of equal values may differ in their memo."""
    digest = encode(args, kwargs).digest
    if digest == UNKNOWN:  # they hold what cannot be looked into
        digest = hashlib.sha256(blob).hexdigest()
    layouts = encode_arrays.layouts((*args, *kwargs.values()))
    return b"%s %d %s" % (digest.encode(), pickling.nans_in(blob), layouts.encode())


def path_of(folder: str, key: str) -> str:
    name = hashlib.sha256(key.encode()).hexdigest()[:24]
    return os.path.join(folder, name + ".inputs")


def read(folder: str, key: str) -> list[tuple[dict[str, str], bytes]]:
    """All inputs kept for a function, in the order they came: header and pickle of each.

    Without one that another process is just writing.
    """
    try:
        with open(path_of(folder, key), "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return []
    found, place = [], 0
    while place + _HEADER.size <= len(content):
        header_size, blob_size = _HEADER.unpack_from(content, place)
        place += _HEADER.size
        if place + header_size + blob_size > len(content):
            break
        header = json.loads(content[place : place + header_size])
        found.append((header, content[place + header_size : place + header_size + blob_size]))
        place += header_size + blob_size
    return found


def dump(value: Any, passing_modules: frozenset[str] = frozenset()) -> bytes:
    """A pickle that has been seen to load. Raises whatever makes that impossible."""
    passing = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None) in passing_modules]
    try:
        blob = pickling.dumps(value)
        if not any(module.__name__.encode() in blob for module in passing):
            pickle.loads(blob)  # some types pickle and do not come back
            return blob
    except Exception:
        pass
    blob = pickling.dumps_by_value(value, passing)
    pickle.loads(blob)
    return blob


def describe(qualname: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The call as a reader would write it, shortened."""
    parts = [_shown(value) for value in args]
    parts += ["%s=%s" % (name, _shown(value)) for name, value in kwargs.items()]
    return "%s(%s)" % (qualname.rpartition(":")[2].rpartition(".")[2], ", ".join(parts))


def _shown(value: Any) -> str:
    items = replay.items_of(value)
    return preview(value) if items is None else "(x for x in %s)" % preview(items)
