"""Work in the background leaves nothing behind."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Coroutine
from functools import partial

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SpeedproofError
from speedproof.server.schedule import Schedule


class Text:
    """Stands for what is large."""


def runs(text: Text, token: CancelToken) -> None:
    assert text


def fails(text: Text, token: CancelToken) -> None:
    raise SpeedproofError("no")


def waits(text: Text, token: CancelToken) -> None:
    called_off = threading.Event()
    with token.calling(called_off.set):
        called_off.wait()
    token.check()


Work = Callable[[CancelToken], None]


async def to_the_end(schedule: Schedule, work: Work) -> None:
    await schedule.run("key", work)


async def superseded(schedule: Schedule, work: Work) -> None:
    first = asyncio.ensure_future(schedule.run("key", work))
    await asyncio.sleep(0.01)
    await schedule.run("key", lambda token: None)
    try:
        await first
    finally:
        del first  # or the error's traceback leads back to it


async def too_late(schedule: Schedule, work: Work) -> None:
    token = CancelToken()
    token.cancel()
    await schedule.run("key", work, token)


@pytest.mark.parametrize(
    ("how", "what"),
    [
        (to_the_end, runs),
        (to_the_end, fails),
        (superseded, runs),
        (superseded, fails),
        (superseded, waits),
        (too_late, runs),
    ],
)
def test_nothing_that_was_worked_on_is_left_for_the_collector(
    how: Callable[[Schedule, Work], Coroutine[None, None, None]], what: Callable[[Text, CancelToken], None]
) -> None:
    async def is_left() -> bool:
        text = Text()
        alive = weakref.ref(text)
        task = asyncio.ensure_future(how(Schedule("test"), partial(what, text)))
        del text
        await asyncio.wait([task])
        assert isinstance(task.exception(), Cancelled | SpeedproofError | None)
        del task
        await asyncio.sleep(0.05)
        return alive() is not None

    gc.collect()
    gc.disable()
    try:
        assert not asyncio.run(is_left())
    finally:
        gc.enable()
