"""The completion that is being made for a document, and which request gets it.

There is one at a time. While its user types on as it goes, it goes on, too: otherwise somebody who types faster than
the model answers would never see anything. The requests before the newest are answered at once, with nothing; what
was made goes to the newest, as far as it has not been typed by then. Where the text goes another way, it is called off.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SpeedproofError
from speedproof.jobs.asked import Asked, Offer
from speedproof.jobs.complete import Completer
from speedproof.jobs.pending import Pending
from speedproof.server.completion_state import Completing
from speedproof.server.pace import Pace

GRACE_SECONDS = 0.05
"""Between the end of a request that its client cancelled, as some do at every key, and the next, which may go on."""
LATENCIES = 20
"""So many of the last completions say how long one takes."""

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class UnderWay:
    asked: Asked
    pending: Pending | None = None
    """What is known to be left for the model."""
    token: CancelToken = field(default_factory=CancelToken)
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    called_off: bool = False
    offer: Offer | None = None
    error: SpeedproofError | None = None


async def completed(state: Completing, completer: Completer, asked: Asked) -> Offer | None:
    """What the model makes of it. Raises Cancelled where a newer request has come, and what the completer raises."""
    superseded = state.newest[asked.document] = asyncio.get_running_loop().create_future()
    try:
        going = state.under_way.get(asked.document)
        if going is not None and _goes_on(completer, going, asked):
            await _first(going.done, superseded)
            offer = completer.known(asked)
            if offer is not None or going.error is not None:
                return _outcome(going, offer)
        if going is not None:
            going.token.cancel()
        # As long as nothing waits for the model, there is no need for another thread, nor for a pause in typing.
        pending = None
        if asked.is_parsed and asked.popup is None:
            ready = _ready(completer, asked)
            if not isinstance(ready, Pending):
                return ready
            pending = ready
        await _pause(state, asked, superseded)
        going = state.under_way[asked.document] = UnderWay(asked, pending)
        state.tasks.append(asyncio.ensure_future(_make(state, completer, going)))
        await _first(going.done, superseded)
        if going.called_off:
            raise Cancelled
        return _outcome(going, going.offer)
    except asyncio.CancelledError:
        _after_grace(state, asked.document, superseded)
        raise


def _ready(completer: Completer, asked: Asked) -> Offer | Pending | None:
    try:
        return completer.ready(asked)
    except Exception:  # a mistake of ours, here as in `_make`: without a suggestion typing goes on
        logger.exception("no completion")
        return None


def supersede(state: Completing, document: str) -> None:
    """Whatever was asked for this document before is answered now, with nothing."""
    state.schedule.cancel("idle")
    waiting = state.newest.pop(document, None)
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


async def _make(state: Completing, completer: Completer, going: UnderWay) -> None:
    document, began = going.asked.document, time.monotonic()
    completer.begin(document)
    try:
        going.offer = await state.schedule.run(
            document, partial(completer.complete, going.asked, pending=going.pending), going.token
        )
        state.latencies = [*state.latencies[1 - LATENCIES :], time.monotonic() - began]
        if going.offer is not None:
            completer.keep(going.asked, going.offer)
    except Cancelled:
        going.called_off = True
    except SpeedproofError as error:
        going.error = error
    except Exception:  # a mistake of ours: without a suggestion typing goes on
        logger.exception("no completion")
    finally:
        if state.under_way.get(document) is going:
            del state.under_way[document]
            completer.begin(document)
        state.tasks = [task for task in state.tasks if not task.done()]
        going.done.set_result(None)


def _goes_on(completer: Completer, going: UnderWay, asked: Asked) -> bool:
    if asked.popup is not None or going.asked.popup is not None or going.token.cancelled:
        return False
    return completer.goes_on(going.asked, asked.text, asked.offset)


def _outcome(going: UnderWay, offer: Offer | None) -> Offer | None:
    if going.error is not None:
        raise going.error
    return offer


async def _pause(state: Completing, asked: Asked, superseded: asyncio.Future[None]) -> None:
    """Wait for a pause in typing. Raises Cancelled where a newer request comes."""
    pace = state.paces.setdefault(asked.document, Pace())
    latency = fmean(state.latencies) if state.latencies else 0.0
    delay = pace.delay(time.monotonic(), latency, asked.settings.completion_delay_ms / 1000)
    if asked.invoked or not delay:
        return
    await asyncio.wait([superseded], timeout=delay)
    if superseded.done():
        raise Cancelled


async def _first(done: asyncio.Future[None], superseded: asyncio.Future[None]) -> None:
    """Wait for `done`. Raises Cancelled where `superseded` comes first."""
    await asyncio.wait([done, superseded], return_when=asyncio.FIRST_COMPLETED)
    if not done.done():
        raise Cancelled


def _after_grace(state: Completing, document: str, superseded: asyncio.Future[None]) -> None:
    """The client has cancelled its request: so is what is under way, unless the next one comes and goes on with it."""

    def call_off() -> None:
        if state.newest.get(document) is superseded and (going := state.under_way.get(document)) is not None:
            going.token.cancel()

    asyncio.get_running_loop().call_later(GRACE_SECONDS, call_off)
