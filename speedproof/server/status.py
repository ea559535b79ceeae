"""What a client may show of the server's state all the time: the model, what is under way, whether it is snoozed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from speedproof.server.session import Session

METHOD = "$/speedproof/status"


def status(session: Session) -> dict[str, Any]:
    settings, state = session.settings_for(None), session.completing
    # A folder or a GGUF file by its name alone: what is in front of that says nothing to a reader.
    name = PurePath(settings.model).name if settings.model.startswith(("/", "~", ".")) else settings.model
    has_model = bool(settings.model or settings.model_url)
    return {
        "completion": settings.completion,
        "model": {"name": name, "url": settings.model_url or None} if has_model else None,
        "snoozed_seconds": max(0.0, state.snoozed_until - time.monotonic()),
        "working": list(session.working),
        "problem": state.problem or None,
    }


def tell(session: Session) -> None:
    """Send it to a client that wants it, once for all that changes at a time."""
    if session.client.follows_status:
        session.later("status", "", 0.0, lambda: session.server.protocol.notify(METHOD, status(session)))


def problem(session: Session, what: str) -> None:
    if session.completing.problem != what:
        session.completing.problem = what
        tell(session)


@contextmanager
def working(session: Session, title: str) -> Iterator[None]:
    session.working.append(title)
    tell(session)
    try:
        yield
    finally:
        session.working.remove(title)
        tell(session)
