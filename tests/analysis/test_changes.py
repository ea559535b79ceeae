"""What differs between two versions of a module, as names."""

from pathlib import Path

import pytest

from speedproof.analysis.changes import Changes, changes

BEFORE = '''\
"""Areas."""

import re
from math import pi, tau

LIMIT = 10


def clip(n):
    """At most LIMIT."""
    return min(n, LIMIT)


def circle(r):
    return pi * r**2


class Shape:
    sides = 4

    @property
    def corners(self):
        return self.sides

    def grow(self, by):
        self.size = clip(self.size + by)
'''


def compared(after: str, before: str = BEFORE) -> Changes:
    return changes(Path("areas.py"), before, Path("areas.py"), after)


def check(old: str, new: str, *expected: str) -> None:
    """What is compared after `old` has become `new`, each with its notes."""
    assert old in BEFORE
    found = compared(BEFORE.replace(old, new))
    assert tuple(" | ".join((change.before.qualname, *change.notes)) for change in found.changed) == expected


UNTOUCHED = "reads as before; what it uses changed"
USES = "uses code outside of it that changed too: "


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("r**2", "r * r", ["circle"]),
        ("r**2", "r**2  # the radius", []),
        ("    return pi", "\n    # The radius.\n    return pi", []),
        ("At most", "No more than", []),
        ('    """At most LIMIT."""\n', "", []),
        ("LIMIT = 10", "LIMIT = 9", [f"clip | {UNTOUCHED} | {USES}LIMIT"]),
        ("LIMIT = 10\n", "", [f"clip | {UNTOUCHED} | {USES}LIMIT"]),
        ("import pi, tau", "import pi", []),
        ("import pi, tau", "import tau, pi", []),
        ("import pi, tau", "import tau\nfrom numpy import pi", [f"circle | {UNTOUCHED} | {USES}pi"]),
        ("LIMIT = 10", "LIMIT = 10\nif LIMIT > 5:\n    pi = 3", [f"circle | {UNTOUCHED} | {USES}pi"]),
        ("LIMIT = 10", "LIMIT = 10\nprint(LIMIT)", [f"clip | {UNTOUCHED} | {USES}LIMIT"]),
        ("LIMIT = 10", "LIMIT = 10\nn = r = by = 1", []),
        ("LIMIT = 10", "LIMIT = 10\nmin = min", [f"clip | {UNTOUCHED} | {USES}min"]),
        ("sides = 4", "sides = 3", [f"Shape.corners | {UNTOUCHED} | {USES}Shape.sides"]),
        ("min(n, LIMIT)", "LIMIT if n > LIMIT else n", ["clip"]),
        ("self.size + by)", "by + self.size)", ["Shape.grow"]),
        (
            "def circle(r):",
            "def circle(r, *, n=2):",
            [
                "circle | its parameters changed from (r) to (r, *, n=2): "
                "only calls that the original takes are compared"
            ],
        ),
        ("    @property\n", "", ["Shape.corners | its decorators changed"]),
        ("def circle", "async def circle", ["circle"]),
        ("return min(n, LIMIT)", "return least(n, LIMIT)", ["clip"]),
        ("return pi *", "return half(tau) *", ["circle"]),
    ],
)
def test_which_functions_are_compared(old: str, new: str, expected: list[str]) -> None:
    check(old, new, *expected)


def test_helpers_that_changed_too_are_named() -> None:
    after = BEFORE.replace("min(n, LIMIT)", "min(LIMIT, n)").replace("self.size + by", "by + self.size")
    found = {change.before.qualname: change.notes for change in compared(after).changed}
    assert found == {"clip": (), "Shape.grow": (f"{USES}clip",)}
    after = BEFORE.replace("return pi * r**2", "return _area(r)") + "\ndef _area(r):\n    return pi * r**2\n"
    found = {change.before.qualname: change.notes for change in compared(after).changed}
    assert found == {"circle": (f"{USES}_area",)}


def test_what_is_on_one_side_only() -> None:
    renamed = compared(BEFORE.replace("def circle", "def disc"))
    assert (renamed.added, renamed.removed, renamed.renamed) == ((), (), (("circle", "disc"),))
    found = compared(BEFORE.replace("def grow(self, by)", "def shrink(self, by, more)"))
    assert (found.added, found.removed, found.renamed) == (("Shape.shrink",), ("Shape.grow",), ())
    assert compared("").removed == ("clip", "circle", "Shape.corners", "Shape.grow")
    assert compared(BEFORE, before="").added == ("clip", "circle", "Shape.corners", "Shape.grow")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("import re\n", "import re\nimport os\n", ("os",)),
        ("import re\n", "import re\n\n__all__ = ['clip']\n", ()),
        ("import re\n", "import re as n\n", ("n", "re")),
        ("class Shape:", "class Shape(dict):", ("Shape",)),
        ("sides = 4", "sides = 4\n    edges = 4", ("Shape.edges",)),
        ("LIMIT = 10", "LIMIT = 10  # of what?", ()),
    ],
)
def test_changes_outside_that_no_function_uses(old: str, new: str, expected: tuple[str, ...]) -> None:
    found = compared(BEFORE.replace(old, new))
    assert (found.changed, found.elsewhere) == ((), expected)


def test_spans_are_those_of_each_side() -> None:
    (change,) = compared("# Moved down.\n" + BEFORE.replace("r**2", "r * r")).changed
    assert change.before.source == "def circle(r):\n    return pi * r**2"
    assert change.after.source == "def circle(r):\n    return pi * r * r"


@pytest.mark.parametrize("text", ["def f(:\n", "x = 1\0\n"])
def test_what_is_no_python(text: str) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        compared(text)
