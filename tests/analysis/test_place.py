"""What the syntax says about a cursor, `$0`, and which edits it takes to be sound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.analysis import place as place_module
from speedproof.analysis.place import place_at, plain_place, sound
from speedproof.analysis.syntax import SEGMENT_LENGTH, Syntax, syntax_error
from speedproof.core.completion import Kind, Place
from speedproof.core.text import Edit, Span

CODE, COMMENT, STRING = Kind.CODE, Kind.COMMENT, Kind.STRING


def cut(marked: str) -> tuple[str, int]:
    """The text without its mark, and where that is."""
    offset = marked.index("$0")
    return marked[:offset] + marked[offset + 2 :], offset


PLACES: dict[str, tuple[str, Kind, bool, str]] = {
    # Multi-line: a block begins that holds nothing yet.
    "behind a header": ("def f():$0\n", CODE, True, "    "),
    "behind a header with a blank after it": ("def f(): $0\n", CODE, True, "    "),
    "behind a header at the end": ("def f():$0", CODE, True, "    "),
    "below a header": ("def f():\n    $0\n", CODE, True, "    "),
    "below a header at the end": ("def f():\n    $0", CODE, True, "    "),
    "below a header, not indented yet": ("def f():\n$0\n", CODE, True, "    "),
    "below a header, indented too little": ("class A:\n    def f(self):\n    $0\n", CODE, True, "        "),
    "below a header, indented more than usual": ("if x:\n        $0\n", CODE, True, "        "),
    "an if": ("if x:\n    $0\n", CODE, True, "    "),
    "a for": ("for x in y:\n    $0\n", CODE, True, "    "),
    "a while": ("while x:$0\n", CODE, True, "    "),
    "a with": ("with a as b, c as d:$0\n", CODE, True, "    "),
    "a try": ("try:\n    $0\n", CODE, True, "    "),
    "an else": ("if x:\n    y\nelse:\n    $0\n", CODE, True, "    "),
    "an except": ("try:\n    x\nexcept ValueError:\n    $0\n", CODE, True, "    "),
    "a class": ("class A(B):\n    $0\n", CODE, True, "    "),
    "an async function": ("async def f():\n    $0\n", CODE, True, "    "),
    "a case": ("match x:\n    case 1:\n        $0\n", CODE, True, "        "),
    "a header on several lines": ("def f(\n    a,\n    b,\n):$0\n", CODE, True, "    "),
    "below a header on several lines": ("def f(a,\n      b):\n    $0\n", CODE, True, "    "),
    "a header with a comment": ("def f():  # why: so\n    $0\n", CODE, True, "    "),
    "a comment under a header": ("def f():\n    # first\n    $0\n", CODE, True, "    "),
    "comments, and a blank line between": (
        "def f():\n    # first\n\n    # second\n    $0\n\nx = 1\n",
        CODE,
        True,
        "    ",
    ),
    "an empty body above a sibling": ("def f():\n    $0\n\ndef g():\n    pass\n", CODE, True, "    "),
    "an empty body above a caller": ("def f():\n    $0\nf()\n", CODE, True, "    "),
    "an empty nested body": ("def f():\n    if a:\n        $0\n    return 1\n", CODE, True, "        "),
    "the unit of the file": ("def f():\n  return 1\n\ndef g():$0\n", CODE, True, "  "),
    "the unit of the file is a tab": ("def f():\n\treturn 1\n\ndef g():\n$0\n", CODE, True, "\t"),
    "the unit of what is below": ("def g():$0\n\ndef f():\n   return 1\n", CODE, True, "   "),
    "a header after an open bracket": ("x = foo(\n\ndef f():\n    $0", CODE, True, "    "),
    "a header after an open quote": ("x = 'foo\n\ndef f():\n    $0", CODE, True, "    "),
    "non-ASCII before": ("é = '😀'\ndef f():\n    $0\n", CODE, True, "    "),
    "carriage returns": ("def f():\r\n    $0\r\n", CODE, True, "    "),
    # Multi-line: a scope ends.
    "the end of a body": ("def f():\n    a = 1\n    $0\n", CODE, True, "    "),
    "the end of a body above a sibling": ("def f():\n    a = 1\n    $0\n\ndef g():\n    pass\n", CODE, True, "    "),
    "behind a docstring": ('def f():\n    """Doc."""\n    $0\n\nx = 1\n', CODE, True, "    "),
    "the end of a loop's body": (
        "def f():\n    for x in y:\n        a\n        $0\n    return 1\n",
        CODE,
        True,
        " " * 8,
    ),
    "before an else": ("if x:\n    y\n    $0\nelse:\n    z\n", CODE, True, "    "),
    "before an else, not indented": ("if x:\n    y\n$0\nelse:\n    z\n", CODE, True, "    "),
    "before an except": ("try:\n    y\n$0\nexcept ValueError:\n    z\n", CODE, True, "    "),
    "between functions": ("def f():\n    pass\n\n$0\n\ndef g():\n    pass\n", CODE, True, ""),
    "right below a function": ("def f():\n    pass\n$0\ndef g():\n    pass\n", CODE, True, ""),
    "between methods": (
        "class A:\n    def f(self):\n        pass\n\n    $0\n\n    def g(self):\n        pass\n",
        CODE,
        True,
        "    ",
    ),
    "between methods, not indented": (
        "class A:\n    def f(self):\n        pass\n\n$0\n\n    def g(self):\n        pass\n",
        CODE,
        True,
        "    ",
    ),
    "imports, then a function": ("import os\n\n$0\n\ndef f():\n    pass\n", CODE, True, ""),
    "above a decorated function": ("import os\n\n$0\n\n@d\ndef f():\n    pass\n", CODE, True, ""),
    "the end of the file": ("x = 1\n$0\n", CODE, True, ""),
    "an empty file": ("$0", CODE, True, ""),
    "a file of blanks": ("\n\n$0\n\n", CODE, True, ""),
    # Not multi-line: a line is broken off, or the block goes on.
    "the end of a statement": ("x = 1$0\n", CODE, False, ""),
    "in a statement": ("    x = $0\n", CODE, False, "    "),
    "in a header": ("def f($0\n", CODE, False, ""),
    "in a header with its end": ("def f($0):\n", CODE, False, ""),
    "before a header's colon": ("if x$0:\n    y\n", CODE, False, ""),
    "in the middle of a line": ("x = $0 + 1\n", CODE, False, ""),
    "at the start of a line": ("def f():\n    $0return 1\n", CODE, False, "    "),
    "at the margin of a line": ("def f():\n$0    return 1\n", CODE, False, "    "),
    "a header with a body": ("for x in y:$0\n    z\n", CODE, False, "    "),
    "below a header with a body": ("def f():\n    $0\n    return 1\n", CODE, False, "    "),
    "below a header with a body, not indented": ("def f():\n$0\n  return 1\n", CODE, False, "  "),
    "a body that goes on": ("def f():\n    a = 1\n    $0\n    return a\n", CODE, False, "    "),
    "a body that goes on, not indented": ("def f():\n    a = 1\n$0\n    return a\n", CODE, False, "    "),
    "a class that goes on with a value": ("class A:\n    x = 1\n    $0\n    y = 2\n", CODE, False, "    "),
    "a method right below a value": ("class A:\n    x = 1\n    $0\n    def f(self): pass\n", CODE, False, "    "),
    "under a decorator": ("@d\n$0\ndef f(): pass\n", CODE, False, ""),
    "statements at the top": ("x = 1\n$0\ny = 2\n", CODE, False, ""),
    "statements at the top, blank lines": ("x = 1\n\n$0\n\ny = 2\n", CODE, False, ""),
    "in an open bracket": ("x = foo($0\n", CODE, False, ""),
    "in a closed bracket": ("x = foo($0)\n", CODE, False, ""),
    "in a bracket on several lines": ("x = [\n    1,\n    $0\n]\n", CODE, False, "    "),
    "in a bracket, not indented": ("x = [\n    1,\n$0\n]\n", CODE, False, "    "),
    "the first in a bracket": ("x = [\n$0\n]\n", CODE, False, "    "),
    "a dictionary's colon": ("x = {'a':$0\n", CODE, False, ""),
    "an annotation's colon": ("x:$0\n", CODE, False, ""),
    "a lambda's colon": ("f = lambda:$0\n", CODE, False, ""),
    "a slice's colon": ("x = y[1:$0\n", CODE, False, ""),
    "after a backslash": ("x = 1 + \\\n    $0\n", CODE, False, "    "),
    "a body behind the colon": ("if x: y$0\n", CODE, False, ""),
    "under a body behind the colon": ("if x: y\n$0\nz = 1\n", CODE, False, ""),
    # Comments and strings.
    "a comment": ("# hello$0\nx = 1\n", COMMENT, False, ""),
    "a comment's start": ("#$0\n", COMMENT, False, ""),
    "before a comment": ("$0# hello\n", CODE, False, ""),
    "a comment behind code": ("x = 1  # the $0\n", COMMENT, False, ""),
    "a comment in a body": ("def f():\n    # the $0\n    return 1\n", COMMENT, False, "    "),
    "a comment behind a header": ("def f():  # the$0\n", COMMENT, False, ""),
    "a comment in a bracket": ("x = [  # the$0\n    1,\n]\n", COMMENT, False, ""),
    "below a comment": ("# hello\n$0\nx = 1\n", CODE, False, ""),
    "a string": ('x = "abc$0"\n', STRING, False, ""),
    "an empty string": ('x = "$0"\n', STRING, False, ""),
    "an open string": ('x = "abc$0\ny = 1\n', STRING, False, ""),
    "an open string in a call": ('print("abc$0)\ny = "d"\n', STRING, False, ""),
    "an open string with an escape": ("x = 'it\\'s$0\n", STRING, False, ""),
    "behind a string": ('x = "abc"$0\n', CODE, False, ""),
    "before a string": ('x = $0"abc"\n', CODE, False, ""),
    "an apostrophe in a comment": ("# it's\nx = $0\n", CODE, False, ""),
    "a number sign in a string": ('x = "#$0"\n', STRING, False, ""),
    "a docstring": ('def f():\n    """Doc $0\n    """\n', STRING, False, "    "),
    "a docstring's blank line": ('def f():\n    """Doc\n$0\n    """\n', STRING, False, "    "),
    "an open docstring": ('def f():\n    """Doc $0\n', STRING, False, "    "),
    "an open docstring above others": ('def f():\n    """Doc $0\n\ndef g():\n    pass\n', STRING, False, "    "),
    "quotes just opened": ('def f():\n    """$0\n    return 1\n', STRING, False, "    "),
    "quotes just opened and closed": ('def f():\n    """$0"""\n    return 1\n', STRING, False, "    "),
    "an f-string's text": ('x = f"abc$0{d}"\n', STRING, False, ""),
    "an f-string's expression": ('x = f"abc{$0}"\n', CODE, False, ""),
    "an f-string's expression with a name": ('x = f"abc{d.$0}"\n', CODE, False, ""),
    "behind quotes in quotes": ("x = f'{d['k']}'$0\n", CODE, False, ""),
    "bytes": ("x = b'abc$0'\n", STRING, False, ""),
}


