"""A GGUF file as its parts: configuration, tokenizer, weights. What they take to make is kept for the next time.

    converted/KEY/manifest.json      what made it, of which file, checksums of the next two
                  config.json        as transformers has it
                  tokenizer.json     as the `tokenizers` library has it
                  spiky.json         which layers stay as they are in int8; left out until that is wanted
                  model.safetensors  as numbers; left out where they are many, and then worked out at each load

KEY names the content of the file and the version of the format. A folder is there as a whole or not at all, and what is
damaged is thrown away and made again.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.suggest.local import tensors
from speedproof.suggest.local.gguf_header import read_header
from speedproof.suggest.local.gguf_model import GgufWeights, UnknownArchitecture, config_of
from speedproof.suggest.local.gguf_tokenizer import tokenizer_of
from speedproof.suggest.local.tensors import Damaged, StoredTensors
from speedproof.suggest.models import converted, converted_folder, private_folder, source_of

FORMAT = 1
MOST_KEPT_BYTES = 4 * 2**30
"""Weights that would take more on disk are not kept as numbers."""
NUMBERS_PER_BYTE = 8
"""How many bytes of numbers a byte of a GGUF file makes, at four bits each."""
SAMPLE = 2**20
WEIGHTS = "model.safetensors"
JSON_FILES = ("config.json", "tokenizer.json")

Shapes = Mapping[str, tuple[tuple[int, ...], torch.dtype]]
Progress = Callable[[str, float | None], None]
"""Called with what is being done, and the share of it that is done, 0 to 1, where that is known."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a model is made of."""

    known: bool
    """Whether the architecture is one whose files are read here; otherwise transformers has to make the model."""
    config: dict[str, Any]
    tokenizer: str
    """JSON text."""
    weights: Mapping[str, Tensor] | None
    """By the names of transformers, each read when it is asked for; None where only transformers can read them."""
    folder: Path | None
    """Where they are kept; None where they are not."""


def parts_of(path: Path, progress: Progress, cancel: CancelToken) -> Parts:
    """Of a GGUF file. Raises UsageError where it cannot be used, Cancelled."""
    folder = converted_folder() / key_of(path)
    kept = _read(folder, path)
    if kept is not None:
        return kept
    made = _made(path)
    try:
        private_folder(folder.parent)
        with _locked(folder.with_name(f".{folder.name}.lock"), cancel):
            kept = _read(folder, path)  # of another process, while this one waited
            if kept is None:
                _keep(made, folder, path, progress, cancel)
                _tidy(folder, path)
                kept = _read(folder, path)
    except OSError:
        pass  # the disk is full, or not ours to write to: then there is nothing but the time to be lost
    return kept or made


def discard(parts: Parts) -> None:
    """Throw away what is kept, because it turned out to be damaged."""
    if parts.folder is not None:
        shutil.rmtree(parts.folder, ignore_errors=True)


def note(parts: Parts, name: str, said: list[bool]) -> None:
    """Keep something small that was found out about a model, beside it, where it is kept and there is no such note."""
    if parts.folder is None or (parts.folder / name).exists():
        return
    with suppress(OSError):
        handle, partial = tempfile.mkstemp(dir=parts.folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(said, file)
        Path(partial).replace(parts.folder / name)


def noted(parts: Parts, name: str) -> list[bool] | None:
    """What `note` kept; None where that is nothing, or not whole."""
    if parts.folder is None:
        return None
    try:
        said = json.loads((parts.folder / name).read_bytes())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, list) and all(isinstance(each, bool) for each in said) else None


def _made(path: Path) -> Parts:
    """Raises UsageError."""
    header = read_header(path)
    if not header.architecture:
        raise UsageError(f"the model {path} does not say of which architecture it is")
    try:
        config = config_of(header)
    except UnknownArchitecture:
        return _by_transformers(path, tokenizer_of(header))
    return Parts(True, config, tokenizer_of(header), GgufWeights(header, config), None)


def _by_transformers(path: Path, tokenizer: str) -> Parts:
    from transformers import AutoConfig, AutoModelForCausalLM

    where: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
    weights: dict[str, Tensor] | None = None
    try:
        config = AutoConfig.from_pretrained(str(path.parent), **where)
        if path.stat().st_size * NUMBERS_PER_BYTE <= MOST_KEPT_BYTES:
            model = AutoModelForCausalLM.from_pretrained(str(path.parent), dtype=torch.float32, **where)
            config.architectures = [type(model).__name__]
            # Each once: what is tied to another is made again from the configuration.
            own = {tensor.data_ptr(): name for name, tensor in reversed(model.state_dict().items())}
            weights = {name: model.state_dict()[name] for name in own.values()}
            if any(tensor.dtype is torch.uint8 for tensor in weights.values()):
                weights = None  # blocks as they are in the file, which transformers can work with for some models
    except Exception as error:  # transformers' own words for what it does not know, or finds wrong
        raise UsageError(f"the model {path} cannot be loaded: {error}") from error
    said = {name: value for name, value in config.to_dict().items() if name != "quantization_config"}
    return Parts(False, json.loads(json.dumps(said, default=str)), tokenizer, weights, None)


