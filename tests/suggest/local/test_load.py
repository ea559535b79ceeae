"""Loading models from GGUF files and folders: the same numbers as in transformers, at first and from what is kept."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from gguf_files import KINDS, SIZE, TOKENS, random_gguf, tokenizer, write
from models import NEVER, logits_of, random_model

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, UsageError
from speedproof.suggest.local import convert
from speedproof.suggest.local.convert import parts_of
from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.load import How, load, silent
from speedproof.suggest.local.tensors import StoredTensors

pytestmark = pytest.mark.usefixtures("data")

HOW = How(Precision.FP32, torch.device("cpu"), 256)
TEXT = [*range(4, 90), 17, 5]


def logits_from(source: Path | str, how: How = HOW) -> torch.Tensor:
    """Of the token after TEXT."""
    engine = Engine.load(source, Options(how.precision, "cpu", context=how.context))
    logits, _ = engine.session("document").update(TEXT, NEVER)
    return logits


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().max())


def folders(data: Path) -> list[Path]:
    return sorted(path for path in (data / "converted").iterdir() if path.is_dir())


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_as_transformers(kind: str, tmp_path: Path, data: Path) -> None:
    path = tmp_path / "model.gguf"
    theirs = random_gguf(path, kind)
    fresh = logits_from(path)
    assert apart(fresh, logits_of(theirs, TEXT)[-1]) < 1e-3
    assert torch.equal(logits_from(path), fresh)
    [folder] = folders(data)
    assert json.loads((folder / "manifest.json").read_text())["weights"] == "kept"
    assert load(path, HOW).ours is not None


@pytest.mark.parametrize("quantized", [gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_1,
                                       gguf.GGMLQuantizationType.F16, gguf.GGMLQuantizationType.BF16])  # fmt: skip
def test_quantized_as_transformers_reads_it(quantized: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoModelForCausalLM

    path = tmp_path / "model.gguf"
    random_gguf(path, "llama", quantized)
    theirs = AutoModelForCausalLM.from_pretrained(str(tmp_path), gguf_file=path.name, dtype=torch.float32).eval()
    parts = parts_of(path, silent, NEVER)
    assert parts.weights is not None
    for name, weight in theirs.state_dict().items():
        assert torch.equal(parts.weights[name].float(), weight), name
    assert apart(logits_from(path), logits_of(theirs, TEXT)[-1]) < 1e-3
    # So large that they stay in the file.
    monkeypatch.setattr(convert, "MOST_KEPT_BYTES", 1000)
    os.utime(path, (1, 1))
    assert apart(logits_from(path), logits_of(theirs, TEXT)[-1]) < 1e-3
    parts = parts_of(path, silent, NEVER)
    assert parts.folder is not None
    assert not (parts.folder / convert.WEIGHTS).exists()


def test_frequencies_of_llama_3(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    model, _ = random_model("llama", tuple({**SIZE, "rope_parameters": _llama3()}.items()))
    plain = random_gguf(path)
    factors = plain.model.rotary_emb.inv_freq / model.model.rotary_emb.inv_freq
    assert float(factors.max()) > 2
    reader = gguf.GGUFReader(path)
    writer = gguf.GGUFWriter(tmp_path / "three.gguf", "llama")
    for field in reader.fields.values():
        if not field.name.startswith(("GGUF.", "general.architecture")):
            kind = field.types[0]
            sub = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, sub)
    writer.add_tensor("rope_freqs.weight", factors.numpy())
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    model.load_state_dict(plain.state_dict())
    assert apart(logits_from(tmp_path / "three.gguf"), logits_of(model, TEXT)[-1]) < 1e-3
    assert apart(logits_from(path), logits_of(model, TEXT)[-1]) > 1e-2


def test_another_architecture_is_served_by_transformers(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "model.gguf"
    sizes = {"n_layer": 2, "n_positions": 1024, "max_position_embeddings": 1024, "vocab_size": len(TOKENS)}
    theirs, config = random_model("gpt2", tuple(sizes.items()))
    weights = {
        name: tensor.T if ".c_" in name and tensor.ndim == 2 else tensor for name, tensor in theirs.state_dict().items()
    }
    said = {
        "block_count": config.n_layer, "context_length": 1024, "embedding_length": config.n_embd,
        "feed_forward_length": 4 * config.n_embd, "attention.head_count": config.n_head,
        "attention.layer_norm_epsilon": config.layer_norm_epsilon,
    }  # fmt: skip
    write(path, "gpt2", weights, {**{f"gpt2.{key}": value for key, value in said.items()}, **tokenizer("gpt-2")})
    for _ in range(2):
        loaded = load(path, HOW)
        assert loaded.ours is None
        assert "gpt2" in loaded.why_not_movable
        assert apart(logits_from(path), logits_of(theirs, TEXT)[-1]) < 1e-3
        [folder] = folders(data)
        assert (folder / convert.WEIGHTS).exists()


def _llama3() -> Any:
    said = {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 128,
    }  # fmt: skip
    return tuple(said.items())


class TestWhatIsKept:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
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
    def test_what_is_damaged_is_made_again(self, name: str, damage: str, path: Path, data: Path) -> None:
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

    def test_what_is_half_done_is_removed(self, path: Path, data: Path) -> None:
        logits_from(path)
        [folder] = folders(data)
        half = folder.with_name(f".{folder.name}.abc")
        folder.rename(half)
        logits_from(path)
        assert folders(data) == [folder]

    def test_a_changed_file_takes_the_place_of_what_it_was(self, path: Path, data: Path, tmp_path: Path) -> None:
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

    def test_several_at_once(self, path: Path, data: Path) -> None:
        made: list[torch.Tensor] = []
        threads = [threading.Thread(target=lambda: made.append(logits_from(path))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 4
        assert all(torch.equal(each, made[0]) for each in made)
        assert len(folders(data)) == 1

    def test_it_is_the_users_alone(self, path: Path, data: Path) -> None:
        logits_from(path)
        [folder] = folders(data)
        assert {each.stat().st_mode & 0o777 for each in (data, data / "converted", folder)} == {0o700}

    def test_where_nothing_can_be_kept(self, path: Path, data: Path) -> None:
        expected = logits_from(path)
        convert.discard(parts_of(path, silent, NEVER))
        for each in sorted(data.rglob("*"), reverse=True):
            each.rmdir() if each.is_dir() else each.unlink()
        data.rmdir()
        data.touch()
        assert torch.equal(logits_from(path), expected)

    def test_a_cancel_leaves_nothing(self, path: Path, data: Path) -> None:
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


class TestBadModels:
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
    def test_what_is_no_gguf_file(self, content: bytes, words: str, tmp_path: Path) -> None:
        path = tmp_path / "model.gguf"
        path.write_bytes(content)
        check_refused(path, str(path), words)

    def test_cut_off_anywhere(self, tmp_path: Path, data: Path) -> None:
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
    def test_what_does_not_fit_together(self, changes: dict[str, Any], words: str, tmp_path: Path) -> None:
        path = tmp_path / "model.gguf"
        random_gguf(path, "llama", **changes)
        if words:
            check_refused(path, words)
        else:
            assert load(path, HOW).ours is None

    def test_an_architecture_of_nobody(self, tmp_path: Path) -> None:
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

    def test_wrong_places(self, tmp_path: Path) -> None:
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

    def test_no_device(self, tmp_path: Path) -> None:
        path = tmp_path / "model.gguf"
        random_gguf(path)
        with pytest.raises(UsageError, match="the device 'abacus' is not usable"):
            Engine.load(path, Options(device="abacus"))


def check_refused(source: Path | str, *words: str) -> None:
    with pytest.raises(UsageError) as raised:
        load(source, HOW)
    for word in words:
        assert word in str(raised.value)


class TestFolders:
    def save(self, folder: Path, kind: str, options: dict[str, Any], **how: Any) -> Any:
        """As transformers saves a model; with the tokenizer of the GGUF files."""
        model, _ = random_model(kind, tuple(options.items()))
        model.save_pretrained(folder, **how)
        other = folder.parent / "for its tokenizer.gguf"
        random_gguf(other)
        (folder / "tokenizer.json").write_text(parts_of(other, silent, NEVER).tokenizer)
        return model

    @pytest.mark.parametrize("size", ["5GB", "20KB"])
    @pytest.mark.parametrize("kind", ["llama", "qwen2", "starcoder2"])
    def test_ours(self, kind: str, size: str, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        theirs = self.save(folder, *KINDS[kind], max_shard_size=size)
        assert len(list(folder.glob("*.safetensors"))) == 1 or size == "20KB"
        assert apart(logits_from(folder), logits_of(theirs, TEXT)[-1]) < 1e-3
        loaded = load(folder, HOW)
        assert loaded.ours is not None
        assert loaded.tokenizer.ends == {0}

    def test_served_by_transformers(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        theirs = self.save(folder, "gpt2", {"n_positions": 512, "n_embd": 48, "n_layer": 2, "n_head": 4})
        assert load(folder, HOW).ours is None
        assert apart(logits_from(folder), logits_of(theirs, TEXT)[-1]) < 1e-3

    def test_what_is_missing(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        self.save(folder, *KINDS["llama"])
        weights = folder / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-50])
        check_refused(folder, "cannot be loaded")
        weights.unlink()
        check_refused(folder, "cannot be loaded")
        weights.write_bytes(whole)
        (folder / "tokenizer.json").write_text("{}")
        check_refused(folder, "no tokenizer that can be used")
        (folder / "tokenizer.json").unlink()
        check_refused(folder, "no tokenizer that can be used")

    def test_a_text_is_never_longer_than_the_model_allows(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        self.save(folder, *KINDS["llama"])
        assert Engine.load(folder, Options(device="cpu", context=100_000)).context == 512
        assert Engine.load(folder, Options(device="cpu", context=100)).context == 100
        path = tmp_path / "model.gguf"
        random_gguf(path)
        assert Engine.load(path, Options(device="cpu", context=100_000)).context == 512

    def test_no_hub_is_asked_where_it_must_not_be(self, tmp_path: Path) -> None:
        program = (
            "import sys, torch\n"
            "from speedproof.core.errors import UsageError\n"
            "from speedproof.suggest.local.engine import Engine\n"
            "try:\n    Engine.load('somebody/no-such-model')\n"
            "except UsageError as error:\n    print('refused', error)\n"
        )
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith("refused the model somebody/no-such-model cannot be had from the hub")


def test_the_real_model_is_as_transformers_reads_it(kept: Path) -> None:
    from transformers import AutoModelForCausalLM

    theirs = AutoModelForCausalLM.from_pretrained(str(kept.parent), gguf_file=kept.name, dtype=torch.float32)
    weights = parts_of(kept, silent, NEVER).weights
    assert isinstance(weights, StoredTensors)
    state = theirs.state_dict()
    assert {*state} - {*weights} == {"lm_head.weight"}
    for name, weight in weights.items():
        assert torch.equal(weight.float(), state[name]), name


def test_memory_of_the_real_model(kept: Path) -> None:
    """While it loads and after; besides what torch takes by itself."""
    Engine.load(kept, Options(device="cpu"))
    program = (
        "import resource, sys, torch, tokenizers\n"
        "torch.randn(300, 300) @ torch.randn(300, 300)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "before = peak()\n"
        "from speedproof.suggest.local.engine import Engine, Options\n"
        "model = Engine.load(sys.argv[1], Options(device='cpu')).model\n"
        "layers = [linear for layer in model.layers for linear in (layer.qkv, layer.out, layer.up, layer.down)]\n"
        "tensors = [model.embedding, *(linear._weight for linear in [*layers, model.head])]\n"
        "print((peak() - before - sum(tensor.nbytes for tensor in tensors)) / 10**6, 'transformers' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(kept)], capture_output=True, text=True, check=True)
    megabytes, with_transformers = done.stdout.split()
    assert float(megabytes) <= 200
    assert with_transformers == "False"
