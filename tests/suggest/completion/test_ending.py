"""Where an answer is told to be complete while it comes in a character at a time, and how early."""

import pytest
from applying import Cursor
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.suggest.completion.ending import ended, normal
from speedproof.suggest.completion.finish import cleaned

BODY = "def f(x):\n    $0\n\n\nf(1)\n"
NESTED = "def f(x):\n    if x:\n        $0\n    return 1\n"
MARGIN = "import os\n\n\n$0\n"
METHOD = "class A:\n    def f(self):\n        return 1\n\n    $0\n\n    def g(self):\n        return 2\n"

# The text, the answer up to the character with which it is complete, and how much of it is kept (None: not complete).
ENDS: dict[str, tuple[str, str, str | None]] = {
    "a line": ("x = $0\n", "1\n", "1"),
    "a line that may go on": ("x = $0\n", "12", None),
    "a line with carriage return": ("x = $0\n", "12\r", "12"),
    "a first line that is empty": ("x = 1$0\n", "\n", ""),
    "blank lines on a blank line": ("x = [\n    $0\n]\n", "\n\n    1,\n", "\n\n    1,"),
    "only blank lines": ("def f(x):\n    $0\n    return 1\n", "\n\n\n\n", ""),
    "the rest of the line": ("x = foo($0, bar)\n", "a, bar)", "a, bar)"),
    "a rest that is too short to tell": ("x = foo($0 a)\n", "b, a", None),
    "a phrase, four times": ("# $0\n", "so it is, so it is, so it is, so it is, ", "so it is"),
    "zeros are no phrase": ("x = [$0]\n", "0, 0, 0, 0, 0, 0, 0, 0, 0, 0", None),
    "a token": ("x = $0\n", "1<|fim_pad|>", "1"),
    "half a token": ("x = $0\n", "1<|fim_pad", None),
    "a fence": ("x = $0\n", "```python\n1\n", "```python\n1"),
    "the end of a fence": (MARGIN, "```\ny = 1\n```", "```\ny = 1"),
    "a body that may go on": (BODY, "y = 1\n    z = 2\n", None),
    "a dedent, with its first character": (BODY, "y = 1\n    z = 2\n\nf", "y = 1\n    z = 2"),
    "a dedent of one level": (NESTED, "y = 1\n    r", "y = 1"),
    "blank lines are no dedent": (BODY, "y = 1\n\n\n    ", None),
    "the line of a return": (BODY, "return 1\n", "return 1"),
    "a return on several lines": (BODY, "return g(\n        1,\n    )\n", "return g(\n        1,\n    )"),
    "a return in a block": (BODY, "if x:\n        return 1\n", None),
    "a raise": (BODY, "raise ValueError(x)\n", "raise ValueError(x)"),
    "a continue": ("for x in y:\n    $0\n", "continue\n", "continue"),
    "a name that begins like return": (BODY, "returned = 1\n", None),
    "a return that is below with less indentation": (NESTED, "y = 1\n        return 1\n", "y = 1\n        return 1"),
    "a long line that is below": (
        "def f(x):\n    if x:\n        $0\n    print(x, y, z)\n",
        "y = 1\n        print(x, y, z)\n",
        "y = 1",
    ),
    "the first line is below": ("def f():\n    $0\n\n\nprint(f, f, f)\n", "print(f, f, f)\n", ""),
    "a definition after another": (
        METHOD,
        "def h(self):\n        return 3\n\n    d",
        "def h(self):\n        return 3",
    ),
    "perhaps a clause after a definition": (METHOD, "def h(self):\n        return 3\n\n    e", None),
    "perhaps a definition after a value": (METHOD, "x = 1\n    def", None),
    "a decorator after a definition": (
        METHOD,
        "def h(self):\n        return 3\n\n    @",
        "def h(self):\n        return 3",
    ),
    "a definition after its decorator": (METHOD, "@property\n    def h(self):\n", None),
    "a value after a definition": (
        METHOD,
        "def h(self):\n        return 3\n\n    x",
        "def h(self):\n        return 3",
    ),
    "a definition after a value": (METHOD, "x = 1\n    def ", "x = 1"),
    "a comment before the next definition": (
        METHOD,
        "def h(self):\n        return 3\n\n    # next\n    d",
        "def h(self):\n        return 3",
    ),
    "a comment before the first definition": (METHOD, "# next\n    def h(self):\n", None),
    "an else after an if": (BODY, "if x:\n        y\n    else:\n        z\n", None),
    "a statement at the margin after a block": (MARGIN, "if x:\n    y\nz", "if x:\n    y"),
    "an else at the margin": (MARGIN, "if x:\n    y\nels", None),
    "statements at the margin": (MARGIN, "x = 1\ny = 2\n", None),
    "statements at the margin, a blank line": (MARGIN, "x = 1\ny = 2\n\nz", "x = 1\ny = 2"),
    "a docstring's margin": (BODY, '"""Doc.\n\nMore.\n', None),
    "a bracket's margin": (BODY, "y = [\n1,\n]", None),
    "a body behind its header": ("if x:$0\n", " y = 1\n", " y = 1"),
    "a body below its header": ("if x:$0\n", "\n    y = 1\n    z = 2\nw", "\n    y = 1\n    z = 2"),
    "no body below the header": ("def f():\n    if x:$0\n", "\n    y", ""),
    "a line twice": (BODY, "print(x, 1)\n    print(x, 1)\n", "print(x, 1)"),
    "a short line twice": (BODY, "g()\n    g()\n", None),
    "a short line thrice": (BODY, "g()\n    g()\n    g()\n", "g()"),
    "a block twice": (BODY, "y = g(x)\n    z = h(y)\n    y = g(x)\n    z = h(y)\n", "y = g(x)\n    z = h(y)"),
    "lines that count, twice": (BODY, "x1 = 1\n    x2 = 2\n", None),
    "lines that count, thrice": (BODY, "x1 = 1\n    x2 = 2\n    x3 = 3\n", "x1 = 1"),
    "comments that count": (BODY, "# step 1\n    # step 2\n    # step 3\n", "# step 1"),
    "too many lines": (
        BODY,
        "".join(f"{name} = 0\n    " for name in "abcdefghijklmno") + "p = 0\n",
        "".join(f"{name} = 0\n    " for name in "abcdefghijklmno") + "p = 0",
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_end(name: str) -> None:
    marked, raw, expected = ENDS[name]
    cursor = Cursor(marked)
    end = ended(raw, cursor.around, cursor.place)
    assert (None if end is None else raw[:end]) == expected
    if expected is not None and raw:
        assert ended(raw[:-1], cursor.around, cursor.place) is None, "not a character earlier"


PIECES = [
    "x = 1",
    "return 1",
    "if x:",
    "else:",
    "def f():",
    "#",
    "\n",
    "\n    ",
    "\n        ",
    "\n\n",
    "(",
    ")",
    '"""',
    "f(1)",
]
PIECES += ["```", "<|im_end|>", "\r\n", "\r", " ", "é", "print(x, 1)"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
CURSORS = [
    Cursor(marked) for marked in (BODY, NESTED, MARGIN, METHOD, "x = $0\n", "x = f($0, a)\n", "# $0\n", "if x:$0\n")
]


@settings(max_examples=400, deadline=None)
@given(raw=TEXTS, cursor=st.sampled_from(CURSORS))
def test_what_is_kept_is_complete(raw: str, cursor: Cursor) -> None:
    """An answer cut where it is complete is not cut again, and says the same as all of it."""
    for n in range(len(raw) + 1):
        end = ended(raw[:n], cursor.around, cursor.place)
        if end is None:
            continue
        assert 0 <= end <= n
        kept = raw[:end]
        assert ended(kept, cursor.around, cursor.place) in (None, end)
        assert cleaned(kept, cursor.around, cursor.place) == cleaned(raw[:n], cursor.around, cursor.place)
        break


@given(raw=TEXTS)
def test_an_answer_says_the_same_with_any_line_end(raw: str) -> None:
    cursor = CURSORS[0]
    text = normal(raw)
    windows = text.replace("\n", "\r\n")
    assert cleaned(windows, cursor.around, cursor.place) == cleaned(text, cursor.around, cursor.place)
