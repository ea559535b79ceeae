"""Models of the Llama family in GGUF files: their configuration and weights as transformers would have them.

Weights are turned into numbers one by one as they are asked for, by the functions of the `gguf` package. Values are
the same as those of transformers' own loader; RoPE factors, which that leaves out, are read, too.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speedproof.core.errors import UsageError
from speedproof.suggest.local.gguf_header import Header, Stored

ARCHITECTURES = {
    "llama": "LlamaForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "granite": "GraniteForCausalLM",
    "starcoder2": "Starcoder2ForCausalLM",
}
"""Those known here, which have the same name in both worlds. Mistral, DeepSeek-Coder and SmolLM2 say `llama`."""
INTERLEAVED = ("llama", "granite")
"""Of these the rows of queries and keys are in pairs that rotate together, where transformers has halves."""
OUTSIDE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
IN_LAYER = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip
UNGATED = {"ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj"}
ROPE_FACTORS = "rope_freqs.weight"
F32, F16, BF16 = 0, 1, 30
PLAIN = {F32: (np.float32, torch.float32), F16: (np.float16, torch.float16), BF16: (np.int16, torch.bfloat16)}
"""Types of values that are numbers as they are, which stay what they are."""
TOKEN_IDS = {"bos": "bos", "eos": "eos", "unknown": "unk", "padding": "pad"}


class UnknownArchitecture(Exception):
    """Not of this family, or with something that is not known here."""


def config_of(header: Header) -> dict[str, Any]:
    """Everything that transformers' configuration of the same model says. Raises UnknownArchitecture, UsageError."""
    kind = header.architecture
    if kind not in ARCHITECTURES:
        raise UnknownArchitecture(kind)
    key = _key_of(header)
    n_heads, n_kv_heads = key("attention.head_count"), key("attention.head_count_kv", 0)
    hidden, n_layers = key("embedding_length"), key("block_count")
    sizes = (n_heads, n_kv_heads, hidden, n_layers, key("feed_forward_length"))
    if not all(isinstance(size, int) for size in sizes) or key("expert_count", 0):
        raise UnknownArchitecture(f"{kind}, with layers that differ or experts")
    head_dim = key("attention.key_length", 0) or hidden // n_heads
    if key("rope.dimension_count", head_dim) != head_dim:
        raise UnknownArchitecture(f"{kind}, with a rotation of parts of keys")
    embedding = header.tensors.get("token_embd.weight")
    if embedding is None:
        raise UsageError(f"the model {header.path} has no embedding")
    is_starcoder = kind == "starcoder2"
    epsilon = key("attention.layer_norm_epsilon" if is_starcoder else "attention.layer_norm_rms_epsilon")
    return {
        "architectures": [ARCHITECTURES[kind]],
        "model_type": kind,
        "hidden_size": hidden,
        "intermediate_size": key("feed_forward_length"),
        "num_hidden_layers": n_layers,
        "num_attention_heads": n_heads,
        "num_key_value_heads": n_kv_heads or n_heads,
        "head_dim": head_dim,
        "hidden_act": "gelu_pytorch_tanh" if is_starcoder else "silu",
        "max_position_embeddings": key("context_length"),
        "norm_epsilon" if is_starcoder else "rms_norm_eps": epsilon,
        "vocab_size": embedding.shape[0],
        "tie_word_embeddings": "output.weight" not in header.tensors,
        "rope_parameters": _rope(header, key),
        "attention_bias": "blk.0.attn_q.bias" in header.tensors,
        "mlp_bias": "blk.0.ffn_up.bias" in header.tensors,
        "use_bias": "blk.0.attn_q.bias" in header.tensors,
        "sliding_window": None,
        "use_sliding_window": False,
        "dtype": "float32",
        **{f"{ours}_token_id": header.metadata.get(f"tokenizer.ggml.{theirs}_token_id") for theirs, ours in
           TOKEN_IDS.items()},
        **(_granite(key) if kind == "granite" else {}),
    }  # fmt: skip


def _key_of(header: Header) -> Callable[..., Any]:
    def key(name: str, *default: Any) -> Any:
        value = header.metadata.get(f"{header.architecture}.{name}", *default)
        if value is None:
            raise UsageError(f"the model {header.path} does not say its {header.architecture}.{name}")
        return value

    return key


