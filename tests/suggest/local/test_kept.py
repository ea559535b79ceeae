"""What is kept of a model file: made once, whole or not at all, and again where it is damaged."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gguf_files import random_gguf
from loading import HOW, TEXT, apart, folders, logits_from
from models import NEVER, logits_of

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.suggest.local import convert, weights
from speedproof.suggest.local.convert import parts_of
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.load import SPIKY, Loaded, load, silent
from speedproof.suggest.local.repair import Repair, Reuse

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    random_gguf(path)
    return path


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.safetensors", "a byte"),
        ("model.safetensors", "cut off"),
        ("model.safetensors", "gone"),
        ("model.safetensors", "empty"),
        ("config.json", "a byte"),
        ("config.json", "empty"),
        ("tokenizer.json", "a byte"),
        ("tokenizer.json", "gone"),
        ("manifest.json", "cut off"),
        ("manifest.json", "gone"),
    ],
)
def test_what_is_damaged_is_made_again(name: str, damage: str, path: Path, data: Path) -> None:
    expected = logits_from(path)
    [folder] = folders(data)
    file = folder / name
    content = bytearray(file.read_bytes())
    if damage == "a byte":
        content[-100] ^= 1
    elif damage == "cut off":
        del content[len(content) // 2 :]
    elif damage == "empty":
        content.clear()
    file.write_bytes(content)
    if damage == "gone":
        file.unlink()
    assert torch.equal(logits_from(path), expected)
    assert folders(data) == [folder]
    before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
    assert torch.equal(logits_from(path), expected)
    assert {each.name: each.stat().st_mtime_ns for each in folder.iterdir()} == before


def test_what_is_half_done_is_removed(path: Path, data: Path) -> None:
    logits_from(path)
    [folder] = folders(data)
    half = folder.with_name(f".{folder.name}.abc")
    folder.rename(half)
    logits_from(path)
    assert folders(data) == [folder]


def test_a_changed_file_takes_the_place_of_what_it_was(path: Path, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    random_gguf(other, "qwen2")
    logits_from(other)
    logits_from(path)
    assert len(folders(data)) == 2
    theirs = random_gguf(path, "llama, tied")
    assert apart(logits_from(path), logits_of(theirs, TEXT)[-1]) < 1e-3
    assert len(folders(data)) == 2
    other.unlink()
    os.utime(path, (1, 1))
    logits_from(path)
    assert len(folders(data)) == 1


def test_several_at_once(path: Path, data: Path) -> None:
    made: list[torch.Tensor] = []
    threads = [threading.Thread(target=lambda: made.append(logits_from(path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert all(torch.equal(each, made[0]) for each in made)
    assert len(folders(data)) == 1


def test_it_is_the_users_alone(path: Path, data: Path) -> None:
    logits_from(path)
    [folder] = folders(data)
    assert {each.stat().st_mode & 0o777 for each in (data, data / "converted", folder)} == {0o700}


def test_where_nothing_can_be_kept(path: Path, data: Path) -> None:
    expected = logits_from(path)
    convert.discard(parts_of(path, silent, NEVER))
    for each in sorted(data.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    data.rmdir()
    data.touch()
    assert torch.equal(logits_from(path), expected)


def test_a_cancel_leaves_nothing(path: Path, data: Path) -> None:
    cancel = CancelToken()
    told: list[float | None] = []

    def progress(_what: str, share: float | None) -> None:
        told.append(share)
        if len(told) == 5:
            cancel.cancel()

    with pytest.raises(Cancelled):
        load(path, HOW, progress, cancel)
    assert folders(data) == []
    assert told == sorted(told, key=lambda share: share or 0.0)
    assert len(told) == 5
    load(path, HOW, lambda what, share: told.append(share))
    assert None not in told
    assert max(share or 0.0 for share in told) <= 1


def spiky(loaded: Loaded) -> list[bool]:
    assert loaded.ours is not None
    return weights.spiky_of(loaded.ours)


def test_which_layers_int8_leaves_alone_is_found_out_once(
    path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = replace(HOW, precision=Precision.INT8)
    expected = load(path, how)
    [folder] = folders(data)
    assert json.loads((folder / SPIKY).read_text()) == spiky(expected)
    assert len(spiky(expected)) == 4 * 3 + 1

    def never(*_: object, **__: object) -> None:
        pytest.fail("it was found out already")

    with monkeypatch.context() as patched:
        patched.setattr(weights, "_learned", never)
        again = load(path, how)
    said = [each.session(256, Reuse.EXACT, Repair()).update(TEXT, NEVER)[0] for each in (expected, again)]
    assert torch.equal(*said)
    (folder / SPIKY).write_text("[true]")
    assert spiky(load(path, how)) == spiky(expected)
    (folder / SPIKY).write_text("nonsense")
    assert spiky(load(path, how)) == spiky(expected)
