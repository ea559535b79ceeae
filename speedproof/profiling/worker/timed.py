"""Runs one side for the clock, which ticks in the engine's process, not here.

For each batch: prepare fresh arguments, say so, wait for the word, call, say so. Between the word and the last message
nothing happens but the calls, so the engine reads this process's CPU clock at both ends.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import itertools
import pickle
import socket
import sys
import types
from typing import Any, Callable

from . import uses, wire
from .encode import MAX_DRAINED, TooLarge, encode
from .encode_code import by_name, forget
from .observe import blocked_switches, run, seed
from .wire import DONE, GO, READY

_read: Callable[[Any], None] = collections.deque(maxlen=0).extend  # at the speed of C


def serve_batches(channel: socket.socket, function: types.FunctionType, inputs: list[bytes], lazy: list[bool]) -> None:
    """Answers {"input": i, "loops": n, "fresh": bool} until {"input": null}. `fresh`: new arguments for every call.

    {"show": true} asks for the digest of the last result of the batch before: nobody knows beforehand when it comes.
    With "apart", the batch is one for this alone: random numbers start anew, and what is lazy is left for the look.
    {"tour": [i, …]} is a batch of one call with each of these inputs, all of them with fresh arguments.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    result = None
    while True:
        order = wire.receive(channel)
        if "show" in order:
            wire.send(channel, {"digest": _digest(result, function)})
            continue
        result = None
        if "tour" in order:
            _tour(channel, function, [(inputs[place], lazy[place]) for place in order["tour"]])
            continue
        if order["input"] is None:
            return
        blob, loops, apart = inputs[order["input"]], order["loops"], "apart" in order
        copies = [pickle.loads(blob) for _ in range(loops if order["fresh"] else 1)]
        batch = _plain_batch if not _is_async(function) else _async_batch
        is_lazy = lazy[order["input"]] and not apart
        if apart:
            seed()
        switches = blocked_switches()
        channel.sendall(READY)
        if channel.recv(1) != GO:
            return
        result, error = batch(function, copies, loops, is_lazy)
        _finish(channel)
        wire.send(
            channel,
            {
                # The waits for the word and for the reading are two switches of their own.
                "blocked": max(0, blocked_switches() - switches - 2),
                "error": error,
            },
        )


def _tour(channel: socket.socket, function: types.FunctionType, calls: "list[tuple[bytes, bool]]") -> None:
    """Reports besides how many blocks of memory are in use when arguments and results are gone."""
    batch = _plain_batch if not _is_async(function) else _async_batch
    copies = [(pickle.loads(blob), is_lazy) for blob, is_lazy in calls]
    error = None
    channel.sendall(READY)
    if channel.recv(1) != GO:
        return
    for copy, is_lazy in copies:
        failed = batch(function, [copy], 1, is_lazy)[1]
        error = error or failed
    _finish(channel)
    del copies
    gc.collect()
    wire.send(channel, {"error": error, "kept_blocks": getattr(sys, "getallocatedblocks", int)()})


def _finish(channel: socket.socket) -> None:
    """Say so, and do nothing more until the engine has read the clock: of a process that runs it is not exact."""
    channel.sendall(DONE)
    channel.recv(1)


def drain(result: Any) -> None:
    """Reads an iterator as far as it is observed: not all of them end, and some by an exception, which is seen there.

    A function that was returned does what it was used for.
    """
    if isinstance(result, types.FunctionType):
        uses.call(result)
        return
    with contextlib.suppress(Exception):
        _read(itertools.islice(result, MAX_DRAINED))


def _plain_batch(
    function: Callable[..., Any], copies: list[Any], loops: int, is_lazy: bool
) -> "tuple[Any, str | None]":
    result = None
    try:
        if len(copies) == 1:
            ((args, kwargs),) = copies
            for _ in range(loops):
                result = function(*args, **kwargs)
                if is_lazy:
                    drain(result)
        else:
            for args, kwargs in copies:
                result = function(*args, **kwargs)
                if is_lazy:
                    drain(result)
    except BaseException as error:  # inputs that raised when observed are not timed: this one is new
        return None, type(error).__name__
    return result, None


def _async_batch(
    function: Callable[..., Any], copies: list[Any], loops: int, is_lazy: bool
) -> "tuple[Any, str | None]":
    result = None
    try:
        for place in range(loops):
            args, kwargs = copies[place % len(copies)]
            result = run(function, args, kwargs)
    except BaseException as error:
        return None, type(error).__name__
    return result, None


def _is_async(function: types.FunctionType) -> bool:
    return bool(function.__code__.co_flags & (0x80 | 0x200))  # CO_COROUTINE, CO_ASYNC_GENERATOR


def _digest(value: Any, function: types.FunctionType) -> "str | None":
    if uses.is_used(value, function) and isinstance(value, types.FunctionType):
        by_name(value)  # as it is observed
    try:
        return encode(value).digest
    except (TooLarge, Exception):
        return None
    finally:
        forget(value)
