"""Models that transformers can load, for our own forward pass where that is known, and otherwise for theirs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from speedproof.core.errors import UsageError
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.model import Model
from speedproof.suggest.local.prefix_only import PrefixSession
from speedproof.suggest.local.repair import Repair, Reuse
from speedproof.suggest.local.session import Session
from speedproof.suggest.local.shape import NotMovable, Shape, shape_of
from speedproof.suggest.local.weights import built


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model, ours or theirs, with its tokenizer."""

    tokenizer: Any
    ours: Model | None
    theirs: Any
    """A model of transformers, where `ours` is None."""
    why_not_movable: str

    def session(self, context: int, reuse: Reuse, repair: Repair) -> Session | PrefixSession:
        if self.ours is not None:
            return Session(self.ours, context, reuse, repair)
        return PrefixSession(self.theirs, context)


def load(source: str | Path, precision: Precision, device: torch.device, context: int) -> Loaded:
    """Raises UsageError where `source`, a hub id, a folder or a GGUF file, cannot be used."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    where, options = _located(source)
    try:
        config = AutoConfig.from_pretrained(where, **options)
        tokenizer = AutoTokenizer.from_pretrained(where, **options)
        model = AutoModelForCausalLM.from_pretrained(where, dtype=_dtype(precision), **options)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise UsageError(f"the model {source} cannot be loaded: {error}") from error
    if options:
        split_digits(tokenizer, Path(source))
    return loaded(model.eval(), config, tokenizer, precision, device, context)


def loaded(model: Any, config: Any, tokenizer: Any, precision: Precision, device: torch.device, context: int) -> Loaded:
    """From a model of transformers in memory."""
    try:
        shape: Shape = shape_of(config, context)
    except NotMovable as reason:
        return Loaded(tokenizer, None, model.to(device), str(reason))
    sample = tokenizer.encode(Path(__file__).read_text(encoding="utf-8")) if tokenizer is not None else ()
    return Loaded(tokenizer, built(shape, model.state_dict(), precision, device, sample), None, "")


def _located(source: str | Path) -> tuple[str, dict[str, str]]:
    """What transformers takes for the place, and the name of a GGUF file in it."""
    path = Path(source).expanduser()
    if path.suffix.lower() == ".gguf":
        if not path.is_file():
            raise UsageError(f"there is no model {path}")
        return str(path.parent), {"gguf_file": path.name}
    if not path.exists() and os.sep in str(source) and str(source).count("/") != 1:
        raise UsageError(f"there is no model {path}")
    return str(path if path.exists() else source), {}


def _dtype(precision: Precision) -> torch.dtype:
    return torch.bfloat16 if precision is Precision.BF16 else torch.float32


def split_digits(tokenizer: Any, gguf: Path) -> None:
    """Put back what transformers leaves out of llama.cpp's pre-tokenizer `smollm`: digits are tokens of their own."""
    from gguf import GGUFReader
    from tokenizers import pre_tokenizers

    field = GGUFReader(gguf).get_field("tokenizer.ggml.pre")
    if field is None or field.contents() != "smollm":
        return
    backend = tokenizer.backend_tokenizer
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), backend.pre_tokenizer]
    )
