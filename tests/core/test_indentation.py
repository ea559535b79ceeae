"""Indentation as a text has it."""

import pytest

from speedproof.core.indentation import columns, indent_at, indent_of, unit_at


@pytest.mark.parametrize(("line", "indent"), [("x", ""), ("  x", "  "), ("\t x\n", "\t "), ("   ", "   "), ("", "")])
def test_indent_of_a_line(line: str, indent: str) -> None:
    assert indent_of(line) == indent


def test_indent_at_a_place() -> None:
    text = "a\n  b\n    c"
    assert [indent_at(text, offset) for offset in (0, 2, 5, 6, 11)] == ["", "  ", "  ", "    ", "    "]


def test_a_tab_counts_as_a_usual_level() -> None:
    assert [columns(indent) for indent in ("", "  ", "\t", "  \t", "\t\t", "\f ")] == [0, 2, 4, 4, 8, 1]


UNITS = {
    "nothing to go by": ("x = $0\n", "    "),
    "the block above": ("if x:\n  y\n$0\n", "  "),
    "the nearest block above": ("if x:\n  y\nif x:\n   y\n$0\nif x:\n y\n", "   "),
    "the nearest block below": ("$0\nif x:\n  y\nif x:\n   y\n", "  "),
    "one level, not all of them": ("class A:\n  def f():\n    $0\n  def g():\n    x\n", "  "),
    "tabs": ("if x:\n\ty\n$0\n", "\t"),
    "a tab somewhere": ("x = (\n\ty)\n$0\n", "\t"),
    "braces": ("void f() {\n   x;\n$0\n}\n", "   "),
    "a comment behind the header": ("if x:  # why\n  y\n$0\n", "  "),
    "a blank line below the header": ("if x:\n\n  y\n$0\n", "  "),
    "a dictionary": ("x = {\n  1: 2,\n$0\n}\n", "  "),
}


@pytest.mark.parametrize("name", UNITS)
def test_unit(name: str) -> None:
    marked, unit = UNITS[name]
    offset = marked.index("$0")
    assert unit_at(marked.replace("$0", ""), offset) == unit


def test_the_unit_is_looked_for_near_by() -> None:
    far = "if x:\n  y\n" + "z = 1\n" * 5000
    assert unit_at(far, len(far)) == "    "
