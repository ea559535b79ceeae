"""Python, broken or not, read as far as quotes, comments, brackets and line ends tell."""

import io
import tokenize
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.core import lexical
from speedproof.core.completion import Kind
from speedproof.core.lexical import read

CODE, COMMENT, STRING = Kind.CODE, Kind.COMMENT, Kind.STRING

# The text, what is open at its end, what its end is in, and the words that its lines begin with (":" for a header).
READ: dict[str, tuple[str, tuple[str, ...], Kind, list[str]]] = {
    "nothing": ("", (), CODE, []),
    "a statement": ("x = 1", (), CODE, ["x"]),
    "two statements": ("x = 1\ny = 2\n", (), CODE, ["x", "y"]),
    "brackets": ("f(a, [1", ("(", "["), CODE, ["f"]),
    "brackets closed": ("f(a, [1])", (), CODE, ["f"]),
    "brackets on several lines": ("f(\n  a,\n  b)\ng", (), CODE, ["f", "g"]),
    "a closer that nothing opened": ("x)\ny", (), CODE, ["x", "y"]),
    "the wrong closer": ("f([)", (), CODE, ["f"]),
    "an open string": ('x = "a b', ('"',), STRING, ["x"]),
    "an open string that a line ended": ('x = "a b\ny', (), CODE, ["x", "y"]),
    "an open string over a line end": ('x = "a \\\nb', ('"',), STRING, ["x"]),
    "a string": ('x = "a # b"', (), CODE, ["x"]),
    "quotes in a string": ("x = 'it\\'s", ("'",), STRING, ["x"]),
    "other quotes in a string": ("x = 'say \"", ("'",), STRING, ["x"]),
    "three quotes": ('"""a\nb', ('"""',), STRING, [""]),
    "three quotes, two inside": ('"""a ""b', ('"""',), STRING, [""]),
    "three quotes closed": ('"""a\nb"""\nx', (), CODE, ["", "x"]),
    "two quotes": ('x = ""', (), CODE, ["x"]),
    "a string in brackets": ('f("a', ("(", '"'), STRING, ["f"]),
    "a comment": ("x  # a (", (), COMMENT, ["x"]),
    "a comment on its line": ("# a\n  # b\nx", (), CODE, ["#", "#", "x"]),
    "a comment in brackets": ("f(  # a\n  1)", (), CODE, ["f"]),
    "a header": ("def f():\n", (), CODE, ["def:"]),
    "a header with a comment": ("def f():  # a\n", (), CODE, ["def:"]),
    "a header on several lines": ("def f(\n  a\n):\n  x", (), CODE, ["def:", "x"]),
    "a header and its body": ("if x: y\nz", (), CODE, ["if", "z"]),
    "a colon that is no header": ("x: int\ny:\nlambda:", (), CODE, ["x", "y", "lambda"]),
    "a colon in brackets": ("x = {1:\n", ("{",), CODE, ["x"]),
    "a decorator": ("@d\nasync def f():", (), CODE, ["@", "async:"]),
    "an open bracket above a definition": ("x = f(\ndef g():", (), CODE, ["x", "def:"]),
    "a comprehension": ("x = [\n  y\n  for y in z", ("[",), CODE, ["x"]),
    "a backslash": ("x = 1 + \\\n  2\ny", (), CODE, ["x", "y"]),
}


@pytest.mark.parametrize("name", READ)
def test_read(name: str) -> None:
    text, opened, kind, words = READ[name]
    reading = read(text)
    assert (reading.opened, reading.kind) == (opened, kind)
    assert [line.word + ":" * line.opens_block for line in reading.lines] == words


CLOSERS = {
    "none": ("a, b", ("(",), []),
    "one": ("a)", ("(",), [(1, ")")]),
    "an own one": ("f(a)", ("(",), []),
    "both": ("f(a))", ("(",), [(4, ")")]),
    "two": ("a])", ("(", "["), [(1, "]"), (2, ")")]),
    "a quote": ('a")', ("(", '"'), [(1, '"'), (2, ")")]),
    "three quotes": ('a"""', ('"""',), [(1, '"""')]),
    "in a string": ('")"', ("(",), []),
    "never opened": ("a)", (), [(1, ")")]),
}


@pytest.mark.parametrize("name", CLOSERS)
def test_closers_of_what_was_open_before(name: str) -> None:
    text, opened, closers = CLOSERS[name]
    assert list(read(text, opened=opened).closers) == closers


def test_a_backslash_joins_lines() -> None:
    assert read("x = 1 + \\\n").continued
    assert read("x = 1 + \\\n    ").continued
    assert read("x = 1 + \\\r\n").continued
    assert not read("x = 1 + \\\n  2").continued
    assert not read("x = 1\n").continued


@pytest.mark.parametrize("path", sorted(Path(lexical.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_sound_code_has_the_lines_that_python_sees(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in _LAYOUT]
    starts = [tokens[0]] + [after for before, after in pairwise(tokens) if before.type == tokenize.NEWLINE]
    headers = [token.type == tokenize.INDENT for token in starts[1:]]
    lines = [line for line in read(text).lines if line.word != "#"]
    assert [line.opens_block for line in lines[: len(headers)]] == headers
    assert [text.count("\n", 0, line.start) + 1 for line in lines] == [
        token.start[0] for token in starts if token.type != tokenize.ENDMARKER
    ]


_LAYOUT = (tokenize.NL, tokenize.COMMENT, tokenize.DEDENT)

PIECES = [
    "a",
    "(",
    ")",
    "[",
    "]",
    "{",
    '"',
    "'",
    '"""',
    "'''",
    "#",
    "\\",
    "\n",
    " ",
    "def ",
    ":",
    "é",
    "\r\n",
    "return",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@given(TEXTS, TEXTS)
def test_a_text_is_read_from_the_start_of_any_statement(one: str, other: str) -> None:
    before = read(one + "\n")
    if before.opened or before.continued or before.on_line:
        return
    whole, rest = read(one + "\n" + other), read(other)
    assert (whole.opened, whole.kind, whole.on_line) == (rest.opened, rest.kind, rest.on_line)
    assert [line.word for line in whole.lines] == [line.word for line in (*before.lines, *rest.lines)]
