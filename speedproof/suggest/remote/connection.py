"""The connection to a model server: keys, certificates, proxies, retries, limits; objects as they are streamed.

All of it belongs to one event loop. Being called off at any point closes what is open at once.
"""

import asyncio
import json
import logging
import random
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

import httpx

from speedproof import __version__
from speedproof.core.errors import ModelError
from speedproof.suggest.remote import faults
from speedproof.suggest.remote.events import Event, event_of, lines_of
from speedproof.suggest.remote.faults import Fault
from speedproof.suggest.remote.keys import Key
from speedproof.suggest.remote.options import Address, RemoteOptions, is_loopback, shown

BACKOFF_SECONDS = 0.25
"""Before the first retry, half of it by chance; before each further one, twice as long."""
LONGEST_REST_SECONDS = 600.0
"""No server is left alone for longer, whatever it says."""
KEPT_OPEN_SECONDS = 60.0
MAX_REFUSAL_BYTES = 2**16

# At INFO they tell the address of each request, at DEBUG the headers of replies.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Connection:
    """To one server. Its methods raise ModelError, whose subclass Fault tells a refusal from the rest."""

    def __init__(self, options: RemoteOptions) -> None:
        """Raises UsageError where the URL is none."""
        self.address = Address.of(options.url)
        self.key = Key(options)
        self._options = options
        self._client: httpx.AsyncClient | None = None
        self._busy: Fault | None = None
        self._busy_until = 0.0

    async def events(self, url: httpx.URL, body: dict[str, Any]) -> AsyncGenerator[Event, None]:
        """What the server streams as its answer. It may end too early: the events say whether it is complete."""
        response = await self._opened("POST", url, body)
        async with aclosing(lines_of(self._chunks(response, self._options.max_reply_bytes))) as lines:
            async for line in lines:
                try:
                    event = event_of(line)
                except ValueError:
                    raise faults.garbage(shown(url)) from None
                if event is not None:
                    yield event

    async def fetch(self, method: str, url: httpx.URL, body: dict[str, Any] | None, max_bytes: int) -> Any:
        """The JSON document of a reply; None if it is something else."""
        response = await self._opened(method, url, body)
        async with aclosing(self._chunks(response, max_bytes)) as chunks:
            text = b"".join([chunk async for chunk in chunks])
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None

    async def probe(self, method: str, url: httpx.URL, body: dict[str, Any] | None = None) -> Any:
        """As `fetch`, but None also if the server refuses; one that is busy may answer later, and raises Fault."""
        try:
            return await self.fetch(method, url, body, self._options.max_reply_bytes)
        except Fault as fault:
            if not fault.status or fault.status in faults.BUSY:
                raise
            return None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _opened(self, method: str, url: httpx.URL, body: dict[str, Any] | None) -> httpx.Response:
        """A successful reply whose body was not read yet."""
        deadline = time.monotonic() + self._options.retry_seconds
        n_tries = 0
        while True:
            await self._until_welcome(deadline)
            outcome = await self._tried(method, url, body)
            if isinstance(outcome, httpx.Response):
                return outcome
            n_tries += 1
            pause = 0.0
            if outcome.after is not None:
                self._busy, self._busy_until = outcome, time.monotonic() + min(outcome.after, LONGEST_REST_SECONDS)
            else:
                pause = BACKOFF_SECONDS * 2 ** (n_tries - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            if not outcome.again or n_tries > self._options.retries or time.monotonic() + pause > deadline:
                raise outcome
            await asyncio.sleep(pause)

    async def _until_welcome(self, deadline: float) -> None:
        """Wait as long as the server said; where that is too long, raise what it said then, and do not bother it."""
        if self._busy is not None and time.monotonic() < self._busy_until:
            if self._busy_until > deadline:
                raise self._busy
            await asyncio.sleep(self._busy_until - time.monotonic())
        self._busy = None

    async def _tried(self, method: str, url: httpx.URL, body: dict[str, Any] | None) -> httpx.Response | Fault:
        headers = await self._headers(url)
        content = None if body is None else json.dumps(body).encode("ascii")
        request = self._http().build_request(method, url, headers=headers, content=content)
        try:
            response = await self._sent(request)
        except (httpx.RequestError, ssl.SSLError, UnicodeError) as error:
            return faults.unreachable(error, shown(self.address.root), self._options)
        if response.is_success:
            return response
        said = b""
        with suppress(ModelError):
            async with aclosing(self._chunks(response, MAX_REFUSAL_BYTES)) as chunks:
                async for chunk in chunks:
                    said += chunk
        if response.status_code in (401, 403):
            self.key.refused()
        return faults.refused(response, said, shown(self.address.root), self._options, self.key)

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        """The head of the reply. Redirects are not followed: the key and the text are for this server alone."""
        opened: list[Any] = []

        async def trace(name: str, info: dict[str, Any]) -> None:
            if name == "connection.connect_tcp.complete":
                opened.append(info["return_value"])

        request.extensions = {**request.extensions, "trace": trace}
        try:
            return await self._http().send(request, stream=True, follow_redirects=False)
        except BaseException:
            # httpcore forgets the socket where it is called off in the middle of a TLS handshake.
            for stream in opened:
                await stream.aclose()
            raise

    async def _chunks(self, response: httpx.Response, max_bytes: int) -> AsyncGenerator[bytes, None]:
        n_bytes = 0
        where = shown(response.url)
        try:
            async for chunk in response.aiter_bytes():
                n_bytes += len(chunk)
                if n_bytes > max_bytes:
                    raise faults.too_large(where, max_bytes)
                yield chunk
        except (httpx.RequestError, ssl.SSLError) as error:
            raise faults.broken_off(error, where, self._options) from None
        finally:
            await response.aclose()

    async def _headers(self, url: httpx.URL) -> dict[str, str]:
        headers = {
            "Accept": "text/event-stream, application/x-ndjson, application/json",
            "Accept-Encoding": "identity",  # a limit on what is received means little where it may be compressed
            "Content-Type": "application/json",
            "User-Agent": f"speedproof/{__version__}",
        }
        if (self.key.is_named or url.userinfo) and url.scheme != "https" and not is_loopback(url):
            raise ModelError(
                f"{shown(url)} is not asked: its key would be sent unencrypted over the network. Use https, or a"
                " tunnel that ends on this machine."
            )
        key = await self.key.get()
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return headers

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            here = is_loopback(self.address.root)
            options = self._options
            try:
                self._client = httpx.AsyncClient(
                    verify=_trust(options.ca, needed=self.address.root.scheme == "https" or not here),
                    timeout=httpx.Timeout(options.read_seconds, connect=options.connect_seconds),
                    limits=httpx.Limits(max_keepalive_connections=4, keepalive_expiry=KEPT_OPEN_SECONDS),
                    trust_env=not here,  # no proxy can reach this machine, and none is to see the key
                )
            except (ValueError, ImportError, httpx.InvalidURL):
                raise ModelError(
                    "The proxy that the environment of your editor names cannot be used. HTTPS_PROXY and HTTP_PROXY"
                    " take addresses that begin with http:// or https://."
                ) from None
        return self._client


def _trust(ca: str, *, needed: bool) -> ssl.SSLContext:
    """Trusts the authorities of this system, those that come with httpx, and the ones in the file `ca`."""
    if not needed:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which trusts nobody; the others take a while to be read
    try:
        context = httpx.create_ssl_context()
    except OSError:
        raise ModelError("The certificates that SSL_CERT_FILE or SSL_CERT_DIR name cannot be read.") from None
    context.load_default_certs()
    if ca:
        try:
            context.load_verify_locations(cafile=ca)
        except ssl.SSLError:
            raise ModelError(f"`model-ca`: {ca} holds no certificate in PEM format.") from None
        except OSError as error:
            raise ModelError(f"`model-ca`: cannot read {ca}: {error.strerror}.") from None
    return context
