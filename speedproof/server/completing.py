"""Completions for the documents of a session: the newest request for a document is the one that counts.

What was offered before and still fits is answered on the event loop, at once. Everything else is for the model; see
`server.under_way`.
"""

import logging
import time
from contextlib import suppress
from functools import partial

from lsprotocol import types

from speedproof.analysis.project import find_root
from speedproof.analysis.readable import may_show
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SpeedproofError
from speedproof.core.settings import Settings
from speedproof.jobs.asked import Asked, Offer, Popup
from speedproof.jobs.complete import Completer
from speedproof.server import convert, status
from speedproof.server.completion_state import Completing, Where
from speedproof.server.context import gather
from speedproof.server.document import PYTHON, Document
from speedproof.server.session import Session
from speedproof.server.under_way import completed, supersede

IDLE_SECONDS = 1.0
"""Without a request, before the model is prepared for the next one."""
JUDGING_SECONDS = 60.0
"""Without a suggestion, before it is counted whether those accepted are still there."""
MOST_UNPARSED = 8
"""Edits that the event loop parses by itself; where more have come together, that is for the other thread."""
WHERE_SECONDS = 2.0
"""For so long a document's project and settings are not looked up again: they are on disk, and keystrokes are many."""
OFF = (
    "completion is off: no model is chosen. `speedproof models fetch` gets a small one that runs here; "
    "docs/completion.md tells about others"
)

logger = logging.getLogger(__name__)


async def offered(
    session: Session, uri: str, position: types.Position, *, invoked: bool, popup: types.SelectedCompletionInfo | None
) -> tuple[Document, Offer] | None:
    """The completion at `position`, and the document that it is for. None where there is none, or it came too late."""
    began = time.monotonic()
    document = session.documents.get(uri)
    state = session.completing
    state.counters.n_requests += 1
    supersede(state, uri)
    if document is None or (not invoked and time.monotonic() < state.snoozed_until):
        return None
    where = _where(session, document)
    settings = where.settings
    if settings.completion == "off" or (settings.completion == "manual" and not invoked):
        return None
    if document.language in settings.completion_off:
        return None
    completer = completer_for(session, settings)
    if completer is None:
        return None
    if where.refusal:
        session.complain(f"no completion in {where.name}: {where.refusal}")
        return None
    asked = _asked(session, document, where, position, invoked=invoked, popup=popup)
    state.asked[uri] = asked
    offer = completer.known(asked)
    if offer is None:
        try:
            offer = await completed(state, completer, asked)
        except Cancelled:
            state.counters.n_superseded += 1
            return None
        except SpeedproofError as error:
            status.problem(session, str(error))
            session.complain(str(error))
            return None
        status.problem(session, "")
    current = session.documents.get(uri)
    if current is None or current.version != document.version or state.asked.get(uri) is not asked:
        state.counters.n_superseded += 1
        return None
    _when_idle(session, uri, where, asked)
    if offer is None:
        return None
    completer.offered(asked, offer)
    session.later("judge", uri, JUDGING_SECONDS, lambda: _judge(session, uri))
    state.counters.offered(offer.source, time.monotonic() - began)
    return document, offer


def completer_for(session: Session, settings: Settings) -> Completer | None:
    """The completer of the model that is chosen. Where it cannot be had, that is told once."""
    state = session.completing
    wanted = settings.of_models
    if state.made_from != wanted:
        state.let_go()
        state.made_from = wanted
        try:
            state.completer = session.engine.completer(settings)
        except SpeedproofError as error:
            status.problem(session, str(error))
            session.complain(str(error))
            return None
        status.tell(session)
        state.told_off = state.told_off and state.completer is None
    if state.completer is None and not settings.model and not settings.model_url and not state.told_off:
        state.told_off = True
        session.show(types.MessageType.Info, OFF)
    return state.completer


def after_change(session: Session, uri: str) -> None:
    """The text is another now: preparing for the one before has lost its point."""
    state = session.completing
    state.schedule.cancel("idle")
    session.never("idle", uri)
    if state.completer is not None:
        document = session.documents[uri]
        state.edits[uri] = (document.edited_at, time.monotonic())
        state.completer.changed(uri, document.text, document.edited_at.end)
        under_way = state.under_way.get(uri)
        if under_way is not None and not state.completer.goes_on(
            under_way.asked, document.text, document.edited_at.end
        ):
            under_way.token.cancel()


def _judge(session: Session, uri: str) -> None:
    document, completer = session.documents.get(uri), session.completing.completer
    if document is not None and completer is not None:
        completer.judge(uri, document.text)


def close(session: Session, uri: str) -> None:
    """The document is about to be closed."""
    state = session.completing
    _judge(session, uri)
    for what in ("judge", "idle"):
        session.never(what, uri)
    supersede(state, uri)
    state.forget(uri)
    if state.completer is not None:
        session.start(_forgotten(state, state.completer, uri))


def _asked(
    session: Session,
    document: Document,
    where: Where,
    position: types.Position,
    *,
    invoked: bool,
    popup: types.SelectedCompletionInfo | None,
) -> Asked:
    encoding = session.client.encoding
    return Asked(
        document=document.uri,
        path=where.name,
        text=document.text,
        offset=convert.offset_at(document, position, encoding),
        parse=lambda: document.syntax if document.language == PYTHON else None,
        is_parsed=document.language != PYTHON or _is_nearly_parsed(document),
        newline=document.newline,
        invoked=invoked,
        popup=None if popup is None else Popup(convert.span_at(document, popup.range, encoding), popup.text),
        settings=where.settings,
    )


def _is_nearly_parsed(document: Document) -> bool:
    n_unparsed = document.parsing.n_unparsed
    return n_unparsed is not None and n_unparsed <= MOST_UNPARSED


def _where(session: Session, document: Document) -> Where:
    known = session.completing.where.get(document.uri)
    if known is not None and time.monotonic() < known.good_until:
        return known
    good_until = time.monotonic() + WHERE_SECONDS
    path = document.path
    if path is None:
        name = document.uri.rpartition("/")[2].rpartition(":")[2] or "untitled"
        where = Where(name, None, session.settings_for(None), "", good_until)
    else:
        root, settings = find_root(path), session.settings_for(path)
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        where = Where(name, root, settings, may_show(path, root, settings.exclude), good_until)
    session.completing.where[document.uri] = where
    return where


def _when_idle(session: Session, uri: str, where: Where, asked: Asked) -> None:
    session.later("idle", uri, IDLE_SECONDS, lambda: session.start(_prepare(session, uri, where, asked)))


async def _prepare(session: Session, uri: str, where: Where, asked: Asked) -> None:
    """Use the time in which nothing is asked, a short step after the other."""
    state = session.completing
    completer = state.completer
    if completer is None:
        return
    if where.root is not None and where.settings.completion_context:
        await gather(session, uri, where.root, where.settings.exclude, asked.offset)
    more = True
    while more:
        try:
            more = await state.schedule.run("idle", partial(completer.step, uri))
        except Cancelled:
            return
        except SpeedproofError as error:  # nobody asked: it comes up when somebody does
            logger.info("%s", error)
            return


async def _forgotten(state: Completing, completer: Completer, uri: str) -> None:
    def forget(_: CancelToken) -> None:
        completer.forget(uri)

    with suppress(Cancelled):
        await state.schedule.run(("forget", uri), forget)
