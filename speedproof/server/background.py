"""What follows from a document's text without the user asking: findings, and verdicts that are known already."""

import contextlib
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types

from speedproof.analysis.findings import Known, find
from speedproof.analysis.targets import targets_of
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SpeedproofError
from speedproof.core.settings import Settings
from speedproof.core.target import Finding
from speedproof.server import convert
from speedproof.server.document import Document
from speedproof.server.engine import Engine
from speedproof.server.proofs import Committed, Proof
from speedproof.server.session import Session

QUIET_SECONDS = 0.3
"""Without a change, before anything is done unasked."""

logger = logging.getLogger(__name__)


def after_open(session: Session, uri: str) -> None:
    """Of a document, or where what is known about it may have changed."""
    after_change(session, uri)
    session.later("recall", uri, QUIET_SECONDS, partial(_start, recall, session, uri))
    session.later("compare", uri, QUIET_SECONDS, partial(_start, compare, session, uri))


def after_change(session: Session, uri: str) -> None:
    """Costs next to nothing: what has to be done is done once typing pauses."""
    session.later("settle", uri, QUIET_SECONDS, partial(_start, settle, session, uri))
    if not session.client.pulls_diagnostics:
        session.later("publish", uri, QUIET_SECONDS, partial(_start, publish, session, uri))


def forget(session: Session, uri: str) -> None:
    """After a document was closed."""
    for what in ("settle", "publish", "recall", "compare"):
        session.never(what, uri)
        session.background.cancel((what, uri))
    if not session.client.pulls_diagnostics:
        session.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


async def diagnostics(session: Session, uri: str) -> list[types.Diagnostic]:
    """The findings of a document as hints. Empty where it is not open or the user wants none."""
    document = session.documents.get(uri)
    if document is None or document.path is None:
        return []
    settings = session.settings_for(document.path)
    if not settings.findings:
        return []
    known = session.findings.get(uri, {})
    work = partial(_findings, document, known, settings.rules_off)
    try:
        found, session.findings[uri] = await session.background.run(("publish", uri), work)
    except Cancelled:  # a newer version is on its way
        return []
    encoding = session.client.encoding
    return [
        types.Diagnostic(
            range=convert.range_at(document, finding.span, encoding),
            message=finding.message,
            severity=types.DiagnosticSeverity.Hint,
            code=finding.rule,
            source="speedproof",
        )
        for finding in found
    ]


async def publish(session: Session, uri: str) -> None:
    """Push the findings, unless the document has changed meanwhile: then another push is under way."""
    document = session.documents.get(uri)
    items = await diagnostics(session, uri)
    if document is not None and session.documents.get(uri) is document:
        params = types.PublishDiagnosticsParams(uri, items, version=document.version)
        session.server.text_document_publish_diagnostics(params)


async def settle(session: Session, uri: str) -> None:
    """Have parts of the document that are broken each by itself parsed as one."""
    document = session.documents.get(uri)
    if document is None:
        return
    with contextlib.suppress(Cancelled):
        settled = await session.background.run(("settle", uri), lambda cancel: document.settled())
        if session.documents.get(uri) is document:
            session.documents[uri] = settled


async def recall(session: Session, uri: str) -> None:
    """Take up the verdicts that the store holds for the document as it is."""
    document = session.documents.get(uri)
    if document is None or document.path is None:
        return
    work = partial(_recall, session.engine, document, session.settings_for(document.path))
    try:
        proofs = await session.background.run(("recall", uri), work)
    except Cancelled:
        return
    except SpeedproofError as error:  # nobody asked: it comes up when the user does
        logger.info("no verdicts recalled for %s: %s", uri, error)
        return
    for proof in proofs:
        session.remember(proof)


async def compare(session: Session, uri: str) -> None:
    """Learn what the file was when it was committed last, so that changes since then can be told."""
    document = session.documents.get(uri)
    if document is None or document.path is None:
        return
    work = partial(_committed, session.engine, document.path)
    try:
        committed = await session.background.run(("compare", uri), work)
    except Cancelled:
        return
    if committed is None:
        session.committed.pop(uri, None)
    elif uri in session.documents:
        session.committed[uri] = committed


def _committed(engine: Engine, path: Path, cancel: CancelToken) -> Committed | None:
    cancel.check()
    text = engine.committed(path)
    return None if text is None else Committed.of(path, text)


def _findings(
    document: Document, known: Known, rules_off: tuple[str, ...], cancel: CancelToken
) -> tuple[list[Finding], Known]:
    cancel.check()
    found, known = find(document.syntax, known)
    return [finding for finding in found if finding.rule not in rules_off], known


def _recall(engine: Engine, document: Document, settings: Settings, cancel: CancelToken) -> list[Proof]:
    cancel.check()
    normal = document.normal
    if normal.path is None:
        return []
    targets = targets_of(normal.path, normal.syntax)
    by_name = {target.qualname: target for target in targets}
    results = engine.recall(targets, settings, cancel)
    return [Proof.of(by_name[result.function], result) for result in results]


def _start(action: Callable[[Session, str], Coroutine[Any, Any, None]], session: Session, uri: str) -> None:
    session.start(action(session, uri))
