# ruff: noqa: E501 - texts before and after
"""Putting a changed text into a running module: every alias runs the new code, and nothing else changes."""

import asyncio
import sys
import types
from typing import Any

import pytest

from speedproof.profiling.worker.install import Unsupported, install, resolve

BEFORE = """
import contextlib
import dataclasses
import functools
from typing import Any

LIMIT = 3
calls = []

def traced(function):
    def wrapper(*args):
        calls.append(function.__name__)
        return function(*args)
    return wrapper

REGISTRY = {}

def registered(name):
    def decorate(function):
        assert name not in REGISTRY, "exists already"
        REGISTRY[name] = function
        def inner(*args):
            return function(*args)
        return inner
    return decorate

class Dispatching:
    def __init__(self, function):
        REGISTRY[function.__name__] = self
        self.original = function

    def __call__(self, *args):
        return self.original(*args)

def helper(x):
    return x + 1

MISSING = object()
WIDTH = 4
DOUBLE = WIDTH * 2
TABLE = [helper(n) for n in range(3)]

def with_sentinel(x, default=MISSING, other=object()):
    return default is MISSING, other

@registered("twice")
def twice(x):
    return x * 2

@Dispatching
def dispatched(x):
    return x * 2

@functools.singledispatch
def shown(x):
    return "any"

@shown.register(int)
def _(x):
    return "int"

@shown.register(str)
def _(x):
    return "str"

@contextlib.contextmanager
def entered(log):
    log.append("in")
    yield log
    log.append("out")

def lazy(n):
    for i in range(n):
        yield i

async def later(n):
    return n

if LIMIT == 3:
    def branch(x):
        return "taken"
else:
    def branch(x):
        return "not taken"

try:
    def tried(x):
        return x
finally:
    pass

@dataclasses.dataclass
class Point:
    x: int
    y: int = 2

    def length(self):
        return self.x + self.y

    @functools.cached_property
    def far(self):
        return self.x > 100

def plain(x, step=1):
    return helper(x) + step

@traced
def decorated(x):
    return x * 2

@functools.lru_cache
def cached(x):
    return x * 3

class Base:
    def size(self):
        return 10

class Shape(Base):
    sides = 4

    def __init__(self, side):
        self.side = side

    def size(self):
        return super().size() + self.side

    @property
    def area(self):
        return self.side ** 2

    @area.setter
    def area(self, value):
        self.side = value

    @classmethod
    def unit(cls):
        return cls(1)

    @staticmethod
    def double(x):
        return x + x

    def __secret(self):
        return 1

    def reveal(self):
        return self.__secret()

    class Part:
        def weight(self):
            return 5
"""

