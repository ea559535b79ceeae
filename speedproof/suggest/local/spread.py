"""The same model with its activations turned, so that no single one of them is far larger than the others.

A few entries of the residual stream of every decoder are a hundred times the rest, and eight bits for them leave none
for the others. An RMS norm does not see a rotation of its input; so a random one, multiplied into the weights on both
sides of the stream, changes nothing but how those sizes are spread (QuaRot, Ashkboos et al., 2024). The values that
attention adds up are turned within each head likewise.
"""

from dataclasses import replace

import torch
from torch import Tensor

from speedproof.suggest.local.shape import Shape, Weights


def spread(shape: Shape, weights: Weights) -> tuple[Shape, dict[str, Tensor]]:
    """Weights of the same function, for a model with RMS norms; gains of norms have become ones."""
    stream, head = _rotation(shape.hidden, 1).to(_device(weights)), _rotation(shape.head_dim, 2).to(_device(weights))
    turned = {name: weight.float() for name, weight in weights.items()}
    output = "model.embed_tokens.weight" if shape.tied else "lm_head.weight"
    turned["lm_head.weight"] = turned[output] * turned["model.norm.weight"] @ stream
    turned["model.embed_tokens.weight"] = turned["model.embed_tokens.weight"] @ stream
    turned["model.norm.weight"] = torch.ones_like(turned["model.norm.weight"])
    for number in range(shape.n_layers):
        _turn_layer(shape, turned, f"model.layers.{number}.", stream, head)
    return replace(shape, tied=False), turned


def _turn_layer(shape: Shape, weights: dict[str, Tensor], layer: str, stream: Tensor, head: Tensor) -> None:
    attention, mlp = layer + "self_attn.", layer + "mlp."
    after_norm = {
        layer + "input_layernorm.weight": [attention + part for part in ("q_proj", "k_proj", "v_proj")],
        layer + "post_attention_layernorm.weight": [mlp + part for part in ("gate_proj", "up_proj")],
    }
    for norm, names in after_norm.items():
        for name in names:
            weights[name + ".weight"] = weights[name + ".weight"] * weights[norm] @ stream
        weights[norm] = torch.ones_like(weights[norm])
    for suffix in (".weight", ".bias"):
        values = weights.get(attention + "v_proj" + suffix)
        if values is not None:
            heads = values.reshape(shape.n_kv_heads, shape.head_dim, -1)
            weights[attention + "v_proj" + suffix] = (head.T @ heads).reshape(values.shape)
    out = weights[attention + "o_proj.weight"]
    weights[attention + "o_proj.weight"] = (out.reshape(len(out), shape.n_heads, shape.head_dim) @ head).reshape(
        out.shape
    )
    for name in (attention + "o_proj", mlp + "down_proj"):
        weights[name + ".weight"] = stream.T @ weights[name + ".weight"]
        if name + ".bias" in weights:
            weights[name + ".bias"] = weights[name + ".bias"] @ stream


def _rotation(size: int, seed: int) -> Tensor:
    """A random orthogonal matrix, always the same."""
    drawn = torch.randn(size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    q, r = torch.linalg.qr(drawn)
    turned: Tensor = q * torch.diagonal(r).sign()
    return turned.float()


def _device(weights: Weights) -> torch.device:
    return weights["model.norm.weight"].device
