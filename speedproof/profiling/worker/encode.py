"""A canonical encoding of Python values: equal digests mean equal behaviour, as far as a caller could tell.

By exact type: `True`, `1` and `1.0` differ, so do `-0.0` and `0.0`, a list and a subclass of list, two dicts of
different order. Aliasing counts: a mutable object met again is a reference to its first place, so `[a, a]` differs from
`[a, copy(a)]`. Cycles end there as well. Iterators are drained, up to a bound, with the exception that ends them.

What has no content that can be seen from Python (sockets, locks, closures over changed code) is *opaque*: its name is
noted, and where two encodings differ and one holds something opaque, nobody can say that the values differ.
"""

from __future__ import annotations

import copyreg
import hashlib
import sys
import types
from typing import Any

MAX_NODES = 400_000
MAX_DRAINED = 20_000

_ATOMS = (type(None), bool, type(Ellipsis), type(NotImplemented))
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_ITERATOR_MODULES = ("builtins", "itertools")


class TooLarge(Exception):
    """The value has more parts than are worth comparing."""


class Encoding:
    """The digest of a value, and the types in it that could not be looked into."""

    def __init__(self, digest: str, opaque: set[str]) -> None:
        self.digest = digest
        self.opaque = opaque


def encode(*values: Any) -> Encoding:
    """One encoding of all `values`, aliasing between them included. Raises TooLarge."""
    encoder = _Encoder()
    for value in values:
        encoder.add(value)
    return Encoding(encoder.hash.hexdigest(), encoder.opaque)


