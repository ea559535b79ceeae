"""Everything that can go wrong with a server: told in words that help, the same ones each time, and typing goes on."""

import json
import socket
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from recorded_server import RecordedServer, Reply, Step, answer

from remote.protocols import ANSWER, KEY, KEY_VARIABLE, PROTOCOLS, SOURCE, Protocol, heard, serving
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around
from speedproof.core.errors import ModelError, UsageError
from speedproof.suggest.backend import Request
from speedproof.suggest.remote.backend import RemoteBackend
from speedproof.suggest.remote.options import RemoteOptions

EACH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
ECHO = {"error": {"message": f"you sent {KEY}, and {SOURCE}", "type": "invalid_request_error"}}
"""Servers repeat what they were sent."""
QUICK: dict[str, Any] = {"read_seconds": 0.3, "retries": 1, "retry_seconds": 3.0}
NO_TEXT = ""

FAULTS: dict[str, tuple[Callable[[Protocol], Reply], str, str]] = {
    "401": (lambda _: answer(ECHO, 401), NO_TEXT, "does not accept the key (401) from the environment variable"),
    "403": (lambda _: answer(ECHO, 403), NO_TEXT, "does not accept the key (403)"),
    "404": (lambda _: answer(ECHO, 404), NO_TEXT, "`model-url` or `model-api` is not right"),
    "400": (lambda _: answer(ECHO, 400), NO_TEXT, "refuses the request (400, invalid_request_error)"),
    "413": (lambda _: answer(ECHO, 413), NO_TEXT, "takes no prompt as long"),
    "429": (lambda _: answer(ECHO, 429), NO_TEXT, "too many requests (429)"),
    "500": (lambda _: answer(ECHO, 500), NO_TEXT, "fails (500, invalid_request_error)"),
    "502, a page": (lambda _: Reply((b"<html>",), 502), NO_TEXT, "fails (502)"),
    "cut in the middle": (lambda p: p.broken("x", Step.CUT), "x", "broke off in the middle of an answer"),
    "reset": (lambda p: p.broken(Step.RESET), NO_TEXT, "broke off in the middle of an answer"),
    "ended in the middle": (lambda p: p.broken("x"), "x", "broke off in the middle of an answer"),
    "cut before anything": (lambda p: p.broken(Step.CUT), NO_TEXT, "broke off in the middle of an answer"),
    "no reply": (lambda _: Reply(raw=b"\r\n"), NO_TEXT, "closes the connection without a reply"),
    "no HTTP": (lambda _: Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), NO_TEXT, "without a reply"),
    "a hang": (lambda p: p.broken(Step.HANG), NO_TEXT, "sent nothing for 0.3 s"),
    "a hang in the middle": (lambda p: p.broken("x", Step.HANG), "x", "sent nothing for 0.3 s"),
    "a page": (lambda _: Reply((b"<!doctype html>\n<html>",)), NO_TEXT, "but not with completions"),
    "other objects": (lambda _: answer({"jobs": [1]}), NO_TEXT, "but not with completions"),
    "a list": (lambda _: answer([{"content": "x"}]), NO_TEXT, "but not with completions"),
    "bytes": (lambda _: Reply((bytes(range(256)),)), NO_TEXT, "but not with completions"),
    "nested": (lambda _: Reply((b"[" * 200_000,)), NO_TEXT, "but not with completions"),
    "other types": (
        lambda p: Reply((p.line({"content": 1, "response": 1, "choices": [{"text": 1, "delta": {"content": 1}}]}),)),
        NO_TEXT,
        "but not with completions",
    ),
    "10 MB in a piece": (lambda p: p.said("x" * 10_000_000), NO_TEXT, "sends more than 1024 KiB"),
    "10 MB in lines": (lambda _: Reply((b": \n" * 3_500_000,)), NO_TEXT, "sends more than 1024 KiB"),
    "an error in the middle": (
        lambda p: Reply((*p.pieces(["x"]), p.line({"error": {"message": f"{SOURCE}", "type": "server_error"}}))),
        "x",
        "reports an error while it answers (server_error)",
    ),
    "elsewhere": (
        lambda _: Reply(status=307, headers={"Location": f"https://model.test/{SOURCE}?k={KEY}"}),
        NO_TEXT,
        "which is not followed",
    ),
}
"""What the server replies, what of the answer arrives before, and some of the words."""


