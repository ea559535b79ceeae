"""A model that runs in this process, as what it is to the rest: something that completes.

Torch is imported, and the model loaded, when the first completion is wanted, on a thread that goes on when whoever
wanted it does not wait any longer: while somebody types, each key calls off the request before, and a model that
began again each time would never be there.

After an answer the cache holds the prompt and the answer. Most templates let the typed part of a line stand last, so
what the user accepts, or types as it was suggested, is where the next prompt wants it and is not computed again; what
is not wanted is dropped by the next update at no cost.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ModelError, UsageError
from speedproof.suggest.backend import Generation, Question, Request
from speedproof.suggest.completion.templates import Template, template_for
from speedproof.suggest.local.generation import LocalGeneration, prompt
from speedproof.suggest.models import INSTALL, drop_snapshots, missing_packages, resolve

if TYPE_CHECKING:
    from speedproof.suggest.local.engine import Engine
    from speedproof.suggest.local.session import TextSession

CHARACTERS_PER_TOKEN = 3
"""Of Python, about, in vocabularies of this size."""
USUAL_ANSWER = 96
STEP_TOKENS = 256
"""What a step of preparation computes at most, where a text is new."""
STEP_SECONDS = 0.25
"""How long a step waits for a model that is being loaded."""

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """Which model, and how it is run; strings are the values of the settings of the same names."""

    source: str
    """A name of `speedproof models list`, a path, or a hub id."""
    precision: str = "fp16"
    device: str = "auto"
    context: int = 2048
    """Tokens of prompt and answer together."""
    cache_mb: int = 512
    reuse: str = "repair"
    snapshot_mb: int = 0
    """0: nothing is kept on disk, and what was is removed."""
    threads: int = 0
    """0: half of the cores. With all of them each pass waits for whatever else the machine does, an editor for one."""


class Ready(NamedTuple):
    """A model that is loaded, and how it wants to be asked."""

    engine: "Engine"
    n_threads: int
    template: Template
    stops: frozenset[int]
    """Tokens at which an answer ends."""


class LocalBackend:
    """See `suggest.backend.Backend`."""

    runs_here = True

    def __init__(self, options: LocalOptions, progress: Progress = lambda _what, _share: None) -> None:
        """`progress` is called from another thread while the model is loaded."""
        self._options = options
        self._progress = progress
        self._loading: Future[Ready] | None = None
        self._loading_of: object = None
        """The `identity` for which it was tried."""
        self._closing = CancelToken()

    @property
    def name(self) -> str:
        return self._options.source

    @property
    def identity(self) -> object:
        content: list[int] | None = None
        source = self._options.source
        try:
            source = str(resolve(source))
            status = Path(source).stat()
            content = [status.st_size, status.st_mtime_ns]
        except (UsageError, OSError):
            pass  # a hub id, or nothing that could be asked
        return {"kind": "local", **asdict(self._options), "source": source, "content": content}

    @property
    def window(self) -> int:
        n_tokens = max(self._options.context - USUAL_ANSWER, self._options.context // 2)
        return n_tokens * CHARACTERS_PER_TOKEN

    def complete(self, request: Request, cancel: CancelToken) -> Generation:
        return LocalGeneration(self, request, cancel)

    def answer(self, question: Question, cancel: CancelToken) -> Generation:
        """One after the other: each begins when somebody wants its first piece."""
        return LocalGeneration(self, question, cancel)

    def prepare(self, request: Request, cancel: CancelToken) -> bool:
        ready = self.ready(cancel, STEP_SECONDS)
        if ready is None:
            return True
        try:
            return _prepared(ready, request, cancel)
        except (RuntimeError, MemoryError) as error:
            self.forget(request.document)
            raise _broken(self._options, error) from error

    def forget(self, document: str) -> None:
        if self._loading is not None and self._loading.done() and self._loading.exception() is None:
            self._loading.result().engine.forget(document)

    def close(self) -> None:
        self._closing.cancel()
        self._loading = None

    def retry(self) -> None:
        """Where the model could not be loaded, the next request tries it again."""
        if self._failed:
            self._loading = None

    @property
    def _failed(self) -> bool:
        return self._loading is not None and self._loading.done() and self._loading.exception() is not None

    def ready(self, cancel: CancelToken, seconds: float | None = None) -> Ready | None:
        """The loaded model; None where it is not there after `seconds`.

        Raises Cancelled, and ModelError where it cannot be loaded, which stays so until `retry`, or until there is
        another file in that place.
        """
        if self._failed and self.identity != self._loading_of:
            self._loading = None
        if self._loading is None:
            self._loading_of = self.identity
            self._loading = _started(self._load)
        outcome = self._loading
        something = threading.Event()
        outcome.add_done_callback(lambda _: something.set())
        with cancel.calling(something.set):
            something.wait(seconds)
        cancel.check()
        if not outcome.done():
            return None
        try:
            return outcome.result()
        except UsageError as error:
            raise ModelError(str(error)) from None

    def broken(self, document: str, error: Exception) -> ModelError:
        """The model failed while it computed; what it holds of the document is worth nothing."""
        self.forget(document)
        return _broken(self._options, error)

    def _load(self) -> Ready:
        """Raises UsageError, Cancelled."""
        source = resolve(self._options.source)
        missing = missing_packages()
        if missing:
            raise UsageError(f"a model that runs here needs {', '.join(missing)}\nInstall it with: {INSTALL}")
        from speedproof.suggest.local.engine import Engine, Options
        from speedproof.suggest.local.linear import Precision
        from speedproof.suggest.local.repair import Reuse

        said = self._options
        options = Options(
            precision=Precision(said.precision),
            device=said.device,
            reuse=Reuse(said.reuse),
            context=said.context,
            cache_mb=said.cache_mb,
            snapshot_mb=said.snapshot_mb,
        )
        if not said.snapshot_mb:
            drop_snapshots()
        engine = Engine.load(source, options, self._progress, self._closing)
        tokens = engine.tokenizer
        template = template_for(lambda token: tokens.id_of(token) is not None)
        named = {number for token in template.stops if (number := tokens.id_of(token)) is not None}
        n_threads = said.threads or max(1, (os.cpu_count() or 1) // 2)
        return Ready(engine, n_threads, template, tokens.markers | named)


def _prepared(ready: Ready, request: Request, cancel: CancelToken) -> bool:
    """One step; whether there is another."""
    _, ids = prompt(ready, request)
    session = ready.engine.session(request.document, ids)
    if session.tokens[: len(ids)] == ids:
        return ready.engine.improve(request.document, cancel)
    session.update(ids[: _step(session, ids)], cancel)
    return True


def _step(session: "TextSession", ids: list[int]) -> int:
    """How much of a prompt to bring into the cache: the next few tokens where all that follows is new, else all."""
    from speedproof.suggest.local.plan import align, missing

    kept = align(session.tokens, ids)
    new = missing(kept, len(ids))
    if len(new) > STEP_TOKENS and all(run.end <= new[STEP_TOKENS] for run in kept):
        return new[STEP_TOKENS]
    return len(ids)


def _started(load: Callable[[], Ready]) -> "Future[Ready]":
    outcome: Future[Ready] = Future()

    def work() -> None:
        try:
            outcome.set_result(load())
        except UsageError as error:
            # Without the way it came, which would keep what was loaded so far.
            outcome.set_exception(UsageError(str(error)))
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=work, name="load the model", daemon=True).start()
    return outcome


def _broken(options: LocalOptions, error: Exception) -> ModelError:
    why = str(error) or "there is not enough memory"
    return ModelError(
        f"the model {options.source} broke off: {why}\nA smaller model-window, or another model, may help."
    )
