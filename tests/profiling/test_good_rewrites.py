"""Rewrites that are right wherever the function is meant to be called are not refused for other calls."""

from collections.abc import Iterator

import pytest
from judging import SAME, Case, Judged, check

from speedproof.core.verdict import Status

TYPE_CHECKED = """
def f(n):
    if not isinstance(n, int):
        message = f"an integer is needed, not {n}"
        raise TypeError(message)
    return sum(range(n))
"""
NEVER_RUN = TYPE_CHECKED.replace("not isinstance(n, int)", "n != n")
LOOKS_UP = "VALUES = {'a': 1, 'b': 2, 'c': 3}\ndef f(text):\n    return sum([VALUES[letter] for letter in text])"
CASES = {
    "annotations that the rewrite leaves out": Case(
        "from typing import Literal\n"
        "def f(way: Literal['up', 'down'], n: int):\n    return n + 1 if way == 'up' else n - 1",
        "f('up', 3)\nf('down', 8)",
        "def f(way, n):\n    return n - 1 if way == 'down' else n + 1",
        SAME,
        clock=False,
    ),
    "which of two keys is missed first": Case(
        LOOKS_UP,
        "f('abcab')\nf('ccc')\nf('')",
        LOOKS_UP.replace("in text", "in reversed(text)"),
        SAME,
        clock=False,
    ),
    "a key that a real call misses": Case(
        LOOKS_UP,
        "f('abcab')\nf('ccc')\nf('xy')",
        LOOKS_UP.replace("in text", "in reversed(text)"),
        (Status.DIFFERS,),
        aspect="exception",
        clock=False,
    ),
    "words of its own instead of the interpreter's": Case(
        "def f(xs):\n    return min(xs) + max(xs)",
        "f([3, 1, 2])\nf([5])",
        "def f(xs):\n    if not xs:\n        raise ValueError('nothing there')\n    return min(xs) + max(xs)",
        SAME,
        clock=False,
    ),
    "the interpreter's words instead of its own": Case(
        "def f(xs):\n    if not xs:\n        raise ValueError('nothing there')\n    return min(xs) + max(xs)",
        "f([3, 1, 2])\nf([5])",
        "def f(xs):\n    return min(xs) + max(xs)",
        (Status.DIFFERS,),
        aspect="exception",
        clock=False,
    ),
    "another class than the interpreter's": Case(
        "def f(xs):\n    return min(xs) + max(xs)",
        "f([3, 1, 2])\nf([5])",
        "def f(xs):\n    if not xs:\n        raise IndexError('nothing there')\n    return min(xs) + max(xs)",
        (Status.DIFFERS,),
        aspect="exception",
        clock=False,
    ),
    "lines for other types": Case(
        TYPE_CHECKED, "f(3)\nf(20)", TYPE_CHECKED.replace("range(n)", "[*range(n)]"), SAME, clock=False
    ),
    "lines that no input reaches": Case(
        NEVER_RUN,
        "f(3)\nf(20)",
        NEVER_RUN.replace("range(n)", "[*range(n)]"),
        (Status.UNVERIFIABLE,),
        reason="the inputs reach 50% of its lines",
        clock=False,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    with Judged(CASES, tmp_path_factory.mktemp("project")) as ready:
        yield ready


@pytest.mark.parametrize("name", CASES)
def test_good_rewrites(name: str, judged: Judged) -> None:
    check(CASES[name], judged.verdict(name))
