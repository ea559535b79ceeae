"""Changing one setting in the user's own file, and nothing else in it."""

import os
import stat
from pathlib import Path

import pytest

from speedproof.core.errors import UsageError
from speedproof.core.settings import Settings
from speedproof.core.user_config import set_user_value, unset_user_value


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "folder" / "config.toml"
    monkeypatch.setenv("SPEEDPROOF_CONFIG", str(place))
    return place


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'model = "new"\n'),
        ('model = "old"\n', 'model = "new"\n'),
        ("# mine\nmodel = 'old' # why\nfindings = false\n", '# mine\nmodel = "new" # why\nfindings = false\n'),
        ("findings = false # no\n", 'findings = false # no\nmodel = "new"\n'),
        ('findings = false\r\nmodel = "old"\r\n', 'findings = false\r\nmodel = "new"\r\n'),
    ],
)
def test_one_value_changes(file: Path, before: str, after: str) -> None:
    if before:
        file.parent.mkdir()
        file.write_bytes(before.encode())
    assert set_user_value("model", "new") == file
    assert file.read_bytes().decode() == after
    assert Settings.load().model == "new"
    unset_user_value("model")
    assert Settings.load().model == ""
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_value_stands_before_the_tables(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("# first\n\n[other]\nmodel = 'theirs'\n")
    set_user_value("model", "C:\\models\\é.gguf")
    assert file.read_text(encoding="utf-8").endswith("[other]\nmodel = 'theirs'\n")
    assert Settings.load(on_error=lambda _: None).model == "C:\\models\\é.gguf"


def test_links_and_rights_stay(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.toml"
    real.write_text('model = "old"\n')
    real.chmod(0o640)
    file.parent.mkdir()
    file.symlink_to(real)
    set_user_value("model", "new")
    assert file.is_symlink()
    assert real.read_text() == 'model = "new"\n'
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.parametrize("content", [b"model = \n", b"model = '\xff'\n", b"[model\n"])
def test_what_is_not_toml_is_left_alone(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(UsageError, match="not valid TOML"):
        set_user_value("model", "new")
    assert file.read_bytes() == content


def test_what_cannot_be_written(file: Path) -> None:
    file.parent.write_text("a file where a folder should be")
    with pytest.raises(UsageError, match="cannot"):
        set_user_value("model", "new")
    file.parent.unlink()
    file.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot read"):
        set_user_value("model", "new")


def test_without_a_file_there_is_nothing_to_unset(file: Path) -> None:
    unset_user_value("model")
    assert not file.exists()
    assert os.environ["SPEEDPROOF_CONFIG"] == str(file)
