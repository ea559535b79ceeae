"""What a model is shown besides the document, gathered while nobody waits."""

import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from speedproof.analysis.related import Edited, related
from speedproof.analysis.workspace import Opened, WorkspaceIndex
from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Chunk
from speedproof.core.errors import Cancelled
from speedproof.core.text import Span, with_newlines
from speedproof.server.document import PYTHON, Document
from speedproof.server.session import Session

SECONDS = 0.5
"""For one gathering; what was found until then is shown."""
MAX_OPENED = 20
MAX_EDIT_AGE = 1800.0
"""Seconds; what was edited before is no longer what the user is at."""


async def gather(session: Session, uri: str, root: Path, exclude: tuple[str, ...], offset: int) -> None:
    """Look for what helps at `offset` of the document, and have it shown from the next completion on."""
    state = session.completing
    document = session.documents.get(uri)
    if document is None or document.path is None or state.completer is None:
        return
    index = state.indexes.get((root, exclude))
    if index is None:
        index = state.indexes[root, exclude] = WorkspaceIndex(root, exclude=exclude)
    others = [other for key, other in session.documents.items() if key != uri][-MAX_OPENED:]
    edits = [(other, state.edits[key]) for key, other in session.documents.items() if key in state.edits]
    work = partial(_related, index, document, offset, others, edits)
    with suppress(Cancelled):
        chunks = await session.background.run(("context", uri), work)
        if state.completer is not None and uri in session.documents:
            state.completer.show(uri, chunks, exclude)


def _related(
    index: WorkspaceIndex,
    document: Document,
    offset: int,
    others: list[Document],
    edits: list[tuple[Document, tuple[Span, float]]],
    cancel: CancelToken,
) -> list[Chunk]:
    opened = _opened(document)
    if opened is None:
        return []
    now = time.monotonic()
    edited = [
        Edited(other.path, other.text, span, now - when)
        for other, (span, when) in edits
        if other.path is not None and other.uri != document.uri and now - when < MAX_EDIT_AGE
    ]
    beside = [each for each in map(_opened, others) if each is not None]
    n_before = len(with_newlines(document.text[:offset]))
    return related(index, opened, n_before, cancel=cancel, deadline=now + SECONDS, opened=beside, edited=edited)


def _opened(document: Document) -> Opened | None:
    if document.path is None:
        return None
    if "\r" in document.text:
        return Opened(document.path, with_newlines(document.text))
    return Opened(document.path, document.text, document.syntax if document.language == PYTHON else None)
