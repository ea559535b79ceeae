"""Trees follow their text, and syntax errors are told from syntax that is newer than this interpreter."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.analysis import syntax as syntax_module
from speedproof.analysis.syntax import SEGMENT_LENGTH, Syntax, syntax_error
from speedproof.analysis.targets import targets_of
from speedproof.core.text import Edit, Span

SNIPPETS = [
    "\n",
    "\r",
    "\r\n",
    " ",
    "    ",
    "x",
    "π",
    "\U0001f600",
    "\ufeff",
    "\u2028",
    "\f",
    "'",
    '"""',
    "#",
    "(",
]
SNIPPETS += [
    ")",
    ":",
    "def f():",
    "\n    return 1\n",
    "class C:\n    def m(self): pass\n",
    "\ud800",
    "\\",
    "@d\n",
    "else:\n    x\n",
    "if x:\n    y\n",
]
TEXTS = st.lists(st.sampled_from(SNIPPETS)).map("".join)


def whole(syntax: Syntax) -> str:
    """The mask, and all statements with their places and all that is in them."""
    mask = b"".join(segment.mask for segment in syntax.segments)
    places = [
        (start + segment.span(node).start, str(node))
        for start, segment in zip(syntax.starts, syntax.segments, strict=False)
        for node in segment.statements
    ]
    return f"{mask!r} {places}"


@settings(max_examples=400, deadline=None)
@given(data=st.data(), start=TEXTS, length=st.integers(1, 60))
def test_syntax_follows_random_edits(data: st.DataObject, start: str, length: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax_module, "SEGMENT_LENGTH", length)
        syntax = Syntax.parse(start)
        for _ in range(data.draw(st.integers(1, 5))):
            first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(syntax.text))] * 2)))
            new_text = data.draw(st.lists(st.sampled_from(SNIPPETS), max_size=4).map("".join))
            syntax = syntax.edited(Edit(Span(first, last), new_text))
            assert "".join(segment.text for segment in syntax.segments) == syntax.text
            assert syntax.settled().text == syntax.text
            fresh = Syntax.parse(syntax.text)
            if not syntax.has_error and not fresh.has_error:
                assert whole(syntax) == whole(fresh)


def test_an_edit_leaves_the_older_syntax_alone() -> None:
    before = Syntax.parse("def f(): return 1\n")
    before = before.edited(Edit(Span(16, 17), "2"))
    shape = whole(before)
    after = before.edited(Edit(Span(0, 0), "x = (1,\n"))
    assert whole(before) == shape
    assert after.text == "x = (1,\ndef f(): return 2\n"


@pytest.mark.parametrize("opening", ["value = total(\n", '"""\n', "x = [1,\n", "class C(\n", "    )]}\n"])
def test_a_file_that_is_broken_when_it_is_opened_is_so_in_one_place(opening: str) -> None:
    text = "".join(f"@cache\ndef f{i}(x):\n    return [x, {i}]\n\n\n" for i in range(1000))
    place = text.index("@cache\ndef f100(")
    syntax = Syntax.parse(text[:place] + opening + text[place:])
    assert max(len(segment.text) for segment in syntax.segments) < 3 * SEGMENT_LENGTH
    assert sum(segment.has_error for segment in syntax.segments) == 1
    found = {target.qualname for target in targets_of(Path(), syntax)}
    assert len(found) > 850
    assert found <= {f"f{i}" for i in range(1000)}
    assert syntax.settled() is syntax
    mended = syntax.edited(Edit(Span(place, place + len(opening)), ""))
    assert not mended.has_error
    assert [target.qualname for target in targets_of(Path(), mended)] == [f"f{i}" for i in range(1000)]


@pytest.mark.parametrize("length", [1, 4000])
def test_a_header_typed_above_a_block_takes_it(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax_module, "SEGMENT_LENGTH", length)
    syntax = Syntax.parse("\n    return 1\n")
    for text in ("\n#", "def f():"):
        syntax = syntax.edited(Edit(Span(0, 0), text))
    assert whole(syntax) == whole(Syntax.parse(syntax.text))


def test_what_an_edit_breaks_stays_broken_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax_module, "SEGMENT_LENGTH", 10)
    text = "".join(f"def f{i}():\n    return {i}\n\n" for i in range(5))
    syntax = Syntax.parse(text)
    for opening in ('"""', "(", "x = ["):
        place = text.index("return 2")
        broken = syntax.edited(Edit(Span(place, place), opening))
        names = [target.qualname for target in targets_of(Path(), broken)]
        assert names == ["f0", "f1", "f3", "f4"]
        mended = broken.edited(Edit(Span(place, place + len(opening)), ""))
        assert whole(mended) == whole(syntax)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ndef f(:\n", 2),
        ("def f():\nreturn 1\n", 2),
        ("print 'hello'\n", 1),
        ("exec 'code'\n", 1),
        ("\n\nx = '\n", 3),
        ("x = 1\0\n", 1),
    ],
)
def test_broken_code_is_reported_with_its_line(text: str, line: int) -> None:
    error = syntax_error(text)
    assert error is not None
    assert error[0] == line
    assert error[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1",
        "'\\d'\n",
        "def f[T](x: T) -> T: return x\n",
        "type A[T] = list[T]\n",
        "class C[T]: pass\n",
        "x = f'{d['key']}'\n",
        "\ufeffx = 1\n",
        "try:\n    pass\nexcept A, B:\n    pass\n",
    ],
)
def test_sound_code_of_any_version_has_no_error(text: str) -> None:
    assert syntax_error(text) is None


def test_code_nested_too_deeply_is_an_error_and_no_crash() -> None:
    assert syntax_error("(" * 5000 + ")" * 5000) is not None