class _Encoder:
    def __init__(self, budget: int = MAX_NODES) -> None:
        self.hash = hashlib.blake2b(digest_size=16)
        self.opaque: set[str] = set()
        self.seen: dict[int, int] = {}
        self.kept: list[Any] = []  # ids in `seen` stay valid only while the objects live
        self.budget = budget

    def put(self, tag: str, content: bytes = b"") -> None:
        self.hash.update(b"%s:%d:" % (tag.encode("utf-8", "backslashreplace"), len(content)))
        self.hash.update(content)

    def add(self, value: Any) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise TooLarge("more than %d parts" % MAX_NODES)
        kind = type(value)
        handler = _BY_TYPE.get(kind)
        if handler is not None:
            handler(self, value)
            return
        if self.met(value):
            return
        self.add_object(value, kind)

    def met(self, value: Any) -> bool:
        """Whether `value` was met before; then a reference to it is all that is written."""
        first = self.seen.get(id(value))
        if first is not None:
            self.put("again", str(first).encode())
            return True
        self.seen[id(value)] = len(self.seen)
        self.kept.append(value)
        return False

    def sub(self, value: Any) -> bytes:
        """The digest of a part that has no place of its own, like an element of a set."""
        part = _Encoder(self.budget)
        part.add(value)
        self.budget = part.budget
        self.opaque |= part.opaque
        return part.hash.digest()

    def add_object(self, value: Any, kind: type) -> None:
        if isinstance(value, type):
            self.add_reference("class", value)
        elif isinstance(value, types.ModuleType):
            self.put("module", value.__name__.encode())
        elif isinstance(value, BaseException):
            self.add_exception(value)
        elif kind in _FUNCTION_TYPES:
            self.add_function(value)
        elif isinstance(value, types.MethodType):
            self.put("method")
            self.add(value.__func__)
            self.add(value.__self__)
        elif _is_iterator(value):
            self.add_iterator(value)
        elif hasattr(value, "__array_interface__") and hasattr(value, "dtype"):
            self.add_array(value)
        elif kind.__module__.partition(".")[0] == "pandas" and hasattr(value, "to_numpy"):
            self.add_frame(value)
        elif isinstance(value, (dict, list, set, frozenset, tuple, str, bytes, bytearray, int, float, complex)):
            self.add_subclass(value, kind)
        else:
            self.add_reduced(value, kind)

    def add_reference(self, tag: str, value: Any) -> None:
        name = "%s.%s" % (getattr(value, "__module__", "?"), getattr(value, "__qualname__", "?"))
        if "<locals>" in name:
            self.opaque.add(name)
        self.put(tag, name.encode())

    def add_exception(self, value: BaseException) -> None:
        self.add_reference("exception", type(value))
        self.add(value.args)
        self.put("text", _text(value).encode("utf-8", "backslashreplace"))
        self.add(value.__cause__)
        self.put("suppress", str(value.__suppress_context__).encode())
        state = {name: item for name, item in vars(value).items() if not name.startswith("__")}
        self.add(state)
        self.add(list(getattr(value, "__notes__", ())))

    def add_function(self, value: Any) -> None:
        if isinstance(value, types.BuiltinFunctionType):
            owner = value.__self__
            self.put("builtin", value.__qualname__.encode())
            if owner is not None and not isinstance(owner, types.ModuleType):
                self.add(owner)
            return
        if not isinstance(value, types.FunctionType):  # method descriptors, lru_cache wrappers
            self.add_reference("callable", value)
            return
        if "<" not in value.__qualname__ and not value.__closure__:
            self.add_reference("function", value)
            return
        # A closure or lambda: equal where code and captured values are; otherwise nobody can say what it would do.
        self.opaque.add("function " + value.__qualname__)
        self.put("closure", value.__name__.encode())
        self.add_code(value.__code__)
        for cell in value.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:
                self.put("empty cell")
        self.add(value.__defaults__)
        self.add(value.__kwdefaults__)

    def add_code(self, code: types.CodeType) -> None:
        self.put("code", code.co_code)
        self.put("names", repr((code.co_names, code.co_varnames, code.co_freevars)).encode())
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self.add_code(constant)
            else:
                self.add(constant)

    def add_iterator(self, value: Any) -> None:
        self.put("iterator", type(value).__name__.encode())
        for _ in range(MAX_DRAINED):
            try:
                item = next(value)
            except StopIteration as stop:
                self.put("end")
                self.add(stop.value)
                return
            except Exception as error:
                self.put("raises")
                self.add(error)
                return
            self.add(item)
        self.put("more")

    def add_array(self, value: Any) -> None:
        self.put("array", repr((type(value).__name__, str(value.dtype), tuple(value.shape))).encode())
        if value.dtype.hasobject:
            for item in value.ravel().tolist():
                self.add(item)
        else:
            self.budget -= value.size // 64
            self.put("bytes", value.tobytes())

    def add_frame(self, value: Any) -> None:
        self.put("pandas", type(value).__name__.encode())
        for attribute in ("index", "columns", "name", "names", "freq", "tz"):
            part = getattr(value, attribute, None)
            if part is not None and part is not value:
                self.put(attribute)
                self.add(part)
        if hasattr(value, "columns"):
            for place in range(len(value.columns)):
                column = value.iloc[:, place]
                self.put("column", str(column.dtype).encode())
                self.add(column.to_numpy())
        else:
            self.put("dtype", str(value.dtype).encode())
            self.add(value.to_numpy())

    def add_subclass(self, value: Any, kind: type) -> None:
        """A subclass of a built-in type: its class, the built-in content, then what its instances carry."""
        self.add_reference("subclass", kind)
        for base, content in _CONTENT:
            if isinstance(value, base):
                content(self, value)
                break
        factory = getattr(value, "default_factory", None)
        if factory is not None:
            self.add(factory)
        self.add_attributes(value)

    def add_reduced(self, value: Any, kind: type) -> None:
        """Any other object: what pickling would keep of it, and otherwise its attributes."""
        self.add_reference("object", kind)
        reduce = copyreg.dispatch_table.get(kind)
        try:
            reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
        except Exception:
            reduced = None
        if isinstance(reduced, str):
            self.put("global", reduced.encode())
        elif isinstance(reduced, tuple):
            self.put("reduced", str(len(reduced)).encode())
            for place, part in enumerate(reduced):
                # The callable is `copyreg.__newobj__` or the like; list and dict items come as iterators.
                self.add(list(part) if place in (3, 4) and part is not None else part)
        elif not self.add_attributes(value) or _is_native(kind):
            self.opaque.add("%s.%s" % (kind.__module__, kind.__qualname__))

    def add_attributes(self, value: Any) -> bool:
        """The instance's `__dict__` and slots; False where there is neither."""
        found = False
        attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict):
            found = True
            self.put("dict")
            self.add(dict(attributes))
        for base in type(value).__mro__:
            slots = base.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else tuple(slots):
                if slot in ("__dict__", "__weakref__"):
                    continue
                found = True
                name = "_%s%s" % (base.__name__.lstrip("_"), slot) if slot.startswith("__") else slot
                self.put("slot", slot.encode())
                try:
                    self.add(object.__getattribute__(value, name))
                except AttributeError:
                    self.put("unset")
        return found


def _int(encoder: _Encoder, value: int) -> None:
    encoder.put("int", (b"%x" % value) if -(2**64) < value < 2**64 else hex(value).encode())


def _float(encoder: _Encoder, value: float) -> None:
    encoder.put("float", b"nan" if value != value else float.hex(value).encode())


def _complex(encoder: _Encoder, value: complex) -> None:
    encoder.put("complex")
    _float(encoder, value.real)
    _float(encoder, value.imag)


