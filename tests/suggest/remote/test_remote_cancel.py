"""Calling off, or having enough of, an answer ends the connection at the server's end, whatever it is doing."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
from recorded_server import Link, RecordedServer, Reply, Step

from remote.certificates import Authority
from remote.protocols import ANSWER, PROTOCOLS, REQUEST, Protocol, heard, serving
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.suggest.remote.backend import RemoteBackend

EACH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
MAX_SECONDS = 0.1
N_TRIES = 5
"""Of which the best counts: the machine may be busy with something else."""


@dataclass(frozen=True)
class Stage:
    """When it is called off."""

    reply: Callable[[Protocol], Reply]
    n_pieces: int
    """That were heard by then."""


STAGES = {
    "waiting for the head": Stage(lambda _: Reply(hangs=True), 0),
    "waiting for the first piece": Stage(lambda p: p.broken(Step.HANG), 0),
    "in the middle": Stage(lambda p: p.broken("x", " +", Step.HANG), 2),
}


@EACH
@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("cancelling", [True, False], ids=["cancel", "close"])
def test_the_server_sees_the_connection_closed(protocol: Protocol, stage: Stage, *, cancelling: bool) -> None:
    if protocol.api == "chat" and stage.n_pieces:
        stage = replace(stage, n_pieces=0)  # it is heard as a whole

    def seconds() -> float:
        with serving(protocol, stage.reply(protocol)) as server:
            backend = RemoteBackend(protocol.options(server))
            cancel = CancelToken()
            generation = backend.complete(REQUEST, cancel)
            link = server.wait_for_request(protocol.endpoint).connection
            pieces = iter(generation)
            for _ in range(stage.n_pieces):
                next(pieces)
            started = time.monotonic()
            (cancel.cancel if cancelling else generation.close)()
            if cancelling:
                with pytest.raises(Cancelled):
                    next(pieces)
            taken = link.seconds_to_close(started)
            server.scripts[protocol.endpoint] = protocol.said("x + 1")
            assert heard(backend) == (ANSWER, None)
            backend.close()
            return taken

    assert _best_of(seconds) < MAX_SECONDS


def test_while_tls_is_being_negotiated(authority: Authority) -> None:
    """The server took the connection, and says nothing."""

    def seconds() -> float:
        with RecordedServer(silent=True) as server:
            options = PROTOCOLS["openai"].options(
                server, url=server.url.replace("http", "https"), ca=str(authority.pem)
            )
            backend = RemoteBackend(options)
            cancel = CancelToken()
            generation = backend.complete(REQUEST, cancel)
            link: Link = server.wait_for_link()
            started = time.monotonic()
            cancel.cancel()
            with pytest.raises(Cancelled):
                list(generation)
            taken = link.seconds_to_close(started)
            backend.close()
            return taken

    assert _best_of(seconds) < MAX_SECONDS


@pytest.mark.parametrize("tunnel", [b"", b"HTTP/1.1 200 Connection established\r\n\r\n"], ids=["asked for", "made"])
def test_while_a_tunnel_is_negotiated(tunnel: bytes, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy took the connection, and says nothing, or leads to a server that does not."""

    def seconds() -> float:
        silent = not tunnel
        with RecordedServer({"model.test:443": Reply(raw=tunnel, hangs=True)}, silent=silent) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            options = PROTOCOLS["openai"].options(proxy, url="https://model.test", ca=str(authority.pem))
            backend = RemoteBackend(options)
            cancel = CancelToken()
            generation = backend.complete(REQUEST, cancel)
            link = proxy.wait_for_link()
            started = time.monotonic()
            cancel.cancel()
            with pytest.raises(Cancelled):
                list(generation)
            taken = link.seconds_to_close(started)
            backend.close()
            return taken

    assert _best_of(seconds) < MAX_SECONDS


