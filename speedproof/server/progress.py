"""Progress of work that the user waits for, shown by the client, cancellable there."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lsprotocol import types

from speedproof.core.cancel import CancelToken
from speedproof.core.target import Target
from speedproof.server import status
from speedproof.server.session import Session

SECONDS_BETWEEN_REPORTS = 0.1

Report = Callable[[str, float | None], None]
"""Called with what is being done and the share that is done, 0..1, or None; from any thread."""


@asynccontextmanager
async def shown(
    session: Session, doing: str, target: Target, given: types.ProgressToken | None, cancel: CancelToken
) -> AsyncIterator[Report]:
    """Inside the block the client shows what is done to the target, and what is reported; its user may cancel `cancel`.

    `given` is the token that came with the request. Where there is none, a client that can is asked to make one;
    where that cannot, nothing is shown. The work does not wait for the client's answer.
    """
    title = f"{doing} {target.name}"
    with status.working(session, title):
        if given is None and not session.client.creates_progress:
            yield lambda message, share: None
        else:
            async with _bar(session, title, given, cancel) as report:
                # The title has the name already.
                yield lambda message, share: report(message.removeprefix(f"{target.qualname}: "), share)


@asynccontextmanager
async def _bar(
    session: Session, title: str, given: types.ProgressToken | None, cancel: CancelToken
) -> AsyncIterator[Report]:
    bar = _Bar(session, str(uuid.uuid4()) if given is None else given)
    session.progress[bar.token] = cancel
    loop = asyncio.get_running_loop()
    loop.create_task(_show(bar, title, create=given is None))  # noqa: RUF006 - what it awaits holds it

    def report(message: str, share: float | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(bar.update, message, share)

    try:
        yield report
    finally:
        del session.progress[bar.token]
        bar.ended.set()


_Value = types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd


@dataclass(slots=True)
class _Bar:
    session: Session
    token: types.ProgressToken
    message: str = ""
    percentage: int = 0
    is_new: bool = False
    """Whether there is something that the client has not been told."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def update(self, message: str, share: float | None) -> None:
        # A percentage that decreases is ignored by clients.
        self.message, self.percentage = message, max(self.percentage, round(100 * (share or 0)))
        self.is_new = True

    def send(self, value: _Value) -> None:
        self.session.server.progress(types.ProgressParams(self.token, value))


async def _show(bar: _Bar, title: str, *, create: bool) -> None:
    """Tells the client what is new, now and then, until the work has ended."""
    if create:
        try:
            params = types.WorkDoneProgressCreateParams(bar.token)
            await bar.session.server.window_work_done_progress_create_async(params)
        except Exception:
            return
    bar.send(types.WorkDoneProgressBegin(title, cancellable=True, percentage=0))
    while not bar.ended.is_set():
        if bar.is_new:
            bar.is_new = False
            bar.send(types.WorkDoneProgressReport(message=bar.message, percentage=bar.percentage))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bar.ended.wait(), SECONDS_BETWEEN_REPORTS)
    bar.send(types.WorkDoneProgressEnd())
