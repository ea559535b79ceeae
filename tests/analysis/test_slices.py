"""What of a change one function rests on."""

import pytest

from speedproof.analysis.slices import sliced

BEFORE = """\
import re

LIMIT = 10

def helper(n):
    return n + LIMIT

def target(n):
    return helper(n)

def other(n):
    return re.sub("a", "b", n)
"""


def check(*replacements: tuple[str, str], expected: tuple[tuple[str, str], ...] | None) -> None:
    """With all `replacements` in the module, the slice for `target` is that with `expected` in it."""
    after, wanted = BEFORE, BEFORE
    for old, new in replacements:
        assert old in BEFORE
        after = after.replace(old, new)
    for old, new in expected or ():
        wanted = wanted.replace(old, new)
    found = sliced(BEFORE, after, "target")
    assert _statements(found) == (None if expected is None else _statements(wanted))


def _statements(text: str | None) -> list[str] | None:
    return None if text is None else [line for line in text.split("\n") if line]


OTHER = ('re.sub("a"', 're.sub("b"')
TARGET = ("return helper(n)", "return helper(n) + 0")
HELPER = ("n + LIMIT", "LIMIT + n")
LIMIT = ("LIMIT = 10", "LIMIT = 9")
NEW_HELPER = ("def target(n):\n    return helper(n)", "def new(n):\n    return n\n\ndef target(n):\n    return new(n)")


@pytest.mark.parametrize(
    ("replacements", "expected"),
    [
        ([TARGET, OTHER], (TARGET,)),
        ([TARGET, HELPER, LIMIT, OTHER], (TARGET, HELPER, LIMIT)),
        ([LIMIT, OTHER], (LIMIT,)),
        ([NEW_HELPER, OTHER], (NEW_HELPER,)),
        ([TARGET, ("import re\n", "")], (TARGET,)),
        ([TARGET, ("import re\n", "import re\nimport os\n")], (TARGET,)),
        ([OTHER, ("LIMIT = 10\n", "")], (("LIMIT = 10\n", ""),)),
        ([OTHER], ()),
        # A local name is not the module's.
        (
            [("return helper(n)", "other = helper(n); return other"), OTHER],
            (("return helper(n)", "other = helper(n); return other"),),
        ),
        ([TARGET], None),
        ([TARGET, HELPER], None),
        ([], None),
        ([TARGET, ("import re\n", "import re; import os\n")], None),
    ],
)
def test_what_comes_along(replacements: list[tuple[str, str]], expected: tuple[tuple[str, str], ...] | None) -> None:
    check(*replacements, expected=expected)


def test_a_class_is_taken_as_a_whole() -> None:
    before = """\
class A:
    def f(self):
        return 1
    def g(self):
        return B()
class B:
    x = 1
Y = 1
"""
    after = before.replace("return 1", "return 2").replace("x = 1", "x = 2").replace("Y = 1", "Y = 2")
    assert sliced(before, after, "A.f") == after.replace("Y = 2", "Y = 1")
