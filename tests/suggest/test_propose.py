"""Where candidates go in a module's text, how they combine, and that odd input has none."""

import ast
import time
from pathlib import Path

import pytest
from rule_examples import target_in

from speedproof.core.target import Target
from speedproof.core.text import Span
from speedproof.suggest.propose import compose, propose
from speedproof.suggest.rules.catalogue import RULES

QUEUE = "    queue = [n]\n    while queue:\n        queue.pop(0)\n"
QUEUE_AFTER = "    queue = deque([n])\n    while queue:\n        queue.popleft()\n"


def check(before: str, after: str, *parts: str, name: str = "") -> None:
    candidate = compose(target_in(before, name), parts)
    assert candidate is not None
    assert candidate.text == after
    assert candidate.parts == parts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("def f(n):\n{}", "from collections import deque\n\n\ndef f(n):\n{}", id="nothing above"),
        pytest.param(
            '"""Doc."""\n\ndef f(n):\n{}',
            '"""Doc."""\n\nfrom collections import deque\n\ndef f(n):\n{}',
            id="after the docstring",
        ),
        pytest.param(
            "from __future__ import annotations\n\n\ndef f(n):\n{}",
            "from __future__ import annotations\n\nfrom collections import deque\n\n\ndef f(n):\n{}",
            id="after future imports",
        ),
        pytest.param(
            "import os\nfrom collections import Counter\nfrom typing import Any\n\n\ndef f(n):\n{}",
            "import os\nfrom collections import Counter, deque\nfrom typing import Any\n\n\ndef f(n):\n{}",
            id="joins an import of the module",
        ),
        pytest.param(
            "import os\nfrom typing import Any  # all\n\n\ndef f(n):\n{}",
            "import os\nfrom collections import deque\nfrom typing import Any  # all\n\n\ndef f(n):\n{}",
            id="in order",
        ),
        pytest.param(
            "from collections import deque\n\n\ndef f(n):\n{}",
            "from collections import deque\n\n\ndef f(n):\n{}",
            id="there already",
        ),
        pytest.param(
            "#!/usr/bin/env python\n# Licence.\n\ndef f(n):\n{}",
            "#!/usr/bin/env python\n# Licence.\nfrom collections import deque\n\ndef f(n):\n{}",
            id="after comments at the top",
        ),
        pytest.param(
            "# About f.\ndef f(n):\n{}",
            "from collections import deque\n\n\n# About f.\ndef f(n):\n{}",
            id="not between",
        ),
    ],
)
def test_imports(before: str, after: str) -> None:
    check(before.format(QUEUE), after.format(QUEUE_AFTER), "pop-front-to-deque")


def test_import_by_whole_module_where_the_name_is_taken() -> None:
    before = "deque = None\n\ndef f(n):\n" + QUEUE
    after = "import collections\n\n\ndeque = None\n\ndef f(n):\n" + QUEUE_AFTER.replace("deque(", "collections.deque(")
    check(before, after, "pop-front-to-deque")


def test_import_by_an_alias_that_is_there() -> None:
    before = "import collections as c\n\ndef f(n):\n" + QUEUE
    check(before, before.replace(QUEUE, QUEUE_AFTER.replace("deque(", "c.deque(")), "pop-front-to-deque")


def test_constant_goes_before_the_class_and_its_comments() -> None:
    before = (
        "import re\n\n\nclass A:\n    x = 1\n\n\n# About B.\n@property\nclass B:\n    class C:\n"
        '        @staticmethod\n        def f(text):\n            return re.match("a+", text)  # here\n\n    y = 2\n'
    )
    after = before.replace("# About B.", '_F = re.compile("a+")\n\n\n# About B.')
    after = after.replace('re.match("a+", text)', "_F.match(text)")
    check(before, after, "regex-precompiled", name="B.C.f")


@pytest.mark.parametrize(
    "style",
    [
        pytest.param(lambda text: text, id="plain"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="crlf"),
        pytest.param(lambda text: text.replace("    ", "\t"), id="tabs"),
        pytest.param(lambda text: text.replace("    ", "  "), id="two spaces"),
        pytest.param(lambda text: "\ufeff" + text, id="bom"),
        pytest.param(lambda text: text.replace("\nclass", "\n\f\nclass"), id="form feed"),
        pytest.param(lambda text: text.replace("é", "𝔘𝔫𝔦"), id="wide characters"),
    ],
)
def test_only_the_target_changes(style: object) -> None:
    """Whatever the file's habits, all but the target stays as it is to the byte, and the new code follows them."""
    before = (
        'import os\n\nodd  =  [ 1,2 ] # é\n\nclass A( object ):\n    """é"""\n\n'
        "    async def f ( self, words ,*more):\n"
        "        # first é\n        text = ''\n        for word in words :  # each\n            if word:\n"
        "                text += word.strip( )\n        return text  # done\n\n    x=1\nif x :\n    pass\n"
    )
    after = before.replace("        text = ''\n", "        text_parts = []\n")
    after = after.replace("text += word.strip( )", "text_parts.append(word.strip( ))")
    after = after.replace("        return text", '        text = "".join(text_parts)\n        return text')
    assert callable(style)
    before = before.replace("            if word:\n", "            if word:\n                pass\n")
    after = after.replace("            if word:\n", "            if word:\n                pass\n")
    check(style(before), style(after), "str-concat-in-loop", name="A.f")


