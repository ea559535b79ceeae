"""Trees follow their text, and syntax errors are told from syntax that is newer than this interpreter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.analysis.syntax import Syntax, syntax_error
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
SNIPPETS += [")", ":", "def f():", "\n    return 1\n", "class C:\n    def m(self): pass\n", "\ud800", "\\"]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), start=st.lists(st.sampled_from(SNIPPETS)).map("".join))
def test_mask_follows_random_edits(data: st.DataObject, start: str) -> None:
    syntax = Syntax.parse(start)
    for _ in range(data.draw(st.integers(1, 5))):
        first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(syntax.text))] * 2)))
        new_text = data.draw(st.lists(st.sampled_from(SNIPPETS), max_size=4).map("".join))
        syntax = syntax.edited(Edit(Span(first, last), new_text))
        fresh = Syntax.parse(syntax.text)
        assert syntax.mask == fresh.mask
        assert len(syntax.mask) == len(syntax.text)
        if not fresh.root.has_error:  # broken code may be recovered from in more than one way
            assert str(syntax.root) == str(fresh.root)


def test_an_edit_leaves_the_older_syntax_alone() -> None:
    before = Syntax.parse("def f(): return 1\n")
    shape = str(before.root)
    after = before.edited(Edit(Span(0, 0), "x = (1,\n"))
    assert (str(before.root), before.root.end_byte) == (shape, 18)
    assert after.text == "x = (1,\ndef f(): return 1\n"


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
