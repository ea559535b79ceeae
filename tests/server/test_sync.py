"""The server's text stays the client's, whatever is typed, in every position encoding."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from speedproof.analysis.syntax import Syntax
from speedproof.core.text import Edit, Span
from speedproof.server import convert, lines
from speedproof.server.document import Document, difference

UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
PIECES = ["\n", "\r", "\r\n", "a", "x = 1", "def f(): pass", "é", "\U0001f600", "\u2028", "\f", "\x85", "\ufeff", "ﬁ"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def reference_position(text: str, offset: int, encoding: str) -> types.Position:
    """Counted the slow way: whole lines before, and the code units of what is before on the line."""
    ends = [match.end() for match in re.finditer(r"\r\n|\r|\n", text) if match.end() <= offset]
    codec, size = UNITS[encoding]
    return types.Position(len(ends), len(text[ends[-1] if ends else 0 : offset].encode(codec)) // size)


def masks(syntax: Syntax) -> bytes:
    return b"".join(segment.mask for segment in syntax.segments)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), text=TEXTS)
@pytest.mark.parametrize("encoding", UNITS)
def test_text_follows_random_edits(encoding: str, data: st.DataObject, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK_LINES", 2)
        document = Document.opened("file:///a.py", 1, text)
        for version in range(2, data.draw(st.integers(3, 8))):
            new_text = data.draw(TEXTS)
            change: types.TextDocumentContentChangeEvent
            if data.draw(st.integers(0, 9)) == 0:
                text = new_text
                change = types.TextDocumentContentChangeWholeDocument(new_text)
            else:
                start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
                # Between "\r" and "\n" there is no position.
                start, end = (place - (text[place - 1 : place + 1] == "\r\n") for place in (start, end))
                ends = (reference_position(text, place, encoding) for place in (start, end))
                change = types.TextDocumentContentChangePartial(types.Range(*ends), new_text)
                text = text[:start] + new_text + text[end:]
            document = convert.changed(document, change, version, encoding)
            assert (document.text, document.version) == (text, version)
            if data.draw(st.booleans()):
                assert masks(document.syntax) == masks(Syntax.parse(text))
        for offset in range(len(text) + 1):
            if text[offset - 1 : offset + 1] != "\r\n" or not offset:
                position = convert.position_at(document, offset, encoding)
                assert position == reference_position(text, offset, encoding)
                assert convert.offset_at(document, position, encoding) == offset


@pytest.mark.parametrize(
    ("encoding", "character", "offset"),
    [
        *[
            ("utf-8", character, offset)
            for character, offset in [(0, 0), (1, 1), (2, 1), (4, 1), (5, 2), (6, 3), (7, 3)]
        ],
        *[("utf-16", character, offset) for character, offset in [(0, 0), (1, 1), (2, 1), (3, 2), (4, 3), (5, 3)]],
        *[("utf-32", character, offset) for character, offset in [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3)]],
    ],
)
def test_positions_within_a_character_and_past_the_end(encoding: str, character: int, offset: int) -> None:
    document = Document.opened("file:///a.py", 1, "a\U0001f600b\r\nc")
    assert convert.offset_at(document, types.Position(0, character), encoding) == offset


def test_errors_that_are_none_together_are_settled() -> None:
    functions = "".join(f"def f{i}():\n    return {i}\n\n" for i in range(1000))
    document = Document.opened("file:///a.py", 1, functions)
    assert document.settled() is document
    document.syntax  # noqa: B018 - parsed here, so that the edits are taken one by one
    for version, place in enumerate((document.text.index("def f5()"), document.text.rindex("def f9"))):
        document = document.edited(Edit(Span(place, place), '"""\n'), version)
        assert document.syntax.has_error
    assert not document.settled().syntax.has_error


def test_lone_surrogates_do_no_harm() -> None:
    document = Document.opened("file:///a.py", 1, "a\ud83db = 1\n")
    for encoding in UNITS:
        end = convert.position_at(document, 3, encoding)
        assert convert.offset_at(document, end, encoding) == 3
    assert masks(document.syntax) == b"a_b = 1\n"


@given(before=TEXTS, after=TEXTS)
def test_difference_is_one_edit_that_turns_one_text_into_the_other(before: str, after: str) -> None:
    edit = difference(before, after)
    assert before[: edit.span.start] + edit.new_text + before[edit.span.end :] == after


@pytest.mark.parametrize(
    ("before", "after", "span", "new_text"),
    [
        ("", "", Span(0, 0), ""),
        ("abc", "abc", Span(3, 3), ""),
        ("abc", "axc", Span(1, 2), "x"),
        ("aa", "aaa", Span(2, 2), "a"),
        ("abcabc", "abc", Span(3, 6), ""),
    ],
)
def test_difference_is_small(before: str, after: str, span: Span, new_text: str) -> None:
    edit = difference(before, after)
    assert (edit.span, edit.new_text) == (span, new_text)


@pytest.mark.parametrize(
    ("text", "newline", "normal"),
    [
        ("a\nb\n", "\n", "a\nb\n"),
        ("a\r\nb\r\n", "\r\n", "a\nb\n"),
        ("a\rb", "\r", "a\nb"),
        ("a\r\nb\n", "\n", "a\r\nb\n"),
        ("a", "\n", "a"),
    ],
)
def test_line_ends_that_are_all_alike_are_normal_for_the_jobs(text: str, newline: str, normal: str) -> None:
    document = Document.opened("file:///a.py", 1, text)
    assert (document.newline, document.normal.text) == (newline, normal)
