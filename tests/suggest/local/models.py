"""Tiny models with random weights: one of each architecture that our forward pass knows, and some that it does not."""

from functools import cache
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.load import How, Loaded, loaded
from speedproof.suggest.local.model import Model

torch.set_num_threads(1)  # the models are so small that threads only wait for each other
CONTEXT = 512
SIZES = {
    "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 128, "max_position_embeddings": CONTEXT,
    "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0,
}  # fmt: skip
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 128}
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}  # fmt: skip

MOVABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {}),
    "llama, one head for each": ("llama", {"num_key_value_heads": 4}),
    "llama, one head for all": ("llama", {"num_key_value_heads": 1}),
    "llama, tied": ("llama", {"tie_word_embeddings": True}),
    "llama, biases": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "llama, wide heads": ("llama", {"head_dim": 32}),
    "llama, linear": ("llama", {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}}),
    "llama, llama3": ("llama", {"rope_parameters": LLAMA3}),
    "llama, yarn": ("llama", {"rope_parameters": YARN}),
    "mistral": ("mistral", {"sliding_window": None}),
    "mistral, a window beyond the context": ("mistral", {"sliding_window": 4096}),
    "qwen2": ("qwen2", {}),
    "qwen3": ("qwen3", {"head_dim": 12}),
    "granite": (
        "granite",
        {"embedding_multiplier": 6.0, "attention_multiplier": 0.2, "residual_multiplier": 0.5, "logits_scaling": 4.0},
    ),
    "starcoder2": ("starcoder2", {"sliding_window": None, "use_bias": True, "hidden_act": "gelu_pytorch_tanh"}),
}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0}
OTHERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "mistral, sliding": ("mistral", {"sliding_window": 64}, "reaches back 64 tokens"),
    "llama, dynamic NTK": ("llama", {"rope_parameters": DYNAMIC}, "depends on the length of the text"),
    "gpt2": ("gpt2", {"n_positions": CONTEXT, "n_embd": 48, "n_layer": 2, "n_head": 4}, "type gpt2"),
    "gpt_neox": ("gpt_neox", {}, "type gpt_neox"),
    "gemma2": ("gemma2", {"head_dim": 12}, "type gemma2"),
    "mamba": ("mamba", {"state_size": 8}, "type mamba"),
}


@cache
def random_model(kind: str, options: tuple[tuple[str, Any], ...]) -> tuple[Any, Any]:
    """Transformers' model and configuration. Gains and biases are random, too: at their start they do nothing."""
    config = AutoConfig.for_model(kind, **{**SIZES, **{name: _thawed(value) for name, value in options}})
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(torch.randn_like(weight) * 0.15 + (1.0 if "norm" in name and "weight" in name else 0.0))
    return model, config


def prepared(kind: str, options: dict[str, Any], precision: Precision = Precision.FP32) -> tuple[Any, Loaded]:
    model, config = random_model(kind, tuple((name, _frozen(value)) for name, value in options.items()))
    return model, loaded(model, config, None, How(precision, torch.device("cpu"), CONTEXT))


def ours(name: str) -> tuple[Any, Model]:
    theirs, made = prepared(*MOVABLE[name])
    assert made.ours is not None, made.why_not_movable
    return theirs, made.ours


@torch.no_grad()
def logits_of(theirs: Any, tokens: list[int]) -> torch.Tensor:
    """What transformers says of each next token: [len(tokens), vocabulary]."""
    made: torch.Tensor = theirs(input_ids=torch.tensor([tokens])).logits[0]
    return made


NEVER = CancelToken()


def _frozen(value: Any) -> Any:
    return tuple(value.items()) if isinstance(value, dict) else value


def _thawed(value: Any) -> Any:
    return dict(value) if isinstance(value, tuple) else value
