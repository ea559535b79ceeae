"""One input in growing sizes, to see how time grows with size."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, Optional

from . import inputs, scale
from .alarm import TimeUp, alarm

SMALLEST = 16
MAX_SIZES = 13


def size_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Optional[int]:
    """How many items the largest argument holds; of plain numbers the largest one. None where nothing has a size."""
    values = [*args, *kwargs.values()]
    lengths = []
    for value in values:
        try:
            lengths.append(len(value))
        except Exception:
            continue
    if lengths:
        return max(lengths)
    numbers = [abs(value) for value in values if type(value) is int]
    return max(numbers) if numbers else None


def series(
    blob: bytes,
    seed: Any,
    rng: random.Random,
    seconds: float,
    fits: Callable[[Any, Any], bool] = lambda args, kwargs: True,
) -> list[tuple[int, bytes]]:
    """Size and pickle of versions of the call `seed`: from SMALLEST items on twice as many each time.

    As many as can be made in `seconds`, up to the first one that is no call for the function by what `fits` says of
    it. Not evenly where the call grows otherwise; empty where it does not grow.
    """
    size = size_of(*seed)
    if not size:
        return []
    found: list[tuple[int, bytes]] = [(size, blob)] if size >= SMALLEST else []
    times = 2 if size >= SMALLEST else -(-SMALLEST // size)
    end = time.monotonic() + seconds
    while len(found) < MAX_SIZES:
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            with alarm(left):
                grown = scale.scaled(seed, times, rng)
                new = size_of(*grown) if grown is not None else None
                if grown is None or new is None or (found and new <= found[-1][0]) or not fits(*grown):
                    break
                found.append((new, inputs.dump(grown)))
        except (TimeUp, Exception):
            break
        times *= 2
    return found
