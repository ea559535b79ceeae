"""Line starts by LSP's rules, kept up to date through edits."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.core.text import Edit, Span
from speedproof.server import lines
from speedproof.server.lines import LineIndex

PIECES = ["\n", "\r", "\r\n", "a", "bc", "\f", "\u2028", "\x0b", "\x1c", "\x85", "\U0001f600"]


def starts_of(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]


def check_index(index: LineIndex, text: str) -> None:
    starts = starts_of(text)
    assert index.n_lines == len(starts)
    assert index.length == len(text)
    assert [index.line_start(line) for line in range(len(starts))] == starts
    expected = [sum(start <= offset for start in starts) - 1 for offset in range(len(text) + 1)]
    assert [index.line_of(offset) for offset in range(len(text) + 1)] == expected


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "a\r\nb\rc\n\r", "a\fb\u2028c\x85d\n"])
def test_lines_of(text: str) -> None:
    check_index(LineIndex.of(text), text)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), text=st.lists(st.sampled_from(PIECES), max_size=40).map("".join), size=st.integers(1, 4))
def test_index_follows_random_edits(data: st.DataObject, text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_LINES", size)
        index = LineIndex.of(text)
        for _ in range(data.draw(st.integers(1, 8))):
            first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
            new_text = data.draw(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
            text = text[:first] + new_text + text[last:]
            index = index.edited(Edit(Span(first, last), new_text), text)
            check_index(index, text)


def test_typing_lines_at_one_place_makes_few_chunks() -> None:
    text = "x\n" * 1000
    index = LineIndex.of(text)
    for _ in range(2000):
        text = text[:500] + "\n" + text[500:]
        index = index.edited(Edit(Span(500, 500), "\n"), text)
    assert len(index.chunks) < 3000 / lines.CHUNK_LINES * 2
