# ruff: noqa: E501 - texts before and after
"""Putting a changed text into a running module: every alias runs the new code, and nothing else changes."""

import sys
import types
from typing import Any

import pytest

from speedproof.profiling.worker.install import Unsupported, install, resolve

BEFORE = """
import functools
from typing import Any

LIMIT = 3
calls = []

def traced(function):
    def wrapper(*args):
        calls.append(function.__name__)
        return function(*args)
    return wrapper

def helper(x):
    return x + 1

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


@pytest.fixture
def module() -> Any:
    made = types.ModuleType("install_case")
    made.__file__ = "install_case.py"
    exec(compile(BEFORE, "install_case.py", "exec"), vars(made))
    sys.modules["install_case"] = made
    yield made
    del sys.modules["install_case"]


@pytest.mark.parametrize("name", CASES)
def test_the_running_module_behaves_as_its_new_text(name: str, module: types.ModuleType) -> None:
    qualname, (old, new), expression, expected = CASES[name]
    assert BEFORE.count(old) >= 1
    after = BEFORE.replace(old, new)
    scope = {"alias": module.plain, "shape": module.Shape(2)}
    classes = (module.Shape, module.Base)
    install(module, BEFORE, after, qualname, "install_case.py")
    assert eval(expression, {**vars(module), **scope}) == expected
    assert (module.Shape, module.Base) == classes
    assert module.LIMIT == 3
    assert resolve(module, qualname) is not None


@pytest.mark.parametrize("qualname", sorted({case[0] for case in CASES.values()}))
def test_the_same_text_changes_nothing(qualname: str, module: types.ModuleType) -> None:
    names = set(vars(module))
    function = resolve(module, qualname)
    install(module, BEFORE, BEFORE, qualname, "install_case.py")
    assert set(vars(module)) == names
    assert resolve(module, qualname) is function


def test_a_changed_class_head_is_refused(module: types.ModuleType) -> None:
    with pytest.raises(Unsupported, match="head of class Shape"):
        install(module, BEFORE, BEFORE.replace("class Shape(Base)", "class Shape"), "Shape.size", "x.py")


@pytest.mark.parametrize(
    ("qualname", "old", "new"),
    [
        ("plain", "def plain(", "@functools.cache\ndef plain("),
        ("decorated", "@traced\n", ""),
        ("Shape.unit", "    @classmethod\n", "    @classmethod\n    @functools.cache\n"),
    ],
)
def test_changed_decorators_are_refused(qualname: str, old: str, new: str, module: types.ModuleType) -> None:
    with pytest.raises(Unsupported, match="decorators of"):
        install(module, BEFORE, BEFORE.replace(old, new, 1), qualname, "x.py")


def test_future_annotations_hold_for_the_pieces(module: types.ModuleType) -> None:
    after = "from __future__ import annotations\n" + BEFORE.replace(
        "def plain(x, step=1)", "def plain(x: Missing, step=1)"
    )
    install(module, BEFORE, after, "plain", "install_case.py")
    assert module.plain(1) == 3
