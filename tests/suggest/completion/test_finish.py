"""What becomes of an answer, pain by pain: a text with its cursor, `$0`, the raw answer, and the text with it.

The numbers are those of `PAINS`. What a text alone cannot show (lag, proxies, secrets, reloads) is tested elsewhere.
"""

from pathlib import Path

import pytest
from applying import Cursor
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.core.completion import Kind, Place
from speedproof.core.text import Edit, Span
from speedproof.suggest.completion import typed_ahead
from speedproof.suggest.completion.finish import cleaned, fitted

PAINS = {
    1: "too eager",
    2: "the Tab key taken away from indentation",
    3: "duplicates code that is there",
    4: "special tokens and chat leak",
    5: "the endpoint cannot fill in the middle",
    7: "generations that go on and on",
    9: "silently nothing",
    14: "wrong indentation",
    15: "non-ASCII text",
    16: "auto-closed brackets",
    17: "code that does not parse",
}

CLASS = "class A:\n    def f(self):\n        return 1\n\n    $0\n\n    def g(self):\n        return 2\n"
LOOP = "def f(xs):\n    for x in xs:\n        $0\n    return 1\n"

CASES: dict[tuple[int, str], tuple[str, str, str | None]] = {
    # 1: one line where a line is being written, more only where a block is empty or a scope ends.
    (1, "one line in a statement"): ("x = $0\ny = 2\n", "1\ny = 2\nz = 3\n", "x = 1\ny = 2\n"),
    (1, "one line where the block goes on"): (
        "def f(a):\n    $0\n    return b\n",
        "b = a + 1\n    c = 2\n    d = 3\n",
        "def f(a):\n    b = a + 1\n    return b\n",
    ),
    (1, "one line in a comment"): ("# the $0\nx = 1\n", "first\n# the second\n", "# the first\nx = 1\n"),
    (1, "one line in a docstring"): (
        'def f():\n    """Give $0\n    """\n',
        "it back.\n\n    Args:\n        x: y\n",
        'def f():\n    """Give it back.\n    """\n',
    ),
    (1, "one line in a list"): ("xs = [\n    1,\n    $0\n]\n", "2,\n    3,\n", "xs = [\n    1,\n    2,\n]\n"),
    (1, "a body where it is empty"): (
        "def f(a):\n    $0\n\n\nf(1)\n",
        "b = a + 1\n    return b\n\n\nf(2)\n",
        "def f(a):\n    b = a + 1\n    return b\n\n\nf(1)\n",
    ),
    (1, "one method, no more"): (
        CLASS,
        "def h(self):\n        return 3\n\n    def i(self):\n        return 4\n",
        CLASS.replace("$0", "def h(self):\n        return 3"),
    ),
    (1, "one function, no more"): (
        "import os\n\n\n$0\n",
        "def f():\n    return 1\n\n\ndef g():\n    return 2\n",
        "import os\n\n\ndef f():\n    return 1\n",
    ),
    (1, "one statement at the margin, and what belongs to it"): (
        "x = 1\n\n$0\n",
        "if x:\n    y = 2\nelse:\n    y = 3\nz = 4\n",
        "x = 1\n\nif x:\n    y = 2\nelse:\n    y = 3\n",
    ),
    (1, "one paragraph at the margin"): ("x = 1\n$0\n", "y = 2\nz = 3\n\nprint(x)\n", "x = 1\ny = 2\nz = 3\n"),
    (1, "the rest of a header, not its body"): (
        "def f($0\n",
        "a, b):\n    return a + b\n",
        "def f(a, b):\n",
    ),
    (1, "nothing at the end of a whole line"): ("x = foo()$0\n", "\ny = bar()\n", None),
    # 2: blanks are for the Tab key.
    (2, "blanks only"): ("def f():\n    $0\n    return 1\n", "    ", None),
    (2, "blank lines only"): ("def f():\n    $0\n", "\n\n\n\n\n", None),
    (2, "nothing"): ("x = $0\n", "", None),
    (2, "a tab"): ("if x:\n$0\n    y\n", "\t\n", None),
    (2, "blanks at the end of a line"): ("x = 1$0\n", "   \n", None),
    (2, "blanks before a comment"): ("x = 1$0  # one\n", "  ", None),
    (2, "no blanks behind the suggestion"): ("x = $0\n", "1   \n", "x = 1\n"),
    (2, "no blanks behind any line"): (
        "def f():\n    $0\n",
        "a = 1  \n    \n    return a \t\n",
        "def f():\n    a = 1\n\n    return a\n",
    ),
    (2, "no blanks left behind the cursor"): ("def f():\n  $0  \n", "return 1", "def f():\n  return 1\n"),
    # 3: what stands below or to the right.
    (3, "the next line"): ("def f(x):\n    $0\n    return x + 1\n", "return x + 1\n", None),
    (3, "the next line in another layout"): ("def f(x):\n    $0\n    return x+1\n", "return x + 1\n", None),
    (3, "the next line but one"): ("$0\nimport sys\nimport pathlib\nx = 1\n", "import pathlib\n", None),
    (3, "a closing bracket"): ("xs = [\n    1,\n    $0\n]\n", "]\n", None),
    (3, "a line of its own, then the next"): (
        "def f(xs):\n    if xs:\n        $0\n    total = sum(xs)\n    return total\n",
        "xs = xs[1:]\n    total = sum(xs)\n    return total\n",
        "def f(xs):\n    if xs:\n        xs = xs[1:]\n    total = sum(xs)\n    return total\n",
    ),
    (3, "the next method"): (
        CLASS,
        "def h(self):\n        return 3\n\n    def g(self):\n        return 2\n",
        CLASS.replace("$0", "def h(self):\n        return 3"),
    ),
    (3, "the next method at once"): (CLASS, "def g(self):\n        return 2\n", None),
    (3, "the next function behind a wrong indentation"): (
        "def f():\n    $0\n\n\ndef calculate(a):\n    return a\n",
        "return 1\n\n    def calculate(a):\n",
        "def f():\n    return 1\n\n\ndef calculate(a):\n    return a\n",
    ),
    (3, "the line completed is the next one"): ("total = $0\ntotal = sum(xs)\n", "sum(xs)\n", None),
    (3, "a short line that may be there twice"): (
        "def f(x):\n    if x:\n        $0\n    return 1\n",
        "return 1\n",
        "def f(x):\n    if x:\n        return 1\n    return 1\n",
    ),
    (3, "the rest of the line"): ("x = foo($0, b, c)\n", "a, b, c)\n", "x = foo(a, b, c)\n"),
    (3, "a part of the rest"): ("x = foo(a, $0 c)\n", "b, c", "x = foo(a, b, c)\n"),
    (3, "the rest alone"): ("x = $0a + b\n", "a + b\n", None),
    (3, "the start of the rest alone"): ("return $0 value\n", "value", None),
    (3, "the rest after a name"): ("if $0 in names:\n    pass\n", "name in names:\n", "if name in names:\n    pass\n"),
    (3, "a word that only begins like the rest"): ("x = $0 + value\n", "va", "x = va + value\n"),
    (3, "the rest in a string"): ('print("$0 world")\n', "hello world", 'print("hello world")\n'),
    (3, "an operator"): ("x = a $0 b\n", "+ b", "x = a + b\n"),
    (3, "brackets of its own before the rest"): ("x = f($0) + y\n", "g(z)", "x = f(g(z)) + y\n"),
    (3, "what is typed"): ("    return a$0\n", "return a + b\n", None),
    (3, "what is typed, again"): (
        "def f(a, b):\n    return a$0\n",
        "return a + b\n",
        "def f(a, b):\n    return a + b\n",
    ),
    (3, "what is typed, with its indentation"): (
        "def f(a, b):\n    return a$0\n",
        "    return a + b\n",
        "def f(a, b):\n    return a + b\n",
    ),
    (3, "the header above"): (
        "def add(a, b):\n    $0\n",
        "def add(a, b):\n    return a + b\n",
        "def add(a, b):\n    return a + b\n",
    ),
    (3, "the header that is typed"): (
        "def add(a, b):$0\n",
        "\ndef add(a, b):\n    return a + b\n",
        None,
    ),
    (3, "the line above"): ("def f(x):\n    total = sum(x)\n    $0\n    return total\n", "total = sum(x)\n", None),
    (3, "the blank before what follows"): ("x = 1 +$0 b\n", " a *", "x = 1 + a * b\n"),
    (3, "a blank that is typed already"): ("x = $0\n", " 1\n", "x = 1\n"),
    (3, "other languages: the next line"): ("int f() {\n    $0\n    return x + 1;\n}\n", "return x + 1;\n", None),
    # 4: tokens and chat.
    (4, "Qwen's end"): ("x = $0\n", "1<|endoftext|>", "x = 1\n"),
    (4, "Qwen's padding"): ("x = $0\n", "1<|fim_pad|><|fim_pad|>", "x = 1\n"),
    (4, "Qwen's cursor"): ("x = $0\n", "<|cursor|>1", "x = 1\n"),
    (4, "Qwen's next file"): ("x = $0\n", "1<|file_sep|>other.py\ny = 2", "x = 1\n"),
    (4, "the end of a turn"): ("x = $0\n", "1<|im_end|>\n", "x = 1\n"),
    (4, "StarCoder's middle at the start"): ("x = $0\n", "<fim_middle>1\n", "x = 1\n"),
    (4, "StarCoder's next file"): ("x = $0\n", "1<file_sep>", "x = 1\n"),
    (4, "SantaCoder's hyphens"): ("x = $0\n", "1<fim-suffix>", "x = 1\n"),
    (4, "DeepSeek's end"): ("x = $0\n", "1<｜end▁of▁sentence｜>", "x = 1\n"),
    (4, "DeepSeek's hole"): ("x = $0\n", "1<｜fim▁hole｜>2", "x = 1\n"),
    (4, "CodeLlama's end"): ("x = $0\n", "1 <EOT>", "x = 1\n"),
    (4, "CodeLlama's suffix"): ("x = $0\n", "1 <SUF>\n", "x = 1\n"),
    (4, "Codestral's prefix"): ("x = $0\n", "1[PREFIX]x", "x = 1\n"),
    (4, "CodeGemma's file"): ("x = $0\n", "1<|file_separator|>", "x = 1\n"),
    (4, "Llama's end"): ("x = $0\n", "1</s>", "x = 1\n"),
    (4, "Llama's start"): ("x = $0\n", "<s>1", "x = 1\n"),
    (4, "Mistral's instruction"): ("x = $0\n", "1[/INST]", "x = 1\n"),
    (4, "nothing but tokens"): ("x = $0\n", "<|endoftext|><|endoftext|>", None),
    (4, "a token behind several lines"): (
        "def f():\n    $0\n",
        "a = 1\n    return a<|endoftext|>\ndef g():\n",
        "def f():\n    a = 1\n    return a\n",
    ),
    (4, "a token that the document is about"): (
        'END = "<|endoftext|>"\nx = $0\n',
        'y.split("<|endoftext|>")[0]\n',
        'END = "<|endoftext|>"\nx = y.split("<|endoftext|>")[0]\n',
    ),
    (4, "a token in quotes"): ("x = $0\n", '"<pad>"\n', 'x = "<pad>"\n'),
    (4, "operators that look like tokens"): ("x = $0\n", "a <b> c\n", "x = a <b> c\n"),
    (4, "a code fence"): ("x = $0\n", "```python\n1\n```\n", "x = 1\n"),
    (4, "a code fence with the whole line"): ("x = $0\n", "```\nx = 1\n```\nThis sets x.", "x = 1\n"),
    (4, "a code fence around a body"): (
        "def f():\n    $0\n",
        "```python\n    a = 1\n    return a\n```",
        "def f():\n    a = 1\n    return a\n",
    ),
    (4, "a closing fence alone"): ("def f():\n    $0\n", "return 1\n```\nThis", "def f():\n    return 1\n"),
    (4, "a closing fence in the next line"): ("def f():\n    $0\n", "a = 1\n```", "def f():\n    a = 1\n"),
    (4, "a fence in Markdown is text"): ("# How\n\n$0\n", "```python\n", "# How\n\n```python\n"),
    # 5: a model that sees no suffix goes on as it likes.
    (5, "cut at what is below"): (
        "def f(xs):\n    if xs:\n        $0\n    return sum(xs)\n",
        "xs.sort()\n    return sum(xs)\n\n\ndef g():\n",
        "def f(xs):\n    if xs:\n        xs.sort()\n    return sum(xs)\n",
    ),
    (5, "cut at what is to the right"): ("x = foo($0, key=int)\n", "a, key=int)\ny = 2\n", "x = foo(a, key=int)\n"),
    (5, "the call closed again"): ("print($0)\n", "x)\nprint(y)\n", "print(x)\n"),
    (5, "the string closed again"): ('x = "$0"\n', 'a"\ny = "b"\n', 'x = "a"\n'),
    (5, "a function that is there already"): (
        "def f():\n    $0\n\n\ndef g(x):\n    return x\n",
        "return g(1)\n\n\ndef g(x):\n    return x\n",
        "def f():\n    return g(1)\n\n\ndef g(x):\n    return x\n",
    ),
    (5, "the else that is there already"): (
        "if x:\n    $0\nelse:\n    y = 2\n",
        "y = 1\nelse:\n    y = 2\n",
        "if x:\n    y = 1\nelse:\n    y = 2\n",
    ),
    (5, "the dictionary closed again"): (
        'd = {\n    "a": 1,\n    $0\n}\n',
        '"b": 2,\n}\n',
        'd = {\n    "a": 1,\n    "b": 2,\n}\n',
    ),
    # 7: endless answers.
    (7, "the same line"): (
        "def f(x):\n    $0\n",
        "print(x, 1)\n    print(x, 1)\n    print(x, 1)\n",
        "def f(x):\n    print(x, 1)\n",
    ),
    (7, "the same short line"): ("def f(x):\n    $0\n", "g()\n    g()\n    g()\n    g()\n", "def f(x):\n    g()\n"),
    (7, "the same block"): (
        "def f(x):\n    $0\n",
        "a = g(x)\n    b = h(a)\n    a = g(x)\n    b = h(a)\n",
        "def f(x):\n    a = g(x)\n    b = h(a)\n",
    ),
    (7, "lines that count"): (
        "def f():\n    $0\n",
        "x1 = 1\n    x2 = 2\n    x3 = 3\n    x4 = 4\n",
        "def f():\n    x1 = 1\n",
    ),
    (7, "lines that count down"): (
        "def f():\n    $0\n",
        "g(9, 0)\n    g(8, 0)\n    g(7, 0)\n",
        "def f():\n    g(9, 0)\n",
    ),
    (7, "blocks that count"): (
        "def f(x):\n    $0\n",
        "if x == 1:\n        g(1)\n    if x == 2:\n        g(2)\n    if x == 3:\n        g(3)\n",
        "def f(x):\n    if x == 1:\n        g(1)\n",
    ),
    (7, "two that count are no run"): (
        "def f():\n    $0\n\n\nf()\n",
        "x1 = 1\n    x2 = 2\n    return x1 + x2\n",
        "def f():\n    x1 = 1\n    x2 = 2\n    return x1 + x2\n\n\nf()\n",
    ),
    (7, "numbers without a pattern"): (
        "def f():\n    $0\n",
        "g(1, 4)\n    g(2, 9)\n    g(3, 1)\n    return 1\n",
        "def f():\n    g(1, 4)\n    g(2, 9)\n    g(3, 1)\n    return 1\n",
    ),
    (7, "names that differ are no run"): (
        "class A:\n    def __init__(self, a, b, c):\n        $0\n",
        "self.a = a\n        self.b = b\n        self.c = c\n",
        "class A:\n    def __init__(self, a, b, c):\n        self.a = a\n        self.b = b\n        self.c = c\n",
    ),
    (7, "a phrase in a line"): ("# $0\n", "and so on and so on and so on and so on and so on", "# and so on\n"),
    (7, "an operand again"): (
        "def f(a, b, c):\n    $0\n        return 1\n    return 0\n",
        "if a + b <= 0 or a + c <= 0 or b + c <= 0 or a + c <= 0 or b + c <= 0 or a",
        "def f(a, b, c):\n    if a + b <= 0 or a + c <= 0 or b + c <= 0:\n        return 1\n    return 0\n",
    ),
    (7, "operands that differ"): (
        "ok = $0\n",
        "one.first and one.second and other.first and other.second\n",
        "ok = one.first and one.second and other.first and other.second\n",
    ),
    (7, "an argument again and again"): (
        "x = f($0\ny = 1\n",
        "context.find(a), context.find(a), context.find(a), context.find(a), context.fi",
        "x = f(context.find(a))\ny = 1\n",
    ),
    (7, "a long body"): (
        "def f():\n    $0\n",
        "".join(f"x{'abcdefghijklmnopqrst'[n]} = g()\n    " for n in range(20)),
        "def f():\n" + "".join(f"    x{'abcdefghijklmnop'[n]} = g()\n" for n in range(16)),
    ),
    (7, "nothing after return"): ("def f():\n    $0\n", "return 1\n    print(2)\n", "def f():\n    return 1\n"),
    (7, "nothing after the body"): (
        "def f(x):\n    $0\n",
        "if x:\n        return 1\n    raise ValueError\n\nf(1)\n",
        "def f(x):\n    if x:\n        return 1\n    raise ValueError\n",
    ),
    (7, "a comment for what is not there"): (
        "def f():\n    $0\n",
        "return 1\n\n\n# The next one\ndef g():\n",
        "def f():\n    return 1\n",
    ),
    # 9: where something is left, it is shown.
    (9, "a list that was only begun"): ("xs$0\ny = 1\n", " = [\n", "xs = []\ny = 1\n"),
    (9, "a header without its colon"): (
        "def f(x):\n    $0\n        return 1\n    return 0\n",
        "if x in (1, 2)\n",
        "def f(x):\n    if x in (1, 2):\n        return 1\n    return 0\n",
    ),
    (9, "the first lines of what does not parse"): (
        "def f(x):\n    $0\n\n\nf(1)\n",
        "y = x + 1\n    z = (y +\n",
        "def f(x):\n    y = x + 1\n\n\nf(1)\n",
    ),
    (9, "a line that was broken off"): (
        "def f(x):\n    $0\n    return y\n",
        "y = g(x, h(2",
        "def f(x):\n    y = g(x, h(2))\n    return y\n",
    ),
    (9, "a string that was broken off"): ("x = $0\n", 'print("hello wor', 'x = print("hello wor")\n'),
    (9, "an expression that was broken off"): (
        "def f(n):\n    x = 1\n    $0\n    return x\n",
        "x = n * (n + 1) * (n, 1, 1) + (n - ",
        "def f(n):\n    x = 1\n    x = n * (n + 1) * (n, 1, 1)\n    return x\n",
    ),
    (9, "too little of what was broken off"): ("def f(n):\n    x = 1\n    $0\n    return x\n", "x = n + (1 - ", None),
    (9, "in a broken file"): ("y = = 1\n\nx = $0\n", "2\n", "y = = 1\n\nx = 2\n"),
    (9, "in an open bracket"): ("x = [$0\n", "1, 2]\n", "x = [1, 2]\n"),
    (9, "in an open string"): ('x = "hel$0\n', 'lo"\n', 'x = "hello"\n'),
    (9, "a header that was begun"): ("for x in $0\n", "range(3):\n", "for x in range(3):\n"),
    (9, "a header above its block"): (
        "def f(xs):\n    $0\n        g(x)\n",
        "for x in xs:\n        h(x)\n",
        "def f(xs):\n    for x in xs:\n        g(x)\n",
    ),
    (9, "blank lines first"): ("def f():\n    $0\n", "\n\n    return 1\n", "def f():\n    return 1\n"),
    # 14: indentation.
    (14, "as it is"): (LOOP, "y = x\n        g(y)\n", LOOP.replace("$0", "y = x\n        g(y)")),
    (14, "given again"): (LOOP, "        y = x\n        g(y)\n", LOOP.replace("$0", "y = x\n        g(y)")),
    (14, "the blank that a word begins with"): (
        "def f(x):\n    $0\n    return x\n",
        " x = 1\n",
        "def f(x):\n    x = 1\n    return x\n",
    ),
    (14, "the blank that a word begins with, and a second line"): (
        "def f(x):\n    $0\n",
        " x = 1\n    return x\n",
        "def f(x):\n    x = 1\n    return x\n",
    ),
    (14, "counted from the margin"): (LOOP, "if x:\n    g(x)\n", LOOP.replace("$0", "if x:\n            g(x)")),
    (14, "a level too deep"): (
        LOOP,
        "            y = x\n            g(y)\n",
        LOOP.replace("$0", "y = x\n        g(y)"),
    ),
    (14, "the first line only too little"): (
        "def f():\n$0\n",
        "a = 1\n    return a\n",
        "def f():\n    a = 1\n    return a\n",
    ),
    (14, "not typed yet"): ("def f():\n$0\n", "    a = 1\n    return a\n", "def f():\n    a = 1\n    return a\n"),
    (14, "half typed"): ("def f():\n  $0\n", "  a = 1\n  return a\n", "def f():\n  a = 1\n  return a\n"),
    (14, "spaces for tabs"): (
        "def f():\n\tg()\n\n\ndef h(x):\n\t$0\n",
        "    if x:\n        return 1\n    return 2\n",
        "def f():\n\tg()\n\n\ndef h(x):\n\tif x:\n\t\treturn 1\n\treturn 2\n",
    ),
    (14, "tabs for spaces"): (
        "def h(x):\n    $0\n",
        "\tif x:\n\t\treturn 1\n\treturn 2\n",
        "def h(x):\n    if x:\n        return 1\n    return 2\n",
    ),
    (14, "four for two"): (
        "def f():\n  g()\n\n\ndef h(x):\n  $0\n",
        "    if x:\n        return 1\n    return 2\n",
        "def f():\n  g()\n\n\ndef h(x):\n  if x:\n    return 1\n  return 2\n",
    ),
    (14, "two for four"): (
        "def f():\n    g()\n\n\ndef h(x):$0\n",
        "\n  if x:\n    return 1\n  return 2\n",
        "def f():\n    g()\n\n\ndef h(x):\n    if x:\n        return 1\n    return 2\n",
    ),
    (14, "behind a header"): ("def f(x):$0\n", "\n    return x\n", "def f(x):\n    return x\n"),
    (14, "behind a header, a blank line first"): ("def f(x):$0\n", "\n\n    return x\n", "def f(x):\n\n    return x\n"),
    (14, "behind a header, not indented"): ("def f(x):$0\n", "\nreturn x\n", None),
    (14, "behind a header, on its line"): ("def f(x):$0\n", " return x\n", "def f(x): return x\n"),
    (14, "aligned continuation"): (
        LOOP,
        "y = g(x,\n              1)\n",
        LOOP.replace("$0", "y = g(x,\n              1)"),
    ),
    (14, "a dedent ends it"): (LOOP, "g(x)\n    return 2\n", LOOP.replace("$0", "g(x)")),
    (14, "an else stays with its if"): (
        "def f(x):\n    $0\n",
        "if x:\n        return 1\n    else:\n        return 2\n",
        "def f(x):\n    if x:\n        return 1\n    else:\n        return 2\n",
    ),
    (14, "a docstring moves along"): (
        "class A:\n    $0\n",
        'def f(self):\n    """Doc.\n\n    More.\n    """\n    return 1\n',
        'class A:\n    def f(self):\n        """Doc.\n\n        More.\n        """\n        return 1\n',
    ),
    (14, "before an else, not indented"): (
        "if x:\n    y\n$0\nelse:\n    z\n",
        "    w\n",
        "if x:\n    y\n    w\nelse:\n    z\n",
    ),
    (14, "a method, not indented"): (
        "class A:\n    def f(self):\n        pass\n\n$0\n\n    def g(self):\n        pass\n",
        "    def h(self):\n        return 1\n",
        "class A:\n    def f(self):\n        pass\n\n    def h(self):\n        return 1\n\n"
        "    def g(self):\n        pass\n",
    ),
    (14, "carriage returns"): (
        "def f():\n    $0\n",
        "a = 1\r\n    return a\r\n",
        "def f():\n    a = 1\n    return a\n",
    ),
    (14, "in brackets, not indented"): ("xs = [\n    1,\n$0\n]\n", "    2,\n", "xs = [\n    1,\n    2,\n]\n"),
    (14, "other languages: not indented"): ("int f() {\n$0\n}\n", "    return 1;\n", "int f() {\n    return 1;\n}\n"),
    (14, "other languages: given again"): (
        "int f() {\n    $0\n}\n",
        "    return 1;\n",
        "int f() {\n    return 1;\n}\n",
    ),
    (14, "at the margin: of the block above"): (
        "def f(x):\n    for y in x:\n        g(y)\n$0\n\n\nf(1)\n",
        "    return x\n",
        "def f(x):\n    for y in x:\n        g(y)\n    return x\n\n\nf(1)\n",
    ),
    (14, "at the margin: of the innermost block"): (
        "def f(x):\n    for y in x:\n        g(y)\n$0\n    return x\n",
        "        h(y)\n",
        "def f(x):\n    for y in x:\n        g(y)\n        h(y)\n    return x\n",
    ),
    (14, "at the margin: a function that is but a docstring"): (
        'def f(x):\n    """Doc."""\n\n$0\n\n\nf(1)\n',
        "    if x:\n        return 1\n    return 2\n\n\nf(2)\n",
        'def f(x):\n    """Doc."""\n\n    if x:\n        return 1\n    return 2\n\n\nf(1)\n',
    ),
    (14, "at the margin: the next function"): (
        'def f(x):\n    """Doc."""\n\n\n$0\n    """Doc."""\n    return x\n',
        "def g(x):\n",
        'def f(x):\n    """Doc."""\n\n\ndef g(x):\n    """Doc."""\n    return x\n',
    ),
    (14, "at the margin: a header above its block"): (
        "def f(x):\n    return x\n\n$0\n    f(1)\n",
        "if __name__ == '__main__':\n",
        "def f(x):\n    return x\n\nif __name__ == '__main__':\n    f(1)\n",
    ),
    (14, "at the margin: a header between a header and its body"): (
        "for x in y:\n$0\n        f(x)\n",
        "    if x:\n",
        "for x in y:\n    if x:\n        f(x)\n",
    ),
    (14, "at the margin: a clause"): (
        "if x:\n    y = 1\n$0\n    y = 2\n",
        "else:\n",
        "if x:\n    y = 1\nelse:\n    y = 2\n",
    ),
    (14, "at the margin: aligned in brackets"): (
        "x = f(a,\n$0\n      c)\n",
        "      b,\n",
        "x = f(a,\n      b,\n      c)\n",
    ),
    (14, "at the margin: the end of brackets"): ("x = f(\n    a,\n$0\n", ")\n", "x = f(\n    a,\n)\n"),
    (14, "at the margin: after a backslash"): ("x = a + \\\n$0\n", "        b\n", "x = a + \\\n        b\n"),
    (14, "at the margin: in a string"): ('x = """\n$0\n"""\n', "  a\n", 'x = """\n  a\n"""\n'),
    (14, "at the margin: below a comment"): (
        "def f():\n    return 1\n\n# One more.\n$0\n    2,\n)\n",
        "x = (\n",
        "def f():\n    return 1\n\n# One more.\nx = (\n    2,\n)\n",
    ),
    # 15: other writing.
    (15, "an answer in it"): ("x = $0\n", '"é😀"\n', 'x = "é😀"\n'),
    (15, "before the cursor"): ("é = '😀' + $0\n", "'ü'\n", "é = '😀' + 'ü'\n"),
    (15, "behind the cursor"): ("x = $0  # 😀\n", "1", "x = 1  # 😀\n"),
    (15, "the rest in it"): ("x = f($0, größe)\n", "a, größe)\n", "x = f(a, größe)\n"),
    (15, "combining characters"): ("e\u0301 = $0\n", "e\u0301 + 1\n", "e\u0301 = e\u0301 + 1\n"),
    (15, "below in it"): ("def f():\n    $0\n    größe = 1\n", "größe = 1\n", None),
    (15, "a line separator in a string"): ("x = '\u2028'\ny = $0\n", "x\n", "x = '\u2028'\ny = x\n"),
    (15, "a form feed"): ("x = 1\n\f\ny = $0\n", "x\n", "x = 1\n\f\ny = x\n"),
    # 16: what an editor has closed by itself.
    (16, "not closed by the answer"): ("print($0)\n", "x\n", "print(x)\n"),
    (16, "closed by the answer"): ("print($0)\n", "x)\n", "print(x)\n"),
    (16, "an own call in it"): ("print($0)\n", "len(x)\n", "print(len(x))\n"),
    (16, "an own call, closed"): ("print($0)\n", "len(x))\n", "print(len(x))\n"),
    (16, "two brackets, both closed"): ("print(len($0))\n", "x))\n", "print(len(x))\n"),
    (16, "two brackets, one closed"): ("print(len($0))\n", "x)\n", "print(len(x))\n"),
    (16, "two brackets, none closed"): ("print(len($0))\n", "x\n", "print(len(x))\n"),
    (16, "different brackets"): ("x = f([$0])\n", "1, 2])\n", "x = f([1, 2])\n"),
    (16, "a string"): ('print("hel$0")\n', 'lo")\n', 'print("hello")\n'),
    (16, "a string, not closed"): ('print("hel$0")\n', "lo\n", 'print("hello")\n'),
    (16, "a string and more"): ('x = ["$0"]\n', 'a", "b"]\n', 'x = ["a", "b"]\n'),
    (16, "a header"): ("def f($0):\n", "a, b):\n", "def f(a, b):\n"),
    (16, "a header with a type"): ("def f($0):\n", "a) -> int:\n", "def f(a) -> int:\n"),
    (16, "a header, not closed"): ("def f($0):\n", "a, b\n", "def f(a, b):\n"),
    (16, "a comma"): ("xs = [\n    f($0),\n]\n", "a),\n", "xs = [\n    f(a),\n]\n"),
    (16, "a colon alone"): ("if x$0:\n    y\n", " and z:\n", "if x and z:\n    y\n"),
    (16, "a docstring"): (
        'def f():\n    """$0"""\n    return 1\n',
        'Give 1."""\n',
        'def f():\n    """Give 1."""\n    return 1\n',
    ),
    (16, "the closers alone"): ("print(x$0)\n", ")\n", None),
    (16, "more behind the closer"): ("x = f($0)\n", "a).b\n", "x = f(a).b\n"),
    (16, "a bracket in a string"): ("print($0)\n", '")"\n', 'print(")")\n'),
    (16, "other languages"): ("foo($0);\n", "bar);\n", "foo(bar);\n"),
    # 17: nothing that breaks what was sound.
    (17, "half an expression"): ("def f():\n    a = 1\n    $0\n    return a\n", "b = a +\n", None),
    (17, "an open bracket"): ("def f():\n    $0\n    return a\n", "a = foo(\n", None),
    (17, "two values"): ("x = $0\n", "1 2\n", None),
    (17, "prose"): ("def f():\n    a = 1\n    $0\n    return a\n", "Here is the code you asked for:\n", None),
    (17, "a header without a block"): ("def f(xs):\n    $0\n    return xs\n", "for x in xs:\n", None),
    (17, "a header at the end of several lines"): (
        "def f(xs):\n    $0\n",
        "ys = []\n    for x in xs:\n",
        "def f(xs):\n    ys = []\n",
    ),
    (17, "a decorator at the end"): ("class A:\n    $0\n", "x = 1\n\n    @property\n", "class A:\n    x = 1\n"),
    (17, "a second else"): ("if x:\n    y = 1\n$0\nelse:\n    y = 2\n", "else:\n    y = 3\n", None),
}


