"""The forward pass of a decoder over chosen positions, against a cache whose keys may be elsewhere by now.

One pass computes all positions that an edit calls for, wherever they are; they need not be neighbours. In every layer
the new keys and values are written first, so that each position sees the others' of the same pass. Logits are made for
the last position alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.cache import FREE, KVCache, rotated_by
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

        The cache knows already which token is where: see `KVCache.place`. Raises Cancelled between two layers; then
        the slots hold nothing of use.
        """
        shape = self.shape
        x = self.embedding[tokens.to(self.device)].to(self.dtype)
        if shape.embedding_scale != 1.0:
            x = x * shape.embedding_scale
        attend = _attention(cache, positions, shape)
        own_phases = cache.phases(positions)
        rows = slots.to(self.device)
        for number, layer in enumerate(self.layers):
            cancel.check()
            q, k, v = self._qkv(layer, _normed(x, shape))
            cache.keys[number].index_copy_(
                1, rows, rotated_by(k.float(), own_phases[:, None]).transpose(0, 1).to(self.dtype)
            )
            cache.values[number].index_copy_(1, rows, v.transpose(0, 1))
            x = x + layer.out(attend(q, cache.keys[number], cache.values[number]))
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
        heads = layer.qkv(x).unflatten(-1, (-1, shape.head_dim))
        q, k, v = heads.split((shape.n_heads, shape.n_kv_heads, shape.n_kv_heads), dim=1)
        if layer.q_gain is not None:
            q = functional.rms_norm(q, (shape.head_dim,), layer.q_gain, shape.epsilon)
            k = functional.rms_norm(k, (shape.head_dim,), layer.k_gain, shape.epsilon)
        return q, k, v


Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Queries [n, n_heads, head_dim], keys and values [n_kv_heads, capacity, head_dim] → [n, n_heads * head_dim]."""


def _attention(cache: KVCache, positions: Tensor, shape: Shape) -> Attend:
    """Attention of queries at `positions` to all that is before them or there, as the cache is now."""
    runs, used, count = cache.runs(), cache.n_used, len(positions)
    device = cache.keys.device
    phases = {
        shift: cache.phases(positions - shift, shape.attention_scale)[:, None] for shift in {r.shift for r in runs}
    }
    mask = _mask(cache, positions)
    is_single_run = len(phases) == 1

    def packed(q: Tensor, shift: int) -> Tensor:
        """[n_kv_heads, n * group, head_dim]: heads that share keys are rows of one product; no key is repeated."""
        turned = rotated_by(q.float(), phases[shift]).to(q.dtype)
        grouped = turned.unflatten(1, (shape.n_kv_heads, shape.group)).permute(1, 0, 2, 3)
        return grouped.reshape(shape.n_kv_heads, -1, shape.head_dim)

    def attend(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        if is_single_run:
            scores = packed(q, runs[0].shift) @ keys[:, :used].transpose(1, 2)
        else:
            turned = {shift: packed(q, shift) for shift in phases}
            scores = torch.empty((shape.n_kv_heads, count * shape.group, used), dtype=q.dtype, device=device)
            for run in runs:
                stretch = slice(run.start, run.stop)
                scores[:, :, stretch] = turned[run.shift] @ keys[:, stretch].transpose(1, 2)
        if mask is not None:
            scores.view(shape.n_kv_heads, count, shape.group, used).add_(mask[:, None])
        weighed = functional.softmax(scores, -1, dtype=torch.float32).to(values.dtype) @ values[:, :used]
        return weighed.view(shape.n_kv_heads, count, shape.group, -1).permute(1, 0, 2, 3).reshape(count, -1)

    return attend


def _mask(cache: KVCache, positions: Tensor) -> Tensor | None:
    """0 where a query may look and -inf elsewhere: [n, n_used]; None where all may look everywhere."""
    there = cache.position[: cache.n_used]
    hidden = (there > positions[:, None]) | (there == FREE)
    if not hidden.any():
        return None
    mask = torch.zeros(hidden.shape, dtype=cache.keys.dtype).masked_fill_(hidden, float("-inf"))
    return mask.to(cache.keys.device)


def _normed(x: Tensor, shape: Shape) -> Tensor:
    if shape.norm == "rms":
        return functional.rms_norm(x, (shape.hidden,), None, shape.epsilon)
    return functional.layer_norm(x, (shape.hidden,), None, None, shape.epsilon)


def _activated(x: Tensor, shape: Shape) -> Tensor:
    if not shape.gated:
        return functional.gelu(x, approximate="tanh" if shape.activation == "gelu_tanh" else "none")
    gate, up = x.chunk(2, -1)
    return (functional.silu(gate) if shape.activation == "silu" else functional.gelu(gate)) * up
