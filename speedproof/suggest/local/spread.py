"""The same model with its activations turned, so that no single one of them is far larger than the others.

A few entries of the residual stream of every decoder are a hundred times the rest, and eight bits for them leave none
for the others. An RMS norm does not see a rotation of its input; so a random one, multiplied into the weights on both
sides of the stream, changes nothing but how those sizes are spread (QuaRot, Ashkboos et al., 2024). The values that
attention adds up are turned within each head likewise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from speedproof.suggest.local.shape import Shape, Weights

BEHIND_NORM = {
    **dict.fromkeys(("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"), "input_layernorm"),
    **dict.fromkeys(("mlp.gate_proj", "mlp.up_proj"), "post_attention_layernorm"),
}
"""What reads the stream, and the norm in between."""
ROWS = 4096
INTO_STREAM = ("self_attn.o_proj", "mlp.down_proj")
EMBEDDING, NORM, HEAD = "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"


def spread(shape: Shape, weights: Weights) -> tuple[Shape, Weights]:
    """Weights of the same function, for a model with RMS norms; gains of norms have become ones.

    Each is worked out when it is asked for, and anew each time.
    """
    return replace(shape, tied=False), _Turned(shape, weights)


class _Turned(Mapping[str, Tensor]):
    def __init__(self, shape: Shape, weights: Weights) -> None:
        device = weights[NORM].device
        self._shape = shape
        self._weights = weights
        self._stream = _rotation(shape.hidden, 1).to(device)
        self._head = _rotation(shape.head_dim, 2).to(device)

    def __getitem__(self, name: str) -> Tensor:
        if name == HEAD:
            return self._behind(EMBEDDING if self._shape.tied else HEAD, NORM)
        if name == EMBEDDING:
            return self._weights[name].float() @ self._stream
        stem, _, suffix = name.rpartition(".")
        layer = ".".join(name.split(".")[:3]) + "."
        part = stem.removeprefix(layer)
        if name == NORM or part in BEHIND_NORM.values():
            return torch.ones_like(self._weights[name].float())
        if suffix == "bias":
            return self._bias(name, part)
        if part in BEHIND_NORM:
            weight = self._behind(name, layer + BEHIND_NORM[part] + ".weight")
            return self._in_heads(weight) if part == "self_attn.v_proj" else weight
        weight = self._weights[name].float()
        if part == "self_attn.o_proj":
            heads = weight.reshape(len(weight), self._shape.n_heads, self._shape.head_dim)
            weight = (heads @ self._head).reshape(weight.shape)
        return self._stream.T @ weight if part in INTO_STREAM else weight

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._weights), HEAD: None})

    def __len__(self) -> int:
        return len(self._weights) + (HEAD not in self._weights)

    def _behind(self, name: str, norm: str) -> Tensor:
        weight, gain = self._weights[name], self._weights[norm].float()
        made = torch.empty(weight.shape, dtype=torch.float32, device=weight.device)
        for start in range(0, len(weight), ROWS):  # the output layer is large, and would be there several times
            made[start : start + ROWS] = weight[start : start + ROWS].float() * gain @ self._stream
        return made

    def _bias(self, name: str, part: str) -> Tensor:
        values = self._weights[name].float()
        if part == "self_attn.v_proj":
            return self._in_heads(values)
        return values @ self._stream if part in INTO_STREAM else values

    def _in_heads(self, values: Tensor) -> Tensor:
        """Rows of values of attention, turned within each head."""
        heads = values.reshape(self._shape.n_kv_heads, self._shape.head_dim, -1)
        return (self._head.T @ heads).reshape(values.shape)


def _rotation(size: int, seed: int) -> Tensor:
    """A random orthogonal matrix, always the same."""
    drawn = torch.randn(size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    q, r = torch.linalg.qr(drawn)
    turned: Tensor = q * torch.diagonal(r).sign()
    return turned.float()
