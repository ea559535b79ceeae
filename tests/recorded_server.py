"""An HTTP server on loopback that says what it was told to say, and remembers what it was asked and who hung up when.

Plain sockets and threads, so that a test decides about each byte, and sees the end of a connection where the server
does.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Any, Self

PATIENCE_SECONDS = 30.0


class Step(Enum):
    """What happens in the middle of a reply."""

    HANG = "nothing more comes, until the client hangs up"
    CUT = "the server hangs up"
    RESET = "the server dies, which may destroy what it sent as well"


@dataclass(frozen=True)
class Reply:
    """A head and a body in parts, sent one by one."""

    parts: tuple[bytes | Step, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    """What is sent instead of all that, before the server hangs up or,"""
    hangs: bool = False
    """if it `hangs`, says no more."""


Script = Reply | Sequence[Reply] | Callable[[Any], Reply]
"""For one path: always the same, one after the other and the last one again and again, or depending on the body."""


@dataclass(frozen=True)
class Seen:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    connection: "Link"


@dataclass
class Link:
    """A connection, from the server's end."""

    spoken: threading.Event = field(default_factory=threading.Event)
    """The client said something while the server was silent for good."""
    closed: threading.Event = field(default_factory=threading.Event)
    closed_at: float = 0.0

    def seconds_to_close(self, since: float) -> float:
        """Until the client had hung up; waits for that."""
        assert self.closed.wait(PATIENCE_SECONDS), "the connection stays open"
        return self.closed_at - since


def answer(document: Any, status: int = 200, **headers: str) -> Reply:
    """One JSON document."""
    kind = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Reply((json.dumps(document).encode(),), status, kind)


class RecordedServer:
    """Answers below `url` as `scripts` say, by path; what they say nothing about is 404."""

    def __init__(
        self,
        scripts: Mapping[str, Script] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        tunnels: ssl.SSLContext | None = None,
        silent: bool = False,
    ) -> None:
        """With `tls` it speaks https. As a proxy with `tunnels`, it is itself what is behind all of them; without, it
        answers who wants one as its scripts say.

        A `silent` one accepts connections, and that is all.
        """
        self.scripts = dict(scripts or {})
        self.seen: list[Seen] = []
        self.links: list[Link] = []
        self.arrived = threading.Condition()
        self._n_answered: dict[str, int] = {}
        self._tls, self._tunnels = tls, tunnels
        self._silent = silent
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in [self._listener, *self._sockets]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def asked(self, path: str) -> list[Seen]:
        with self.arrived:
            return [seen for seen in self.seen if seen.path == path]

    def wait_for_request(self, path: str) -> Seen:
        """The first one for `path`, which may be still to come."""
        with self.arrived:
            arrived = self.arrived.wait_for(lambda: any(seen.path == path for seen in self.seen), PATIENCE_SECONDS)
            assert arrived, f"nobody asks for {path}"
            return next(seen for seen in self.seen if seen.path == path)

    def wait_for_link(self) -> Link:
        """The first connection, on which something was said that has no answer."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.links, PATIENCE_SECONDS), "nobody connects"
            link = self.links[0]
        assert link.spoken.wait(PATIENCE_SECONDS), "nobody says anything"
        return link

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link()
            with self.arrived:
                self.links.append(link)
                self.arrived.notify_all()
            self._sockets.append(client)
            threading.Thread(target=self._serve, args=(client, link), daemon=True).start()

    def _serve(self, client: socket.socket, link: Link) -> None:
        with suppress(OSError, ValueError):
            if self._silent:
                _until_hung_up(client, link)
            else:
                self._talk(client, link)
        link.closed_at = time.monotonic()
        link.closed.set()
        with suppress(OSError):
            client.close()

    def _talk(self, client: socket.socket, link: Link) -> None:
        if self._tls is not None:
            client = self._encrypted(client, self._tls)
        while True:
            method, path, headers, raw = _request(client)
            if tunnel := method == "CONNECT" and self._tunnels is not None:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                assert self._tunnels is not None
                client = self._encrypted(client, self._tunnels)
            seen = Seen(method, path, headers, json.loads(raw) if raw else None, link)
            with self.arrived:
                self.seen.append(seen)
                self.arrived.notify_all()
            if not tunnel and not self._reply(client, link, self._scripted(seen)):
                return

    def _encrypted(self, client: socket.socket, tls: ssl.SSLContext) -> socket.socket:
        client = tls.wrap_socket(client, server_side=True)
        self._sockets.append(client)
        return client

    def _scripted(self, seen: Seen) -> Reply:
        script = self.scripts.get(seen.path, Reply(status=404))
        if isinstance(script, Reply):
            return script
        if not isinstance(script, Sequence):
            return script(seen.body)
        n_before = self._n_answered.get(seen.path, 0)
        self._n_answered[seen.path] = n_before + 1
        return script[min(n_before, len(script) - 1)]

    def _reply(self, client: socket.socket, link: Link, reply: Reply) -> bool:
        """Whether the connection is still good."""
        if reply.raw or reply.hangs:
            client.sendall(reply.raw)
            if reply.hangs:
                _until_hung_up(client, link)
            return False
        lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in reply.headers.items())]
        client.sendall("\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode())
        for part in reply.parts:
            if part is Step.HANG:
                _until_hung_up(client, link)
                return False
            if part is Step.CUT:
                return False
            if part is Step.RESET:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
                return False
            assert isinstance(part, bytes)
            client.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        client.sendall(b"0\r\n\r\n")
        return True


def _request(client: socket.socket) -> tuple[str, str, dict[str, str], bytes]:
    """Method, path without what a proxy is told besides, headers with small letters, body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _received(client)
        if not received[:1].isalpha():  # TLS, for one
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            raise ConnectionError("no HTTP")
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += _received(client)
    path = "/" + target.partition("://")[2].partition("/")[2] if "://" in target else target
    return method, path, headers, body


def _received(client: socket.socket) -> bytes:
    data = client.recv(2**16)
    if not data:
        raise ConnectionError("hung up")
    return data


def _until_hung_up(client: socket.socket, link: Link) -> None:
    while client.recv(2**16):
        link.spoken.set()
