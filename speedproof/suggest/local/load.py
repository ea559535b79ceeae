"""Models from GGUF files, folders and hubs, for our own forward pass where that is known, and otherwise for theirs.

Weights are read one by one, as the layers are put together: what is in memory is the model and a layer more.
"""

import ctypes
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.suggest.local.convert import WEIGHTS, Parts, Progress, discard, note, noted, parts_of
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.model import Model
from speedproof.suggest.local.prefix_only import PrefixSession
from speedproof.suggest.local.repair import Repair, Reuse
from speedproof.suggest.local.session import Session
from speedproof.suggest.local.shape import NotMovable, Shape, shape_of
from speedproof.suggest.local.tensors import Damaged, StoredTensors
from speedproof.suggest.local.tokens import Tokens
from speedproof.suggest.local.weights import built, spiky_of
from speedproof.suggest.models import HUB_ID

HUB_FILES = ["*.json", "*.txt", "*.model", "*.jinja", "*.safetensors"]
NOT_OF_A_HUB = ["*/*", "consolidated*"]
SPIKY = "spiky.json"
"""Which layers INT8 leaves alone, kept because a whole model in float32 is needed to find out."""
N_OF_LAYER = 9
"""About so many weights make a layer."""
NEEDED = "model.embed_tokens.weight"
"""Where this is missing, the weights of a folder have other names than those known here."""


@dataclass(frozen=True, slots=True)
class How:
    """What a model is loaded for."""

    precision: Precision
    device: torch.device
    context: int
    """The most tokens of a text."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model, ours or theirs, with its tokenizer."""

    tokenizer: Tokens
    ours: Model | None
    theirs: Any
    """A model of transformers, where `ours` is None."""
    why_not_movable: str
    context: int
    """How many tokens a text may have: what was asked for, or fewer where the model was made for no more."""

    def session(self, context: int, reuse: Reuse, repair: Repair) -> Session | PrefixSession:
        if self.ours is not None:
            return Session(self.ours, context, reuse, repair)
        return PrefixSession(self.theirs, context)


def silent(_what: str, _share: float | None) -> None:
    """For whoever is not interested in how far the work is."""


def load(source: str | Path, how: How, progress: Progress = silent, cancel: CancelToken | None = None) -> Loaded:
    """Raises UsageError where `source`, a hub id, a folder or a GGUF file, cannot be used, and Cancelled.

    Only for a hub id is anything fetched, and not then where HF_HUB_OFFLINE is set.
    """
    path = Path(source).expanduser()
    watch = _Watch(progress, cancel or CancelToken())
    try:
        if path.suffix.lower() == ".gguf":
            return _of_gguf(path, how, watch)
        return _of_folder(source, how, watch)
    except (RuntimeError, MemoryError) as error:
        raise UsageError(
            f"the model {source} cannot be loaded: {str(error) or 'there is not enough memory'}"
        ) from error


class _Watch:
    """Tells how far the weights are read, and looks whether anybody still wants them."""

    def __init__(self, progress: Progress, cancel: CancelToken) -> None:
        self.progress = progress
        self.cancel = cancel

    def over(self, weights: Mapping[str, Tensor]) -> "_Watched":
        return _Watched(weights, self)


class _Watched(Mapping[str, Tensor]):
    def __init__(self, weights: Mapping[str, Tensor], watch: _Watch) -> None:
        self._weights = weights
        self._watch = watch
        self._n_read = 0

    def __getitem__(self, name: str) -> Tensor:
        if self._n_read % N_OF_LAYER == 0:
            _give_back()
        weight = self._weights[name]
        self._watch.cancel.check()
        self._watch.progress("loading the model", min(1.0, self._n_read / len(self._weights)))
        self._n_read += 1
        return weight

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)


def _of_gguf(path: Path, how: How, watch: _Watch) -> Loaded:
    parts = parts_of(path, watch.progress, watch.cancel)
    how = _within(how, parts.config.get("max_position_embeddings"))
    try:
        return _of_parts(parts, path, how, watch)
    except Damaged:
        discard(parts)
    parts = parts_of(path, watch.progress, watch.cancel)
    try:
        return _of_parts(parts, path, how, watch)
    except Damaged as error:
        raise UsageError(f"what is kept of the model {path} is damaged again: {error}. Is the disk full?") from error


def _of_parts(parts: Parts, path: Path, how: How, watch: _Watch) -> Loaded:
    """Raises Damaged."""
    try:
        tokens = Tokens.from_json(parts.tokenizer, parts.config)
    except ValueError as error:
        raise UsageError(f"the tokenizer of the model {path} cannot be used: {error}") from error
    try:
        if not parts.known or parts.weights is None:
            raise NotMovable(f"models of type {parts.config.get('model_type')} are served by transformers itself")
        shape = shape_of(_config(parts.config), how.context)
    except NotMovable as reason:
        folder = parts.folder
        if folder is not None and (folder / WEIGHTS).exists():
            theirs = _by_transformers(str(folder), how, local_files_only=True)
        else:
            theirs = _by_transformers(str(path.parent), how, gguf_file=path.name, local_files_only=True)
        return Loaded(tokens, None, theirs.to(how.device), str(reason), how.context)
    loaded = _ours(shape, watch.over(parts.weights), tokens, how, path, noted(parts, SPIKY))
    if how.precision is Precision.INT8 and loaded.ours is not None:
        note(parts, SPIKY, spiky_of(loaded.ours))
    return loaded


