"""Thousands of calls of both sides, each side in a process of its own, each call told by a digest alone.

What tells two implementations apart may be rare: one number in a thousand, one text of five letters among all of them.
To observe a call with all that a caller could notice takes milliseconds; to see whether it returns the same, some
microseconds. So many are tried here, and what seems to differ is observed properly afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import pickle
import random
import struct
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from time import perf_counter
from typing import Any, NamedTuple, Tuple

from . import pickling
from .alarm import TimeUp, alarm
from .encode import UNKNOWN, encode
from .features import extent, extents
from .many_calls import Call, calls, long
from .mutate import Mutator
from .mutate_context import SLOW_SECONDS, Pace
from .observe import run, seed
from .patience import Clock, patiently
from .vocabulary import Vocabulary

CALL_SECONDS = 0.05
MAX_LATE = 3
HASTY_SECONDS = 0.01
"""Where several calls had no end, more of them would take all the time there is."""
PATIENT_SECONDS = 1.0
"""For the other side, which has to do what the first one did within `CALL_SECONDS`: on a machine with others on it."""
MAX_BLOB_BYTES = 2**16
LONG_SECONDS = 0.2
BATCH = 16
ADAPTING_SHARE = 0.2
DIGEST_BYTES = 8
UNDECIDED = bytes(DIGEST_BYTES)
"""In place of the digest of a call that says nothing, because its outcome cannot be looked into."""
LATE, REFUSED = b"late    ", b"refused "
_REFUSALS = (TypeError, AttributeError, MemoryError, RecursionError, PermissionError, BlockingIOError)
"""Of the original they say nothing: it is not made for the call, or has met a limit of ours."""
_OF_SETS = (pickle.EMPTY_SET, pickle.FROZENSET, b"frozenset")
"""In pickles with these the order tells how a set came about, which is no behaviour."""
_SIZE = struct.Struct("!I")


def made(
    function: types.FunctionType,
    seeds: list[Call],
    rng: random.Random,
    words: Vocabulary,
    fits: Callable[[Any, Any], bool],
    count: int,
    seconds: float,
) -> Tuple[list[bytes], list[bytes]]:
    """Up to `count` calls, pickled, that `function` is done with soon, and the digests of what it did.

    Within about `seconds` of processor time. Changes what is in the module and in the process.
    """
    maker = _Maker(function, Mutator(seeds, rng, function, words), fits)
    clock = Clock(seconds)
    with _told() as out:
        for call in patiently(long(maker.mutator.pool, rng)):
            if time.monotonic() > clock.ends_at_first - seconds / 2:
                break
            maker.take([call], out, LONG_SECONDS)
        stream = calls(maker.mutator, rng, function, words)
        for batch in patiently(iter(lambda: list(itertools.islice(stream, BATCH)), [])):
            if clock.is_over() or len(maker.blobs) >= count:
                break
            maker.take(batch, out, CALL_SECONDS if maker.late < MAX_LATE else HASTY_SECONDS)
    return maker.blobs, maker.digests


class _Maker:
    """Keeps of each call that is new, and that the function is done with soon, the pickle and the digest."""

    def __init__(self, function: types.FunctionType, mutator: Mutator, fits: Callable[[Any, Any], bool]) -> None:
        self.function = function
        self.mutator = mutator
        self.fits = fits
        self.known: set[bytes] = set()
        self.blobs: list[bytes] = []
        self.digests: list[bytes] = []
        self.late = 0
        self.sized = any(extent([*args, *kwargs.values()]).longest for args, kwargs in mutator.pool)

    def take(self, calls: list[Call], out: io.StringIO, seconds: float) -> None:
        new = [(call, blob) for call in calls for blob in _pickled(call, self.fits) if blob not in self.known]
        self.known.update(blob for _, blob in new)
        outcomes = _done(self.function, [blob for _, blob in new], out, seconds)
        for (call, blob), outcome in zip(new, outcomes):  # noqa: B905 - `strict` is new in 3.10
            if outcome.digest is LATE:
                self.late += 1
            else:
                self.blobs.append(blob)
                self.digests.append(UNDECIDED if outcome.digest is REFUSED else outcome.digest)
            if outcome.pace.seconds > SLOW_SECONDS or self.mutator.context.chance(ADAPTING_SHARE):
                self.mutator.context.adapt(outcome.pace, extents(*call), self.sized)


def repeated(function: types.FunctionType, blobs: list[bytes], seconds: float, at_once: int = BATCH) -> Iterator[bytes]:
    """The digests of what `function` does on each of `blobs`, one after the other; ends early when time is up.

    Up to `at_once` calls are made before their digests come.
    """
    clock = Clock(seconds)
    with _told() as out:
        for start in range(0, len(blobs), at_once):
            if clock.is_over():
                return
            batch = blobs[start : start + at_once]
            yield from (outcome.digest for outcome in _done(function, batch, out, PATIENT_SECONDS))


class _Outcome(NamedTuple):
    digest: bytes
    pace: Pace


def _done(function: types.FunctionType, blobs: list[bytes], out: io.StringIO, seconds: float) -> list[_Outcome]:
    """What comes of all the calls. They share an alarm, because to set it may take longer than a call."""
    found: list[_Outcome] = []
    while len(found) < len(blobs):
        try:
            with alarm(seconds):
                while len(found) < len(blobs):
                    found.append(_outcome(function, blobs[len(found)], out))
        except (TimeUp, KeyboardInterrupt):
            found.append(_Outcome(LATE, Pace(seconds, False, True)))
    return found[: len(blobs)]


def _outcome(function: types.FunctionType, blob: bytes, out: io.StringIO) -> _Outcome:
    """The digest of how one call ends, of its arguments afterwards, and of what it printed to `out`."""
    start = perf_counter()
    returned, digest = False, UNDECIDED
    try:
        args, kwargs = pickle.loads(blob)
        try:
            ended = run(function, args, kwargs)
            returned = True
        except _REFUSALS:
            digest = REFUSED
        except (Exception, SystemExit) as error:
            ended = type(error)
        if digest is not REFUSED:
            digest = _digest(ended, args, kwargs, out.getvalue() if out.tell() else "")
    except (TimeUp, KeyboardInterrupt):
        raise
    except BaseException:  # a value that is too large, or whose own methods fail
        pass
    finally:
        out.seek(0)
        out.truncate()
    return _Outcome(digest, Pace(perf_counter() - start, returned, False))


def _digest(ended: Any, *others: Any) -> bytes:
    """As exact as `encode`, but for which parts are one object; the same for the same values, where none is hidden."""
    if not hasattr(ended, "__next__"):
        buffer = io.BytesIO()
        pickler = pickle.Pickler(buffer, 4)
        pickler.fast = True  # without references to what was met before
        try:
            pickler.dump((ended, *others))
            blob = buffer.getvalue()
            if not any(mark in blob for mark in _OF_SETS):
                return hashlib.blake2b(blob, digest_size=DIGEST_BYTES).digest()
        except Exception:
            pass
    encoding = encode(ended, *others)
    if encoding.digest == UNKNOWN or encoding.opaque:
        return UNDECIDED
    return bytes.fromhex(encoding.digest)[:DIGEST_BYTES]


def _pickled(call: Call, fits: Callable[[Any, Any], bool]) -> list[bytes]:
    """The call as a pickle; nothing where it does not fit, or cannot be kept."""
    if not fits(*call):
        return []
    try:
        blob = pickling.dumps(call)
    except Exception:
        return []
    return [blob] if len(blob) <= MAX_BLOB_BYTES else []


@contextlib.contextmanager
def _told() -> Iterator[io.StringIO]:
    """Output goes to a text that is handed out, warnings go nowhere, and random numbers are always the same ones."""
    seed()
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield out


def write(path: str, blobs: list[bytes]) -> None:
    with open(path, "wb") as file:
        file.writelines(_SIZE.pack(len(blob)) + blob for blob in blobs)


def read(path: str) -> list[bytes]:
    """What `write` wrote."""
    with open(path, "rb") as file:
        content = file.read()
    found, place = [], 0
    while place < len(content):
        (size,) = _SIZE.unpack_from(content, place)
        place += _SIZE.size + size
        found.append(content[place - size : place])
    return found
