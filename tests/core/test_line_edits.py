"""Whole-line edits between two texts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.core.text import Edit, Span, apply_edits, line_edits

LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "d\f", "e"])).map("".join)


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("", "", []),
        ("a\nb\n", "a\nb\n", []),
        ("a\nb\nc\n", "a\nx\nc\n", [Edit(Span(2, 4), "x\n")]),
        ("a\nc\n", "a\nb\nc\n", [Edit(Span(2, 2), "b\n")]),
        ("a\na\na\n", "a\na\n", [Edit(Span(4, 6), "")]),
        ("a\nb\nc\nd\n", "x\nb\nc\ny\n", [Edit(Span(0, 2), "x\n"), Edit(Span(6, 8), "y\n")]),
        ("a", "a\n", [Edit(Span(0, 1), "a\n")]),
    ],
)
def test_edits(before: str, after: str, edits: list[Edit]) -> None:
    assert line_edits(before, after) == edits


@given(before=LINES, after=LINES)
def test_edits_turn_one_text_into_the_other(before: str, after: str) -> None:
    assert apply_edits(before, line_edits(before, after)) == after


def test_a_small_change_in_a_large_file_is_found_quickly() -> None:
    before = "".join(f"def function_{i}():\n    return 1\n\n\n" for i in range(5000))
    start = time.perf_counter()
    (edit,) = line_edits(before, before.replace("function_2500()", "function_2500(x)"))
    assert time.perf_counter() - start < 0.5
    assert edit.new_text == "def function_2500(x):\n"