def _rope(header: Header, key: Callable[..., Any]) -> dict[str, Any]:
    said = {"rope_theta": key("rope.freq_base", 10000.0)}
    kind = key("rope.scaling.type", "none")
    if ROPE_FACTORS in header.tensors:
        # Llama 3's, worked out for this model: numbers that each frequency is divided by.
        factors = _read(header, header.tensors[ROPE_FACTORS]).float().tolist()
        return {**said, "rope_type": "default", "frequency_factors": factors}
    if kind == "none":
        return {**said, "rope_type": "default"}
    if kind == "linear":
        return {**said, "rope_type": "linear", "factor": key("rope.scaling.factor")}
    if kind == "yarn":
        original = key("rope.scaling.original_context_length")
        factor = key("rope.scaling.factor")
        return {**said, "rope_type": "yarn", "factor": factor, "original_max_position_embeddings": original}
    raise UnknownArchitecture(f"{header.architecture}, with {kind} RoPE")


def _granite(key: Callable[..., Any]) -> dict[str, Any]:
    return {
        "attention_multiplier": key("attention.scale"),
        "embedding_multiplier": key("embedding_scale"),
        "residual_multiplier": key("residual_scale"),
        "logits_scaling": key("logit_scale"),
    }


class GgufWeights(Mapping[str, Tensor]):
    """By the names that transformers gives them; read and worked out anew whenever one is asked for."""

    def __init__(self, header: Header, config: Mapping[str, Any]) -> None:
        """Raises UsageError where the file is too short for what it says to hold, or of a type not known."""
        self._header = header
        self._config = config
        names = {name: _name(name, gated=config["model_type"] != "starcoder2") for name in header.tensors}
        self._stored = {ours: header.tensors[name] for name, ours in names.items() if ours is not None}
        for stored in self._stored.values():
            _n_bytes(header, stored)

    def __getitem__(self, name: str) -> Tensor:
        tensor = _read(self._header, self._stored[name])
        config = self._config
        if config["model_type"] in INTERLEAVED and (".q_proj." in name or ".k_proj." in name):
            n_heads = config["num_attention_heads" if ".q_proj." in name else "num_key_value_heads"]
            pairs = tensor.reshape(n_heads, -1, 2, *tensor.shape[1:])
            return pairs.transpose(1, 2).reshape(tensor.shape)
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    @property
    def shapes(self) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
        return {
            name: (stored.shape, PLAIN[stored.kind][1] if stored.kind in PLAIN else torch.float32)
            for name, stored in self._stored.items()
        }


def _name(name: str, *, gated: bool) -> str | None:
    """transformers' name of a tensor; None for one that is no weight of the model."""
    stem, _, suffix = name.rpartition(".")
    if stem in OUTSIDE:
        return f"{OUTSIDE[stem]}.{suffix}"
    block, _, part = stem.partition(".")
    number, _, part = part.partition(".")
    known = IN_LAYER if gated else {**IN_LAYER, **UNGATED}
    return f"model.layers.{number}.{known[part]}.{suffix}" if block == "blk" and part in known else None


def _n_bytes(header: Header, stored: Stored) -> int:
    """Raises UsageError."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        per_block, size = GGML_QUANT_SIZES[GGMLQuantizationType(stored.kind)]
    except (ValueError, KeyError):
        raise UsageError(f"the model {header.path} has weights of the unknown type {stored.kind}") from None
    if stored.shape and stored.shape[-1] % per_block:
        raise UsageError(f"the model {header.path} is damaged: a row of weights is not made of whole blocks")
    count = stored.n_elements // int(per_block) * int(size)
    if stored.start + count > header.n_bytes:
        raise UsageError(f"the model {header.path} is damaged: it ends before its weights do. Fetch or copy it again.")
    return count


def _read(header: Header, stored: Stored) -> Tensor:
    """Raises UsageError."""
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize

    count = _n_bytes(header, stored)
    try:
        # Not mapped: pages of a map that were looked at count as memory of the process.
        data = np.fromfile(header.path, np.uint8, count, offset=stored.start)
        if len(data) < count:
            raise UsageError(f"the model {header.path} has become shorter while it was read")
        if stored.kind in PLAIN:
            by_number, dtype = PLAIN[stored.kind]
            return torch.from_numpy(data.view(by_number).reshape(stored.shape)).view(dtype)
        made = dequantize(data.reshape(*stored.shape[:-1], -1), GGMLQuantizationType(stored.kind))
    except OSError as error:
        raise UsageError(f"cannot read the model {header.path}: {error.strerror or error}") from error
    except NotImplementedError as error:
        raise UsageError(f"the model {header.path} has weights of a type that cannot be read: {error}") from error
    return torch.from_numpy(np.ascontiguousarray(made, np.float32).reshape(stored.shape))
