"""What every model looks like to the rest: one that runs here, or one behind a server."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around, Usage


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to be made."""

    document: str
    """Which document it is for, a URI: what a model keeps between requests, it keeps by this."""
    around: Around
    max_tokens: int
    stop: tuple[str, ...] = ()
    """The answer ends before the first of these. A server may take fewer of them: the caller looks, too."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was said. `role` is "system", "user" or "assistant"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation, which the user's turn ends. What stays the same comes first: it is computed once."""

    turns: tuple[Turn, ...]
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0
    """Above a temperature of 0 another one gives another answer."""
    opening: str = ""
    """How the answer begins, of a model that can be made to begin so; it is then part of the answer."""
    closing: str = ""
    """With an opening: what the answer ends with, or before."""


class Generation(Protocol):
    """An answer as it comes. Whoever has enough of it closes it, which ends the work behind it at once."""

    def __iter__(self) -> Iterator[str]:
        """Pieces of the answer's text, none of them special tokens.

        Raises Cancelled, and ModelError where the model cannot be reached, refuses, or breaks off.
        """

    def close(self) -> None:
        """Twice does no harm."""

    @property
    def usage(self) -> Usage:
        """As far as it is known by now."""


class Backend(Protocol):
    """A model that can be asked, by one thread at a time."""

    @property
    def identity(self) -> object:
        """Everything that its answers depend on besides the request, as JSON: part of the keys of caches."""

    @property
    def name(self) -> str:
        """Of the model, for people."""

    @property
    def runs_here(self) -> bool:
        """In this process: asking more than the user did costs nobody anything, and sends nothing."""

    @property
    def window(self) -> int:
        """How many characters of prompt it takes, about. More context is not worth collecting."""

    def complete(self, request: Request, cancel: CancelToken) -> Generation:
        """Returns before anything of the answer is there. Raises nothing: errors come with the first piece."""

    def prepare(self, request: Request, cancel: CancelToken) -> bool:
        """With time at hand: do what makes a later `complete` like this one quicker, in one short step.

        Whether another step would do more. Raises as a generation does.
        """

    def forget(self, document: str) -> None:
        """The document was closed."""

    def close(self) -> None:
        """Let go of connections and memory; nothing is asked afterwards."""


class Answerer(Protocol):
    """A model that can be talked to. What else it can is said of `Backend`."""

    @property
    def identity(self) -> object: ...

    @property
    def name(self) -> str: ...

    @property
    def runs_here(self) -> bool: ...

    def answer(self, question: Question, cancel: CancelToken) -> Generation:
        """As `Backend.complete`. Several that are under way are answered side by side, where the model can do that."""

    def close(self) -> None: ...
