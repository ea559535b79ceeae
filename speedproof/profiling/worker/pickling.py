"""Pickles that keep which NaNs are one object.

`x in xs`, `xs.index(x)` and `xs == ys` hold for a NaN that is the very same object, and for no other; an ordinary
pickle makes all of them different ones.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, ClassVar

_NANS = (b"G\x7f\xf8", b"G\xff\xf8")
"""How the usual NaNs begin in a pickle."""


def dumps(value: Any) -> bytes:
    """To be loaded by `pickle.loads`. Raises what `pickle.dumps` raises."""
    blob = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    if not nans_in(blob):
        return blob
    try:
        target = io.BytesIO()
        _Pickler(target, pickle.HIGHEST_PROTOCOL).dump(value)
        return target.getvalue()
    except Exception:  # in Python, deep values reach the limit of recursion earlier
        return blob


def nans_in(blob: bytes) -> int:
    """How many different NaNs, roughly: what looks like one in a text counts, too."""
    return sum(map(blob.count, _NANS))


_PythonPickler: Any = pickle._Pickler


class _Pickler(_PythonPickler):  # type: ignore[misc]
    """The one written in Python: there, how floats are written can be changed."""

    dispatch: ClassVar[Any] = dict(_PythonPickler.dispatch)

    def save_float(self, value: float) -> None:
        super().save_float(value)
        if value != value:
            self.memoize(value)  # what is in the memo is not written a second time

    dispatch[float] = save_float
