"""Where keys come from, whom they are told, and that nobody else hears of them."""

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from recorded_server import RecordedServer, Reply, answer

from remote.protocols import ANSWER, KEY, KEY_VARIABLE, PROTOCOLS, heard, serving
from speedproof.core.errors import ModelError
from speedproof.suggest.remote import keys
from speedproof.suggest.remote.backend import RemoteBackend
from speedproof.suggest.remote.options import RemoteOptions

PROTOCOL = PROTOCOLS["openai"]


def command(program: str) -> str:
    return shlex.join([sys.executable, "-c", program])


PRINTS = command(f"print({KEY!r}); print('and more')")


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        (KEY, {"key_variable": KEY_VARIABLE}),
        (f" {KEY}\n", {"key_variable": KEY_VARIABLE}),
        (KEY, {"key_variable": KEY_VARIABLE, "key_command": "false"}),
        (None, {"key_variable": KEY_VARIABLE, "key_command": PRINTS}),
        (None, {"key_command": PRINTS}),
    ],
)
def test_a_key(environment: str | None, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetched when it is needed, and sent with every request."""
    with serving(PROTOCOL, PROTOCOL.said("x + 1")) as server:
        backend = RemoteBackend(PROTOCOL.options(server, **options))
        if environment is not None:
            monkeypatch.setenv(KEY_VARIABLE, environment)
        assert heard(backend) == (ANSWER, None)
        assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {KEY}"}
        assert KEY not in repr(backend) + str(backend.identity)
        backend.close()


def test_no_key() -> None:
    with serving(PROTOCOL, PROTOCOL.said("x + 1")) as server:
        backend = RemoteBackend(PROTOCOL.options(server))
        assert heard(backend) == (ANSWER, None)
        assert "authorization" not in server.seen[0].headers
        backend.close()


@pytest.mark.parametrize(
    ("environment", "options", "words"),
    [
        (None, {"key_variable": KEY_VARIABLE}, f"the environment variable {KEY_VARIABLE} is not set"),
        ("", {"key_variable": KEY_VARIABLE}, f"the environment variable {KEY_VARIABLE} is not set"),
        (f"{KEY}\nX-More: 1", {"key_variable": KEY_VARIABLE}, "is no key"),
        (f"{KEY}ü", {"key_variable": KEY_VARIABLE}, "is no key"),
        (None, {"key_command": command(f"print({KEY!r}); exit(3)")}, "failed with status 3"),
        (None, {"key_command": command("print()")}, "printed no key"),
        (None, {"key_command": command("import sys; sys.stderr.write('sk')")}, "printed no key"),
        (None, {"key_command": f"no-such-program-anywhere {KEY}"}, "cannot be run: no-such-program-anywhere"),
        (None, {"key_command": f"echo '{KEY}"}, "a quote is missing"),
        (None, {"key_command": command(f"import time; print({KEY!r}, flush=True); time.sleep(60)")}, "within 0.5 s"),
    ],
)
def test_a_key_that_cannot_be_had(
    environment: str | None, options: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "COMMAND_SECONDS", 0.5)
    if environment is not None:
        monkeypatch.setenv(KEY_VARIABLE, environment)
    with serving(PROTOCOL, PROTOCOL.said("x + 1")) as server:
        backend = RemoteBackend(PROTOCOL.options(server, **options))
        for _ in range(2):
            _, fault = heard(backend)
            assert isinstance(fault, ModelError)
            assert words in str(fault)
            assert KEY not in repr(fault)
        assert server.seen == []
        backend.close()


def test_a_command_is_run_once(tmp_path: Path) -> None:
    """Also if it fails, or the server refuses what it says: it may ask somebody for a passphrase."""
    runs = tmp_path / "runs"
    counting = command(f"open({str(runs)!r}, 'a').write('x'); print({KEY!r})")
    with serving(PROTOCOL, answer({}, 401), answer({}, 401), PROTOCOL.said("x + 1")) as server:
        backend = RemoteBackend(PROTOCOL.options(server, key_command=counting))
        for _ in range(2):
            _, fault = heard(backend)
            assert f"from the command {sys.executable}." in str(fault)
        assert heard(backend) == (ANSWER, None)
        assert runs.read_text() == "x"
        backend.close()


def test_a_command_whose_key_was_refused_is_run_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEPT_SECONDS", 0.0)
    runs = tmp_path / "runs"
    counting = command(f"open({str(runs)!r}, 'a').write('x'); print(open({str(runs)!r}).read())")
    with serving(PROTOCOL, answer({}, 401), PROTOCOL.said("x + 1")) as server:
        backend = RemoteBackend(PROTOCOL.options(server, key_command=counting))
        heard(backend)
        assert heard(backend) == (ANSWER, None)
        assert server.seen[-1].headers["authorization"] == "Bearer xx"
        backend.close()


@pytest.mark.parametrize("url", ["http://model.test:8012", "http://192.0.2.1/v1", "http://127.0.0.1.example.org"])
@pytest.mark.parametrize("secret", ["variable", "command", "password"])
def test_no_key_goes_over_a_network_unencrypted(url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is it even fetched."""
    options: dict[str, Any] = {
        "variable": {"key_variable": KEY_VARIABLE},
        "command": {"key_command": "no-such-program-anywhere"},
        "password": {"url": url.replace("//", f"//me:{KEY}@")},
    }[secret]
    with RecordedServer({"/v1/completions": Reply(status=500)}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv(KEY_VARIABLE, KEY)
        backend = RemoteBackend(RemoteOptions(**{"url": url, "model": "m", **options}))
        _, fault = heard(backend)
        assert isinstance(fault, ModelError)
        assert "would be sent unencrypted" in str(fault)
        assert KEY not in repr(fault)
        assert proxy.seen == []
        backend.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_password_in_the_address(host: str) -> None:
    with serving(PROTOCOL, answer({}, 500), PROTOCOL.said("x + 1")) as server:
        url = server.url.replace("//127.0.0.1", f"//me:{KEY}@{host}")
        backend = RemoteBackend(PROTOCOL.options(server, url=url, retries=0))
        _, fault = heard(backend)
        assert f"http://{host}:{server.port}/v1/completions fails" in str(fault)
        assert heard(backend) == (ANSWER, None)
        assert server.seen[-1].headers["authorization"].startswith("Basic ")
        assert KEY not in repr(fault) + repr(PROTOCOL.options(server, url=url))
        backend.close()


def test_a_redirect_takes_no_key_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with RecordedServer() as other:
        away = Reply(status=308, headers={"Location": f"{other.url}/v1/completions"})
        with serving(PROTOCOL, away) as server:
            backend = RemoteBackend(PROTOCOL.options(server, key_variable=KEY_VARIABLE))
            _, fault = heard(backend)
            assert f"sends elsewhere (308, to {other.url}), which is not followed" in str(fault)
            assert other.links == []
            backend.close()


def test_options_hold_no_secret_in_their_representation() -> None:
    options = RemoteOptions(f"https://me:{KEY}@model.test", key_command=f"echo {KEY}", key_variable=KEY_VARIABLE)
    assert KEY not in repr(options)
    assert KEY in asdict(options)["url"]
