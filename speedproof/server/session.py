"""The state of one connection. It changes on the event loop only; work in threads gets immutable parts of it."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from speedproof.analysis.findings import Known
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.settings import Settings
from speedproof.core.source import read_source
from speedproof.server.client import Client
from speedproof.server.completion_state import Completing
from speedproof.server.document import Document
from speedproof.server.engine import Engine
from speedproof.server.proofs import Committed, Proof
from speedproof.server.schedule import Schedule

CLOSING_SECONDS = 0.5
MAX_PROOFS = 200

logger = logging.getLogger(__name__)


@dataclass
class Session:
    server: LanguageServer
    """Only to send: notifications and requests to the client."""
    engine: Engine = field(default_factory=Engine)
    client: Client = field(default_factory=Client)
    documents: dict[str, Document] = field(default_factory=dict)
    """By URI, those that are open in the editor."""
    proofs: dict[tuple[str, str], Proof] = field(default_factory=dict)
    """The latest result for each function, by path and qualified name; see `Proof.key`."""
    committed: dict[str, Committed] = field(default_factory=dict)
    """By URI: the functions of files that Git knows, as they are in HEAD."""
    editor_settings: dict[str, Any] = field(default_factory=dict)
    progress: dict[types.ProgressToken, CancelToken] = field(default_factory=dict)
    """What a cancel of the work under this token calls off."""
    working: list[str] = field(default_factory=list)
    """The titles of work that the user waits for."""
    findings: dict[str, Known] = field(default_factory=dict)
    """By URI: the findings of each function by its text, relative to its beginning."""
    measuring: Schedule = field(default_factory=lambda: Schedule("speedproof-measuring"))
    background: Schedule = field(default_factory=lambda: Schedule("speedproof-background"))
    timers: dict[tuple[str, str], asyncio.TimerHandle] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    completing: Completing = field(default_factory=Completing)
    told: set[str] = field(default_factory=set)
    """Complaints that the user has seen; each is made once."""

    def document(self, uri: str) -> Document:
        """The open document, else the file as it is on disk. Raises UsageError where there is neither."""
        if uri in self.documents:
            return self.documents[uri]
        document = Document.opened(uri, None, "")
        if document.path is None:
            raise UsageError(f"{uri} is not open and is no file")
        source = read_source(document.path)
        text = source.text.replace("\n", source.newline) if source.newline else source.text
        return Document.opened(uri, None, text)

    def settings_for(self, path: Path | None) -> Settings:
        """The settings for a file: its project's, under the editor's. A bad value is told of once and left out."""
        from speedproof.analysis.project import find_root

        settings = Settings.load(None if path is None else find_root(path), on_error=self.complain)
        # How editors say "not set" is null.
        values = {key: value for key, value in self.editor_settings.items() if value is not None}
        return settings.updated(values, source="the editor's settings", on_error=self.complain)

    def complain(self, message: str) -> None:
        if message not in self.told:
            self.told.add(message)
            self.show(types.MessageType.Warning, message)

    def show(self, kind: types.MessageType, message: str) -> None:
        self.server.window_show_message(types.ShowMessageParams(kind, f"Speedproof: {message}"))

    def remember(self, proof: Proof) -> None:
        """The oldest is forgotten where there are too many: each holds its file's text."""
        self.proofs.pop(proof.key, None)
        self.proofs[proof.key] = proof
        if len(self.proofs) > MAX_PROOFS:
            del self.proofs[next(iter(self.proofs))]
        self.verdicts_changed()

    def verdicts_changed(self) -> None:
        """Have the client ask for code lenses anew, once for all that changes at a time."""
        if self.client.refreshes_lenses:
            self.later("lenses", "", 0.0, lambda: self.server.workspace_code_lens_refresh(None))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def later(self, what: str, uri: str, seconds: float, action: Any) -> None:
        """Call `action` once nothing has asked for the same again for `seconds`."""
        self.never(what, uri)
        self.timers[what, uri] = asyncio.get_running_loop().call_later(seconds, action)

    def never(self, what: str, uri: str) -> None:
        timer = self.timers.pop((what, uri), None)
        if timer is not None:
            timer.cancel()

    def close(self) -> None:
        """Call off all work, and give it the moment that it needs to end what it has started."""
        for timer in self.timers.values():
            timer.cancel()
        self.measuring.close(CLOSING_SECONDS)
        self.background.close(CLOSING_SECONDS)
        self.completing.close(CLOSING_SECONDS)
