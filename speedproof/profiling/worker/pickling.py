"""Pickles of arguments as they were when a call began, of more than can be pickled otherwise.

Of NaNs they keep which are one object: `x in xs`, `xs.index(x)` and `xs == ys` hold for a NaN that is the very same
object, and for no other; an ordinary pickle makes all of them different ones. A lock comes back as a new one that
nobody holds, a traceback as one of the same kind, a binary file as one in memory, a generator that `replay` made from
its start, an array read-only or with gaps where it was, and a list or dict of a class of its own with what it holds,
even where that class has other ideas of `append` or `__setitem__`.
"""

from __future__ import annotations

import collections
import copyreg
import io
import os
import pickle
import threading
import types
from typing import Any, Callable, ClassVar, Dict

from . import replay

_NANS = (b"G\x7f\xf8", b"G\xff\xf8")
"""How the usual NaNs begin in a pickle."""
MAX_FILE_BYTES = 2**20


def dumps(value: Any) -> bytes:
    """To be loaded by `pickle.loads`. Raises what `pickle.dumps` raises."""
    blob = _dumped(_CPickler, value)
    if not nans_in(blob):
        return blob
    try:
        return _dumped(_NanPickler, value)
    except Exception:  # in Python, deep values reach the limit of recursion earlier
        return blob


def dumps_by_value(value: Any, modules: list[types.ModuleType]) -> bytes:
    """A pickle by cloudpickle: lambdas, local classes, and what belongs to `modules`, with their code."""
    import cloudpickle  # lent to the project's interpreter where it has none

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        dispatch_table: ClassVar[Any] = collections.ChainMap(REDUCERS, cloudpickle.Pickler.dispatch_table)

        def reducer_override(self, value: Any) -> Any:
            reduced = reduce_container(value)
            return super().reducer_override(value) if reduced is NotImplemented else reduced

    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    return _dumped(Pickler, value)


def nans_in(blob: bytes) -> int:
    """How many different NaNs, roughly: what looks like one in a text counts, too."""
    return sum(map(blob.count, _NANS))


def _dumped(pickler: Any, value: Any) -> bytes:
    target = io.BytesIO()
    pickler(target, pickle.HIGHEST_PROTOCOL).dump(value)
    return target.getvalue()


def _reduce_traceback(_: types.TracebackType) -> Any:
    return _a_traceback, ()


def _a_traceback() -> Any:
    """A traceback like any other: frames cannot be made again."""
    try:
        raise RuntimeError
    except RuntimeError as error:
        return error.__traceback__


def _reduce_file(file: Any) -> Any:
    """A binary file that is being read comes back as one in memory, at the same place."""
    if not file.seekable() or os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
        raise TypeError("cannot pickle '%s' object" % type(file).__name__)
    place = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(place)
    return _a_file, (content, place)


def _a_file(content: bytes, place: int) -> io.BytesIO:
    file = io.BytesIO(content)
    file.seek(place)
    return file


REDUCERS: Dict[type, Callable[[Any], Any]] = {
    type(threading.Lock()): lambda _: (threading.Lock, ()),
    type(threading.RLock()): lambda _: (threading.RLock, ()),
    types.TracebackType: _reduce_traceback,
    io.BufferedReader: _reduce_file,
    types.GeneratorType: replay.reduce,
}
"""For values that no pickle takes, and of which a call hardly ever asks more than that they are there."""


def reduce_container(value: Any) -> Any:
    """How an array, or a list or dict of the project's own class, comes back.

    NotImplemented where the usual way will do.
    """
    kind = type(value)
    if kind.__name__ == "ndarray" and kind.__module__ == "numpy":
        return _reduce_array(value)
    base = next((base for base in (list, dict) if isinstance(value, base)), None)
    if base is None or kind is base or not _fills_itself(kind, base):
        return NotImplemented
    content = list(list.__iter__(value)) if base is list else list(dict.items(value))
    return _empty, (kind, base), (vars(value) if hasattr(value, "__dict__") else None, content), None, None, _fill


def _reduce_array(array: Any) -> Any:
    """An array with gaps between its items comes back with gaps, one that is read-only as such."""
    flags = array.flags
    has_gaps = not (flags.c_contiguous or flags.f_contiguous)
    if not has_gaps and flags.writeable:
        return NotImplemented
    return an_array, (array.copy(), has_gaps, bool(flags.writeable))


def an_array(content: Any, has_gaps: bool, writeable: bool) -> Any:
    """An array like `content`, which has at least one axis where it is to have gaps."""
    array = content.repeat(2, axis=-1)[..., ::2] if has_gaps else content
    array.flags.writeable = writeable
    return array


def _fills_itself(kind: type, base: type) -> bool:
    """Whether the class has a method in which unpickling would run before the instance has its attributes."""
    usual = all(getattr(kind, name) is getattr(object, name) for name in ("__reduce__", "__reduce_ex__"))
    names = ("append", "extend") if base is list else ("__setitem__",)
    return usual and any(getattr(kind, name) is not getattr(base, name) for name in names)


def _empty(kind: Any, base: Any) -> Any:
    return base.__new__(kind)


def _fill(value: Any, state: Any) -> None:
    attributes, content = state
    (list.extend if isinstance(value, list) else dict.update)(value, content)
    vars(value).update(attributes or {})


class _CPickler(pickle.Pickler):
    dispatch_table = {**copyreg.dispatch_table, **REDUCERS}  # noqa: RUF012 - the name that pickle looks for

    def reducer_override(self, value: Any) -> Any:
        return reduce_container(value)


_PythonPickler: Any = pickle._Pickler


class _NanPickler(_PythonPickler):  # type: ignore[misc]
    """The one written in Python: there, how floats are written can be changed."""

    dispatch: ClassVar[Any] = dict(_PythonPickler.dispatch)
    dispatch_table: ClassVar[Any] = _CPickler.dispatch_table

    def reducer_override(self, value: Any) -> Any:
        return reduce_container(value)

    def save_float(self, value: float) -> None:
        super().save_float(value)
        if value != value:
            self.memoize(value)  # what is in the memo is not written a second time

    dispatch[float] = save_float
