"""Files read and written: encoding, byte order mark and line ends survive, and nobody's change is overwritten."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.core.errors import UsageError
from speedproof.core.source import read_source, write_source


def written(folder: Path, data: bytes) -> Path:
    path = folder / "mod.py"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (b"x = 1\n", "x = 1\n", b"y = 1\n"),
        (b"x = 1", "x = 1", b"y = 1"),
        (b"", "", b""),
        (b"x = 1\r\nx = 2\r\n", "x = 1\nx = 2\n", b"y = 1\r\ny = 2\r\n"),
        (b"x = 1\rx = 2\r", "x = 1\nx = 2\n", b"y = 1\ry = 2\r"),
        (b"x = 1\r\nx = 2\n", "x = 1\r\nx = 2\n", b"y = 1\r\ny = 2\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", b"\xef\xbb\xbfy = 1\n"),
        ("x = 'é'\n".encode(), "x = 'é'\n", "y = 'é'\n".encode()),
        (
            b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
            "# -*- coding: latin-1 -*-\nx = 'é'\n",
            b"# -*- coding: latin-1 -*-\ny = '\xe9'\n",
        ),
        (
            "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'\n".encode("cp1252"),
            "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'\n",
            "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ny = '€'\n".encode("cp1252"),
        ),
    ],
)
def test_what_is_not_edited_stays_as_it_is(tmp_path: Path, before: bytes, text: str, after: bytes) -> None:
    source = read_source(written(tmp_path, before))
    assert source.text == text
    now = write_source(source, text.replace("x =", "y ="))
    assert source.path.read_bytes() == now.data == after
    assert list(tmp_path.iterdir()) == [source.path]


@given(st.text(alphabet="ab é\n\r\x0c\u2028😀").map(str.encode))
def test_reading_and_writing_nothing_new_changes_nothing(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    source = read_source(written(tmp_path_factory.mktemp("source"), data))
    assert source.encoded(source.text) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = '\xe9'\n", "not utf-8 text"),
        (b"\xff\xfex\x00", "not utf-8 text"),
        (b"\n" * 5 + b"x = '\xe9'\n", "not utf-8 text"),
        (b"# coding: nonsense\n", "unknown encoding: nonsense"),
        (b"# coding: rot13\n", "rot13"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "encoding problem"),
        (b"x = 1\x00\n", "null bytes"),
    ],
)
def test_what_is_no_python_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = written(tmp_path, data)
    with pytest.raises(UsageError, match=message) as caught:
        read_source(path)
    assert str(path) in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*: No such file"):
        read_source(tmp_path / "mod.py")


def test_the_mode_is_kept_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path = written(tmp_path, b"x = 1\n")
    path.chmod(0o751)
    link = tmp_path / "link.py"
    link.symlink_to("mod.py")
    write_source(read_source(link), "y = 1\n")
    assert link.is_symlink()
    assert path.read_bytes() == b"y = 1\n"
    assert path.stat().st_mode & 0o7777 == 0o751


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path, b"x = 1\n")
    source = read_source(path)
    path.write_bytes(b"x = 1  # mine\n")
    with pytest.raises(UsageError, match="has changed meanwhile"):
        write_source(source, "y = 1\n")
    assert path.read_bytes() == b"x = 1  # mine\n"


def test_a_character_that_the_encoding_lacks(tmp_path: Path) -> None:
    source = read_source(written(tmp_path, b"# coding: latin-1\nx = 1\n"))
    with pytest.raises(UsageError, match="'€' cannot be written in iso-8859-1"):
        write_source(source, "# coding: latin-1\nx = '€'\n")
    assert source.path.read_bytes() == source.data


def test_an_encoding_with_two_spellings_of_a_character(tmp_path: Path) -> None:
    source = read_source(written(tmp_path, b"# coding: iso2022_jp\nx = '\x1b(B\x1b(B'\n"))
    with pytest.raises(UsageError, match="would change other places"):
        write_source(source, source.text.replace("x", "y"))


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_source(written(tmp_path, b"x = 1\n"))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        write_source(source, "y = 1\n")
    assert list(tmp_path.iterdir()) == [source.path]
    assert source.path.read_bytes() == b"x = 1\n"
