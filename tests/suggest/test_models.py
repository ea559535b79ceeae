"""The models in the user's folder, and what a name, a path or a hub id stands for."""

import json
import stat
from pathlib import Path

import pytest

from speedproof.core.errors import UsageError
from speedproof.core.store import data_folder
from speedproof.suggest import models
from speedproof.suggest.models import (
    CATALOGUE,
    DEFAULT,
    absolute_source,
    installed,
    models_folder,
    place_of,
    private_folder,
    remove,
    resolve,
)


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_HOME", str(tmp_path / "data"))
    (tmp_path / "work" / "folder").mkdir(parents=True)
    (tmp_path / "work" / "empty").mkdir()
    (tmp_path / "work" / "folder" / "config.json").touch()
    for name in ("mine.gguf", "notes.txt", "UPPER.GGUF"):
        (tmp_path / "work" / name).touch()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "work"))


def put(name: str = DEFAULT, file: str = "model.gguf", content: bytes = b"12345") -> Path:
    path = private_folder(models_folder() / name) / file
    path.write_bytes(content)
    return path


def test_what_is_there() -> None:
    assert installed() == []
    path = put()
    other = put("b", "other.gguf", b"")
    put("c", ".partial-1.gguf")
    put(".hidden")
    (models_folder() / "d").mkdir()
    assert [(each.name, each.path, each.n_bytes) for each in installed()] == [("b", other, 0), (DEFAULT, path, 5)]


def test_folders_are_the_users_alone(tmp_path: Path) -> None:
    data_folder().mkdir(mode=0o755)
    outside = stat.S_IMODE(tmp_path.stat().st_mode)
    put()
    for folder in (data_folder(), models_folder(), models_folder() / DEFAULT):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == outside


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (DEFAULT, "INSTALLED"),
        (f"  {DEFAULT} ", "INSTALLED"),
        ("mine.gguf", "mine.gguf"),
        ("./mine.gguf", "./mine.gguf"),
        ("~/mine.gguf", "~/mine.gguf"),
        ("UPPER.GGUF", "UPPER.GGUF"),
        ("folder", "folder"),
        ("Qwen/Qwen2.5-Coder-0.5B", "Qwen/Qwen2.5-Coder-0.5B"),
    ],
)
def test_what_a_source_stands_for(source: str, expected: str) -> None:
    path = put()
    found = resolve(source)
    if "/Q" in expected:
        assert found == expected
        assert absolute_source(source) == expected
    elif expected == "INSTALLED":
        assert found == path
        assert absolute_source(source) == DEFAULT
    else:
        assert found == Path(expected).expanduser()
        assert absolute_source(source) == str(Path(expected).expanduser().absolute())


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "no model is named"),
        (DEFAULT, "Fetch it with 'speedproof models fetch smollm2-135m'"),
        ("smollm", "there is no model smollm"),
        ("nope/model.gguf", "there is no model nope/model.gguf"),
        ("./a/b", "there is no model ./a/b"),
        ("/nope/folder", "there is no model /nope/folder"),
        ("~/a", "there is no model ~/a"),
        ("a/b/c", "there is no model a/b/c"),
        ("notes.txt", "notes.txt is no model"),
        ("empty", "it has no config.json"),
    ],
)
def test_what_is_no_source(source: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        resolve(source)
    assert words in str(raised.value)


def test_removing() -> None:
    path = put()
    other = put("b")
    assert remove(DEFAULT).path == path
    assert not path.parent.exists()
    assert [each.path for each in installed()] == [other]
    with pytest.raises(UsageError, match=f"no model {DEFAULT} to remove; there are b"):
        remove(DEFAULT)
    remove("b")
    with pytest.raises(UsageError, match="there is none"):
        remove("../work")


def test_what_was_made_of_a_model_goes_with_it() -> None:
    path, other = put(), put("b")
    folders = {}
    for source in (path, other):
        folders[source] = private_folder(models.converted_folder() / source.parent.name)
        (folders[source] / "manifest.json").write_text(json.dumps({"source": str(source)}))
    (private_folder(models.converted_folder() / "c") / "manifest.json").write_text("nothing")
    remove(DEFAULT)
    assert not folders[path].exists()
    assert folders[other].exists()


def test_the_catalogue() -> None:
    for name, packaged in CATALOGUE.items():
        assert packaged.name == name
        assert place_of(packaged) == models_folder() / name / packaged.member
        assert packaged.wheel.startswith(packaged.project.replace("-", "_"))
        assert {len(packaged.wheel_sha256), len(packaged.member_sha256)} == {64}


def test_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "LOCAL_PACKAGES", ("json", "no_such_package_of_anybody"))
    assert models.missing_packages() == ["no_such_package_of_anybody"]
