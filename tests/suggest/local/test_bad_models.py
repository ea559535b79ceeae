"""Files and folders that are no models, or not whole ones: each is refused in words."""

from pathlib import Path
from typing import Any

import gguf
import pytest
from gguf_files import random_gguf, tokenizer
from loading import HOW, check_refused, folders

from speedproof.core.errors import UsageError
from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.load import load

pytestmark = pytest.mark.usefixtures("data")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is damaged"),
        (b"GGU", "is damaged"),
        (b"#!/bin/sh\necho this is no model\n", "does not begin as a GGUF file"),
        (b"GGUF\x01\0\0\0" + bytes(100), "version 1"),
        (b"GGUF\0\0\0\x03" + bytes(100), "byte order"),
        (b"GGUF\x03\0\0\0" + b"\xff" * 16, "it ends too early"),
        (b"GGUF\x03\0\0\0" + bytes(8) + b"\1" + bytes(7) + b"\1" + bytes(7) + b"\xff", "is damaged"),
        (b"GGUF\x03\0\0\0" + bytes(16), "does not say of which architecture"),
    ],
)
def test_what_is_no_gguf_file(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    check_refused(path, str(path), words)


def test_cut_off_anywhere(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "model.gguf"
    random_gguf(path)
    content = path.read_bytes()
    for length in (10, 30, 100, 1000, 3000, 5000, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        check_refused(path, "is damaged")
    assert folders(data) == [] if (data / "converted").exists() else True


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tokenizer.ggml.model": "klingon"}, "a tokenizer that is not known (klingon)"),
        ({"tokenizer.ggml.model": None}, "no tokenizer"),
        ({"tokenizer.ggml.merges": ["a nonsense"]}, "a vocabulary that does not fit together"),
        ({"tokenizer.ggml.bos_token_id": 9999, "tokenizer.ggml.add_bos_token": True}, "no token 9999"),
        ({"llama.block_count": None}, "does not say its llama.block_count"),
        ({"llama.block_count": 9}, "it has no weight"),
        ({"llama.attention.head_count": 8}, "does not fit together"),
        ({"llama.feed_forward_length": 100}, "does not fit together"),
        ({"llama.embedding_length": 128}, "does not fit together"),
        ({"llama.expert_count": 8}, ""),
    ],
)
def test_what_does_not_fit_together(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    random_gguf(path, "llama", **changes)
    if words:
        check_refused(path, words)
    else:
        assert load(path, HOW).ours is None


def test_an_architecture_of_nobody(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "hal9000")
    writer.add_uint32("hal9000.block_count", 2)
    for key, value in tokenizer().items():
        if isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, list):
            writer.add_array(key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    check_refused(path, "cannot be loaded", "hal9000")


def test_wrong_places(tmp_path: Path) -> None:
    check_refused(tmp_path / "nope.gguf", "there is no model")
    check_refused(tmp_path / "nope", "there is no model")
    (tmp_path / "folder.gguf").mkdir()
    check_refused(tmp_path / "folder.gguf", "cannot read the model")
    check_refused(tmp_path, "is no model: it has no config.json")
    (tmp_path / "file.bin").touch()
    check_refused(tmp_path / "file.bin", "must be a GGUF file")
    (tmp_path / "config.json").write_text("{")
    check_refused(tmp_path, "cannot be loaded")
    (tmp_path / "config.json").write_text('{"model_type": "hal9000"}')
    check_refused(tmp_path, "cannot be loaded", "hal9000")


def test_no_device(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    random_gguf(path)
    with pytest.raises(UsageError, match="the device 'abacus' is not usable"):
        Engine.load(path, Options(device="abacus"))