def test_while_a_retry_is_waited_for() -> None:
    """Nothing is under way then: the caller is free at once, and the server is not asked again."""
    protocol = PROTOCOLS["openai"]

    def seconds() -> float:
        with serving(protocol, Reply(status=429, headers={"Retry-After": "2"}), protocol.said("x")) as server:
            backend = RemoteBackend(protocol.options(server))
            cancel = CancelToken()
            generation = backend.complete(REQUEST, cancel)
            server.wait_for_request(protocol.endpoint)
            time.sleep(0.05)
            started = time.monotonic()
            cancel.cancel()
            with pytest.raises(Cancelled):
                list(generation)
            taken = time.monotonic() - started
            backend.close()
            assert len(server.asked(protocol.endpoint)) == 1
            return taken

    assert _best_of(seconds) < MAX_SECONDS


def test_while_nobody_listens_to_the_answer_a_cancel_ends_it() -> None:
    """The caller is busy with something else, and the token is cancelled by another thread."""
    protocol = PROTOCOLS["openai"]
    with serving(protocol, protocol.broken("x", Step.HANG)) as server:
        backend = RemoteBackend(protocol.options(server))
        cancel = CancelToken()
        generation = backend.complete(REQUEST, cancel)
        link = server.wait_for_request(protocol.endpoint).connection
        thread = threading.Thread(target=cancel.cancel)
        thread.start()
        thread.join()
        link.seconds_to_close(0.0)
        with pytest.raises(Cancelled):
            list(generation)
        with pytest.raises(Cancelled):
            list(generation)
        generation.close()
        backend.close()


def test_called_off_before_it_began() -> None:
    protocol = PROTOCOLS["openai"]
    with serving(protocol, protocol.said("x")) as server:
        backend = RemoteBackend(protocol.options(server))
        cancel = CancelToken()
        cancel.cancel()
        assert isinstance(heard(backend, cancel=cancel)[1], Cancelled)
        with pytest.raises(Cancelled):
            backend.prepare(REQUEST, cancel)
        backend.close()
        assert server.seen == []


@pytest.mark.parametrize("number", range(100))
def test_a_preparation_that_is_called_off(number: int) -> None:
    """Many times: whether the end of the wait meets the closing of the connection is a matter of chance."""
    protocol = PROTOCOLS["llama.cpp"]
    with serving(protocol, protocol.broken(Step.HANG)) as server:
        backend = RemoteBackend(protocol.options(server))
        cancel = CancelToken()

        def call_off() -> None:
            server.wait_for_request(protocol.endpoint)
            cancel.cancel()

        thread = threading.Thread(target=call_off)
        thread.start()
        with pytest.raises(Cancelled):
            backend.prepare(REQUEST, cancel)
        thread.join()
        server.wait_for_request(protocol.endpoint).connection.seconds_to_close(0.0)
        backend.close()


def test_a_cancel_after_the_end_does_nothing() -> None:
    protocol = PROTOCOLS["openai"]
    with serving(protocol, protocol.said("x")) as server:
        backend = RemoteBackend(protocol.options(server))
        cancel = CancelToken()
        assert heard(backend, cancel=cancel) == ("x", None)
        cancel.cancel()
        assert heard(backend) == ("x", None)
        assert len(server.links) == 1
        backend.close()


def test_many_that_are_superseded() -> None:
    """As in typing: each request is called off by the next one, the last one is answered; no thread is left."""
    protocol = PROTOCOLS["openai"]
    before = set(threading.enumerate())
    with serving(protocol, protocol.broken("x", Step.HANG)) as server:
        backend = RemoteBackend(protocol.options(server))
        for _ in range(20):
            cancel = CancelToken()
            generation = backend.complete(REQUEST, cancel)
            with suppress(Cancelled):
                next(iter(generation))
            cancel.cancel()
        server.scripts[protocol.endpoint] = protocol.said("x + 1")
        assert heard(backend) == (ANSWER, None)
        for seen in server.asked(protocol.endpoint)[:-1]:
            seen.connection.seconds_to_close(0.0)
        backend.close()
        assert [thread for thread in threading.enumerate() if thread.name == "remote" and thread not in before] == []


def _best_of(seconds: Callable[[], float]) -> float:
    best = seconds()
    for _ in range(N_TRIES - 1):
        if best < MAX_SECONDS:
            break
        best = min(best, seconds())
    return best
