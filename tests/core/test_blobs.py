"""Bytes on disk within a limit: what goes first, and that nothing that happens to the folder is an error."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import diskcache
import pytest

from speedproof.core import store
from speedproof.core.store import Blobs

MB = 2**20
LIMIT = 10 * MB
VALUE = bytes(MB)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "blobs"
    folder.mkdir(mode=0o700)
    return folder


def values(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.val"))


def on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and "-" not in file.name)


def content(blobs: Blobs, name: str) -> bytes | None:
    file = blobs.get(name)
    if file is None:
        return None
    with file:
        return file.read()


def test_what_is_put_can_be_got_by_others(folder: Path) -> None:
    one, other = Blobs(folder, LIMIT), Blobs(folder)
    for value in (b"", b"a", b"abc" * MB):
        assert one.put("a", value, "tag")
        assert content(other, "a") == value
    assert other.touch("a")
    assert not other.touch("b")
    assert one.put("b", b"b", "other")
    one.drop_all("tag")
    assert (content(one, "a"), content(one, "b")) == (None, b"b")
    assert other.drop("b")
    assert not other.drop("b")
    one.put("a", VALUE)
    one.drop_all()
    assert values(folder) == []
    one.close()
    other.close()


@pytest.mark.parametrize(
    ("used", "left"),
    [("", "89"), ("0", "09"), ("012", "12"), ("0123456789", "89"), ("9876543210", "01")],
)
def test_what_was_not_used_for_longest_goes_first(folder: Path, used: str, left: str) -> None:
    blobs = Blobs(folder, 20 * MB)
    for name in "0123456789":
        blobs.put(name, VALUE)
    for name in used:
        assert blobs.touch(name)
    blobs.close()
    blobs = Blobs(folder, LIMIT)
    for name in "abcde":
        blobs.put(name, VALUE)
    assert "".join(name for name in "0123456789" if blobs.touch(name)) == left
    assert all(blobs.touch(name) for name in "abcde")


@pytest.mark.parametrize("sizes", [[MB], [MB, 1000], [1000, MB, MB // 3, 10], [9 * MB], [2 * LIMIT, MB]])
def test_the_limit_holds(folder: Path, sizes: list[int]) -> None:
    blobs = Blobs(folder, LIMIT)
    for number in range(40):
        size = sizes[number % len(sizes)]
        assert blobs.put(str(number), bytes(size))
        assert blobs.n_bytes <= LIMIT
        assert on_disk(folder) <= LIMIT
        assert size > MB or content(blobs, str(number)) is not None


def without_values(folder: Path) -> None:
    for file in values(folder):
        file.unlink()


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


@pytest.mark.parametrize(
    "damaged",
    [
        lambda folder: (folder / "cache.db").write_bytes(b"noise" * 10_000),
        lambda folder: (folder / "cache.db").write_bytes(b""),
        lambda folder: (folder / "cache.db").write_bytes((folder / "cache.db").read_bytes()[:9000]),
        lambda folder: (folder / "cache.db").unlink(),
        without_values,
        emptied,
    ],
)
@pytest.mark.parametrize("is_open", [False, True])
def test_what_is_damaged_is_begun_anew(folder: Path, damaged: Callable[[Path], object], is_open: bool) -> None:
    blobs = Blobs(folder, LIMIT)
    for number in range(5):
        blobs.put(str(number), VALUE)
    blobs.close()  # its connection; the next thing that is asked opens another one
    damaged(folder)
    if not is_open:
        blobs = Blobs(folder, LIMIT)
    for number in range(5):
        assert content(blobs, str(number)) in (None, VALUE)
    blobs.put("new", VALUE)
    blobs.close()
    blobs = Blobs(folder, LIMIT)
    assert blobs.put("new", VALUE)
    assert content(blobs, "new") == VALUE
    assert folder.stat().st_mode & 0o777 == 0o700


def test_while_somebody_holds_the_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = diskcache.Cache
    monkeypatch.setattr(diskcache, "Cache", lambda *args, **options: real(*args, timeout=0.1, **options))
    blobs = Blobs(folder, LIMIT)
    blobs.put("a", b"a")
    other = sqlite3.connect(folder / "cache.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not blobs.put("a", b"b")
    assert not blobs.touch("a")
    other.close()
    assert content(blobs, "a") == b"a"
    assert len(values(folder)) == 1


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Blobs(tmp_path / "file", LIMIT)


def test_what_killed_processes_left_is_removed(folder: Path) -> None:
    blobs = Blobs(folder, LIMIT)
    blobs.put("a", VALUE)
    (folder / "00" / "11").mkdir(parents=True)
    stray = folder / "00" / "11" / "stray.val"
    stray.write_bytes(bytes(1000))
    assert content(Blobs(folder, LIMIT), "a") == VALUE
    assert stray.exists()
    stray.write_bytes(bytes(store.STRAY_BYTES + MB))
    assert content(Blobs(folder, LIMIT), "a") == VALUE
    assert len(values(folder)) == 1