CASES: dict[str, tuple[str, tuple[str, str], str, Any]] = {
    "a function": ("plain", ("helper(x) + step", "helper(x) + step * 10"), "plain(1)", 12),
    "an alias taken before": ("plain", ("helper(x) + step", "0"), "alias(1)", 0),
    "a default": ("plain", ("step=1", "step=5"), "alias(1)", 7),
    "a helper beside it": ("plain", ("return x + 1", "return x + 100"), "plain(1)", 102),
    "a decorated function": ("decorated", ("return x * 2", "return x * 20"), "decorated(1)", 20),
    "a cached function": ("cached", ("return x * 3", "return x * 30"), "cached.__wrapped__(1)", 30),
    "a method that uses super": ("Shape.size", ("+ self.side", "- self.side"), "shape.size()", 8),
    "super where there was none": (
        "Shape.reveal",
        ("return self.__secret()", "return super().size()"),
        "shape.reveal()",
        10,
    ),
    "a mangled name": ("Shape.reveal", ("return self.__secret()", "return self.__secret() + 1"), "shape.reveal()", 2),
    "a property": ("Shape.area", ("self.side ** 2", "self.side * 7"), "shape.area", 14),
    "a class method": ("Shape.unit", ("cls(1)", "cls(9)"), "Shape.unit().side", 9),
    "a static method": ("Shape.double", ("x + x", "2 * x + 1"), "Shape.double(2)", 5),
    "a method of a nested class": ("Shape.Part.weight", ("return 5", "return 6"), "Shape.Part().weight()", 6),
    "a private method": ("Shape.__secret", ("        return 1\n", "        return 7\n"), "shape.reveal()", 7),
    "below a decorator that registers": ("twice", ("return x * 2\n\n@Dis", "return x * 7\n\n@Dis"), "twice(1)", 7),
    "what a decorator registered": (
        "twice", ("return x * 2\n\n@Dis", "return x * 7\n\n@Dis"), "REGISTRY['twice'](1)", 7),
    "in an object that decorates": ("dispatched", ("return x * 2\n\n@fun", "return x * 7\n\n@fun"), "dispatched(1)", 7),
    "a default that reads the same is the same": (
        "with_sentinel", ("default is MISSING, other", "default is MISSING, other, 1"), "with_sentinel(1)[1] is OTHER", True),
    "a default beside another one": (
        "with_sentinel", ("other=object()):", "other=object(), more=5):"), "with_sentinel(1) == (True, OTHER)", True),
    "a generic function": ("shown", ('return "any"', 'return "every"'), "shown(1.5)", "every"),
    "one of its kinds": ("_", ('return "str"', 'return "text"'), "shown(''), shown(1)", ("text", "int")),
    "another one of its kinds": ("_", ('return "int"', 'return "number"'), "shown(''), shown(1)", ("str", "number")),
    "a context manager": ("entered", ('"out"', '"left"'), "used(entered)", ["in", "left"]),
    "a generator": ("lazy", ("yield i", "yield i + 1"), "list(lazy(2))", [1, 2]),
    "a list for a generator": ("lazy", ("for i in range(n):\n        yield i", "return list(range(n))"), "lazy(2)", [0, 1]),
    "a coroutine": ("later", ("return n", "return n + 1"), "asyncio.run(later(1))", 2),
    "the branch that was taken": ("tried", ('return "taken"', 'return "now"'), "branch(1)", "now"),
    "the branch that was not taken": ("tried", ('return "not taken"', 'return "now"'), "branch(1)", "taken"),
    "in a try": ("tried", ("        return x\nfinally", "        return -x\nfinally"), "tried(1)", -1),
    "a method of a dataclass": ("Point.length", ("self.x + self.y", "self.x - self.y"), "Point(5).length()", 3),
    "a cached property": ("Point.far", ("self.x > 100", "self.x > 1"), "Point(5).far", True),
    "a new method of a dataclass": (
        "Point.length",
        ("    def length(self):\n        return self.x", "    def half(self):\n        return 7\n    def length(self):\n        return self.half()"),
        "Point(5).length()", 9),
    "an annotation": ("plain", ("def plain(x, step=1):", "def plain(x: int, step=1):"), "plain.__annotations__", {"x": int}),
    "what was made of a constant": ("plain", ("WIDTH = 4", "WIDTH = 5"), "DOUBLE", 10),
    "what was made by a helper": ("plain", ("return x + 1", "return x + 100"), "TABLE", [100, 101, 102]),
    "an import that is gone": (
        "plain", ("from typing import Any\n", ""), "'Any' in globals()", False),
    "a helper that is gone": ("tried", ("def helper(x):\n    return x + 1\n\nM", "helper = str\nM"), "plain('1', '2')", "12"),
    "a docstring": ("lazy", ("def lazy(n):", 'def lazy(n):\n    """Text."""'), "lazy.__doc__", "Text."),
    "a new import and constant": (
        "plain",
        ("def plain(x, step=1):\n    return", "import math\nTWO = 2\ndef plain(x, step=1):\n    return math.sqrt(4) + TWO +"),
        "plain(1)",
        7.0,
    ),
    "a new helper": (
        "plain",
        ("def plain(x, step=1):\n    return helper(x)", "def extra(x):\n    return -x\ndef plain(x, step=1):\n    return extra(x)"),
        "plain(5)",
        -4,
    ),
    "a new method beside it": (
        "Shape.reveal",
        ("    def reveal(self):\n        return self.__secret()", "    def other(self):\n        return 8\n    def reveal(self):\n        return self.other()"),
        "shape.reveal()",
        8,
    ),
}  # fmt: skip


def used(manager: Any) -> list[str]:
    log: list[str] = []
    with manager(log):
        pass
    return log


