"""What a model's configuration says about its architecture, and whether its keys can be moved.

The list of what is known is a table; a test holds each entry against transformers' own result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

Config = Any
"""A transformers configuration. Its attributes differ by model, and are not typed there."""
Weights = Mapping[str, torch.Tensor]
"""By the names that transformers gives them."""

MOVABLE_ROPE = ("default", "linear", "llama3", "yarn")
"""Rotations that do not depend on the length of the text, so that two of them make one."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes and options of a decoder whose forward pass `model.Model` knows."""

    n_layers: int
    hidden: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    intermediate: int
    vocabulary: int
    epsilon: float
    norm: Literal["rms", "layer"] = "rms"
    gated: bool = True
    """Whether the MLP has a gate; otherwise it is two linear layers."""
    activation: Literal["silu", "gelu", "gelu_tanh"] = "silu"
    qk_norm: bool = False
    tied: bool = False
    """Whether the embedding is the output layer, too."""
    embedding_scale: float = 1.0
    attention_scale: float = 1.0
    """Of the product of query and key; the square of what a RoPE variant multiplies cosine and sine by is in it."""
    residual_scale: float = 1.0
    logits_scale: float = 1.0
    frequencies: torch.Tensor = field(default_factory=lambda: torch.empty(0))
    """Of the rotation, in radians per position: float64 [head_dim / 2]."""

    @property
    def group(self) -> int:
        """Query heads for each head of keys and values."""
        return self.n_heads // self.n_kv_heads


class NotMovable(Exception):
    """The model's keys cannot be moved, or its forward pass is not known here. The message says why."""


def shape_of(config: Config, max_length: int) -> Shape:
    """For texts of at most `max_length` tokens. Raises NotMovable."""
    kind = config.model_type
    if kind not in _KINDS:
        raise NotMovable(f"models of type {kind} are served by transformers itself")
    window = getattr(config, "sliding_window", None)
    if window and getattr(config, "use_sliding_window", True) and window < max_length:
        raise NotMovable(f"attention reaches back {window} tokens only")
    if getattr(config, "pretraining_tp", 1) not in (None, 1):
        raise NotMovable("its weights are cut for several devices")
    frequencies, rope_scale = rope_of(config)
    n_heads = config.num_attention_heads
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // n_heads
    plain_scale = getattr(config, "attention_multiplier", None) or head_dim**-0.5
    is_starcoder = kind == "starcoder2"
    return Shape(
        n_layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        n_heads=n_heads,
        n_kv_heads=getattr(config, "num_key_value_heads", None) or n_heads,
        head_dim=head_dim,
        intermediate=config.intermediate_size,
        vocabulary=config.vocab_size,
        epsilon=config.norm_epsilon if is_starcoder else config.rms_norm_eps,
        norm="layer" if is_starcoder else "rms",
        gated=not is_starcoder,
        activation=_ACTIVATIONS[config.hidden_act],
        qk_norm=kind == "qwen3",
        tied=bool(config.tie_word_embeddings),
        embedding_scale=getattr(config, "embedding_multiplier", None) or 1.0,
        attention_scale=plain_scale * rope_scale**2,
        residual_scale=getattr(config, "residual_multiplier", None) or 1.0,
        logits_scale=1.0 / (getattr(config, "logits_scaling", None) or 1.0),
        frequencies=frequencies,
    )


def rope_of(config: Config) -> tuple[torch.Tensor, float]:
    """The frequencies in radians per position, and what cosine and sine are multiplied by. Raises NotMovable."""
    parameters = dict(getattr(config, "rope_parameters", None) or {})
    variant = parameters.get("rope_type", "default")
    if variant not in MOVABLE_ROPE:
        raise NotMovable(f"its rotation of keys ({variant}) depends on the length of the text")
    if parameters.get("partial_rotary_factor", 1.0) != 1.0:
        raise NotMovable("it rotates a part of each key only")
    if variant in ("default", "linear"):
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        exponents = torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim
        frequencies = parameters.get("rope_theta", 10000.0) ** -exponents
        if variant == "linear":
            return frequencies / parameters["factor"], 1.0
        # Not of transformers: a GGUF file may hold what Llama 3's scheme comes to.
        factors = parameters.get("frequency_factors")
        return frequencies if factors is None else frequencies / torch.tensor(factors, dtype=torch.float64), 1.0
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    frequencies, scale = ROPE_INIT_FUNCTIONS[variant](config, torch.device("cpu"))
    return frequencies.double(), float(scale)


_KINDS = ("llama", "mistral", "qwen2", "qwen3", "granite", "starcoder2")
"""Model types of transformers. DeepSeek-Coder, CodeLlama and SmolLM2 are of type llama."""
_ACTIVATIONS: dict[str, Literal["silu", "gelu", "gelu_tanh"]] = {
    "silu": "silu", "swish": "silu", "gelu": "gelu", "gelu_pytorch_tanh": "gelu_tanh", "gelu_new": "gelu_tanh",
}  # fmt: skip
