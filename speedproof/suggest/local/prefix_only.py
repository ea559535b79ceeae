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
        # Recurrent layers of transformers go on from a state by one token only.
        self._keeps = not getattr(model, "_is_stateful", False)

    def update(self, tokens: Sequence[int], cancel: CancelToken) -> tuple[Tensor, Reused]:
        """As `Session.update`; always exact."""
        tokens = list(tokens)
        if not 0 < len(tokens) <= self._capacity:
            raise ValueError(f"{len(tokens)} tokens do not fit into a cache for {self._capacity}")
        self.crop(min(common_prefix(self.tokens, tokens), len(tokens) - 1) if self._keeps else 0)
        n_cached = len(self.tokens)
        logits = self.extend(tokens[n_cached:], cancel)
        return logits[-1], Reused(n_cached, len(tokens) - n_cached)

    @torch.inference_mode()
    def extend(self, more: Sequence[int], cancel: CancelToken) -> Tensor:
        """As `Session.extend`, but logits of the last chunk only."""
        if len(more) > self.n_free:
            raise ValueError(f"{len(self.tokens) + len(more)} tokens do not fit into a cache for {self._capacity}")
        logits: Tensor | None = None
        if not self._keeps:
            return self._from_the_start(more, cancel)
        for chunk in torch.split(torch.tensor(list(more)), CHUNK):
            cancel.check()
            ids = chunk[None].to(self._model.device)
            keep = len(chunk) if len(more) <= CHUNK else 1
            made = self._model(input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=keep)
            self._cache = made.past_key_values
            self.tokens.extend(chunk.tolist())
            logits = made.logits[0].float()
        assert logits is not None, "there is always something to compute"
        return logits

    def _from_the_start(self, more: Sequence[int], cancel: CancelToken) -> Tensor:
        cancel.check()
        ids = torch.tensor([[*self.tokens, *more]], device=self._model.device)
        made = self._model(input_ids=ids, use_cache=False, logits_to_keep=len(more))
        self.tokens.extend(more)
        logits: Tensor = made.logits[0].float()
        return logits

    def crop(self, length: int) -> None:
        if length >= len(self.tokens):
            return
        if not self._keeps:
            del self.tokens[length:]
            return
        try:
            self._cache.crop(length)
        except (AttributeError, NotImplementedError, ValueError, RuntimeError):
            self._cache, length = None, 0
        if self._cache is not None and self._cache.get_seq_length() != length:
            self._cache, length = None, 0
        del self.tokens[length:]

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
