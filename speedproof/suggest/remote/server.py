"""What is known about a model server, and what every way of asking one has in common."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from speedproof.core.completion import Usage
from speedproof.suggest.backend import Request
from speedproof.suggest.completion.templates import Template
from speedproof.suggest.remote.connection import Connection
from speedproof.suggest.remote.events import Event
from speedproof.suggest.remote.faults import TOO_LONG, Fault
from speedproof.suggest.remote.options import RemoteOptions

USUAL_CONTEXT = 4096
"""What servers start a model with, if nobody says more."""
SHRINKING = 0.7


class Server:
    """The connection, and what was found out so far. Belongs to an event loop; others may read what is there.

    What is found out step by step is kept step by step: a request that is called off may have come half the way.
    """

    def __init__(self, options: RemoteOptions) -> None:
        """Raises UsageError where the URL is none."""
        self.options = options
        self.connection = Connection(options)
        self.n_context = options.context_tokens
        """Tokens that the model looks at. 0: not known."""
        self.unlearn()

    def unlearn(self) -> None:
        """Another server may answer next time."""
        self.api = self.connection.address.api if self.options.api == "auto" else self.options.api
        """Empty: not known."""
        self.template: Template | None = None
        self.tokenizes = True
        """It can be asked for tokens, as far as is known."""
        self.ids: dict[str, int | None] = {}
        """Of special tokens; None for one that the model does not have."""
        self.stop_ids: tuple[int, ...] = ()
        """Of the template's stops, for a server that does not look for special tokens in the text."""
        self.loaded = ""
        """Which model the server says it runs."""
        self.was_introduced = False
        self.infills = True
        """llama.cpp: as far as is known."""
        self.takes_extras = True
        """OpenAI: fields that not every server knows, as far as is known."""

    def note(self, fault: Fault) -> None:
        """What a fault says about the server, whoever asked."""
        if fault.gone:
            self.unlearn()
        if fault.code in TOO_LONG:
            self.n_context = int((self.n_context or USUAL_CONTEXT) * SHRINKING)


@dataclass(frozen=True, slots=True)
class Part:
    """Of an answer."""

    text: str = ""
    usage: Usage | None = None
    done: bool = False
    """The answer is complete, though something about it may follow."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a server."""

    url: httpx.URL
    body: dict[str, Any] = field(repr=False)
    read: Callable[[Event], Part]
    """Raises ValueError, TypeError or LookupError for an event of some other protocol."""
    stops: tuple[str, ...]
    """The answer ends before the first of these, whatever the server makes of them."""
    max_pieces: int
    """Pieces of text; a server that sends more does not keep to what it was asked for."""
    whole: Callable[[str], str] | None = None
    """Where only the whole answer tells what of it is code: what to make of it."""


def learns_nothing(_server: Server, _fault: Fault) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Dialect:
    """One protocol."""

    ask: Callable[[Server, Request], Awaitable[Ask]]
    """Raises ModelError."""
    learns: Callable[[Server, Fault], bool] = learns_nothing
    """The server refused: whether the same request is now asked for in another way."""
    warms: bool = False
    """Asked for no tokens at all, the server computes the prompt and keeps it for the next request."""


def text_of(value: Any) -> str:
    """Raises ValueError for anything but a string; null is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def count_of(value: Any) -> int | None:
    """A number of tokens, if that is what it is."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
