"""Arrays and frames of another type that may stand for the ones given: narrower numbers, other labels, read-only.

Neither library is imported here. See `recast.py` for when such values count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .mutate_context import Context

_OTHER_NUMBERS = {
    "float64": "float32", "float32": "float64", "int64": "int32", "int32": "int64", "uint8": "int64", "bool": "int64",
}  # fmt: skip


def _array(value: Any) -> bool:
    return type(value).__name__ == "ndarray" and type(value).__module__ == "numpy"


def _table(value: Any) -> bool:
    return hasattr(value, "iloc") and type(value).__module__.partition(".")[0] == "pandas"


def _to_read_only(value: Any, _: Context) -> Any:
    if not _array(value):
        return None
    result = value.copy()
    result.flags.writeable = False
    return result


def _to_other_bytes(value: Any, _: Context) -> Any:
    """The same numbers, their bytes in the other order."""
    if not _array(value) or value.dtype.itemsize < 2 or value.dtype.kind not in "iufc":
        return None
    return value.astype(value.dtype.newbyteorder())


def _to_other_numbers(value: Any, _: Context) -> Any:
    """The same numbers in another width, where it holds them."""
    other = _OTHER_NUMBERS.get(str(value.dtype)) if _array(value) else None
    if other is None:
        return None
    result = value.astype(other)
    return result if ((result == value) | (value != value)).all() else None


def _to_categories(value: Any, _: Context) -> Any:
    """Words as categories: a column of them, where there is one."""
    if not _table(value):
        return None
    if value.ndim == 1:
        return value.astype("category") if _is_of_words(value) else None
    place = next((n for n in range(value.shape[1]) if _is_of_words(value.iloc[:, n])), None)
    if place is None or not value.columns.is_unique:
        return None
    return value.astype({value.columns[place]: "category"})


def _to_labels_of_text(value: Any, _: Context) -> Any:
    if not _table(value) or getattr(value.index, "nlevels", 1) > 1 or value.index.dtype.kind not in "iuf":
        return None
    result = value.copy()
    result.index = result.index.astype(str)
    return result


def _to_nullable(value: Any, _: Context) -> Any:
    """Of pandas' own types, which have a missing value of their own."""
    return value.convert_dtypes() if _table(value) and len(value) else None


def _is_of_words(column: Any) -> bool:
    return str(column.dtype) in ("object", "str", "string") and all(isinstance(word, str) for word in column)


CHANGES: dict[str, Callable[[Any, Context], Any]] = {
    "read-only": _to_read_only,
    "other bytes": _to_other_bytes,
    "other numbers": _to_other_numbers,
    "categories": _to_categories,
    "labels": _to_labels_of_text,
    "nullable": _to_nullable,
}
