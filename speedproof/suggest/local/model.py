"""The forward pass of a decoder over chosen positions, against a cache whose keys may be elsewhere by now.

One pass computes all positions that an edit calls for, wherever they are; they need not be neighbours. In every layer
the new keys and values are written first, so that each position sees the others' of the same pass. Logits are made for
the last position alone.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.attention import Attention
from speedproof.suggest.local.cache import KVCache, rotated_by
from speedproof.suggest.local.linear import Linear
from speedproof.suggest.local.shape import Shape


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one layer. Gains of norms are part of the linear layer that follows, scales of the residual of that
    before it; rows for queries and keys are in interleaved layout."""

    qkv: Linear
    out: Linear
    up: Linear
    """Of a gated MLP the gate first, then up."""
    down: Linear
    q_gain: Tensor | None = None
    k_gain: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that the forward pass needs."""

    shape: Shape
    embedding: Tensor
    """[vocabulary, hidden], in the dtype in which it is kept."""
    layers: tuple[Layer, ...]
    head: Linear
    dtype: torch.dtype
    """Of activations, keys and values."""
    device: torch.device

    @torch.inference_mode()
    def forward(self, tokens: Tensor, positions: Tensor, slots: Tensor, cache: KVCache, cancel: CancelToken) -> Tensor:
        """Hidden states [n, hidden] of `tokens` [n] at ascending `positions` [n], written to `slots` [n] of the cache.

        The cache knows already which token is where: see `KVCache.place`. Raises Cancelled between two
        parts of layers; then the slots hold nothing of use.
        """
        shape = self.shape
        x = self.embedding[tokens.to(self.device)].to(self.dtype)
        if shape.embedding_scale != 1.0:
            x = x * shape.embedding_scale
        attention = Attention(cache, positions, shape)
        own_phases = cache.phases(positions)
        rows = slots.to(self.device)
        for number, layer in enumerate(self.layers):
            cancel.check()
            q, k, v = self._qkv(layer, _normed(x, shape))
            cache.keys[number].index_copy_(
                1, rows, rotated_by(k.float(), own_phases[:, None]).transpose(0, 1).to(self.dtype)
            )
            cache.values[number].index_copy_(1, rows, v.transpose(0, 1))
            x = x + layer.out(attention(q, cache.keys[number], cache.values[number]))
            cancel.check()  # in a long text attention takes as long as all else
            x = x + layer.down(_activated(layer.up(_normed(x, shape)), shape))
        return x

    @torch.inference_mode()
    def logits(self, hidden: Tensor) -> Tensor:
        """Float32 [n, vocabulary] of hidden states [n, hidden]."""
        made = self.head(_normed(hidden, self.shape)).float()
        return made * self.shape.logits_scale if self.shape.logits_scale != 1.0 else made

    def _qkv(self, layer: Layer, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[n, heads, head_dim] each, not rotated."""
        shape = self.shape
        heads = layer.qkv(x).reshape(len(x), -1, shape.head_dim)
        q, k, v = torch.split(heads, [shape.n_heads, shape.n_kv_heads, shape.n_kv_heads], dim=1)
        if layer.q_gain is not None:
            q = functional.rms_norm(q, (shape.head_dim,), layer.q_gain, shape.epsilon)
            k = functional.rms_norm(k, (shape.head_dim,), layer.k_gain, shape.epsilon)
        return q, k, v


def _normed(x: Tensor, shape: Shape) -> Tensor:
    if shape.norm == "rms":
        return functional.rms_norm(x, (shape.hidden,), None, shape.epsilon)
    return functional.layer_norm(x, (shape.hidden,), None, None, shape.epsilon)


def _activated(x: Tensor, shape: Shape) -> Tensor:
    if not shape.gated:
        return functional.gelu(x, approximate="tanh" if shape.activation == "gelu_tanh" else "none")
    gate, up = x.chunk(2, -1)
    return (functional.silu(gate) if shape.activation == "silu" else functional.gelu(gate)) * up
