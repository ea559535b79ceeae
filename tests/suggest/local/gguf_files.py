"""Tiny random models as GGUF files, written by the `gguf` package as llama.cpp's own converter has them."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from models import random_model
from transformers.convert_slow_tokenizer import bytes_to_unicode

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4
SPECIAL = ("<|endoftext|>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>")
MERGES = (
    "Ġ Ġ",
    "ĠĠ ĠĠ",
    "d e",
    "de f",
    "r e",
    "t u",
    "re tu",
    "retu r",
    "retur n",
    "Ġ retu",
    "i n",
    "Ã ©",
    "1 2",
    "o r",
)
_MADE = [merge.replace(" ", "") for merge in MERGES]
TOKENS = [*SPECIAL, *bytes_to_unicode().values(), *_MADE, "<think>"]
TYPES = [*[CONTROL] * len(SPECIAL), *[NORMAL] * (256 + len(_MADE)), USER_DEFINED]
SIZE = {"hidden_size": 64, "intermediate_size": 96, "vocab_size": len(TOKENS), "pad_token_id": None}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", SIZE),
    "llama, tied": ("llama", {**SIZE, "tie_word_embeddings": True}),
    "llama, linear": ("llama", {**SIZE, "rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}}),
    "llama, yarn": (
        "llama",
        {
            **SIZE,
            "rope_parameters": {
                "rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 128,
            },
        },
    ),
    "qwen2": ("qwen2", SIZE),
    "qwen3": ("qwen3", {**SIZE, "head_dim": 32}),
    "granite": (
        "granite",
        {**SIZE, "embedding_multiplier": 6.0, "attention_multiplier": 0.2, "residual_multiplier": 0.5,
         "logits_scaling": 4.0},
    ),
    "starcoder2": (
        "starcoder2",
        {**SIZE, "sliding_window": None, "use_bias": True, "hidden_act": "gelu_pytorch_tanh", "eos_token_id": 0,
         "tie_word_embeddings": False},
    ),
}  # fmt: skip


def random_gguf(path: Path, kind: str = "llama", quantized: Any = None, **metadata: Any) -> Any:
    """Writes a model; gives it as transformers has it. `metadata` is put over what is said of it; None leaves out."""
    name, options = KINDS[kind]
    model, config = random_model(name, tuple((key, _frozen(value)) for key, value in options.items()))
    write(path, name, model.state_dict(), {**_said(name, config), **tokenizer(), **metadata}, quantized)
    return model


def tokenizer(pre: str = "smollm", **changes: Any) -> dict[str, Any]:
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": pre,
        "tokenizer.ggml.tokens": TOKENS,
        "tokenizer.ggml.token_type": TYPES,
        "tokenizer.ggml.merges": list(MERGES),
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 0,
        **changes,
    }


def write(path: Path, arch: str, weights: dict[str, Any], metadata: dict[str, Any], quantized: Any = None) -> None:
    """Weights by the names of transformers; matrices are `quantized`, all else is in float32."""
    writer = gguf.GGUFWriter(path, arch)
    for key, value in metadata.items():
        if value is not None:
            _add(writer, key, value)
    kind = next(number for number, text in gguf.MODEL_ARCH_NAMES.items() if text == arch)
    names = gguf.get_tensor_name_map(kind, 8)
    n_heads, n_kv_heads = (int(metadata.get(f"{arch}.attention.{key}", 1)) for key in ("head_count", "head_count_kv"))
    for ours, tensor in weights.items():
        theirs = names.get_name(ours, try_suffixes=(".weight", ".bias"))
        if theirs is None or (ours == "lm_head.weight" and metadata.get("tied")):
            continue
        values = tensor.float()
        if arch in ("llama", "granite") and ("q_proj" in ours or "k_proj" in ours):
            values = _in_pairs(values, n_heads if "q_proj" in ours else n_kv_heads)
        data = np.ascontiguousarray(values.numpy())
        if quantized is not None and data.ndim == 2:
            writer.add_tensor(theirs, gguf.quantize(data, quantized), raw_dtype=quantized)
        else:
            writer.add_tensor(theirs, data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _said(name: str, config: Any) -> dict[str, Any]:
    rope = config.rope_parameters
    said: dict[str, Any] = {
        "tied": True if config.tie_word_embeddings else None,
        f"{name}.block_count": config.num_hidden_layers,
        f"{name}.context_length": config.max_position_embeddings,
        f"{name}.embedding_length": config.hidden_size,
        f"{name}.feed_forward_length": config.intermediate_size,
        f"{name}.attention.head_count": config.num_attention_heads,
        f"{name}.attention.head_count_kv": config.num_key_value_heads,
        f"{name}.rope.freq_base": float(rope["rope_theta"]),
    }
    if name == "starcoder2":
        said[f"{name}.attention.layer_norm_epsilon"] = config.norm_epsilon
    else:
        said[f"{name}.attention.layer_norm_rms_epsilon"] = config.rms_norm_eps
    if getattr(config, "head_dim", None):
        said[f"{name}.attention.key_length"] = config.head_dim
    if rope["rope_type"] != "default":
        said |= {f"{name}.rope.scaling.type": rope["rope_type"], f"{name}.rope.scaling.factor": rope["factor"]}
        original = rope.get("original_max_position_embeddings")
        said[f"{name}.rope.scaling.original_context_length"] = original
    if name == "granite":
        said |= {
            f"{name}.attention.scale": config.attention_multiplier,
            f"{name}.embedding_scale": config.embedding_multiplier,
            f"{name}.residual_scale": config.residual_multiplier,
            f"{name}.logit_scale": config.logits_scaling,
        }
    return said


def _in_pairs(rows: torch.Tensor, n_heads: int) -> torch.Tensor:
    """llama.cpp's order of the rows of queries and keys."""
    return rows.reshape(n_heads, 2, -1, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


def _add(writer: Any, key: str, value: Any) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    else:
        writer.add_array(key, value)


def _frozen(value: Any) -> Any:
    return tuple(value.items()) if isinstance(value, dict) else value
