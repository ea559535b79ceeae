"""Which calls a candidate's parameters no longer take."""

import inspect
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.profiling.signatures import lost_call


def function(parameters: str) -> str:
    return f"def f({parameters}):\n    return 1\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a", "a", None),
        ("a", "a, b=1", None),
        ("a", "a, *more", None),
        ("a", "a, **more", None),
        ("a", "a=1", None),
        ("a, /", "b, /", None),
        ("a, /", "b", None),
        ("a, *, b", "a, b", None),
        ("a: int", "a: str", None),
        ("a, b=1", "a, b=2", None),
        ("a", "b", "f(a=…)"),
        ("a", "a, /", "f(a=…)"),
        ("a, b", "a", "f(a=…, b=…)"),
        ("a, b, /", "a, /", "f(…, …)"),
        ("a, b", "a, *, b", "f(…, …)"),
        ("a, b=0", "b=0, a=0", "f(a=…)"),
        ("a, b=0", "a, c=0, b=0", "f(b=…)"),
        ("a", "a, b", "f(a=…)"),
        ("a", "a, *, b", "f(a=…)"),
        ("a, b=1", "a, b", "f(a=…)"),
        ("*a", "a=1", "f(*…)"),
        ("**a", "a=1", "f(any_name=…)"),
        ("a", "**a", "f(…)"),
        ("a", "*a", "f(a=…)"),
        ("a", "*a, **b", None),
    ],
)
def test_calls_that_are_lost(before: str, after: str, expected: str | None) -> None:
    lost = lost_call(function(before), function(after), "f")
    assert (lost and lost.call) == expected


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("a", "b", ("a",)),
        ("a, b", "b, a", ("a", "b")),
        ("a, b=0", "c, b=0, d=1", ("a",)),
        ("a", "b, a=0", ("a",)),
        ("a", "a, /", ()),
        ("a, b", "c", ()),
        ("a", "b, c", ()),
        ("*, a", "*, b", ()),
    ],
)
def test_whether_only_names_are_lost(before: str, after: str, names: tuple[str, ...]) -> None:
    lost = lost_call(function(before), function(after), "f")
    assert lost is not None
    assert lost.names == names


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("class A:\n    def f(self, a): pass\n", "class A:\n    def f(this, a): pass\n", None),
        ("class A:\n    def f(self, a): pass\n", "class A:\n    def f(self, b): pass\n", "f(a=…)"),
        (
            "class A:\n    @staticmethod\n    def f(a): pass\n",
            "class A:\n    @staticmethod\n    def f(b): pass\n",
            "f(a=…)",
        ),
        ("class A:\n    def f(self, /): pass\n", "class A:\n    def f(me): pass\n", None),
        ("class A:\n    def f(a): pass\n", "class A:\n    def f(b): pass\n    def f(a): pass\n", None),
        ("class A:\n    def g(a): pass\n", "class A:\n    pass\n", None),
    ],
)
def test_of_methods(before: str, after: str, expected: str | None) -> None:
    lost = lost_call(before, after, "A.f")
    assert (lost and lost.call) == expected


NAMES = ("a", "b", "c")


@st.composite
def parameters(draw: st.DrawFn) -> str:
    names = draw(st.permutations(NAMES))[: draw(st.integers(0, 3))]
    kinds = sorted(draw(st.sampled_from((0, 1, 2))) for _ in names)
    parts: list[str] = []
    has_default = False
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if kind == 2 and "*" not in parts:
            parts.append("*")
        has_default = draw(st.booleans()) if kind == 2 else has_default or draw(st.booleans())
        parts.append(f"{name}=0" if has_default else name)
        if kind == 0 and (place + 1 == len(names) or kinds[place + 1] > 0):
            parts.append("/")
    return ", ".join(parts)


@settings(max_examples=300, deadline=None)
@given(parameters(), parameters())
def test_none_is_lost_unless_it_is_named(before: str, after: str) -> None:
    """Against all spellings of calls with up to three arguments."""
    takes: list[Any] = []
    for text in (before, after):
        namespace: dict[str, Any] = {}
        exec(function(text), namespace)
        takes.append(inspect.signature(namespace["f"]))

    def is_taken(signature: inspect.Signature, n: int, names: tuple[str, ...]) -> bool:
        try:
            signature.bind(*range(n), **dict.fromkeys(names))
        except TypeError:
            return False
        return True

    spellings = [(n, names) for n in range(4) for k in range(4) for names in itertools.combinations(NAMES, k)]
    lost = [each for each in spellings if is_taken(takes[0], *each) and not is_taken(takes[1], *each)]
    found = lost_call(function(before), function(after), "f")
    # A name that stands for another place is lost, too, though calls that use it are taken.
    assert (found is not None and not found.names) <= bool(lost) <= (found is not None)