@EACH
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault(protocol: Protocol, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    reply, text, words = FAULTS[name]
    with serving(protocol, reply(protocol)) as server:
        backend = RemoteBackend(protocol.options(server, key_variable=KEY_VARIABLE, **QUICK))
        told = set()
        for _ in range(2):
            heard_text, fault = heard(backend)
            assert isinstance(fault, ModelError)
            # What a chat says is taken as a whole; of one line too long for all, nothing is.
            assert heard_text == (NO_TEXT if protocol.api == "chat" else text)
            told.add(str(fault))
        [message] = told
        assert words in message
        assert server.url in message or "model.test" in message
        for secret in (KEY, SOURCE):
            assert secret not in repr(fault)
        assert server.asked(protocol.endpoint)[-1].headers["authorization"] == f"Bearer {KEY}"
        server.scripts[protocol.endpoint] = protocol.said("x + 1")
        if protocol.api != "llama.cpp" or name != "404":  # which says as well that it has no `/infill`
            assert heard(backend) == (ANSWER, None)
        backend.close()


@EACH
@pytest.mark.parametrize(
    "again",
    [
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(status=429, headers={"Retry-After": formatdate(0, usegmt=True)}),
        Reply(status=429),
        Reply(status=429, headers={"Retry-After": "soon"}),
        Reply(status=500),
        Reply(status=503, headers={"Retry-After": "0"}),
        Reply(raw=b"\r\n"),
    ],
    ids=["429", "429 until a date", "429 without a word", "429 soon", "500", "503", "no reply"],
)
def test_what_passes_is_not_told(protocol: Protocol, again: Reply) -> None:
    with serving(protocol, again, again, protocol.said("x + 1")) as server:
        backend = RemoteBackend(protocol.options(server))
        assert heard(backend) == (ANSWER, None)
        assert len(server.asked(protocol.endpoint)) == 3
        backend.close()


@EACH
def test_a_server_that_wants_to_be_left_alone_is(protocol: Protocol) -> None:
    """Nothing is sent for as long as it said, and the user is told the same each time."""
    with serving(protocol, Reply(status=429, headers={"Retry-After": "3600"})) as server:
        backend = RemoteBackend(protocol.options(server))
        told = {str(heard(backend)[1]) for _ in range(5)}
        assert len(told) == 1
        assert "too many requests (429)" in told.pop()
        assert len(server.asked(protocol.endpoint)) == 1
        backend.close()


def test_a_short_rest_is_waited_out() -> None:
    protocol = PROTOCOLS["openai"]
    with serving(protocol, Reply(status=429, headers={"Retry-After": "1"}), protocol.said("x + 1")) as server:
        backend = RemoteBackend(protocol.options(server))
        started = time.monotonic()
        assert heard(backend) == (ANSWER, None)
        assert time.monotonic() - started >= 0.99
        backend.close()


def test_nothing_is_asked_again_once_a_piece_was_there() -> None:
    protocol = PROTOCOLS["openai"]
    with serving(protocol, protocol.broken("x", Step.CUT), protocol.said("y")) as server:
        backend = RemoteBackend(protocol.options(server))
        text, fault = heard(backend)
        assert text == "x"
        assert "broke off" in str(fault)
        assert len(server.asked(protocol.endpoint)) == 1
        backend.close()


@EACH
def test_nobody_listens(protocol: Protocol) -> None:
    with RecordedServer() as server:
        pass
    backend = RemoteBackend(protocol.options(server, **QUICK))
    told = {str(heard(backend)[1]) for _ in range(2)}
    assert len(told) == 1
    assert "Is the model server running" in told.pop()
    backend.close()


@EACH
def test_a_key_is_wanted(protocol: Protocol) -> None:
    with serving(protocol, answer(ECHO, 401)) as server:
        backend = RemoteBackend(protocol.options(server))
        assert "wants a key (401). Name the environment variable" in str(heard(backend)[1])
        backend.close()


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("no address", {"url": "http://nowhere.invalid:9"}, "has no address"),
        ("a long name", {"url": f"http://{'a' * 70}.invalid"}, "Check `model-url`"),
        ("ollama without a model", {"api": "ollama"}, "`ollama list`"),
        ("mistral without a model", {"api": "mistral"}, "codestral-latest"),
    ],
)
def test_other_faults(name: str, options: dict[str, Any], words: str) -> None:
    backend = RemoteBackend(RemoteOptions(**{"url": "http://127.0.0.1:9", "api": "openai", **QUICK, **options}))
    _, fault = heard(backend)
    assert isinstance(fault, ModelError)
    assert words in str(fault)
    backend.close()


def test_no_connection_in_time() -> None:
    """A listener whose queue is full lets nobody in."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        backend = RemoteBackend(RemoteOptions(f"http://127.0.0.1:{port}", api="openai", connect_seconds=0.3))
        _, fault = heard(backend)
        assert "within 0.3 s" in str(fault)
        backend.close()
        for each in waiting:
            each.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "127.0.0.1:8012"}, "must begin with http://"),
        ({"url": "ftp://127.0.0.1"}, "must begin with http://"),
        ({"url": "http://"}, "must begin with http://"),
        ({"url": "http://[::1"}, "is no URL"),
        ({"api": "gopher"}, "there is no 'gopher'"),
        ({"template": "none-such"}, "there is no 'none-such'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        RemoteBackend(RemoteOptions(**{"url": "http://127.0.0.1:8012", **options}))


def test_a_backend_that_is_closed() -> None:
    protocol = PROTOCOLS["openai"]
    with serving(protocol, protocol.broken(Step.HANG)) as server:
        backend = RemoteBackend(protocol.options(server))
        generation = backend.complete(_request(), CancelToken())
        seen = server.wait_for_request(protocol.endpoint)
        backend.close()
        assert seen.connection.closed.wait(30)
        assert list(generation) == []
        assert heard(backend) == ("", None)
        backend.close()


def test_a_reply_that_is_compressed_all_the_same() -> None:
    """What it unpacks to counts, and what does not unpack is no answer."""
    protocol = PROTOCOLS["openai"]
    bad = Reply((b"not packed at all",), headers={"Content-Encoding": "gzip"})
    with serving(protocol, bad) as server:
        backend = RemoteBackend(protocol.options(server))
        assert "but not with completions" in str(heard(backend)[1])
        assert server.asked(protocol.endpoint)[0].headers["accept-encoding"] == "identity"
        backend.close()


def test_what_is_sent_is_ascii() -> None:
    """Halves of characters, which editors may send, included."""
    protocol = PROTOCOLS["openai"]
    with serving(protocol, protocol.said("x + 1")) as server:
        backend = RemoteBackend(protocol.options(server, template="prefix-only"))
        request = _request("é😀\ud83d")
        assert heard(backend, request) == (ANSWER, None)
        assert json.dumps(server.asked(protocol.endpoint)[0].body["prompt"]) == json.dumps("é😀\ud83d")
        backend.close()


def _request(prefix: str = "") -> Request:
    return Request("file:///a.py", Around("a.py", prefix, ""), 16)
