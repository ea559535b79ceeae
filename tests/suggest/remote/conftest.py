"""What holds for every test of remote models."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from remote.certificates import Authority, made_authority
from remote.protocols import KEY, SOURCE
from speedproof.suggest.remote import connection


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """At no level does a record hold a key or source text."""
    caplog.set_level(logging.DEBUG)
    yield
    for record in [*caplog.get_records("setup"), *caplog.get_records("call")]:
        said = f"{record.getMessage()} {record.exc_info} {record.args}"
        assert KEY not in said
        assert SOURCE not in said


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BACKOFF_SECONDS", 0.02)


@pytest.fixture(autouse=True)
def no_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made_authority(Path(tmp_path_factory.mktemp("authority")))
