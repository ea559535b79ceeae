"""What a call leaves in its working folder: files, folders, links, and the absence of what was there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
from typing import Any

MAX_FILES = 1000
MAX_BYTES = 2**26
"""Of all files together that are read; beyond it, their sizes count."""


class Folder:
    """The working folder as it is now. Links in it lead to the project, and are not to be written through."""

    def __init__(self) -> None:
        self._path = os.getcwd()
        self._before = _entries(self._path)

    def changes(self) -> list[Any]:
        """All that is new, gone or replaced, in order of name; and the folder is as it was again."""
        left = _entries(self._path)
        if left == self._before:
            return []
        found: list[Any] = []
        for name, target in sorted(left.items()):
            if name not in self._before or self._before[name] != target:
                path = os.path.join(self._path, name)
                found += _described(path, name)
                _remove(path)
        for name, target in sorted(self._before.items()):
            if not os.path.lexists(os.path.join(self._path, name)):
                if name not in left:
                    found.append(["gone", name])
                if target is not None:
                    with contextlib.suppress(OSError):
                        os.symlink(target, os.path.join(self._path, name))
        return found


def _entries(path: str) -> dict[str, Any]:
    """What is in the folder: name → where the link leads, None for anything else."""
    with os.scandir(path) as entries:
        return {entry.name: os.readlink(entry.path) if entry.is_symlink() else None for entry in entries}


def _described(path: str, name: str) -> list[Any]:
    found: list[Any] = []
    budget = MAX_BYTES
    for place, inside in _walk(path, name):
        if len(found) >= MAX_FILES:
            found.append("and more")
            break
        facts = os.lstat(place)
        mode = "%o" % stat.S_IMODE(facts.st_mode)
        if stat.S_ISLNK(facts.st_mode):
            found.append(["link", inside, os.readlink(place)])
        elif stat.S_ISDIR(facts.st_mode):
            found.append(["folder", inside, mode])
        elif stat.S_ISREG(facts.st_mode):
            budget -= facts.st_size
            found.append(["file", inside, mode, facts.st_size, _content(place) if budget > 0 else ""])
        else:
            found.append(["special file", inside, mode])
    return found


def _walk(path: str, name: str) -> Any:
    yield path, name
    if os.path.isdir(path) and not os.path.islink(path):
        for entry in sorted(os.listdir(path)):
            yield from _walk(os.path.join(path, entry), name + "/" + entry)


def _content(path: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    try:
        with open(path, "rb") as file:
            for piece in iter(lambda: file.read(2**20), b""):
                digest.update(piece)
    except OSError as error:
        return type(error).__name__
    return digest.hexdigest()


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
