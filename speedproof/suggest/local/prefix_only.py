"""Models whose keys cannot be moved, or that are not known here: transformers runs them, and prefixes are reused."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.plan import common_prefix
from speedproof.suggest.local.session import CHUNK, Reused


class PrefixSession:
    """Keeps transformers' own cache. Where that cannot be cut (recurrent layers), a changed text is computed anew."""

    def __init__(self, model: Any, capacity: int) -> None:
        self._model = model
        self._capacity = capacity
        self.tokens: list[int] = []
        self._cache: Any = None
        self._n_computed = 0
        """Of the tokens, how many the cache holds."""
        # Recurrent layers of transformers go on from a state by one token only.
        self._keeps = not getattr(model, "_is_stateful", False)

    def update(self, tokens: Sequence[int], cancel: CancelToken) -> tuple[Tensor, Reused]:
        """As `Session.update`; always exact."""
        tokens = list(tokens)
        if not 0 < len(tokens) <= self._capacity:
            raise ValueError(f"{len(tokens)} tokens do not fit into a cache for {self._capacity}")
        self.crop(min(common_prefix(self.tokens, tokens), len(tokens) - 1))
        n_cached = self._n_computed
        logits = self.extend(tokens[len(self.tokens) :], cancel)
        return logits[-1], Reused(n_cached, len(tokens) - n_cached)

    @torch.inference_mode()
    def extend(self, more: Sequence[int], cancel: CancelToken) -> Tensor:
        """As `Session.extend`, but logits of the last chunk only."""
        if len(more) > self.n_free:
            raise ValueError(f"{len(self.tokens) + len(more)} tokens do not fit into a cache for {self._capacity}")
        tokens = [*self.tokens, *more]
        pending = torch.tensor(tokens[self._n_computed :])
        logits: Tensor | None = None
        for chunk in torch.split(pending, CHUNK if self._keeps else len(pending)):
            cancel.check()
            keep = len(more) if len(pending) <= CHUNK or not self._keeps else min(len(chunk), len(more))
            made = self._model(
                input_ids=chunk[None].to(self._model.device),
                past_key_values=self._cache,
                use_cache=self._keeps,
                logits_to_keep=keep,
            )
            if self._keeps:
                self._cache = made.past_key_values
                self._n_computed += len(chunk)
            self.tokens = tokens[: max(len(self.tokens), self._n_computed)]
            logits = made.logits[0].float()
        self.tokens = tokens
        assert logits is not None, "there is always something to compute"
        return logits

    def crop(self, length: int) -> None:
        """As `Session.crop`. Where the cache cannot be cut, it is made again when it is needed."""
        if length >= len(self.tokens):
            return
        del self.tokens[length:]
        if length >= self._n_computed:
            return
        try:
            self._cache.crop(length)
            self._n_computed = int(self._cache.get_seq_length())
        except (AttributeError, NotImplementedError, ValueError, RuntimeError):
            self._n_computed = -1
        if self._n_computed != length:
            self._cache, self._n_computed = None, 0

    def improve(self, _cancel: CancelToken) -> bool:
        """There is nothing to improve."""
        return False

    @property
    def n_free(self) -> int:
        return self._capacity - len(self.tokens)

    @property
    def n_bytes(self) -> int:
        layers = getattr(self._cache, "layers", ())
        parts = (getattr(layer, name, None) for layer in layers for name in ("keys", "values"))
        return sum(part.numel() * part.element_size() for part in parts if isinstance(part, Tensor))
