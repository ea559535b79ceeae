"""A model behind a server, as a `suggest.backend.Backend`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Around
from speedproof.core.errors import UsageError
from speedproof.suggest.backend import Question, Request
from speedproof.suggest.remote.asking import DIALECTS, answered, conversed, warmed
from speedproof.suggest.remote.options import RemoteOptions, shown
from speedproof.suggest.remote.server import USUAL_CONTEXT, Part, Server
from speedproof.suggest.remote.vocabulary import named_template
from speedproof.suggest.remote.worker import Stream, Worker

CHARACTERS_PER_TOKEN = 3
"""Of code, and rather too few than too many."""
ANSWER_TOKENS = 256
"""Of a model's context, left for the answer."""
MIN_WINDOW, MAX_WINDOW = 500, 24_000
"""Characters: what is sent with a keystroke, even to a model that could look at more."""


class RemoteBackend:
    """Asks one server about one model. Its callers may be any threads, none of which waits for the network but here."""

    def __init__(self, options: RemoteOptions) -> None:
        """Nothing is sent yet. Raises UsageError for options that cannot be."""
        if options.api not in ("auto", *DIALECTS):
            raise UsageError(f"`model-api`: there is no {options.api!r}; there are auto, {', '.join(DIALECTS)}")
        named_template(options)
        self._options = options
        self._server = Server(options)
        self._worker = Worker(self._server.connection.close)
        self._warm: Around | None = None
        """What the server was shown last."""
        self._nobody = uuid4().hex

    @property
    def runs_here(self) -> bool:
        return False

    @property
    def name(self) -> str:
        return self._options.model or shown(self._server.connection.address.root)

    @property
    def identity(self) -> Any:
        """Where neither the user nor the server says which model answers, nothing that it said is found again later:
        it may be another one then.
        """
        options = self._options
        return {
            "url": shown(self._server.connection.address.versioned),
            "model": options.model or self._server.loaded or self._nobody,
            "api": options.api,
            "template": options.template,
        }

    @property
    def window(self) -> int:
        """A guess, until the server has said how many tokens it takes."""
        n_tokens = (self._server.n_context or USUAL_CONTEXT) - ANSWER_TOKENS
        return max(MIN_WINDOW, min(MAX_WINDOW, n_tokens * CHARACTERS_PER_TOKEN))

    def complete(self, request: Request, cancel: CancelToken) -> Stream:
        return Stream(self._worker, self._noted(answered(self._server, request), request.around), cancel)

    def answer(self, question: Question, cancel: CancelToken) -> Stream:
        return Stream(self._worker, conversed(self._server, question), cancel)

    def prepare(self, request: Request, cancel: CancelToken) -> bool:
        """llama.cpp's server computes the prompt; of the others no more than what they are is found out."""
        if request.around == self._warm:
            return False
        stream = Stream(self._worker, self._noted(warmed(self._server, request), request.around), cancel)
        try:
            for _ in stream:
                pass
        finally:
            stream.close()
        return False

    def forget(self, document: str) -> None:
        """The server decides what it keeps."""

    def close(self) -> None:
        self._worker.close()

    async def _noted(self, parts: AsyncGenerator[Part, None], around: Around) -> AsyncGenerator[Part, None]:
        """The same parts; with the first one the server knows the prompt."""
        async with aclosing(parts):
            async for part in parts:
                self._warm = around
                yield part