def _read(folder: Path, path: Path) -> Parts | None:
    """What is kept in `folder` for the file `path`; None where that is nothing, or not whole."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        texts = {name: (folder / name).read_bytes() for name in JSON_FILES}
        if any(manifest["sha256"][name] != hashlib.sha256(text).hexdigest() for name, text in texts.items()):
            raise Damaged(folder)
        config: dict[str, Any] = json.loads(texts["config.json"])
        weights: Mapping[str, Tensor] | None = None
        if manifest["weights"] == "kept":
            weights = StoredTensors([folder / WEIGHTS])
        elif manifest["weights"] == "in the file":
            weights = GgufWeights(read_header(path), config)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, Damaged):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return Parts(bool(manifest["known"]), config, texts["tokenizer.json"].decode(), weights, folder)


def _keep(made: Parts, folder: Path, path: Path, progress: Progress, cancel: CancelToken) -> None:
    """Raises OSError, Cancelled; then nothing is left."""
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        texts = {"config.json": json.dumps(made.config, indent=2), "tokenizer.json": made.tokenizer}
        for name, text in texts.items():
            (partial / name).write_text(text, encoding="utf-8")
        weights = "by transformers"
        if made.weights is not None:
            shapes = _shapes(made.weights)
            n_bytes = sum(prod(shape) * dtype.itemsize for shape, dtype in shapes.values())
            weights = "in the file" if n_bytes > MOST_KEPT_BYTES else "kept"
            if weights == "kept":
                _write_weights(made.weights, shapes, partial / WEIGHTS, progress, cancel)
        sums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        manifest = {
            "format": FORMAT, "source": str(path.absolute()), "known": made.known, "weights": weights, "sha256": sums,
        }  # fmt: skip
        (partial / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _shapes(weights: Mapping[str, Tensor]) -> Shapes:
    if isinstance(weights, GgufWeights):
        return weights.shapes
    return {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in weights.items()}


def _write_weights(
    weights: Mapping[str, Tensor], shapes: Shapes, target: Path, progress: Progress, cancel: CancelToken
) -> None:
    sizes = {name: prod(shape) for name, (shape, _) in shapes.items()}
    n_all, n_done = sum(sizes.values()), 0

    def read(name: str) -> Tensor:
        nonlocal n_done
        cancel.check()
        progress("preparing the model for its first use", n_done / n_all)
        n_done += sizes[name]
        return weights[name]

    tensors.write(target, shapes, read)


def _tidy(folder: Path, path: Path) -> None:
    """Remove what was kept of files that have changed since, or are gone, and what was left half done."""
    # The lock of this one is held: nobody else is making it.
    for half in folder.parent.glob(f".{folder.name}.*/"):
        shutil.rmtree(half, ignore_errors=True)
    for other in converted():
        source = source_of(other)
        if other != folder and source is not None and (source == path.absolute() or not source.exists()):
            shutil.rmtree(other, ignore_errors=True)


@contextmanager
def _locked(path: Path, cancel: CancelToken) -> Iterator[None]:
    """One process at a time. Raises Cancelled while it waits, OSError."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    while True:
        cancel.check()
        try:
            lock.acquire(timeout=0.1)
            break
        except Timeout:
            continue
    try:
        yield
    finally:
        lock.release()


def key_of(path: Path) -> str:
    """Names the content of a file of weights without reading all of it. Raises UsageError."""
    try:
        size, changed = path.stat().st_size, path.stat().st_mtime_ns
        with path.open("rb") as file:
            ends = [file.read(SAMPLE)]
            file.seek(max(0, size - SAMPLE))
            ends.append(file.read(SAMPLE))
    except FileNotFoundError:
        raise UsageError(f"there is no model {path}") from None
    except OSError as error:
        raise UsageError(f"cannot read the model {path}: {error.strerror}") from error
    said = json.dumps([FORMAT, size, changed])
    return hashlib.sha256(b"\0".join([said.encode(), *ends])).hexdigest()[:32]