def test_compose_applies_in_order_and_leaves_out_what_does_not_match() -> None:
    before = (
        "def f(text):\n    out = ''\n    for i in range(len(text)):\n        if i % 2 == 0:\n"
        "            out += text[i]\n    return out\n"
    )
    wanted = ["pop-front-to-deque", "str-concat-in-loop", "modulo-filter-to-step", "no-such-rule", "range-len-to-items"]
    candidate = compose(target_in(before), [*wanted, "ruff:NOPE", "identity-comprehension"])
    assert candidate is not None
    assert candidate.text == 'def f(text):\n    out = "".join(text[::2])\n    return out\n'
    assert candidate.parts == (*wanted[1:3], wanted[4], "identity-comprehension")
    assert candidate.origin == "rule"
    assert compose(target_in(before), ["pop-front-to-deque"]) is None
    assert compose(target_in(before), []) is None


def test_propose_gives_each_rule_ruff_and_chains_without_doubles() -> None:
    before = (
        "def f(text, words):\n    out = ''\n    for i in range(len(text)):\n        if i % 2 == 0:\n"
        "            out += text[i]\n    return out, [w for w in words if w in words.keys()]\n"
    )
    found = propose(target_in(before))
    parts = [candidate.parts for candidate in found]
    assert ("str-concat-in-loop",) in parts
    assert ("modulo-filter-to-step",) in parts
    assert ("ruff:SIM118",) not in parts, "keys-membership gives the same text first"
    assert ("keys-membership",) in parts
    assert any(len(p) > 2 for p in parts), "a chain"
    assert len({candidate.text for candidate in found}) == len(found)
    assert before not in {candidate.text for candidate in found}
    for candidate in found:
        ast.parse(candidate.text)
        assert compose(target_in(before), candidate.parts) == candidate
    without = propose(target_in(before), rules_off=["str-concat-in-loop", "ruff"])
    assert not any("str-concat-in-loop" in c.parts or c.origin == "ruff" for c in without)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("def f(:\n    pass\n", (0, 15)),
        ("", (0, 0)),
        ("x = 1\n", (0, 5)),
        ("x = 1; y = 2\n", (7, 12)),
        ("def f(): return 1\n", (0, 100)),
        ("def f():\n    return '\0'\n", (0, 23)),
        ("class A:\n    def f(self): pass\n", (0, 30)),
        ("def f(x):\n  if x:\n\treturn 1\n", (0, 29)),
        ("def f(x):\n    return (((((x)))))\n\\", (0, 32)),
        ("def f(x): return [\n", (0, 18)),
        ("print 'hello'\n\ndef f(x):\n    return x\n", (15, 37)),
        ("def f(x):\n    return " + "(" * 300 + "x" + ")" * 300 + "\n", (0, 621)),
        ("def f(x):\n    return " + "+".join(["x"] * 5000) + "\n", (0, 10020)),
    ],
)
def test_odd_input_has_no_candidates(text: str, span: tuple[int, int]) -> None:
    target = Target(Path("module.py"), "f", text, Span(*span))
    assert propose(target) == []
    assert compose(target, ["str-concat-in-loop", "ruff:SIM118"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "def f(x): return x.upper() + str(x) if x in [1, 2] else str(x)\n",
        "def f(x, /, y=1, *a, z: int = 2, **k) -> 'int':\n    'doc'\n    return lambda q: q in a\n",
        "def f():\n    yield from (x async for x in y)\n    return [*a, *b]\n".replace("def", "async def").replace(
            "yield from", "yield"
        ),
        "def f(x):\n    match x:\n        case {'a': [1, *_], **rest} if rest: return rest\n        case _: pass\n",
        "def f(x):\n    try:\n        for i in x: pass\n    except* ValueError as e: raise e\n    else: return 1\n",
        "def f[T](x: T) -> T:\n    type A = int\n    return x\n",
        "def f(x):\n    global y\n    y = ''\n    for i in x: y += i\n    del y; return (z := 3)\n",
        "def f(s):\n    t = ''\n    for c in s:\n        t += c;\n    return f'{t!r:>{10}}' '' rf\"{s}\"\n",
    ],
)
def test_odd_syntax_never_fails(text: str, caplog: pytest.LogCaptureFixture) -> None:
    for candidate in propose(target_in(text)) if _parses(text) else []:
        ast.parse(candidate.text)
    assert not caplog.records, "a rule failed inside"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False  # Newer syntax than the interpreter that runs the tests.
    return True


def test_one_line_bodies_are_read_like_others() -> None:
    before = "def f(xs, out):\n    for i, x in enumerate(xs): out[i] += x\n    for x in xs: x; out.append(x)\n"
    for rule in RULES:
        assert compose(target_in(before), [rule.id]) is None


def test_a_large_file_costs_what_its_function_costs() -> None:
    filler = "def g{0}(x):\n    total = 0\n    for i in x:\n        total += i\n    return total\n\n\n"
    start = "".join(filler.format(i) for i in range(1400))
    text = start + "def f(n):\n" + QUEUE
    target = Target(Path("module.py"), "f", text, Span(len(start), len(text) - 1))
    compose(target, ["pop-front-to-deque"])
    began = time.process_time()
    candidate = compose(Target(Path("module.py"), "f", text + "\n", target.span), ["pop-front-to-deque"])
    assert candidate is not None
    assert candidate.text.endswith(QUEUE_AFTER + "\n")
    assert time.process_time() - began < 2.0
