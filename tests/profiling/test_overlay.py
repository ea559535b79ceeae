"""The scratch folder is gone afterwards, whatever foreign code has made in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from speedproof.profiling.overlay import remove_tree

DEPTH, NAME = 1200, "inside"
"""Deeper than Python recurses, and with a longer path than the kernel takes."""


def deep(folder: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(folder)
        for _ in range(DEPTH):
            Path(NAME).mkdir()
            os.chdir(NAME)
            Path("file").write_text("x")
    finally:
        os.chdir(here)


def closed(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("x")
    (folder / "a" / "b").chmod(0)
    (folder / "a").chmod(0)


def wide(folder: Path) -> None:
    for name in ("a", "b-0-0-moved", "c" * 255):
        for inner in ("a", "0", "a-0-0-moved"):
            (folder / name / inner / inner).mkdir(parents=True)


def linked(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "kept")
    (folder / "a").mkdir()
    (folder / "a" / "link").symlink_to(folder.parent / "kept")
    os.mkfifo(folder / "a" / "pipe")


@pytest.mark.parametrize("make", [deep, closed, wide, linked])
def test_nothing_is_left_and_nothing_else_is_gone(make: Callable[[Path], None], tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("mine")
    folder = tmp_path / "scratch"
    folder.mkdir()
    make(folder)
    remove_tree(folder)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["kept", "kept/file"]


def test_a_folder_that_is_gone_already(tmp_path: Path) -> None:
    remove_tree(tmp_path / "gone")
