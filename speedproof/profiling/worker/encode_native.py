"""How objects of the standard library's C types are encoded that no pickle can hold, but whose content can be seen."""

from __future__ import annotations

import _thread
import contextvars
import io
import re
import struct
import types
import weakref
from typing import Any

from .encode_code import add_code

_VIEWS: tuple[type, ...] = tuple(type(getattr({}, name)()) for name in ("keys", "values", "items"))
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)


def is_file(kind: type) -> bool:
    return issubclass(kind, io.IOBase)


def add(encoder: Any, value: Any, kind: type) -> bool:
    """Encode `value` if it is one of these; False where it is not."""
    handler = _BY_TYPE.get(kind)
    if handler is not None:
        encoder.put(kind.__name__)
        handler(encoder, value)
        return True
    if is_file(kind):
        _add_file(encoder, value, kind)
    elif _is_hash(kind):
        encoder.put("hash", repr((value.name, value.hexdigest())).encode())
    else:
        return False
    return True


def _add_file(encoder: Any, value: Any, kind: type) -> None:
    """What it is, where it stands, and its content where that is in memory: files on disk are compared elsewhere."""
    encoder.put("file", kind.__name__.encode())
    if value.closed:
        encoder.put("closed")
        return
    try:
        encoder.put("position", str(value.tell()).encode())
    except (OSError, ValueError):
        encoder.hide(kind)
        return
    if issubclass(kind, (io.StringIO, io.BytesIO)):
        encoder.later([value.getvalue()])
    else:
        encoder.later([getattr(value, name, None) for name in ("name", "mode", "encoding", "errors", "newlines")])


def _is_hash(kind: type) -> bool:
    names = ("hexdigest", "block_size", "update", "copy")
    return kind.__module__ in ("_hashlib", "_md5", "_sha1", "_sha2", "_sha256", "_sha512", "_sha3", "_blake2") and (
        all(hasattr(kind, name) for name in names) and not kind.__name__.lower().startswith(("shake", "hashxof"))
    )


def _memoryview(encoder: Any, value: memoryview) -> None:
    try:
        encoder.put("view", repr((value.format, value.shape, value.readonly)).encode())
        encoder.put("bytes", value.tobytes())
        encoder.later([value.obj])
    except ValueError:
        encoder.put("released")


def _match(encoder: Any, value: Any) -> None:
    encoder.later([value.re, value.string, value.pos, value.endpos, value.regs, value.lastindex])


def _referent(encoder: Any, value: Any) -> None:
    encoder.later([value()])


def _lock(encoder: Any, value: Any) -> None:
    encoder.put("unlocked" if "unlocked" in repr(value) else "locked")


def _named(encoder: Any, value: Any) -> None:
    encoder.put("name", value.__name__.encode())


def _context(encoder: Any, value: contextvars.Context) -> None:
    encoder.put("size", str(len(value)).encode())
    encoder.later(part for pair in value.items() for part in pair)


_BY_TYPE: dict[type, Any] = {
    **dict.fromkeys(_VIEWS, lambda encoder, value: encoder.later([list(value)])),
    **dict.fromkeys(_DESCRIPTORS, _named),
    object: lambda encoder, value: None,
    memoryview: _memoryview,
    types.MappingProxyType: lambda encoder, value: encoder.later([dict(value)]),
    types.CodeType: add_code,
    types.CellType: lambda encoder, value: encoder.later([value.cell_contents]),
    property: lambda encoder, value: encoder.later([value.fget, value.fset, value.fdel]),
    staticmethod: lambda encoder, value: encoder.later([value.__func__]),
    classmethod: lambda encoder, value: encoder.later([value.__func__]),
    types.TracebackType: lambda encoder, value: None,  # which lines it tells of is what the two sides differ in
    re.Match: _match,
    struct.Struct: lambda encoder, value: encoder.later([value.format]),
    weakref.ref: _referent,
    weakref.WeakMethod: _referent,
    contextvars.ContextVar: lambda encoder, value: encoder.later([value.name]),
    contextvars.Context: _context,
    _thread.LockType: _lock,
    type(_thread.RLock()): _lock,
}
