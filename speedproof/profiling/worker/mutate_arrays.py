"""Operators for numpy arrays and for the series and frames of pandas.

Neither library is imported here: where a value of theirs is to be changed, the project has imported it. The type of the
numbers in an array stays as it is; `recast.py` changes that.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from .mutate_context import Context, Operators

MAX_CELLS = 100_000


def number_changed(array: Any, context: Context) -> Any:
    """One number mutated; in an array of integers it wraps around where it has to."""
    result = array.copy()
    place = context.rng.randrange(result.size)
    cell = result.flat[place]
    result.flat[place] = context.mutate(cell.item() if hasattr(cell, "item") else cell)
    return result


def number_special(array: Any, context: Context) -> Any:
    """NaN, an infinity, minus zero; the ends of a type of integers."""
    result = array.copy()
    place = context.rng.randrange(result.size)
    if result.dtype.kind in "fc":
        result.flat[place] = context.rng.choice((math.nan, math.inf, -math.inf, -0.0, 0.0))
    elif result.dtype.kind in "iu":
        ends = sys.modules["numpy"].iinfo(result.dtype)
        result.flat[place] = context.rng.choice((ends.max, ends.min, 0))
    else:
        result.flat[place] = result.flat[context.rng.randrange(result.size)]
    return result


def number_again(array: Any, context: Context) -> Any:
    """Two equal numbers in places where there were two: ties."""
    result = array.copy()
    one, two = context.rng.randrange(result.size), context.rng.randrange(result.size)
    result.flat[one] = result.flat[two]
    return result


def all_equal(array: Any, context: Context) -> Any:
    result = array.copy()
    result[...] = result.flat[context.rng.randrange(result.size)]
    return result


def all_drawn(array: Any, context: Context) -> Any:
    """Every number drawn from a few of those that are there: small cases with many ties."""
    result = array.copy()
    stock = [result.flat[context.rng.randrange(result.size)] for _ in range(context.rng.randint(1, 4))]
    for place in range(min(result.size, 1000)):
        result.flat[place] = context.rng.choice(stock)
    return result


def turned_around(array: Any, _: Context) -> Any:
    return array[::-1].copy()


def in_order(array: Any, context: Context) -> Any:
    """Sorted along the last axis, or with its rows shuffled."""
    result = array.copy()
    if context.chance(0.5):
        result.sort()
        return result
    rows = list(range(len(result)))
    context.rng.shuffle(rows)
    return result[rows]


def rows_kept(array: Any, context: Context) -> Any:
    start = context.rng.randrange(len(array))
    end = context.rng.randint(start, len(array))
    return context.rng.choice((array[start:end], array[:end], array[::2], array[:1])).copy()


def rows_doubled(array: Any, context: Context) -> Any:
    if 2 * array.size > MAX_CELLS or not array.ndim:
        raise LookupError("too large, or without rows")
    return array.repeat(2, axis=0)


def without_rows(array: Any, _: Context) -> Any:
    return array[:0].copy()


def columns_kept(array: Any, context: Context) -> Any:
    if array.ndim < 2:
        raise LookupError("it has no columns")
    return array[:, : context.rng.randint(0, array.shape[1])].copy()


def by_columns(array: Any, _: Context) -> Any:
    """The same numbers, in memory one column after the other."""
    if array.ndim < 2:
        raise LookupError("it has no columns")
    return array.copy(order="F")


def with_gaps(array: Any, _: Context) -> Any:
    """The same numbers, in memory with something between them: every other one of twice as many."""
    if not array.size or not array.ndim:
        raise LookupError("there is nothing to be apart")
    return array.repeat(2, axis=-1)[..., ::2]


def transposed(array: Any, _: Context) -> Any:
    if array.ndim < 2:
        raise LookupError("it has no columns")
    return array.T.copy()


def cell_changed(frame: Any, context: Context) -> Any:
    result, place = frame.copy(), _cell(frame, context)
    cell = result.iloc[place]
    result.iloc[place] = context.mutate(cell.item() if hasattr(cell, "item") else cell)
    return _like(result, frame)


def cell_missing(frame: Any, context: Context) -> Any:
    """A missing value where the type of the column has one."""
    result, place = frame.copy(), _cell(frame, context)
    result.iloc[place] = None
    return _like(result, frame)


def cell_again(frame: Any, context: Context) -> Any:
    """The value of another row of the column: ties, and groups that grow."""
    result, place = frame.copy(), _cell(frame, context)
    other = context.rng.randrange(len(frame))
    result.iloc[place] = frame.iloc[other if frame.ndim == 1 else (other, place[1])]
    return _like(result, frame)


def frame_turned(frame: Any, _: Context) -> Any:
    return frame.iloc[::-1]


def frame_shuffled(frame: Any, context: Context) -> Any:
    rows = list(range(len(frame)))
    context.rng.shuffle(rows)
    return frame.iloc[rows]


def frame_kept(frame: Any, context: Context) -> Any:
    start = context.rng.randrange(len(frame))
    end = context.rng.randint(start, len(frame))
    return context.rng.choice((frame.iloc[start:end], frame.iloc[:end], frame.iloc[:1]))


def frame_doubled(frame: Any, context: Context) -> Any:
    """A row again at the end, under its own label: labels need not be distinct."""
    return frame.iloc[[*range(len(frame)), context.rng.randrange(len(frame))]]


def frame_emptied(frame: Any, _: Context) -> Any:
    return frame.iloc[:0]


def labels_counted(frame: Any, _: Context) -> Any:
    """Labels 0, 1, 2 and so on."""
    return frame.reset_index(drop=True)


def labels_equal(frame: Any, context: Context) -> Any:
    """Labels taken from those that are there, some of them twice."""
    rows = [context.rng.randrange(len(frame)) for _ in range(len(frame))]
    result = frame.copy()
    result.index = frame.index[rows]
    return result


def columns_turned(frame: Any, _: Context) -> Any:
    if frame.ndim < 2:
        raise LookupError("it has no columns")
    return frame[frame.columns[::-1]]


def _cell(frame: Any, context: Context) -> Any:
    row = context.rng.randrange(len(frame))
    return row if frame.ndim == 1 else (row, context.rng.randrange(frame.shape[1]))


def _like(result: Any, frame: Any) -> Any:
    """Pandas gives a column another type where a value does not fit in: then it is no value for that column."""
    same = result.dtype == frame.dtype if frame.ndim == 1 else bool((result.dtypes == frame.dtypes).all())
    if not same:
        raise LookupError("of another type")
    return result


ARRAY: Operators = {
    number_changed: 6, number_special: 3, number_again: 3, all_equal: 1, all_drawn: 3, turned_around: 2, in_order: 3,
    rows_kept: 3, rows_doubled: 1, without_rows: 1, columns_kept: 1, by_columns: 1, with_gaps: 1, transposed: 1,
}  # fmt: skip
FRAME: Operators = {
    cell_changed: 6, cell_missing: 3, cell_again: 4, frame_turned: 1, frame_shuffled: 2, frame_kept: 3,
    frame_doubled: 2, frame_emptied: 1, labels_counted: 1, labels_equal: 2, columns_turned: 1,
}  # fmt: skip
