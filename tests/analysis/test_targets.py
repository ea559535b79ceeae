"""Which functions can be optimized, and which one is under a cursor (`$0`)."""

from pathlib import Path

import pytest

from speedproof.analysis.targets import find_target, target_at, targets_in
from speedproof.core.target import Target

PATH = Path("mod.py")


def check_targets(text: str, *qualnames: str) -> list[Target]:
    """The targets of `text` are `qualnames`, each found by its name and at each offset of its first line."""
    targets = targets_in(PATH, text)
    assert [target.qualname for target in targets] == list(qualnames)
    for target in targets:
        assert find_target(PATH, text, target.qualname) == target
        assert target_at(PATH, text, target.span.start) == target
        assert target_at(PATH, text, target.span.end - 1) == target
    return targets


def check_cursor(marked: str, qualname: str | None) -> Target | None:
    offset = marked.index("$0")
    target = target_at(PATH, marked.replace("$0", ""), offset)
    assert (target.qualname if target else None) == qualname
    return target


def test_functions_and_methods_of_nested_classes() -> None:
    text = """
def area(): pass
class Shape:
    size = 1
    def area(self): return 1
    class Inner:
        async def fetch(self): return 2
@decorate
class Other:
    @staticmethod
    def made(): return Other()
"""
    targets = check_targets(text, "area", "Shape.area", "Shape.Inner.fetch", "Other.made")
    assert targets[3].source == "@staticmethod\n    def made(): return Other()"
    assert targets[3].name == "made"


def test_nested_functions_belong_to_the_one_around_them() -> None:
    text = """
def outer():
    def inner(): return 1
    class Local:
        def method(self): return 2
    return inner
"""
    check_targets(text, "outer")
    check_cursor(text.replace("return 2", "return$0 2"), "outer")


def test_conditional_definitions() -> None:
    text = """
try:
    from fast import one
except ImportError:
    def one(): return 1
if flag:
    def two(): return 2
elif other:
    class Three:
        def four(self): return 4
else:
    with x:
        def five(): return 5
"""
    check_targets(text, "one", "two", "Three.four", "five")


def test_last_definition_of_a_name_counts() -> None:
    text = """
@overload
def f(x: int) -> int: ...
@typing.overload
def f(x: str) -> str: ...
def f(x): return x
def f(x): return x + x
"""
    (target,) = check_targets(text, "f")
    assert target.source == "def f(x): return x + x"


def test_property_is_its_getter() -> None:
    text = """
class C:
    @property
    def x(self): return 1
    @x.setter
    def x(self, value): pass
    @x.deleter
    def x(self): pass
"""
    (target,) = check_targets(text, "C.x")
    assert target.source.startswith("@property")


def test_definitions_with_syntax_errors_are_left_out() -> None:
    check_targets("def good(): return 1\n\ndef bad():\n    return 1 +\n\ndef fine(): return 2\n", "good", "fine")


def test_new_syntax() -> None:
    check_targets("def f[T: int](x: T) -> T:\n    match x:\n        case [_, *_]: return x\n", "f")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_offsets_are_code_points_whatever_the_line_ends(newline: str) -> None:
    text = "# \U0001f600 é\u2028\n\f\nclass Größe:\n    def fläche(self):\n        return '\U0001f600'\n\n\nπ = 1\n"
    (target,) = check_targets(text.replace("\n", newline), "Größe.fläche")
    assert target.source == "def fläche(self):\n        return '\U0001f600'".replace("\n", newline)


def test_byte_order_mark() -> None:
    (target,) = check_targets("\ufeffdef f(): return 1\n", "f")
    assert target.span.start == 1


def test_cursor_anywhere_on_the_lines_of_a_function() -> None:
    marked = """import os
{0}
class C:{1}
    {2}@cached{2}
    def f({2}self):{2}
{2}
        return 1{2}   # why{2}
{3}
    x = 1{3}
    def g(self): pass{4}
{5}"""
    expected = {0: None, 1: None, 2: "C.f", 3: None, 4: "C.g", 5: None}
    pieces = marked.replace("{", "}").split("}")
    for index in range(1, len(pieces), 2):
        text = "".join("$0" if i == index else "" if i % 2 else piece for i, piece in enumerate(pieces))
        check_cursor(text, expected[int(pieces[index])])


def test_cursor_in_an_empty_text() -> None:
    check_cursor("$0", None)


def test_unknown_name() -> None:
    assert find_target(PATH, "def f(): pass\n", "g") is None