def _str(encoder: _Encoder, value: str) -> None:
    encoder.put("str", str.encode(value, "utf-8", "surrogatepass"))


def _bytes(encoder: _Encoder, value: bytes) -> None:
    encoder.put("bytes", bytes(value))


_BY_REPR = frozenset((int, float, str, bool, type(None), bytes))


def _items(encoder: _Encoder, value: Any) -> None:
    encoder.put("items", str(len(value)).encode())
    if len(value) >= 8 and _BY_REPR.issuperset(map(type, value)):
        # The repr of these types tells value and type exactly, and is made at the speed of C.
        try:
            encoder.put("plain", repr(list(value)).encode("utf-8", "backslashreplace"))
            encoder.budget -= len(value) // 16
            return
        except ValueError:  # an int of more digits than the interpreter writes
            pass
    for item in value:
        encoder.add(item)


def _dict_items(encoder: _Encoder, value: Any) -> None:
    encoder.put("pairs", str(dict.__len__(value)).encode())
    for key, item in dict.items(value):
        encoder.add(key)
        encoder.add(item)


def _set_items(encoder: _Encoder, value: Any) -> None:
    encoder.put("set", str(len(value)).encode())
    for digest in sorted(encoder.sub(item) for item in set(value)):
        encoder.put("element", digest)


def _frozenset(encoder: _Encoder, value: frozenset[Any]) -> None:
    encoder.put("frozenset")
    _set_items(encoder, value)


def _atom(encoder: _Encoder, value: Any) -> None:
    encoder.put("atom", repr(value).encode())


def _mutable(tag: str, content: Any) -> Any:
    def handler(encoder: _Encoder, value: Any) -> None:
        if not encoder.met(value):
            encoder.put(tag)
            content(encoder, value)

    return handler


def _tuple(encoder: _Encoder, value: tuple[Any, ...]) -> None:
    # Identity of tuples is no behaviour, but a tuple may hold itself through a list: recursion ends at the list.
    encoder.put("tuple")
    _items(encoder, value)


def _range(encoder: _Encoder, value: range) -> None:
    encoder.put("range", repr(value).encode())


_BY_TYPE: dict[type, Any] = {
    **dict.fromkeys(_ATOMS, _atom),
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    tuple: _tuple,
    range: _range,
    list: _mutable("list", _items),
    dict: _mutable("dict", _dict_items),
    set: _mutable("set", _set_items),
    frozenset: _frozenset,
    bytearray: _mutable("bytearray", _bytes),
}
_CONTENT: list[tuple[Any, Any]] = [
    (dict, _dict_items),
    ((list, tuple), lambda e, v: _items(e, _plain(v))),
    ((set, frozenset), _set_items),
    (str, _str),
    ((bytes, bytearray), _bytes),
    (int, lambda e, v: _int(e, int.__index__(v))),
    (float, lambda e, v: _float(e, float.__float__(v))),
    (complex, lambda e, v: _complex(e, complex(v.real, v.imag))),
]
_FUNCTION_TYPES = {
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
    type(__import__("functools").lru_cache(lambda: None)),
}


def _plain(value: Any) -> Any:
    """The built-in content of a list or tuple, whatever `__iter__` its subclass has."""
    return list(list.__iter__(value)) if isinstance(value, list) else list(tuple.__iter__(value))


def _is_native(kind: type) -> bool:
    """Whether a class below `object` is written in C, so that its state need not be in any attribute."""
    return any(base is not object and not base.__flags__ & _HEAP_TYPE for base in kind.__mro__)


def _is_iterator(value: Any) -> bool:
    if isinstance(value, (types.GeneratorType, map, filter, zip, enumerate, reversed)):
        return True
    kind = type(value)
    return kind.__module__ in _ITERATOR_MODULES and hasattr(kind, "__next__") and hasattr(kind, "__iter__")


def _text(value: BaseException) -> str:
    try:
        return str(value)
    except Exception as error:
        return "<str() raises %s>" % type(error).__name__


def preview(value: Any, limit: int = 160) -> str:
    """`repr(value)` for a reader, shortened in the middle; never raises."""
    try:
        digits = getattr(sys, "set_int_max_str_digits", None)
        if digits is not None:
            digits(0)
        text = repr(value) if not _is_iterator(value) else "<%s>" % type(value).__name__
    except Exception as error:
        text = "<%s whose repr raises %s>" % (type(value).__name__, type(error).__name__)
    if len(text) > limit:
        text = "%s … %s" % (text[: limit * 2 // 3], text[-limit // 4 :])
    return text
