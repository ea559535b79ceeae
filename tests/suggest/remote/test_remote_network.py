"""Certificates of private authorities, and proxies."""

from pathlib import Path

import pytest
from recorded_server import RecordedServer, Reply, Script

from remote.certificates import Authority
from remote.protocols import ANSWER, KEY, KEY_VARIABLE, PROTOCOLS, heard
from speedproof.core.errors import ModelError
from speedproof.suggest.remote.backend import RemoteBackend

PROTOCOL = PROTOCOLS["openai"]
SCRIPTS: dict[str, Script] = {**PROTOCOL.setup, PROTOCOL.endpoint: PROTOCOL.said("x + 1")}


def test_a_private_authority(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with RecordedServer(SCRIPTS, tls=authority.server) as server:
        backend = RemoteBackend(PROTOCOL.options(server, ca=str(authority.pem), key_variable=KEY_VARIABLE))
        for _ in range(2):
            assert heard(backend) == (ANSWER, None)
        assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"
        assert len(server.links) == 1
        backend.close()


def test_an_authority_that_the_environment_names(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    with RecordedServer(SCRIPTS, tls=authority.server) as server:
        backend = RemoteBackend(PROTOCOL.options(server))
        assert heard(backend) == (ANSWER, None)
        backend.close()


@pytest.mark.parametrize(
    ("host", "ca", "encrypted", "words"),
    [
        ("127.0.0.1", "", True, "is not trusted (unable to get local issuer certificate). If an authority of"),
        ("localhost", "authority", True, "is not trusted (Hostname mismatch"),
        ("127.0.0.1", "authority", False, "Does that port speak https?"),
        ("127.0.0.1", "missing", True, "missing.pem: No such file or directory."),
        ("127.0.0.1", "other", True, "holds no certificate in PEM format."),
    ],
    ids=["unknown authority", "other host", "no TLS there", "no file", "no certificate"],
)
def test_certificates_that_do_not_do(
    host: str, ca: str, *, encrypted: bool, words: str, authority: Authority, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_text("-----BEGIN NOTHING-----\n")
    path = {"": "", "authority": str(authority.pem), "missing": str(tmp_path / "missing.pem"), "other": str(other)}[ca]
    with RecordedServer(SCRIPTS, tls=authority.server if encrypted else None) as server:
        url = f"https://{host}:{server.port}"
        backend = RemoteBackend(PROTOCOL.options(server, url=url, ca=path))
        told = set()
        for _ in range(2):
            _, fault = heard(backend)
            assert isinstance(fault, ModelError)
            told.add(str(fault))
        assert len(told) == 1
        assert words in told.pop()
        assert server.seen == []
        backend.close()


def test_a_proxy_for_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with RecordedServer(SCRIPTS) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        backend = RemoteBackend(PROTOCOL.options(proxy, url="http://model.test:8012"))
        assert heard(backend) == (ANSWER, None)
        assert proxy.seen[0].headers["host"] == "model.test:8012"
        backend.close()


def test_a_tunnel_for_https(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy sees neither key nor text."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with RecordedServer(SCRIPTS, tunnels=authority.server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        options = PROTOCOL.options(proxy, url="https://model.test", ca=str(authority.pem), key_variable=KEY_VARIABLE)
        backend = RemoteBackend(options)
        assert heard(backend) == (ANSWER, None)
        [tunnel] = [seen for seen in proxy.seen if seen.method == "CONNECT"]
        assert tunnel.path == "model.test:443"
        assert KEY not in str(tunnel.headers)
        assert proxy.seen[-1].headers["authorization"] == f"Bearer {KEY}"
        backend.close()


def test_what_is_on_this_machine_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with RecordedServer() as proxy, RecordedServer(SCRIPTS) as server:
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        backend = RemoteBackend(PROTOCOL.options(server))
        assert heard(backend) == (ANSWER, None)
        assert proxy.links == []
        backend.close()


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://127.0.0.1:9", "It may also be the proxy on the way"),
        ("gopher://127.0.0.1:9", "begin with http:// or https://"),
        ("socks5://127.0.0.1:9", "begin with http:// or https://"),
        ("refusing", "The proxy does not connect to https://model.test"),
    ],
)
def test_a_proxy_that_does_not_do(proxy: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with RecordedServer({"model.test:443": Reply(status=407)}) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url if proxy == "refusing" else proxy)
        backend = RemoteBackend(PROTOCOL.options(server, url="https://model.test"))
        _, fault = heard(backend)
        assert isinstance(fault, ModelError)
        assert words in str(fault)
        backend.close()