@pytest.mark.parametrize(("pain", "name"), CASES, ids=[f"{pain}: {name}" for pain, name in CASES])
def test_case(pain: int, name: str) -> None:
    marked, raw, expected = CASES[pain, name]
    path = "README.md" if "Markdown" in name else "main.c" if name.startswith("other languages") else "main.py"
    assert Cursor(marked, path).applied(raw) == expected


def test_true_lines_survive() -> None:
    """What real code goes on with comes out as it is, whatever follows it in the answer."""
    n_same, n_all = 0, 0
    for path in sorted((Path(typed_ahead.__file__).parents[2] / "core").glob("*.py")):
        lines = path.read_text(encoding="utf-8").split("\n")
        for index in range(3, len(lines), 7):
            line = lines[index]
            n_blanks = len(line) - len(line.lstrip())
            for column in {0, n_blanks, (n_blanks + len(line)) // 2} if line.strip() else ():
                before = "\n".join([*lines[:index], line[:column]])
                after = "\n".join(["", *lines[index + 1 :]])
                edit = Cursor(f"{before}$0{after}").edit(line[column:] + after[:300])
                n_all += 1
                n_same += edit is not None and edit.new_text.split("\n")[0].rstrip() == line[column:].rstrip()
    assert n_all > 300
    assert n_same >= 0.97 * n_all


def test_there_are_cases_for_every_pain() -> None:
    assert {pain for pain, _ in CASES} == set(PAINS)
    assert len(CASES) >= 150


def test_the_last_line_of_a_block_is_left_out_when_the_model_was_cut_off() -> None:
    cursor = Cursor("def f():\n    $0\n")
    raw = "a = 1\n    return resu"
    assert cleaned(raw, cursor.around, cursor.place) == "a = 1\n    return resu"
    assert cleaned(raw, cursor.around, cursor.place, cut_off=True) == "a = 1"
    assert cleaned("a = resu", cursor.around, cursor.place, cut_off=True) == "a = resu"


def test_an_answer_fits_another_text_later() -> None:
    """Between the stages the text may change: what the cache holds is cut again by what is there now."""
    cursor = Cursor("def f(x):\n    y = x\n    $0\n")
    text = cleaned("z = y + 1\n    print(z, x)\n    return z\n", cursor.around, cursor.place)
    later = Cursor("def f(x):\n    y = x\n    $0\n    print(z, x)\n")
    edit = fitted(text, later.around, cursor.place, later.is_sound)
    assert edit == Edit(Span(24, 24), "z = y + 1")


PIECES = [
    "a",
    "é",
    " ",
    "    ",
    "\n",
    "(",
    ")",
    '"',
    "'",
    "#",
    ":",
    "def f():",
    "return 1",
    "x = 1",
    "<|im_end|>",
    "\r\n",
]
PIECES += ["```", "\t", "{", "}", ",", "else:", "\U0001f600", '"""', "\\"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
LF_TEXTS = TEXTS.map(lambda text: text.replace("\r\n", "\n"))


@settings(max_examples=400, deadline=None)
@given(before=LF_TEXTS, after=LF_TEXTS, raw=TEXTS, path=st.sampled_from(["a.py", "a.c"]))
def test_any_edit_is_new_sound_and_on_one_line(before: str, after: str, raw: str, path: str) -> None:
    cursor = Cursor(before + "$0" + after, path)
    text = cursor.applied(raw)  # which looks at the span
    edit = cursor.edit(raw)
    assert text != cursor.text
    if edit is not None:
        assert "\r" not in edit.new_text
        assert edit.new_text.strip()
        assert cursor.is_sound(edit)


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.sampled_from(["a = 1", "if a:", "    b = 2", "    if b:", "        c = 3", "d()"]), min_size=1)
)
def test_indentation_does_not_depend_on_how_the_model_writes_it(lines: list[str]) -> None:
    """The same block with the margin of the model, of the document, or of the line, is the same suggestion."""
    place = Place(Kind.CODE, multi_line=True, indent="    ")
    around = Cursor("def f():\n    $0\n").around
    lines = ["if x:", "    e = 0", *lines]
    texts = {
        cleaned("\n".join(margin + line for line in lines).removeprefix(first), around, place)
        for margin, first in (("", ""), ("    ", ""), ("    ", "    "), ("        ", ""))
    }
    assert len(texts) == 1
