"""What can go wrong with a model server, in words for the user: what happened, where, what to do next.

The same fault has the same words each time, so that it can be told once. Nothing that a server sent is repeated in
them: it may hold what it was sent, a key included. Only its short codes for errors are, as `context_length_exceeded`.
"""

import json
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.request import getproxies

import httpx

from speedproof.core.errors import ModelError
from speedproof.suggest.remote.keys import Key
from speedproof.suggest.remote.options import RemoteOptions, is_loopback, shown

TOO_LONG = {"exceed_context_size_error", "context_length_exceeded"}
"""What servers call a prompt that is longer than the model's context."""
BUSY = {429, 503}


class Fault(ModelError):
    """A fault of the server, or of the way to it. The message is for the user, the rest for whoever asked."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        again: bool = False,
        after: float | None = None,
        gone: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        """0 where there was no reply."""
        self.code = code
        """The server's own short name for it, if there is one."""
        self.again = again
        """Whether it may pass."""
        self.after = after
        """So many seconds the server wants to be left alone."""
        self.gone = gone
        """There was no connection: what answers there next time may be another server."""


def unreachable(error: Exception, where: str, options: RemoteOptions) -> Fault:
    """No reply came from the server at `where`."""
    if isinstance(error, httpx.ConnectTimeout):
        return Fault(
            f"No connection to {where} within {options.connect_seconds:g} s. Is the server within reach, and"
            " `model-url` right?",
            gone=True,
        )
    if isinstance(error, httpx.TimeoutException):
        return _silent(where, options)
    if isinstance(error, httpx.ProxyError):
        return Fault(
            f"The proxy does not connect to {where}. Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment of"
            " your editor.",
            gone=True,
        )
    if isinstance(error, httpx.ConnectError | UnicodeError):
        return Fault(_unconnected(error, where) + _about_proxy(where), gone=True)
    if isinstance(error, httpx.DecodingError | httpx.UnsupportedProtocol):
        return garbage(where)
    # A connection that was kept open may be closed by the server at the moment in which it is used again.
    return Fault(f"{where} closes the connection without a reply. Its log may say why.", again=True)


def _unconnected(error: Exception, where: str) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"The certificate of {where} is not trusted ({cause.verify_message.rstrip('.')}). If an authority of"
                " your own signed it, name the PEM file with that one's certificate in `model-ca`."
            )
        if isinstance(cause, ssl.SSLError):
            return f"No TLS connection to {where} ({cause.reason or 'no reason given'}). Does that port speak https?"
        if isinstance(cause, socket.gaierror | UnicodeError):
            return f"The host of {where} has no address. Check `model-url` and the network."
        if isinstance(cause, ConnectionRefusedError):
            return f"Nothing answers at {where}. Is the model server running, and its port in `model-url` right?"
    return f"No connection to {where}. Check `model-url` and the network."


def _about_proxy(where: str) -> str:
    url = httpx.URL(where)
    if is_loopback(url) or url.scheme not in getproxies():
        return ""
    return f" It may also be the proxy on the way, which the environment names in {url.scheme.upper()}_PROXY."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what is behind it, nearest first."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__


def broken_off(error: Exception, where: str, options: RemoteOptions) -> Fault:
    """A reply began, and went no further."""
    if isinstance(error, httpx.TimeoutException):
        return _silent(where, options)
    return garbage(where) if isinstance(error, httpx.DecodingError) else cut(where)


def _silent(where: str, options: RemoteOptions) -> Fault:
    return Fault(
        f"{where} sent nothing for {options.read_seconds:g} s. The model may still be loading, or is too slow to"
        " complete with; `model-seconds` says how long to wait."
    )


def cut(where: str) -> Fault:
    return Fault(f"{where} broke off in the middle of an answer. Its log may say why.")


def garbage(where: str) -> Fault:
    return Fault(f"{where} answers, but not with completions. Check `model-url` and `model-api`.")


def too_large(where: str, n_bytes: int) -> Fault:
    return Fault(
        f"{where} sends more than {n_bytes // 1024} KiB as one answer, and was hung up on. Check `model-url` and"
        " `model-api`."
    )


def reported(where: str, code: str) -> Fault:
    """The server reports an error in the middle of an answer."""
    if code in TOO_LONG:
        return _too_long(where, 0, code)
    return Fault(f"{where} reports an error while it answers{_in_brackets(code)}. Its log may say more.", code=code)


def refused(response: httpx.Response, body: bytes, server: str, options: RemoteOptions, key: Key) -> Fault:
    """A status that is no success; `body` is as much of the reply as was read.

    Whether the `server` is busy is the same everywhere below its address.
    """
    status, code = response.status_code, code_in(body)
    where = server if status in BUSY else shown(response.url)
    if status in (401, 403):
        return Fault(_unauthorized(status, where, key), status=status, code=code)
    if status == 413 or code in TOO_LONG or b"maximum context length" in body:  # so says vLLM, without a code
        return _too_long(where, status, code)
    if status == 429:
        message = (
            f"{where} has too many requests (429), yours or all together. It is left alone for as long as it says."
        )
        return Fault(message, status=status, code=code, again=True, after=_wait(response.headers))
    if status == 404:
        named = f"has no model named {options.model!r}" if options.model else "wants a name of a model in `model`"
        message = f"{where} is not found (404): either it {named}, or `model-url` or `model-api` is not right."
        return Fault(message, status=status, code=code)
    if status < 400:
        message = f"{where} sends elsewhere ({status}{_target(response)}), which is not followed. Put the address that"
        return Fault(f"{message} is meant into `model-url`.", status=status)
    if status < 500 or status == 501:
        message = f"{where} refuses the request ({status}{_and(code)}). Check `model-api` and `model`."
        return Fault(message, status=status, code=code)
    message = f"{where} fails ({status}{_and(code)}). Its log may say why; it may also be loading its model."
    return Fault(message, status=status, code=code, again=True, after=_wait(response.headers))


def _unauthorized(status: int, where: str, key: Key) -> str:
    if key.is_named:
        return f"{where} does not accept the key ({status}) from {key.source}."
    return (
        f"{where} wants a key ({status}). Name the environment variable that holds it in `model-key-variable`, or a"
        " command that prints it in `model-key-command`."
    )


def _too_long(where: str, status: int, code: str) -> Fault:
    message = (
        f"{where} takes no prompt as long as the one it was sent. Less is sent from now on; start it with a larger"
        " context for more."
    )
    return Fault(message, status=status, code=code or "context_length_exceeded")


def _target(response: httpx.Response) -> str:
    """Only the host: the path may repeat what was asked."""
    try:
        target = response.url.join(response.headers["location"])
        return f", to {shown(target.copy_with(path='/'))}"
    except (KeyError, ValueError, httpx.InvalidURL):
        return ""


def _wait(headers: Mapping[str, str]) -> float | None:
    """What Retry-After says, which is a number of seconds or a date."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def code_in(body: bytes | Mapping[str, Any]) -> str:
    """The short code of an error in a reply; empty where there is none, or what is there may be more than a code."""
    document: Any = body
    if isinstance(body, bytes):
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return ""
    error = document.get("error", document) if isinstance(document, Mapping) else None
    if not isinstance(error, Mapping):
        return ""
    codes = (error.get(name) for name in ("code", "type"))
    return next((code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)), "")


_CODE = re.compile(r"[a-z]{2,24}(_[a-z]{2,24}){1,5}")


def _and(code: str) -> str:
    return f", {code}" if code else ""


def _in_brackets(code: str) -> str:
    return f" ({code})" if code else ""
