"""How numpy arrays and pandas objects are encoded: by class, dtype, shape and every element; NaNs are all one.

Whether an array shares its memory with something that came before it counts, as a caller sees who writes to either.
Neither library is imported here.
"""

from __future__ import annotations

import sys
from typing import Any

_ATTRIBUTES = ("index", "columns", "name", "names", "freq", "attrs", "levels", "codes")


def is_array(kind: type) -> bool:
    return hasattr(kind, "__array_interface__") and hasattr(kind, "dtype")


def is_frame(kind: type) -> bool:
    has_elements = hasattr(kind, "to_numpy") and (hasattr(kind, "dtype") or hasattr(kind, "iloc"))
    return has_elements and kind.__module__.partition(".")[0] == "pandas"


def is_index(kind: type) -> bool:
    return hasattr(kind, "get_indexer") and is_frame(kind)


def add_array(encoder: Any, value: Any, kind: type) -> None:
    encoder.put("array", repr((kind.__name__, _dtype(value.dtype), tuple(value.shape))).encode())
    if not issubclass(kind, sys.modules["numpy"].generic):
        encoder.put("writeable", str(value.flags.writeable).encode())
        _put_sharing(encoder, [value], offset=True)
    mask = getattr(value, "mask", None) if kind.__name__ == "MaskedArray" else None
    if mask is not None:
        encoder.add(mask)
        value = value.filled()
    _add_elements(encoder, value)


def layouts(values: Any) -> str:
    """How the items of each array among `values` lie in memory, which is no part of their content."""
    arrays = [value.flags for value in values if type(value).__name__ == "ndarray" and is_array(type(value))]
    return "".join("cf-"[0 if flags.c_contiguous else 1 if flags.f_contiguous else 2] for flags in arrays)


def add_frame(encoder: Any, value: Any, kind: type) -> None:
    encoder.put("pandas", kind.__name__.encode())
    for attribute in _ATTRIBUTES:
        part = getattr(value, attribute, None)
        if part is not None and part is not value:
            encoder.put(attribute)
            encoder.add(list(part) if attribute in ("names", "levels", "codes") else part)
    columns = [value.iloc[:, place] for place in range(len(value.columns))] if hasattr(value, "columns") else [value]
    arrays = []
    for column in columns:
        encoder.put("dtype", _dtype(getattr(column, "dtype", None)).encode())
        arrays.append(column.to_numpy())
        _add_elements(encoder, arrays[-1])
    if not _copies_on_write() and not is_index(kind):
        _put_sharing(encoder, arrays, offset=False)


def _add_elements(encoder: Any, value: Any) -> None:
    kind = value.dtype.kind
    encoder.budget -= value.size // 64
    if value.dtype.hasobject:
        for item in value.ravel().tolist():
            encoder.add(item)
    elif value.dtype.names:
        for name in value.dtype.names:  # apart, because there may be anything between them
            _add_elements(encoder, value[name])
    elif kind in "fc" and value.dtype.itemsize not in (2, 4, 8) and not (kind == "c" and value.dtype.itemsize == 16):
        encoder.put("numbers", repr([repr(item) for item in value.ravel().tolist()]).encode())  # long doubles: padded
    elif kind in "fc":
        encoder.put("bytes", _with_one_nan(value).tobytes())
    else:
        encoder.put("bytes", value.tobytes())


def _with_one_nan(value: Any) -> Any:
    missing = value != value
    if not missing.any():
        return value
    copy = sys.modules["numpy"].array(value, copy=True, subok=False)
    if copy.dtype.kind == "c":
        copy.real[copy.real != copy.real] = float("nan")
        copy.imag[copy.imag != copy.imag] = float("nan")
    else:
        copy[missing] = float("nan")
    return copy


def _put_sharing(encoder: Any, arrays: list[Any], *, offset: bool) -> None:
    """The numbers of earlier objects whose memory these arrays lie in, and where in it."""
    shared = set()
    fresh = []
    for array in arrays:
        owner = array
        while (
            isinstance(getattr(owner, "base", None), type(array))
            or type(getattr(owner, "base", None)).__module__ == "numpy"
        ):
            owner = owner.base
        number = encoder.owners.get(id(owner))
        if number is None:
            fresh.append(owner)
        else:
            start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0] if offset else 0
            shared.add((number, start))
    number = len(encoder.owners)
    for owner in fresh:
        encoder.owners[id(owner)] = number
        encoder.kept.append(owner)
    encoder.put("shares", repr(sorted(shared)).encode())


def _dtype(dtype: Any) -> str:
    categories = getattr(dtype, "categories", None)
    if categories is None:
        return str(dtype)
    return "category of %r, %s" % (list(categories), getattr(dtype, "ordered", None))


def _copies_on_write() -> bool:
    """From pandas 3 on, who shares memory with whom cannot be noticed any more."""
    version = getattr(sys.modules.get("pandas"), "__version__", "0")
    return int(version.partition(".")[0]) >= 3
