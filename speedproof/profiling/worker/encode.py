"""A canonical encoding of Python values: equal digests mean equal behaviour, as far as a caller could tell.

By exact type: `True`, `1` and `1.0` differ, so do `-0.0` and `0.0`, a list and a subclass of list, two dicts of
different order. Aliasing counts: a mutable object met again is a reference to its first place, so `[a, a]` differs from
`[a, copy(a)]`. Cycles end there as well. Iterators are drained, up to a bound, with the exception that ends them.

No method of a value that could lie is asked: neither `__eq__` nor `__iter__`, `__class__` or `__getattr__`. What
`__reduce__` says counts beside the attributes, not in place of them.

Two kinds of things cannot be decided. A closure or a local class is *opaque*: equal where code and captured values are;
where they differ, nobody can say whether it would behave differently. What has content that cannot be seen from Python
(sockets, generators of other libraries) is *hidden*: it never equals anything, itself included.
"""

from __future__ import annotations

import copyreg
import enum
import hashlib
import types
from collections.abc import Iterable
from typing import Any, Optional

from . import encode_arrays, encode_builtin, encode_code, encode_native
from .preview import End, preview

__all__ = ["UNKNOWN", "Encoder", "Encoding", "TooLarge", "encode", "preview"]

MAX_NODES = 400_000
MAX_DRAINED = 20_000
MAX_SHOWN = 40
UNKNOWN = "?"
"""The digest of what holds something hidden. It equals no other, and not itself: see `compare.py`."""


class TooLarge(Exception):
    """The value has more parts than are worth comparing."""


class Encoding:
    """The digest of a value, the types in it that could not be looked into, and its parts that have an identity.

    `read` has what the iterators among those parts have given, by their identity: the first items.
    """

    def __init__(self, digest: str, opaque: set[str], parts: list[Any], read: dict[int, list[Any]]) -> None:
        self.digest = digest
        self.opaque = opaque
        self.parts = parts
        self.read = read


def encode(*values: Any) -> Encoding:
    """One encoding of all `values`, aliasing between them included. Raises TooLarge."""
    encoder = Encoder()
    for value in values:
        encoder.add(value)
    digest = UNKNOWN if encoder.hidden else encoder.hash.hexdigest()
    return Encoding(digest, encoder.opaque | encoder.hidden, encoder.kept, encoder.read)


class Encoder:
    """Writes values into a hash, parts after what they are parts of. Depth costs no recursion."""

    def __init__(self, budget: int = MAX_NODES) -> None:
        self.hash = hashlib.blake2b(digest_size=16)
        self.opaque: set[str] = set()
        self.hidden: set[str] = set()
        self.seen: dict[int, int] = {}
        self.kept: list[Any] = []  # ids in `seen` stay valid only while the objects live
        self.budget = budget
        self.owners: dict[int, int] = {}
        """Memory of arrays: id of its owner → number of the first object that uses it."""
        self.read: dict[int, list[Any]] = {}
        self._pending: list[Any] = []

    def put(self, tag: str, content: bytes = b"") -> None:
        self.hash.update(b"%s:%d:" % (tag.encode("utf-8", "backslashreplace"), len(content)))
        self.hash.update(content)

    def add(self, value: Any) -> None:
        """Encode `value` with all its parts, now."""
        pending = self._pending
        base = len(pending)
        self._visit(value)
        while len(pending) > base:
            self._visit(pending.pop())

    def later(self, parts: Iterable[Any]) -> None:
        """Encode `parts`, in order, after what has been put. How many they are must have been put, or be fixed."""
        self._pending.extend(reversed(list(parts)))

    def _visit(self, value: Any) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise TooLarge("more than %d parts" % MAX_NODES)
        kind = type(value)
        handler = encode_builtin.BY_TYPE.get(kind)
        if handler is not None:
            handler(self, value)
        elif issubclass(kind, encode_builtin.VALUES) and (own_dict(value) is None or issubclass(kind, enum.Enum)):
            # Which of two equal ones it is makes no difference to anybody.
            self._add_object(value, kind)
        elif encode_arrays.is_index(kind):  # nobody can change one, so which of them are one object is no behaviour
            encode_arrays.add_frame(self, value, kind)
        elif not self.met(value):
            self._add_object(value, kind)

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
        part = Encoder(self.budget)
        part.add(value)
        self.budget = part.budget
        self.opaque |= part.opaque
        self.hidden |= part.hidden
        return part.hash.digest()

    def hide(self, kind: type) -> None:
        """Note that instances of `kind` cannot be compared."""
        self.hidden.add(full_name(kind))

    def _add_object(self, value: Any, kind: type) -> None:
        for test, handler in _BY_KIND:
            if test(kind):
                handler(self, value, kind)
                return
        if not encode_native.add(self, value, kind):
            self._add_reduced(value, kind)

    def add_exception(self, value: BaseException, kind: type) -> None:
        encode_code.put_class(self, "exception", kind)
        self.put("text", _text(value).encode("utf-8", "backslashreplace"))
        state = {name: item for name, item in (own_dict(value) or {}).items() if not name.startswith("__")}
        notes = list(getattr(value, "__notes__", ()))
        # The context is what a traceback shows as well, but what was under way inside is nobody's business.
        self.later([value.args, state, notes, value.__cause__])

    def add_iterator(self, value: Any, kind: type) -> None:
        """Each item as it is when it comes: a generator may yield one list again and again."""
        self.put("iterator", kind.__name__.encode())
        items = self.read.setdefault(id(value), [])
        for _ in range(MAX_DRAINED):
            try:
                item = next(value)
            except StopIteration as stop:
                self.put("end")
                items += [] if stop.value is None else [End("returns", stop.value)]
                self.add(stop.value)
                return
            except Exception as error:
                self.put("raises")
                items.append(End("raises", error))
                self.add(error)
                return
            if len(items) < MAX_SHOWN:
                items.append(item)
            self.add(item)
        self.put("more")

    def add_subclass(self, value: Any, kind: type) -> None:
        """A subclass of a built-in type: its class, the built-in content, then what its instances carry."""
        encode_code.put_class(self, "subclass", kind)
        attributes = [*self._attributes(value, kind), getattr(value, "default_factory", None)]
        for base, content in encode_builtin.CONTENT:
            if issubclass(kind, base):
                self.later(attributes)
                content(self, value)
                break

    def _add_reduced(self, value: Any, kind: type) -> None:
        """Any other object: what pickling would keep of it, and its attributes."""
        encode_code.put_class(self, "object", kind)
        own_dict(value)  # is made by the first look at it, and what reduces to it (a partial) would differ from then on
        reduce = copyreg.dispatch_table.get(kind)
        try:
            reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
        except Exception:
            reduced = None
        attributes = [] if isinstance(reduced, tuple) and _reduces_plainly(kind) else self._attributes(value, kind)
        parts: list[Any] = []
        if isinstance(reduced, str):
            self.put("global", reduced.encode())
        elif isinstance(reduced, tuple):
            self.put("reduced", str(len(reduced)).encode())
            self.put("made by", full_name(reduced[0]).encode())  # `copyreg.__newobj__`, a class, or the like
            # List and dict items come as iterators.
            parts = [list(part) if n in (2, 3) and part is not None else part for n, part in enumerate(reduced[1:])]
        elif is_native(kind) or not attributes:
            self.hide(kind)
        self.later([*parts, *attributes])

    def _attributes(self, value: Any, kind: type) -> list[Any]:
        """The instance's `__dict__` and slots, whatever its class says of them; nothing where there is neither."""
        attributes = own_dict(value)
        found: list[Any] = [] if attributes is None else [dict(attributes)]
        for base in kind.__mro__:
            for name, slot in base.__dict__.items():
                if type(slot) is types.MemberDescriptorType and base.__flags__ & _HEAP_TYPE:
                    try:
                        found += [name, slot.__get__(value)]
                    except AttributeError:
                        found += [name, NotImplemented]
        return found