@pytest.mark.parametrize("name", PLACES)
def test_place(name: str) -> None:
    marked, kind, multi_line, indent = PLACES[name]
    text, offset = cut(marked)
    assert place_at(Syntax.parse(text), offset) == Place(kind, multi_line, indent)


OF_THE_WHOLE_FILE = {"the end of the file", "an empty file", "a file of blanks", "the unit of what is below"}


@pytest.mark.parametrize("name", sorted(PLACES.keys() - OF_THE_WHOLE_FILE))
def test_the_place_is_the_same_in_a_long_file(name: str) -> None:
    """Above and below are other segments, and the trees came about by edits."""
    marked, kind, multi_line, indent = PLACES[name]
    text, offset = cut(marked)
    above = "def above():\n    return 1\n\n\n" * (2 * SEGMENT_LENGTH // 27)
    below = "\n\n\ndef below():\n    return 2\n" * (SEGMENT_LENGTH // 27)
    syntax = Syntax.parse(above + below)
    for part in (text[offset:], text[:offset]):
        syntax = syntax.edited(Edit(Span(len(above), len(above)), part))
    assert syntax.text == above + text + below
    assert place_at(syntax, len(above) + offset) == Place(kind, multi_line, indent)


PLAIN: dict[str, tuple[str, str]] = {
    "what is typed": ("int f() {\n    ret$0\n}\n", "    "),
    "blanks that are typed": ("int f() {\n  $0\n}\n", "  "),
    "an empty line in braces": ("int f() {\n$0\n}\n", "    "),
    "the unit of the file": ("int f() {\n  return 1;\n}\nint g() {\n$0\n}\n", "  "),
    "an empty line further on": ("int f() {\n    a;\n$0\n}\n", "    "),
    "an empty line at the margin": ("int f() {\n    a;\n}\n$0\n", ""),
    "after a colon": ("key:\n$0\n", "    "),
    "an empty text": ("$0", ""),
    "prose": ("Some words\n$0\nand more\n", ""),
}


@pytest.mark.parametrize("name", PLAIN)
def test_place_in_other_languages(name: str) -> None:
    marked, indent = PLAIN[name]
    assert plain_place(*cut(marked)) == Place(CODE, multi_line=False, indent=indent)


SOUND: dict[str, tuple[str, str, bool]] = {
    "a value": ("x = $0\n", "1", True),
    "more than a value": ("x = $0\n", "1 2", False),
    "an open bracket": ("x = $0\n", "foo(", False),
    "an open string": ("x = $0\n", '"abc', False),
    "a statement where there was none": ("def f():\n    a\n    $0\n    b\n", "c = 1", True),
    "half a statement where there was none": ("def f():\n    a\n    $0\n    b\n", "c = ", False),
    "a header without its block": ("def f():\n    a\n    $0\n    b\n", "for x in y:", False),
    "a header that was begun": ("def f():\n    for x in $0\n    b\n", "y:", True),
    "a header that was begun at the end": ("for x in $0", "y:", True),
    "a header above its block": ("def f():\n    $0\n        a\n", "for x in y:", True),
    "a block under its header": ("def f():\n    for x in y:\n        $0\n    b\n", "a = x", True),
    "half a block under its header": ("def f():\n    for x in y:\n        $0\n    b\n", "a = x +", False),
    "a try's block": ("try:\n    $0\n", "x()", True),
    "too much indentation": ("def f():\n    a\n    $0\n    b\n", "    c", False),
    "too little indentation": ("def f():\n    a\n    $0\n    b\n", "c\n  d", False),
    "several lines": ("def f():\n    $0\n\nf()\n", "a = 1\n    return a", True),
    "a bracket that was open": ("x = [$0\n", "1, 2", True),
    "a bracket that was open is closed": ("x = [$0\n", "1, 2]", True),
    "a bracket that was open above": ("x = [\n    $0\n", "1, 2", True),
    "a second bracket in an open one": ("x = [$0\n\ny = 1\n", "foo(", True),
    "an error elsewhere": ("y = = 1\nx = $0\n", "2", True),
    "an error here and elsewhere": ("y = 1\nx = $0\nz = = 1\n", "2 2", False),
    "in a comment": ("# the $0\nx = 1\n", "first", True),
    "in a string": ('x = "$0"\n', "it's", True),
    "the end of a string": ('x = "abc$0\n', 'd"', True),
    "newer syntax": ("$0\n", "def f[T](x: T) -> T: return x", True),
    "syntax of Python 2": ("$0\n", "print 'x'", False),
    "an else that belongs": ("if x:\n    y\n$0\n", "else:\n    z", True),
    "an else that does not belong": ("x = 1\n$0\n", "else:\n    z", False),
    "nothing": ("x = 1\n$0\n", "", True),
    "an empty file": ("$0", "import os", True),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound(name: str) -> None:
    marked, new_text, expected = SOUND[name]
    text, offset = cut(marked)
    assert sound(Syntax.parse(text), Edit(Span(offset, offset), new_text)) is expected


SNIPPETS = ["\n", " ", "    ", "\t", "x", "é", "\U0001f600", "'", '"""', "#", "(", ")", "{", "\\", ":", "\r\n", "\f"]
SNIPPETS += [
    "def f():",
    "\n    return 1\n",
    "if x:\n    y\n",
    "else:\n",
    "class C:\n    ",
    "f'{",
    "@d\n",
    "\u2028",
    " = 1\n",
]
TEXTS = st.lists(st.sampled_from(SNIPPETS), max_size=14).map("".join)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, data=st.data())
def test_a_place_is_found_in_any_text(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    for place in (place_at(Syntax.parse(text), offset), plain_place(text, offset)):
        assert not place.indent.strip(" \t\f")
        assert not (place.multi_line and place.kind is not CODE)
    if place.multi_line:
        assert not text[offset:].partition("\n")[0].strip()


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, new_text=TEXTS, data=st.data())
def test_what_parsed_must_parse(text: str, new_text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    edit = Edit(Span(offset, data.draw(st.integers(offset, len(text)))), new_text)
    after = text[:offset] + new_text + text[edit.span.end :]
    found = sound(Syntax.parse(text), edit)
    if syntax_error(text) is None:
        assert found == (syntax_error(after) is None)
    elif syntax_error(after) is None:
        assert found


@pytest.mark.parametrize("new_text", ["return 1", "return ("])
def test_what_an_edit_costs_does_not_depend_on_the_file(new_text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []

    def counted(text: str) -> tuple[int, str] | None:
        lengths.append(len(text))
        return syntax_error(text)

    monkeypatch.setattr(place_module, "syntax_error", counted)
    function = "def f(a, b):\n    c = a + b\n    return c\n\n\n"
    text = function * 2000 + "def g():\n    \n\n\n" + function * 2000
    sound(Syntax.parse(text), Edit(Span(len(function) * 2000 + 13, len(function) * 2000 + 13), new_text))
    assert max(lengths) < 3 * SEGMENT_LENGTH


def test_a_long_statement_is_compared_by_its_tree_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_module, "LONGEST_PARSED", 10)
    text, offset = cut("class A:\n    def f(self):\n        $0\n")
    assert sound(Syntax.parse(text), Edit(Span(offset, offset), "return 1"))
    assert not sound(Syntax.parse(text), Edit(Span(offset, offset), "return (1"))
