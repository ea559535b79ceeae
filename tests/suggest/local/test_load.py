"""Loading models from GGUF files: the same numbers as in transformers, at first and from what is kept."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from gguf_files import KINDS, SIZE, TOKENS, random_gguf, tokenizer, write
from loading import HOW, TEXT, apart, folders, logits_from
from models import NEVER, logits_of, random_model
from transformers import AutoModelForCausalLM

from speedproof.suggest.local import convert
from speedproof.suggest.local.convert import parts_of
from speedproof.suggest.local.load import load, silent
from speedproof.suggest.local.tensors import StoredTensors
from speedproof.suggest.local.tokens import Tokens

pytestmark = pytest.mark.usefixtures("data")

WEIGHTS_OF_SMOLLM = "1e7c8a1c726e693f3ef812fec44c0efdf79020fe1e36d5cd8a07e0341da3e3aa"
"""SHA-256 of all weights in float32, in the order of their names, as transformers makes them of the file. It takes a
minute for that, which is why it is not asked each time."""
LINE = "def area2(r):\n    return 3.14159 * r**2  # é 日本\n"
IDS = [
    1604, 1557, 34, 24, 98, 727, 472, 1003, 216, 35, 30, 33, 36, 33, 37, 41, 1672, 412, 828, 34, 216, 907, 26411, 17097,
    241, 115, 40993, 198,
]  # fmt: skip
"""As the model's own tokenizer, which splits digits, has LINE."""


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


def test_the_real_model_is_as_transformers_reads_it(kept: Path) -> None:
    parts = parts_of(kept, silent, NEVER)
    assert isinstance(parts.weights, StoredTensors)
    digest = hashlib.sha256()
    for name in sorted(parts.weights):
        digest.update(parts.weights[name].float().numpy().data)
    assert digest.hexdigest() == WEIGHTS_OF_SMOLLM
    assert Tokens.from_json(parts.tokenizer, parts.config).encode(LINE) == IDS


def test_memory_of_the_real_model(kept: Path) -> None:
    """While it loads and after; besides what torch takes by itself."""
    parts_of(kept, silent, NEVER)
    program = (
        "import resource, sys, torch, tokenizers\n"
        "torch.randn(300, 300) @ torch.randn(300, 300)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "before = peak()\n"
        "from speedproof.suggest.local.engine import Engine, Options\n"
        "model = Engine.load(sys.argv[1], Options(device='cpu')).model\n"
        "layers = [linear for layer in model.layers for linear in (layer.qkv, layer.out, layer.up, layer.down)]\n"
        "n_bytes = model.embedding.nbytes + sum(linear.n_bytes for linear in [*layers, model.head])\n"
        "print((peak() - before - n_bytes) / 10**6, 'transformers' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(kept)], capture_output=True, text=True, check=True)
    megabytes, with_transformers = done.stdout.split()
    assert float(megabytes) <= 200
    assert with_transformers == "False"
