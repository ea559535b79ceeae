"""Attention of a few queries to a long cache whose keys may be rotated for places where their tokens are no more."""

import torch
from torch import Tensor
from torch.nn import functional

from speedproof.suggest.local.cache import FREE, KVCache, rotated_by
from speedproof.suggest.local.shape import Shape


class Attention:
    """For one pass over all layers, with the cache as it is now."""

    def __init__(self, cache: KVCache, positions: Tensor, shape: Shape) -> None:
        """`positions` [n] are those of the queries; they look at all that is before them, and at themselves."""
        self._shape = shape
        self._runs = cache.runs()
        self._used = cache.n_used
        # A query that is rotated back by what a key has moved does what a moved key would.
        self._phases = {
            shift: cache.phases(positions - shift, shape.attention_scale)[:, None]
            for shift in {run.shift for run in self._runs}
        }
        self._mask = _mask(cache, positions)

    def __call__(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Queries [n, n_heads, head_dim], keys and values [n_kv_heads, capacity, head_dim] → [n, n_heads * head_dim].

        Heads that share keys are rows of one product, so that no key is ever repeated.
        """
        shape, count = self._shape, len(queries)
        if len(self._phases) == 1:
            scores = self._packed(queries, self._runs[0].shift) @ keys[:, : self._used].transpose(1, 2)
        else:
            packed = {shift: self._packed(queries, shift) for shift in self._phases}
            scores = queries.new_empty(shape.n_kv_heads, count * shape.group, self._used)
            for run in self._runs:
                stretch = slice(run.start, run.stop)
                scores[:, :, stretch] = packed[run.shift] @ keys[:, stretch].transpose(1, 2)
        by_query = scores.view(shape.n_kv_heads, count, shape.group, self._used)
        if self._mask is not None:
            by_query.add_(self._mask[:, None])
        shares = functional.softmax(by_query, -1, dtype=torch.float32)
        weighed = shares.to(values.dtype).flatten(1, 2) @ values[:, : self._used]
        return weighed.view(shape.n_kv_heads, count, shape.group, -1).transpose(0, 1).reshape(count, -1)

    def _packed(self, queries: Tensor, shift: int) -> Tensor:
        """[n_kv_heads, n * group, head_dim], rotated."""
        turned = rotated_by(queries.float(), self._phases[shift]).to(queries.dtype)
        grouped = turned.reshape(len(turned), self._shape.n_kv_heads, -1, self._shape.head_dim).transpose(0, 1)
        return grouped.reshape(self._shape.n_kv_heads, -1, self._shape.head_dim)


def _mask(cache: KVCache, positions: Tensor) -> Tensor | None:
    """0 where a query may look and -inf elsewhere: [n, n_used]; None where all may look everywhere."""
    there = cache.position[: cache.n_used]
    hidden = (there > positions[:, None]) | (there == FREE)
    if not hidden.any():
        return None
    mask = torch.zeros(hidden.shape, dtype=cache.keys.dtype).masked_fill_(hidden, float("-inf"))
    return mask.to(cache.keys.device)
