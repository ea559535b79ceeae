# ruff: noqa - runs in every version of Python that projects use
"""Pairs of values, and whether a caller could tell them apart. In the syntax of every Python that projects use.

`SAME`: no caller could. `APART`: some caller could. `UNKNOWN`: nobody can say, so that it must never count as equal.
Each side is made by a call of its own, so that nothing is shared between the two by accident.
"""

import array
import codecs
import collections
import contextvars
import copy
import csv
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import io
import itertools
import operator
import os
import pathlib
import queue
import random
import re
import socket
import struct
import sys
import threading
import time
import types
import typing
import uuid
import weakref
import xml.etree.ElementTree as ElementTree


class Text(str):
    __slots__ = ()


class Labelled(str):
    pass


class Whole(int):
    pass


class Items(list):
    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


class Table(dict):
    def items(self):
        return []


@dataclasses.dataclass
class Point:
    x: object
    y: object


@dataclasses.dataclass(eq=False)
class Unequal:
    x: object


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: object


class Slotted:
    __slots__ = ("_hidden", "value")

    def __init__(self, value):
        self.value = value


class SlottedMore(Slotted):
    __slots__ = ("__private", "more")

    def __init__(self, value, private):
        super().__init__(value)
        self.__private = private


class Yes:
    """Equal to everything, by its own account."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1


class Liar:
    """Says the same whenever it is pickled, hashed, printed or asked for its class and attributes."""

    def __init__(self, value):
        object.__setattr__(self, "value", value)

    def __reduce__(self):
        return (Liar, (1,))

    def __repr__(self):
        return "Liar(1)"

    @property
    def __class__(self):
        return dict


class Secretive:
    def __init__(self, value):
        self.value = value

    def __getstate__(self):
        return {}

    def __getattribute__(self, name):
        return {} if name == "__dict__" else object.__getattribute__(self, name)


class Anything:
    """Has every attribute that is asked for, like a mock."""

    def __init__(self, value):
        self.value = value

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return 1


class Unpicklable:
    def __init__(self, value):
        self.value = value

    def __reduce_ex__(self, protocol):
        raise TypeError("not me")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Flag(enum.Flag):
    A = 1
    B = 2


class Number(enum.IntEnum):
    ONE = 1


class Custom(Exception):
    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


class Meta(type):
    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return 1


class One(metaclass=Meta):
    pass


class Two(metaclass=Meta):
    pass


class Socket(socket.socket):
    pass


Pair = collections.namedtuple("Pair", "a b")


class Typed(typing.NamedTuple):
    a: int
    b: int


class TypedDict(typing.TypedDict):
    a: int


def generator(*items, error=None, result=None):
    yield from items
    if error is not None:
        raise error
    return result


def reused():
    buffer = []
    for number in range(3):
        buffer.append(number)
        yield buffer


def fresh():
    yield [0]
    yield [0, 1]
    yield [0, 1, 2]


def cyclic(size):
    ring = list(range(size))
    ring.append(ring)
    return ring


def cyclic_dict(value):
    ring = {"value": value}
    ring["self"] = ring
    return ring


def cyclic_object(value):
    point = Point(value, None)
    point.y = point
    return point


def linked(length, last):
    node = Point(last, None)
    for number in range(length):
        node = Point(number, node)
    return node


def nested(depth, inner):
    value = inner
    for _ in range(depth):
        value = [value]
    return value


def shared(*wrap):
    part = [1]
    return [part, part]


def raised(error, cause=None):
    error.__cause__ = cause
    return error


def noted(error, *notes):
    error.__notes__ = list(notes)
    return error


def thrown(text):
    """With a traceback, from another line than others."""
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def thrown_elsewhere(text):
    def deeper():
        raise ValueError(text)

    try:
        deeper()
    except ValueError as error:
        return error


def moved(stream, position):
    stream.seek(position)
    return stream


def advanced(iterator, count):
    for _ in range(count):
        next(iterator)
    return iterator


def closed(stream):
    stream.close()
    return stream


def local_class(value):
    class Local:
        def get(self):
            return self.value

    made = Local()
    made.value = value
    return made


def other_local_class(value):
    class Local:
        def get(self):
            return self.value + 1

    Local.__qualname__ = "local_class.<locals>.Local"
    made = Local()
    made.value = value
    return made


def adder(n):
    return lambda x: x + n


def locked():
    lock = threading.Lock()
    lock.acquire()
    return lock


def with_attributes(value, **attributes):
    for name, item in attributes.items():
        setattr(value, name, item)
    return value


def context(**values):
    made = contextvars.Context()
    for variable in VARIABLES:
        if variable.name in values:
            made.run(variable.set, values[variable.name])
    return made


VARIABLES = [contextvars.ContextVar("a"), contextvars.ContextVar("b")]
NAN = float("nan")
D = decimal.Decimal
UTC = datetime.timezone.utc


def group(*errors):
    return ExceptionGroup("several", list(errors))  # noqa: F821 - from Python 3.11 on


APART = {
    "1e-9 and 0": (lambda: [1e-9], lambda: [0.0]),
    "1.0 and 1.000009, within float32": (lambda: [1.0], lambda: [1.000009]),
    "0.0 and 1e-17": (lambda: 0.0, lambda: 1e-17),
    "the last bit of a float": (lambda: 0.1 + 0.2, lambda: 0.3),
    "0.0 and -0.0": (lambda: 0.0, lambda: -0.0),
    "complex with -0.0": (lambda: complex(0, 0.0), lambda: complex(0, -0.0)),
    "1 and True": (lambda: 1, lambda: True),
    "1 and 1.0": (lambda: 1, lambda: 1.0),
    "1.0 and 1+0j": (lambda: 1.0, lambda: 1 + 0j),
    "2**53 and its float": (lambda: 2**53 + 1, lambda: float(2**53 + 1)),
    "0 and False in a list": (lambda: [0], lambda: [False]),
    "None and NotImplemented": (lambda: None, lambda: NotImplemented),
    "None and Ellipsis": (lambda: None, lambda: ...),
    "int and a subclass": (lambda: 1, lambda: Whole(1)),
    "str and a subclass": (lambda: "a", lambda: Text("a")),
    "subclass of str with an attribute": (lambda: Labelled("a"), lambda: with_attributes(Labelled("a"), of="x")),
    "str and bytes": (lambda: "a", lambda: b"a"),
    "bytes and bytearray": (lambda: b"a", lambda: bytearray(b"a")),
    "composed and decomposed": (lambda: "\u00e9", lambda: "e\u0301"),
    "NFC look-alikes": (lambda: "\u212b", lambda: "\u00c5"),
    "a trailing NUL": (lambda: "a", lambda: "a\0"),
    "list and tuple": (lambda: [1, 2], lambda: (1, 2)),
    "order of a list": (lambda: [1, 2], lambda: [2, 1]),
    "an empty list and tuple": (lambda: [], lambda: ()),
    "nesting": (lambda: [[1], 2], lambda: [[1, 2]]),
    "nesting of tuples": (lambda: ((), ((),)), lambda: (((),), ())),
    "list and subclass that hides its items": (lambda: [1], lambda: Items([1])),
    "subclasses that hide their items": (lambda: Items([1]), lambda: Items([2])),
    "subclass of dict that hides its items": (lambda: Table(a=1), lambda: Table(a=2)),
    "dict order": (lambda: {"a": 1, "b": 2}, lambda: {"b": 2, "a": 1}),
    "dict keys 1 and True": (lambda: {1: "x"}, lambda: {True: "x"}),
    "OrderedDict and dict": (lambda: collections.OrderedDict(a=1), lambda: {"a": 1}),
    "OrderedDict order": (
        lambda: collections.OrderedDict([("a", 1), ("b", 2)]),
        lambda: collections.OrderedDict([("b", 2), ("a", 1)]),
    ),
    "defaultdict's factory": (lambda: collections.defaultdict(list), lambda: collections.defaultdict(int)),
    "defaultdict with a key that was looked up": (
        lambda: collections.defaultdict(list),
        lambda: collections.defaultdict(list, {"a": []}),
    ),
    "Counter and dict": (lambda: collections.Counter("a"), lambda: {"a": 1}),
    "Counter with zero": (lambda: collections.Counter(a=1), lambda: collections.Counter(a=1, b=0)),
    "ChainMap's maps": (lambda: collections.ChainMap({"a": 1}, {}), lambda: collections.ChainMap({}, {"a": 1})),
    "deque maxlen": (lambda: collections.deque([1], 2), lambda: collections.deque([1], 3)),
    "deque with and without maxlen": (lambda: collections.deque([1]), lambda: collections.deque([1], 9)),
    "deque and list": (lambda: collections.deque([1]), lambda: [1]),
    "namedtuple and tuple": (lambda: Pair(1, 2), lambda: (1, 2)),
    "two namedtuples": (lambda: Pair(1, 2), lambda: Typed(1, 2)),
    "set and frozenset": (lambda: {1}, lambda: frozenset({1})),
    "set of 1 and of True": (lambda: {1}, lambda: {True}),
    "set of 1 and of 1.0": (lambda: {1}, lambda: {1.0}),
    "sets of floats": (lambda: {0.1, 0.2}, lambda: {0.1, 0.20000000000000004}),
    "sets of tuples": (lambda: {(1, 2)}, lambda: {(1, 2.0)}),
    "one object twice, and two": (shared, lambda: [[1], [1]]),
    "[[]] * 3 and three lists": (lambda: [[]] * 3, lambda: [[], [], []]),
    "one dict under two keys": (lambda: dict.fromkeys("ab", {}), lambda: {"a": {}, "b": {}}),
    "one bytearray twice": (lambda: [bytearray(1)] * 2, lambda: [bytearray(1), bytearray(1)]),
    "one instance twice": (lambda: [Point(1, 2)] * 2, lambda: [Point(1, 2), Point(1, 2)]),
    "one instance without equality twice": (lambda: [Unequal(1)] * 2, lambda: [Unequal(1), Unequal(1)]),
    "one sentinel twice": (lambda: [object()] * 2, lambda: [object(), object()]),
    "cycles of other length": (lambda: cyclic(3), lambda: cyclic(4)),
    "a cycle, and the same once unrolled": (lambda: cyclic(1), lambda: [0, cyclic(1)]),
    "cyclic dicts": (lambda: cyclic_dict(1), lambda: cyclic_dict(2)),
    "cyclic objects": (lambda: cyclic_object(1), lambda: cyclic_object(2)),
    "the end of a long chain": (lambda: linked(5000, 1), lambda: linked(5000, 2)),
    "the bottom of a deep nest": (lambda: nested(20000, 1), lambda: nested(20000, 2)),
    "fields of a dataclass": (lambda: Point(1, 2), lambda: Point(2, 1)),
    "field types of a dataclass": (lambda: Point(1, 2), lambda: Point(1, 2.0)),
    "a dataclass without equality": (lambda: Unequal(1), lambda: Unequal(2)),
    "frozen dataclasses": (lambda: Frozen(1), lambda: Frozen(2)),
    "a dataclass and a tuple of its fields": (lambda: Point(1, 2), lambda: (1, 2)),
    "slots": (lambda: Slotted(1), lambda: Slotted(1.0)),
    "private slots of a subclass": (lambda: SlottedMore(1, 2), lambda: SlottedMore(1, 3)),
    "an unset and a set slot": (lambda: Slotted(1), lambda: with_attributes(Slotted(1), _hidden=None)),
    "__eq__ that always says yes": (lambda: Yes(1), lambda: Yes(2)),
    "keys that are equal to everything": (lambda: {Yes(1): 1}, lambda: {Yes(2): 1}),
    "a metaclass that always says yes": (lambda: One, lambda: Two),
    "__reduce__, __repr__ and __class__ that lie": (lambda: Liar(1), lambda: Liar(2)),
    "__getstate__ and __dict__ that lie": (lambda: Secretive(1), lambda: Secretive(2)),
    "an object with any attribute": (lambda: Anything(1), lambda: Anything(2)),
    "what cannot be pickled, but seen": (lambda: Unpicklable(1), lambda: Unpicklable(2)),
    "an attribute more": (lambda: Point(1, 2), lambda: with_attributes(Point(1, 2), z=3)),
    "SimpleNamespace": (lambda: types.SimpleNamespace(a=1), lambda: types.SimpleNamespace(a=2)),
    "members of an enum": (lambda: Colour.RED, lambda: Colour.BLUE),
    "a member and its value": (lambda: Number.ONE, lambda: 1),
    "flags": (lambda: Flag.A, lambda: Flag.A | Flag.B),
    "Decimal 1.0 and 1.00": (lambda: D("1.0"), lambda: D("1.00")),
    "Decimal 0 and -0": (lambda: D("0"), lambda: D("-0")),
    "Decimal NaN and sNaN": (lambda: D("NaN"), lambda: D("sNaN")),
    "Decimal and float": (lambda: D("0.5"), lambda: 0.5),
    "decimal contexts": (lambda: decimal.Context(prec=5), lambda: decimal.Context(prec=6)),
    "Fraction and float": (lambda: fractions.Fraction(1, 2), lambda: 0.5),
    "naive and aware": (
        lambda: datetime.datetime(2024, 1, 1),
        lambda: datetime.datetime(2024, 1, 1, tzinfo=UTC),
    ),
    "one instant in two zones": (
        lambda: datetime.datetime(2024, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        lambda: datetime.datetime(2024, 1, 1, 0, tzinfo=UTC),
    ),
    "fold": (lambda: datetime.datetime(2024, 1, 1), lambda: datetime.datetime(2024, 1, 1, fold=1)),
    "date and datetime": (lambda: datetime.date(2024, 1, 1), lambda: datetime.datetime(2024, 1, 1)),
    "names of zones": (
        lambda: datetime.timezone(datetime.timedelta(0), "A"),
        lambda: datetime.timezone(datetime.timedelta(0), "B"),
    ),
    "microseconds": (lambda: datetime.timedelta(0, 1), lambda: datetime.timedelta(0, 1, 1)),
    "paths": (lambda: pathlib.PurePosixPath("a"), lambda: pathlib.PureWindowsPath("a")),
    "path and str": (lambda: pathlib.PurePosixPath("a"), lambda: "a"),
    "UUIDs": (lambda: uuid.UUID(int=1), lambda: uuid.UUID(int=2)),
    "flags of a pattern": (lambda: re.compile("a"), lambda: re.compile("a", re.IGNORECASE)),
    "matches": (lambda: re.search("a", "ba"), lambda: re.search("a", "bba")),
    "groups of a match": (lambda: re.search("(a)|b", "b"), lambda: re.search("a|(b)", "b")),
    "ranges of equal content": (lambda: range(0, 3, 2), lambda: range(0, 4, 2)),
    "slices": (lambda: slice(1), lambda: slice(0, 1)),
    "array types": (lambda: array.array("i", [1]), lambda: array.array("l", [1])),
    "struct formats": (lambda: struct.Struct("<i"), lambda: struct.Struct(">i")),
    "memoryviews": (lambda: memoryview(b"a"), lambda: memoryview(b"b")),
    "memoryview that can be written": (lambda: memoryview(b"a"), lambda: memoryview(bytearray(b"a"))),
    "hashes under way": (lambda: hashlib.md5(b"a"), lambda: hashlib.md5(b"b")),
    "ctypes structures": (lambda: ctypes.c_int(1), lambda: ctypes.c_int(2)),
    "XML trees": (lambda: ElementTree.XML("<a><b/></a>"), lambda: ElementTree.XML("<a><c/></a>")),
    "contents of a StringIO": (lambda: io.StringIO("a"), lambda: io.StringIO("b")),
    "position of a StringIO": (lambda: io.StringIO("ab"), lambda: moved(io.StringIO("ab"), 1)),
    "contents of a BytesIO": (lambda: io.BytesIO(b"a"), lambda: io.BytesIO(b"b")),
    "a closed StringIO": (lambda: io.StringIO("a"), lambda: closed(io.StringIO("a"))),
    "position of a file": (lambda: open(__file__, "rb"), lambda: moved(open(__file__, "rb"), 5)),
    "mode of a file": (lambda: open(__file__, "rb"), lambda: open(__file__)),
    "a closed file": (lambda: open(__file__), lambda: closed(open(__file__))),
    "a locked lock": (threading.Lock, locked),
    "seeds": (lambda: random.Random(1), lambda: random.Random(2)),
    "state of a random generator": (
        lambda: random.Random(1),
        lambda: with_attributes(random.Random(1), drawn=None) if random.Random(1).random() else None,
    ),
    "iterator and list": (lambda: iter([1, 2]), lambda: [1, 2]),
    "generator and list": (lambda: generator(1, 2), lambda: [1, 2]),
    "generator and map": (lambda: generator(1, 2), lambda: map(int, [1, 2])),
    "generator and list iterator": (lambda: generator(1, 2), lambda: iter([1, 2])),
    "items of a generator": (lambda: generator(1, 2), lambda: generator(1, 3)),
    "length of a generator": (lambda: generator(1, 2), lambda: generator(1, 2, 3)),
    "return value of a generator": (lambda: generator(1, result=1), lambda: generator(1, result=2)),
    "exception at the end of a generator": (
        lambda: generator(1, error=ValueError("a")),
        lambda: generator(1, error=ValueError("b")),
    ),
    "generator that ends, and one that raises": (lambda: generator(1), lambda: generator(1, error=ValueError())),
    "yields one list again and again": (reused, fresh),
    "an iterator that was advanced": (lambda: iter([1, 2]), lambda: advanced(iter([1, 2]), 1)),
    "map with another function": (lambda: map(str, [1]), lambda: map(float, [1])),
    "an endless iterator's start": (lambda: itertools.count(), lambda: itertools.count(1)),
    "cycles": (lambda: itertools.cycle("ab"), lambda: itertools.cycle("ba")),
    "dict view and list": (lambda: {"a": 1}.keys(), lambda: ["a"]),
    "dict views": (lambda: {"a": 1}.values(), lambda: {"a": 2}.values()),
    "mappingproxy": (lambda: types.MappingProxyType({"a": 1}), lambda: types.MappingProxyType({"a": 2})),
    "csv rows": (lambda: csv.reader(["a,b"]), lambda: csv.reader(["a,c"])),
    "messages": (lambda: ValueError("a"), lambda: ValueError("b")),
    "exception types": (lambda: ValueError("a"), lambda: TypeError("a")),
    "an exception and its subclass": (lambda: LookupError("a"), lambda: KeyError("a")),
    "arguments of an exception": (lambda: ValueError("a"), lambda: ValueError("a", 1)),
    "type of an argument of an exception": (lambda: KeyError(1), lambda: KeyError(1.0)),
    "attributes of an exception": (lambda: Custom("a", 1), lambda: Custom("a", 2)),
    "a wrapped exception and its cause": (lambda: RuntimeError("IndexError('x')"), lambda: IndexError("x")),
    "a cause": (lambda: ValueError("a"), lambda: raised(ValueError("a"), KeyError("b"))),
    "causes": (lambda: raised(ValueError(), KeyError("b")), lambda: raised(ValueError(), KeyError("c"))),
    "notes": (lambda: noted(ValueError("a"), "x"), lambda: noted(ValueError("a"), "y")),
    "a note": (lambda: ValueError("a"), lambda: noted(ValueError("a"), "x")),
    "OSError's number": (lambda: OSError(1, "a"), lambda: OSError(2, "a")),
    "OSError's file": (lambda: OSError(1, "a", "x"), lambda: OSError(1, "a", "y")),
    "StopIteration's value": (lambda: StopIteration(1), lambda: StopIteration(2)),
    "UnicodeDecodeError's place": (
        lambda: UnicodeDecodeError("utf-8", b"ab", 0, 1, "x"),
        lambda: UnicodeDecodeError("utf-8", b"ab", 1, 2, "x"),
    ),
    "SystemExit's status": (lambda: SystemExit(1), lambda: SystemExit(2)),
    "functions of other modules": (lambda: operator.add, lambda: operator.sub),
    "bound methods": (lambda: "a".upper, lambda: "b".upper),
    "partials": (lambda: functools.partial(int, base=2), lambda: functools.partial(int, base=8)),
    "itemgetters": (lambda: operator.itemgetter(1), lambda: operator.itemgetter(2)),
    "classes": (lambda: Point, lambda: Frozen),
    "modules": (lambda: os, lambda: sys),
    "generic aliases": (lambda: typing.List[int], lambda: typing.List[str]),
    "context variables": (lambda: context(a=1), lambda: context(a=2)),
    "queues": (lambda: filled(queue.Queue(), 1), lambda: filled(queue.Queue(), 2)),
    "struct_time": (lambda: time.gmtime(0), lambda: time.gmtime(1)),
}  # fmt: skip


def filled(target, *items):
    for item in items:
        target.put(item)
    return target


SAME = {
    "NaN": lambda: float("nan"),
    "NaNs by other ways": (lambda: NAN, lambda: -NAN),
    "NaNs in a list": lambda: [float("nan"), 1.5],
    "a set in any order": (lambda: {str(n) for n in range(99)}, lambda: {str(n) for n in reversed(range(99))}),
    "a set of floats": lambda: {0.1, 0.2, float("inf")},
    "one immutable object or two equal ones": (lambda: [D("1.5")] * 2, lambda: [D("1.5"), D("1.5")]),
    "one tuple or two": (lambda: [(1, 2)] * 2, lambda: [(1, 2), tuple([1, 2])]),
    "one namedtuple or two": (lambda: [Pair(1, 2)] * 2, lambda: [Pair(1, 2), Pair(1, 2)]),
    "one date or two": (lambda: [datetime.date(1, 1, 1)] * 2, lambda: [datetime.date(1, 1, n) for n in (1, 1)]),
    "one str of a subclass or two": (lambda: [Text("a")] * 2, lambda: [Text("a"), Text("a")]),
    "one frozenset or two": (lambda: [frozenset("a")] * 2, lambda: [frozenset("a"), frozenset("a")]),
    "a cyclic list": lambda: cyclic(3),
    "a cyclic dict": lambda: cyclic_dict(1),
    "a cyclic object": lambda: cyclic_object(1),
    "a long chain": lambda: linked(5000, 1),
    "a deep nest": lambda: nested(20000, 1),
    "shared parts": shared,
    "a copy of shared parts": (shared, lambda: copy.deepcopy(shared())),
    "a generator": lambda: generator(1, [2], result="x"),
    "a generator that raises": lambda: generator(1, error=ValueError("a")),
    "a map": lambda: map(str, [1, 2]),
    "a zip": lambda: zip("ab", [1, 2]),
    "an endless iterator": itertools.count,
    "an iterator of files' lines": lambda: iter(io.StringIO("a\nb")),
    "csv reader": lambda: csv.reader(["a,b"]),
    "an exception from elsewhere": (lambda: thrown("a"), lambda: thrown_elsewhere("a")),
    "an exception with a cause": lambda: raised(ValueError("a"), KeyError("b")),
    "an exception of several arguments": lambda: Custom("a", 1),
    "a dataclass": lambda: Point(1, [2]),
    "a class with slots": lambda: SlottedMore([1], 2),
    "an object with any attribute": lambda: Anything(1),
    "what lies": lambda: Liar(1),
    "defaultdict": lambda: collections.defaultdict(list, {1: [2]}),
    "Counter": lambda: collections.Counter("abca"),
    "ChainMap": lambda: collections.ChainMap({"a": 1}, {}),
    "deque": lambda: collections.deque([1, 2], maxlen=4),
    "a member of an enum": lambda: Colour.RED,
    "flags": lambda: Flag.A | Flag.B,
    "pattern": lambda: re.compile("a+"),
    "match": lambda: re.search("(a)", "ba"),
    "datetime": lambda: datetime.datetime(2024, 1, 1, tzinfo=UTC),
    "lone surrogates": lambda: "\ud800",
    "huge ints": lambda: [10**5000] * 20,
    "built-in functions": lambda: [len, [].append, str.upper, dict.fromkeys],
    "functools": lambda: functools.partial(int, base=2),
    "a function of a module": lambda: generator,
    "a closure over the same": lambda: adder(2),
    "an instance of a local class": lambda: local_class(1),
    "a namedtuple made on the spot": lambda: collections.namedtuple("Made", "a b")(1, 2),
    "StringIO": lambda: io.StringIO("a"),
    "BytesIO": lambda: moved(io.BytesIO(b"ab"), 1),
    "an open file": lambda: open(__file__, "rb"),
    "locks": lambda: [threading.Lock(), threading.RLock(), threading.Event()],
    "queue": lambda: filled(queue.Queue(), 1),
    "hash under way": lambda: hashlib.sha256(b"a"),
    "sentinel": object,
    "weak reference": lambda: [weakref.ref(Point), Point],
    "memoryview": lambda: memoryview(bytearray(b"ab"))[1:],
    "views of a dict": lambda: [{"a": 1}.keys(), {"a": 1}.items()],
    "property and friends": lambda: [Liar.__dict__["__class__"], Slotted.__dict__["value"]],
    "XML": lambda: ElementTree.XML("<a><b/></a>"),
    "type hints": lambda: [typing.List[int], typing.Optional[str], typing.TypeVar],
    "context": lambda: context(a=1, b=[2]),
    "random generator": lambda: random.Random(7),
    "ctypes": lambda: (ctypes.c_int * 2)(1, 2),
}  # fmt: skip

UNKNOWN = {
    "namedtuples of one name": (
        lambda: collections.namedtuple("Made", "a b")(1, 2),
        lambda: collections.namedtuple("Made", "x y")(1, 2),
    ),
    "methods of two instances": (lambda: Point(1, 2).__repr__, lambda: Point(1, 3).__repr__),
    "codecs": (lambda: codecs.lookup("utf-8"), lambda: codecs.lookup("latin-1")),
    "closures over other values": (lambda: adder(1), lambda: adder(2)),
    "closures of other code": (lambda: adder(1), lambda: [lambda x, n=n: n + x for n in (1,)][0]),
    "lambdas": (lambda: lambda x: x, lambda: lambda x: x + 1),
    "local classes of one name": (lambda: local_class(1), lambda: other_local_class(1)),
    "sockets": (socket.socket, socket.socket),
    "a subclass of socket": (Socket, Socket),
    "thread-local data": (threading.local, threading.local),
    "an un-awaited coroutine": (lambda: coroutine(), lambda: coroutine()),
    "pointers": (lambda: ctypes.pointer(ctypes.c_int(1)), lambda: ctypes.pointer(ctypes.c_int(1))),
    "frames": (lambda: sys._getframe(), lambda: sys._getframe()),
    "generators of system randomness": (random.SystemRandom, random.SystemRandom),
    "a closure over something hidden": (lambda: adder(threading.local()), lambda: adder(threading.local())),
}  # fmt: skip


async def coroutine():
    return 1


if sys.version_info >= (3, 11):
    APART["exception groups"] = (lambda: group(ValueError(1)), lambda: group(ValueError(2)))
    APART["an exception group and its part"] = (lambda: group(ValueError(1)), lambda: ValueError(1))
    SAME["exception group"] = lambda: group(ValueError(1), KeyError("a"))


def outcome(one, other):
    """ "same", "apart" or "unknown", by the encoder and the rule by which two aspects are compared."""
    first, second = encode(one()), encode(other())
    if first.digest == second.digest and first.digest != UNKNOWN_DIGEST:
        return "same"
    return "unknown" if first.opaque or second.opaque else "apart"


def main():
    """Prints every case that is not as it should be: name, what was expected, what came out; then the number of cases."""
    global encode, UNKNOWN_DIGEST
    sys.path.insert(0, sys.argv[1])
    from worker.encode import UNKNOWN as UNKNOWN_DIGEST
    from worker.encode import encode

    total = 0
    for expected, cases in (("apart", APART), ("same", SAME), ("unknown", UNKNOWN)):
        for name, pair in cases.items():
            one, other = pair if isinstance(pair, tuple) else (pair, pair)
            total += 1
            try:
                found = outcome(one, other)
            except Exception as error:
                found = "%s: %s" % (type(error).__name__, error)
            if found != expected:
                print("%s: expected %s, found %s" % (name, expected, found))
    print("%d cases" % total)


if __name__ == "__main__":
    main()
