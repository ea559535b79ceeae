"""Where a remote model is, and how it is to be asked."""

import ipaddress
import re
from dataclasses import dataclass, field

import httpx

from speedproof.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """Holds no key, only where one comes from. What may hold a secret all the same is left out of `repr`."""

    url: str = field(repr=False)
    """Of the server, or of one endpoint of it. A name and password in it are used, and never shown."""
    model: str = ""
    """Its name there; a server that runs a single one needs none."""
    api: str = "auto"
    """`auto`, `llama.cpp`, `ollama`, `openai`, `mistral` or `chat`."""
    template: str = ""
    """One of `completion.templates.TEMPLATES`. Empty: by the tokens that the server says its model has."""
    key_variable: str = ""
    """An environment variable that holds the key; where it is not set, `key_command` is used."""
    key_command: str = field(default="", repr=False)
    """The first line of its output is the key. It is run without a shell."""
    ca: str = ""
    """A PEM file with certificates to trust besides the usual ones."""
    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    """Of silence, before the first piece of an answer or between two."""
    retries: int = 2
    """How often a request is made again that was answered with 429 or 5xx, or not at all."""
    retry_seconds: float = 10.0
    """All waiting before retries of one request together."""
    max_reply_bytes: int = 2**20
    context_tokens: int = 0
    """How many tokens the model looks at. 0: what the server says."""


@dataclass(frozen=True, slots=True)
class Address:
    """A server's URLs without the endpoints."""

    root: httpx.URL
    """Below it are the endpoints of llama.cpp's server and of Ollama."""
    versioned: httpx.URL
    """Below it are those that OpenAI invented: the root and, as a rule, `/v1`."""
    api: str
    """What is spoken there, if the URL was that of an endpoint; else empty."""

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises UsageError for what is no address of an HTTP server."""
        try:
            given = httpx.URL(url.strip())
        except (httpx.InvalidURL, UnicodeError):
            raise UsageError("`model-url` is no URL; `http://127.0.0.1:8012` is one") from None
        if given.scheme not in ("http", "https") or not given.host:
            raise UsageError("`model-url` must begin with http:// or https:// and name a host")
        path = given.path.rstrip("/")
        ending, api = next(((end, api) for end, api in _ENDPOINTS if path.endswith(end)), ("", ""))
        path = path.removesuffix(ending).rstrip("/")
        root = _VERSION.sub("", path)
        versioned = path if ending.endswith("completions") or root != path else f"{path}/v1"
        return cls(given.copy_with(path=root or "/"), given.copy_with(path=versioned or "/"), api)


_ENDPOINTS = (
    ("/chat/completions", "chat"),
    ("/fim/completions", "mistral"),
    ("/completions", "openai"),
    ("/completion", "llama.cpp"),
    ("/infill", "llama.cpp"),
    ("/api/generate", "ollama"),
)
_VERSION = re.compile(r"/(v\d+\w*|beta)$")


def under(base: httpx.URL, path: str) -> httpx.URL:
    """`base` with `path` below it, and its query."""
    return base.copy_with(path=base.path.rstrip("/") + path)


def shown(url: httpx.URL) -> str:
    """As it may be told: without name, password, query and fragment."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path.rstrip('/')}"


def is_loopback(url: httpx.URL) -> bool:
    """Whether what is sent there stays on this machine."""
    host = url.host.lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