def _of_folder(source: str | Path, how: How, watch: _Watch) -> Loaded:
    from transformers import AutoConfig

    where, is_here = _located(source)
    folder = Path(where) if is_here else _fetched(where)
    watch.cancel.check()
    place, options = (where, {}) if folder is None else (str(folder), {"local_files_only": True})
    try:
        config = AutoConfig.from_pretrained(place, **options)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise UsageError(f"the model {source} cannot be loaded: {error}") from error
    how = _within(how, getattr(config, "max_position_embeddings", None))
    tokens = _tokens(place, config, options)
    weights = None if folder is None or getattr(config, "quantization_config", None) else _weights_in(folder)
    try:
        shape: Shape = shape_of(config, how.context)
    except NotMovable as reason:
        return Loaded(tokens, None, _by_transformers(place, how, **options).to(how.device), str(reason), how.context)
    if weights is not None and NEEDED in weights:
        try:
            return _ours(shape, watch.over(weights), tokens, how, source)
        except Damaged as error:
            raise UsageError(f"the model {source} is damaged: {error}") from error
    return loaded(_by_transformers(place, how, **options), config, tokens, how)


def loaded(model: Any, config: Any, tokens: Tokens | None, how: How) -> Loaded:
    """From a model of transformers in memory; without a tokenizer for those who have tokens."""
    try:
        shape = shape_of(config, how.context)
    except NotMovable as reason:
        return Loaded(tokens, None, model.to(how.device), str(reason), how.context)  # type: ignore[arg-type]
    return _ours(shape, model.state_dict(), tokens, how, "")


def _within(how: How, most: int | None) -> How:
    return replace(how, context=min(how.context, most)) if most else how


def _ours(
    shape: Shape,
    weights: Mapping[str, Tensor],
    tokens: Tokens | None,
    how: How,
    source: str | Path,
    spiky: list[bool] | None = None,
) -> Loaded:
    sample = () if tokens is None else tokens.encode(Path(__file__).read_text(encoding="utf-8"))
    try:
        model = built(shape, weights, how.precision, how.device, sample, spiky)
    except KeyError as error:
        raise UsageError(f"the model {source} is not whole: it has no weight {error}") from error
    except ValueError as error:
        raise UsageError(f"the model {source} does not fit together: {error}") from error
    _give_back()
    return Loaded(tokens, model, None, "", how.context)  # type: ignore[arg-type]


def _give_back() -> None:
    """Memory that was freed, to the system, where the C library would keep it and can be told not to (glibc)."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _by_transformers(place: str, how: How, **options: Any) -> Any:
    from transformers import AutoModelForCausalLM

    dtype = torch.bfloat16 if how.precision is Precision.BF16 else torch.float32
    try:
        return AutoModelForCausalLM.from_pretrained(place, dtype=dtype, **options).eval()
    except Exception as error:  # of several libraries, for all that can be wrong with files
        raise UsageError(f"the model {place} cannot be loaded: {error}") from error


def _config(said: Mapping[str, Any]) -> Any:
    """What `shape_of` looks at. Importing transformers takes longer than all else, and is not needed for most."""
    if said["rope_parameters"]["rope_type"] in ("default", "linear"):
        return SimpleNamespace(**said)
    from transformers import AutoConfig

    return AutoConfig.for_model(**said)


def _tokens(place: str, config: Any, options: Mapping[str, Any]) -> Tokens:
    """Raises UsageError."""
    from transformers import AutoTokenizer

    folder = Path(place)
    try:
        if (folder / "tokenizer.json").is_file():
            text = (folder / "tokenizer.json").read_text(encoding="utf-8")
        else:
            text = AutoTokenizer.from_pretrained(place, **options).backend_tokenizer.to_str()
        said = folder / "generation_config.json"
        generation = json.loads(said.read_bytes()) if said.is_file() else {}
        return Tokens.from_json(text, config.to_dict(), generation)
    except Exception as error:  # of several libraries, most of which have no class of their own for them
        raise UsageError(f"the model {place} has no tokenizer that can be used: {error}") from error


def _weights_in(folder: Path) -> StoredTensors | None:
    """None where they are not stored as is known here."""
    try:
        index = folder / "model.safetensors.index.json"
        if index.is_file():
            names = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
            return StoredTensors([folder / name for name in names])
        files = sorted(file for file in folder.glob("*.safetensors") if not file.name.startswith("consolidated"))
        return StoredTensors(files) if files else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Damaged):
        return None


def _fetched(hub_id: str) -> Path | None:
    """The folder of a model from a hub, or out of the cache; None where transformers has to find its files itself."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(hub_id, allow_patterns=HUB_FILES, ignore_patterns=NOT_OF_A_HUB))
    except (OSError, ValueError) as error:
        raise UsageError(f"the model {hub_id} cannot be had from the hub: {error}") from error
    return folder if (folder / "config.json").is_file() and any(folder.glob("*.safetensors")) else None


def _located(source: str | Path) -> tuple[str, bool]:
    """The folder or hub id, and whether it is a folder. Raises UsageError."""
    path = Path(source).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise UsageError(f"the folder {path} is no model: it has no config.json")
        return str(path), True
    if path.exists():
        raise UsageError(f"{path} is no model: it must be a GGUF file, or a folder with config.json and weights")
    if not HUB_ID.fullmatch(str(source)) or str(source).startswith((".", os.sep)):
        raise UsageError(f"there is no model {path}")
    return str(source), False