def own_dict(value: Any) -> Optional[dict[str, Any]]:
    """The instance's own `__dict__`, past any attribute of that name."""
    for base in type(value).__mro__:
        entry = base.__dict__.get("__dict__")
        if type(entry) is types.GetSetDescriptorType:
            found = entry.__get__(value)
            return found if isinstance(found, dict) else None
    return None


def full_name(value: Any) -> str:
    return "%s.%s" % (getattr(value, "__module__", "?"), getattr(value, "__qualname__", "?"))


def is_native(kind: type) -> bool:
    """Whether a class below `object` keeps more than attributes and slots: fields of C, which nobody else sees."""
    return any(
        base.__base__ is not None
        and base.__basicsize__ > base.__base__.__basicsize__ + _POINTER * _visible_fields(base)
        for base in kind.__mro__
    )


_POINTER = 8
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def _visible_fields(base: type) -> int:
    slots = sum(type(entry) is types.MemberDescriptorType for entry in base.__dict__.values())
    return slots + ("__dict__" in base.__dict__) + ("__weakref__" in base.__dict__)


def _reduces_plainly(kind: Any) -> bool:
    """Whether pickling keeps the attributes themselves, because no class has a say in it."""
    own = {name for base in kind.__mro__[:-1] for name in base.__dict__}
    return kind not in copyreg.dispatch_table and own.isdisjoint(("__reduce_ex__", "__reduce__", "__getstate__"))


def _is_iterator(kind: type) -> bool:
    return (
        hasattr(kind, "__next__") and hasattr(kind, "__iter__") and is_native(kind) and not encode_native.is_file(kind)
    )


def _text(value: BaseException) -> str:
    try:
        return str(value)
    except Exception as error:
        return "<str() raises %s>" % type(error).__name__


_BY_KIND: list[tuple[Any, Any]] = [
    (lambda kind: issubclass(kind, type), encode_code.add_class),
    (lambda kind: issubclass(kind, types.ModuleType), encode_code.add_module),
    (lambda kind: issubclass(kind, BaseException), Encoder.add_exception),
    (lambda kind: kind in encode_code.CALLABLES, encode_code.add_callable),
    (_is_iterator, Encoder.add_iterator),
    (encode_arrays.is_array, encode_arrays.add_array),
    (encode_arrays.is_frame, encode_arrays.add_frame),
    (
        lambda kind: issubclass(kind, (dict, list, set, frozenset, tuple, str, bytes, bytearray, int, float, complex)),
        Encoder.add_subclass,
    ),
]
