"""Which changes elsewhere in a file matter to a function."""

from pathlib import Path

import pytest

from speedproof.analysis.surroundings import Names, surroundings
from speedproof.analysis.syntax import Syntax
from speedproof.analysis.targets import targets_of

TEXT = '''"""Doc."""
import os
import json as j
from math import floor

LIMIT = 10
TABLE = {}
TABLE["x"] = LIMIT
UNUSED = 1


def helper(x):
    # Why.
    return deeper(x)


def deeper(x):
    return floor(x)


def other(x):
    return os.path.join(x)


class Base:
    size = 3

    def hook(self):
        return 1


class Shape(Base):
    scale = 2

    def area(self, x):
        if x < LIMIT:
            return helper(x) * self.scale + TABLE["x"]
        return self.detail()

    def detail(self):
        return 5

    def unrelated(self):
        return 6


if LIMIT:
    flag = LIMIT
'''


def matters(old: str, new: str) -> bool:
    """Whether a change of the text changes what `Shape.area` rests on."""
    assert TEXT.count(old) == 1
    before, after = (_of_area(text) for text in (TEXT, TEXT.replace(old, new)))
    return before != after


def _of_area(text: str) -> object:
    syntax = Syntax.parse(text)
    (target,) = (target for target in targets_of(Path(), syntax) if target.qualname.endswith("Shape.area"))
    return surroundings(syntax, target.span)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 10", "LIMIT = 11"),
        ('TABLE["x"] = LIMIT', 'TABLE["x"] = 2'),
        ('TABLE["x"] = LIMIT\n', ""),
        ("TABLE = {}", "TABLE = {}\nTABLE.update(y=1)"),
        ("return deeper(x)", "return deeper(x) + 1"),
        ("return floor(x)", "return x"),
        ("from math import floor", "from numpy import floor"),
        ("scale = 2", "scale = 3"),
        ("return 5", "return 6"),
        ("size = 3", "size = 4"),
        ("deeper(x)\n\n\ndef deeper", "deeper(UNUSED)\n\n\ndef deeper"),
        ("return 1", "return 2"),
        ("class Base:", "def floor(x): return x\n\n\nclass Base:"),
    ],
)
def test_changes_that_matter(old: str, new: str) -> None:
    assert matters(old, new)


def test_names_that_are_not_mentioned_yet() -> None:
    syntax = Syntax.parse("fast = 1\n\ndef f(): return slow\n")
    (target,) = targets_of(Path(), syntax)
    assert not surroundings(syntax, target.span)
    assert surroundings(syntax, target.span, Names(frozenset({"fast"}))) == {("fast", "=", "1")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Doc."""', '"""Other."""'),
        ("UNUSED = 1", "UNUSED = 2"),
        ("import json as j\n", ""),
        ("# Why.", "# Because."),
        ("    return floor(x)", "    # New.\n    return floor( x )"),
        ("return os.path.join(x)", "return x"),
        ("return 6", "return 7"),
        ("class Base:", "def new(): return other(2)\n\n\nclass Base:"),
        # Names that are the function's own, or attributes' names, mean something else here.
        ("UNUSED = 1", "x = 1\nself = 2\nscale = 3\ndef detail(): pass"),
        ("return 6", "return self.area(1)"),
    ],
)
def test_changes_that_do_not_matter(old: str, new: str) -> None:
    assert not matters(old, new)
