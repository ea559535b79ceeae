# ruff: noqa: E501 - two versions of a function in a line
"""Which rewrites need no clock: the same code under other names."""

import pytest

from speedproof.profiling.samecode import same_code

LOOP = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (LOOP, True),
        (LOOP.replace("total", "t").replace("i in", "k in").replace("+= i", "+= k"), True),
        (f"# a comment\n\n{LOOP}", True),
        (LOOP.replace("0", "1000 - 1000"), True),
        (LOOP.replace("range(n)", "range(0, n)"), False),
        (LOOP.replace("(n)", "(m)"), False),
        (LOOP.replace("0", "0.0"), False),
        (LOOP.replace("0", "False"), False),
        (LOOP.replace("range", "reversed"), False),
        (LOOP.replace("f(", "g("), False),
        (LOOP.replace("n):", "n, k=1):", 1), False),
        ("def f(n:\n", False),
    ],
)
def test_only_names_of_locals_are_free(other: str, same: bool) -> None:
    assert same_code(LOOP, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("def f(x):\n    return [y for y in x]", "def f(x):\n    return [z for z in x]", True),
        ("def f(x):\n    def g():\n        return x\n    return g", "def f(x):\n    def h():\n        return x\n    return h", True),
        ("def f():\n    return 0.0", "def f():\n    return -0.0", False),
        ("def f(x):\n    try:\n        g(x)\n    except E:\n        pass", "def f(x):\n    g(x)", False),
        ("class A:\n    def f(self):\n        a = 1\n        return a", "class A:\n    def f(self):\n        b = 1\n        return b", True),
        ("class A:\n    def f(self):\n        return self.a", "class A:\n    def f(self):\n        return self.b", False),
    ],
)  # fmt: skip
def test_code_inside_of_code_is_compared(one: str, other: str, same: bool) -> None:
    assert same_code(one, other) is same
