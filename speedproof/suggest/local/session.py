"""One document's tokens and the cache that follows them.

session.update(tokens, cancel)   the text as it is now → logits of what comes next
session.extend(more, cancel)     a few tokens more, as decoding has them
session.improve(cancel)          when there is time: what is approximate becomes exact, a chunk at a time

Not thread-safe: one thread at a time, which may be another each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.cache import MAX_RUNS, KVCache
from speedproof.suggest.local.model import Model
from speedproof.suggest.local.plan import align
from speedproof.suggest.local.repair import Repair, Reuse, to_compute

CHUNK, MIN_CHUNK = 256, 64
"""Positions of one pass: enough for the matrix products, and few enough for a cancel to be soon obeyed."""
MOST_SCORES = 2**19
"""Positions of one pass times those they look at: in a long text a layer takes its time for that."""
NONE = -1
"""The slot of a token that has none."""


@dataclass(frozen=True, slots=True)
class Reused:
    """What an update took: tokens that were in the cache and stayed, and positions that were computed."""

    n_cached: int
    n_computed: int


class TextSession(Protocol):
    """What of a session its users see: ours, or one that transformers serves."""

    tokens: list[int]

    def update(self, tokens: Sequence[int], cancel: CancelToken) -> tuple[Tensor, Reused]: ...
    def extend(self, more: Sequence[int], cancel: CancelToken) -> Tensor: ...
    def crop(self, length: int) -> None: ...
    def improve(self, cancel: CancelToken, /) -> bool: ...
    @property
    def n_free(self) -> int: ...
    @property
    def n_bytes(self) -> int: ...


class Session:
    """The cache holds exactly `tokens`, one slot each; the first `n_exact` as a full computation would have them."""

    def __init__(self, model: Model, capacity: int, reuse: Reuse = Reuse.REPAIR, repair: Repair | None = None) -> None:
        """`capacity` is how many tokens text and answer together may have."""
        self._model = model
        self.cache = KVCache(model.shape, capacity, model.dtype, model.device)
        self._reuse = reuse
        self._repair = repair or Repair()
        self.tokens: list[int] = []
        self._slots = torch.empty(0, dtype=torch.long)
        """Of each token."""
        self.n_exact = 0

    def update(self, tokens: Sequence[int], cancel: CancelToken) -> tuple[Tensor, Reused]:
        """Make the cache that of `tokens`, at least one; logits [vocabulary] of the token after them.

        Raises ValueError for more tokens than the capacity, Cancelled; then the cache holds what was done until then.
        """
        tokens = list(tokens)
        if not 0 < len(tokens) <= self.cache.capacity:
            raise ValueError(f"{len(tokens)} tokens do not fit into a cache for {self.cache.capacity}")
        aligned = align(self.tokens, tokens)
        kept, positions = to_compute(aligned, len(self.tokens), len(tokens), self._reuse, self._repair)
        prefix = kept[0].length if kept and kept[0].old == kept[0].new == 0 else 0
        slots = torch.full((len(tokens),), NONE, dtype=torch.long)
        for run in kept:
            slots[run.new : run.end] = self._slots[run.old : run.old + run.length]
        self.n_exact = min(self.n_exact, prefix)
        hidden = self._compute(tokens, slots, positions, cancel)
        return self._model.logits(hidden[-1:])[0], Reused(len(tokens) - len(positions), len(positions))

    def extend(self, more: Sequence[int], cancel: CancelToken) -> Tensor:
        """More tokens at the end; logits [len(more), vocabulary] of the one after each. Raises as `update` does."""
        start = len(self.tokens)
        if len(more) > self.n_free:
            raise ValueError(f"{start + len(more)} tokens do not fit into a cache for {self.cache.capacity}")
        slots = torch.cat((self._slots, torch.full((len(more),), NONE)))
        hidden = self._compute([*self.tokens, *more], slots, list(range(start, start + len(more))), cancel)
        return self._model.logits(hidden)

    def adopt(self, other: "Session", count: int) -> None:
        """Take over the first `count` tokens of another document's session; nothing may be here yet."""
        self._slots = self.cache.copy_from(other.cache, other._slots[:count], torch.arange(count))
        self.tokens = other.tokens[:count]
        self.n_exact = min(other.n_exact, count)

    def exported(self, start: int, stop: int) -> Tensor:
        """Keys and values of the tokens from `start` up to `stop`, all of them exact, for `resume`."""
        return self.cache.exported(self._slots[start:stop])

    def resume(self, tokens: Sequence[int], exported: Tensor) -> None:
        """Take over exact tokens behind those that are here, all of them exact, from a session that exported them."""
        start = len(self.tokens)
        slots = self.cache.imported(exported, torch.arange(start, start + len(tokens)))
        self._slots = torch.cat((self._slots, slots))
        self.tokens = [*self.tokens, *tokens]
        self.n_exact = len(self.tokens)

    def crop(self, length: int) -> None:
        """Drop the tokens behind the first `length`."""
        self._become(self.tokens[:length], self._slots[:length])

    @property
    def n_bytes(self) -> int:
        """Of the cache, as far as it was ever written."""
        return self.cache.n_touched * self.cache.bytes_per_slot

    @property
    def n_free(self) -> int:
        """How many more tokens there is room for."""
        return self.cache.capacity - len(self.tokens)

    @property
    def is_exact(self) -> bool:
        return self.n_exact == len(self.tokens)

    def improve(self, cancel: CancelToken, count: int = CHUNK) -> bool:
        """Compute the first `count` tokens again that are not exact. Whether any are left. Raises Cancelled."""
        if self.is_exact:
            return False
        if self.cache.has_holes or len(self.cache.runs()) > 1:
            self._slots = self.cache.put_in_order(self._slots)
        stop = min(len(self.tokens), self.n_exact + count)
        self._compute(self.tokens, self._slots, list(range(self.n_exact, stop)), cancel)
        return not self.is_exact

    def _compute(self, tokens: list[int], slots: Tensor, positions: list[int], cancel: CancelToken) -> Tensor:
        """Hidden states of the last chunk of `positions`. `slots` has NONE for a token that has none yet."""
        there = torch.nonzero(slots >= 0).flatten()
        self.cache.arrange(slots[there], there)
        if len(self.cache.runs()) > MAX_RUNS:
            self.cache.settle()
        hidden = None
        done, wanted = 0, torch.tensor(positions)
        while done < len(positions):
            size = max(MIN_CHUNK, min(CHUNK, MOST_SCORES // (self.cache.n_used + 1)))
            chunk = wanted[done : done + size]
            done += size
            is_new = slots[chunk] < 0
            # Those that are computed again stay whole where a cancel strikes between two layers.
            self.cache.turn(slots[chunk[~is_new]])
            missing = chunk[is_new]
            slots[missing] = self.cache.take(len(missing))
            self.cache.place(slots[missing], missing)
            ids = torch.tensor([tokens[position] for position in chunk.tolist()])
            try:
                hidden = self._model.forward(ids, chunk, slots[chunk], self.cache, cancel)
            except BaseException:
                slots[missing] = NONE
                self._become(tokens, slots)
                raise
            self._note_exact(chunk)
        assert hidden is not None, "there is always something to compute"
        self._become(tokens, slots)
        return hidden

    def _note_exact(self, chunk: Tensor) -> None:
        """A position is exact when it is computed after, or together with, all before it being exact."""
        for position in chunk.tolist():
            if position > self.n_exact:
                return
            self.n_exact = max(self.n_exact, position + 1)

    def _become(self, tokens: list[int], slots: Tensor) -> None:
        """Hold those tokens that have slots; their positions may have gaps where an update was cancelled."""
        there = torch.nonzero(slots >= 0).flatten()
        self.tokens = tokens if len(there) == len(tokens) else [tokens[place] for place in there.tolist()]
        self._slots = slots[there]
        self.n_exact = min(self.n_exact, len(self.tokens))
        self.cache.arrange(self._slots, there)