@pytest.fixture
def module() -> Any:
    made = types.ModuleType("install_case")
    made.__file__ = "install_case.py"
    sys.modules["install_case"] = made
    exec(compile(BEFORE, "install_case.py", "exec", dont_inherit=True), vars(made))
    yield made
    del sys.modules["install_case"]


@pytest.mark.parametrize("name", CASES)
def test_the_running_module_behaves_as_its_new_text(name: str, module: types.ModuleType) -> None:
    qualname, (old, new), expression, expected = CASES[name]
    assert BEFORE.count(old) >= 1
    after = BEFORE.replace(old, new)
    scope = {"alias": module.plain, "shape": module.Shape(2), "used": used, "asyncio": asyncio}
    scope["OTHER"] = module.with_sentinel(1)[1]
    classes = (module.Shape, module.Base)
    install(module, BEFORE, after, qualname, "install_case.py")
    assert eval(expression, {**vars(module), **scope}) == expected
    assert (module.Shape, module.Base) == classes
    assert module.LIMIT == 3
    assert list(module.REGISTRY) == ["twice", "dispatched"]
    assert resolve(module, qualname) is not None


@pytest.mark.parametrize("qualname", sorted({case[0] for case in CASES.values()}))
def test_the_same_text_changes_nothing(qualname: str, module: types.ModuleType) -> None:
    names = set(vars(module))
    function = resolve(module, qualname)
    install(module, BEFORE, BEFORE, qualname, "install_case.py")
    assert set(vars(module)) == names
    assert resolve(module, qualname) is function


REFUSED: dict[str, tuple[str, tuple[str, str], str]] = {
    "the head of a class": ("Shape.size", ("class Shape(Base)", "class Shape"), "head of class Shape"),
    "a decorator that comes": ("plain", ("def plain(", "@functools.cache\ndef plain("), "decorators of plain"),
    "a decorator that goes": ("decorated", ("@traced\n", ""), "decorators of decorated"),
    "a decorator of a method": (
        "Shape.unit",
        ("    @classmethod\n", "    @classmethod\n    @functools.cache\n"),
        "decorators of Shape.unit",
    ),
    "a decorator's own code": ("plain", ("calls.append(function.__name__)", "pass"), "decorated is made with traced"),
    "a parameter that a decorator may know": (
        "twice",
        ("def twice(x)", "def twice(x, y=1)"),
        "parameters of twice changed, which @registered",
    ),
    "an annotation that a decorator reads": (
        "_",
        ('def _(x):\n    return "str"', "def _(x: bytes):\n    return 1"),
        "@register",
    ),
    "what an import did": ("plain", ("calls = []", "calls = []\ncalls.append(1)"), ""),
    "a field of a dataclass": ("Point.length", ("y: int = 2", "y: int = 3"), "body of class Point"),
    "super() below a decorator": (
        "Point.far",
        ("return self.x > 100", "return super().__init__() or self.x > 100"),
        "Point.far uses super",
    ),
    "what stands under an `if`": ("plain", ("LIMIT = 3", "LIMIT = 4"), "is made with LIMIT"),
    "a class made with what changed": ("plain", ("class Base:", "class Base(int):"), "head of class Base"),
    "not its definition": ("branch", ("nothing", "nothing"), "what runs as branch"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_brought_in_is_refused(name: str, module: types.ModuleType) -> None:
    qualname, (old, new), words = REFUSED[name]
    before = BEFORE if name != "not its definition" else BEFORE + "\nbranch = len\n"
    exec("branch = len", vars(module)) if name == "not its definition" else None
    if name == "what an import did":  # what came with it can be done, what is gone cannot be undone
        before, old, new, words = BEFORE.replace(old, new), new, old, "is gone"
    with pytest.raises(Unsupported, match=words):
        install(module, before, before.replace(old, new, 1), qualname, "install_case.py")


def test_future_annotations_hold_for_the_pieces(module: types.ModuleType) -> None:
    after = "from __future__ import annotations\n" + BEFORE.replace(
        "def plain(x, step=1)", "def plain(x: Missing, step=1)"
    )
    install(module, BEFORE, after, "plain", "install_case.py")
    assert module.plain(1) == 3
