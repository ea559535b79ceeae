"""A small shop as a project, and what is found for a cursor in it."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from speedproof.analysis.related import Edited, related
from speedproof.analysis.syntax import Syntax
from speedproof.analysis.workspace import Opened, WorkspaceIndex
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Chunk

PRICES = '''\
"""Prices."""

LIMIT = 10


class Basket:
    """What somebody wants to buy."""

    size: int = 0

    def __init__(self, owner):
        self.owner = owner
        self.lines = []

    def total(self) -> float:
        """The sum of all lines.

        Without tax.
        """
        return sum(line.price for line in self.lines)


def area(width, height):
    return width * height
'''
BASKET = '''\
class Basket:
    """What somebody wants to buy."""
    size: int = 0
    def __init__(self, owner):
        self.owner = owner
        self.lines = []
    def total(self) -> float: ...'''
AREA = "def area(width, height):\n    return width * height"
SHOP = {"shop/__init__.py": "", "shop/prices.py": PRICES}
FOREVER = 1.0


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def at_cursor(root: Path, text: str, name: str = "main.py") -> tuple[Opened, int]:
    """The document, and where `$0` is in it."""
    offset = text.index("$0")
    text = text.replace("$0", "")
    return Opened(Path(os.path.normpath(root / name)), text, Syntax.parse(text)), offset


def find(
    index: WorkspaceIndex,
    text: str,
    *,
    name: str = "main.py",
    opened: Iterable[Opened] = (),
    edited: Sequence[Edited] = (),
    cancel: CancelToken | None = None,
    deadline: float = FOREVER,
    clock: Callable[[], float] = lambda: 0.0,
) -> list[Chunk]:
    document, offset = at_cursor(index.root, text, name)
    return related(
        index,
        document,
        offset,
        cancel=cancel or CancelToken(),
        deadline=deadline,
        opened=tuple(opened),
        edited=edited,
        clock=clock,
    )


def check(
    root: Path,
    files: Mapping[str, str | bytes],
    text: str,
    expected: Sequence[tuple[str, str]],
    *,
    name: str = "main.py",
    import_roots: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> None:
    """The chunks found at `$0` of `text`, as path and text."""
    write(root, files)
    index = WorkspaceIndex(root, import_roots=[root / each for each in import_roots], exclude=exclude)
    first = find(index, text, name=name)
    assert [(chunk.path, chunk.text) for chunk in first] == list(expected)
    assert find(index, text, name=name) == first
