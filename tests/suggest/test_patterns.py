"""Patterns, names, types and parentheses: what the rules are written in."""

import ast

import libcst as cst
import pytest

from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, match_lines, same, statements
from speedproof.suggest.syntax.tree import code, lines, replace, walk
from speedproof.suggest.syntax.types import Type, Types


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("$x + $y", "a + b * c", {"x": "a", "y": "b * c"}),
        ("$x + $x", "a+(a)", {"x": "a"}),
        ("$x + $x", "a + b", None),
        ("f($x)", "f(x=1)", None),
        ("f($x)", "f(*xs)", None),
        ("$xs[: $i + 1].count($x)", "text[:n + 1].count(text[n])", {"xs": "text", "i": "n", "x": "text[n]"}),
        ("$x in 'abc'", '(c) in """abc"""', {"x": "(c)"}),
        ("$x == 10", "n == 0xA", {"x": "n"}),
        ("$x == 1", "n == True", None),
        ("$x == 1", "n == 1.0", None),
        ("$x not in $y", "a not  in b", {"x": "a", "y": "b"}),
        ("$x == $y", "a == b == c", None),
        ("$x", "lambda: 1", {"x": "lambda: 1"}),
        ("$x = 1", "x == 1", None),
    ],
)
def test_match(pattern: str, text: str, found: dict[str, str] | None) -> None:
    result = match(cst.parse_expression(text), pattern)
    assert (None if result is None else {name: code(part) for name, part in result.as_parts().items()}) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("$x += 1", "n  +=  1  # one more", {"x": "n"}),
        ("if $t:\n    $$then", "if a: b; c", {"t": "a", "then": ["b", "c"]}),
        ("if $t:\n    $$then", "if a:\n    b\nelse:\n    c", None),
        ("$$first\nreturn $x", "a\nb\nreturn c", {"first": ["a", "b"], "x": "c"}),
        ("$$first\nreturn $x", "return c", {"first": [], "x": "c"}),
        (
            "for $x in $xs:\n    $y.append($x)",
            "for i in a:\n    # each\n    b.append(i)",
            {"x": "i", "xs": "a", "y": "b"},
        ),
        ("for $x in $xs:\n    $y.append($x)", "async def f():\n    async for i in a:\n        b.append(i)", None),
        ("$x = $y", "a = b = c", None),
        ("$x = $y", "a: int = c", None),
    ],
)
def test_match_lines(pattern: str, text: str, found: dict[str, object] | None) -> None:
    result = match_lines(lines(cst.IndentedBlock(cst.parse_module(text).body)), pattern)
    shown = result and {
        name: [code(line).strip() for line in part] if isinstance(part, list) else code(part)
        for name, part in result.as_parts().items()
    }
    assert shown == found


@pytest.mark.parametrize(
    ("pattern", "parts", "built"),
    [
        ("$x * 2", {"x": "a + b"}, "(a + b) * 2"),
        ("$x + 2", {"x": "a + b"}, "a + b + 2"),
        ("2 - $x", {"x": "a - b"}, "2 - (a - b)"),
        ("2 ** $x", {"x": "a ** b"}, "2 ** a ** b"),
        ("$x ** 2", {"x": "-a"}, "(-a) ** 2"),
        ("f($x)", {"x": "a, b"}, "f((a, b))"),
        ("f($x)", {"x": "a if b else c"}, "f(a if b else c)"),
        ("f($x)", {"x": "(a for a in b)"}, "f(a for a in b)"),
        ("$x.y", {"x": "a or b"}, "(a or b).y"),
        ("$x in $y", {"x": "a in b", "y": "c | d"}, "(a in b) in c | d"),
        ("not $x", {"x": "a == b"}, "not a == b"),
        ("-$x", {"x": "not a"}, "-(not a)"),
        ("$x if $y else $z", {"x": "lambda: 1", "y": "a if b else c", "z": "a if b else c"},
         "(lambda: 1) if (a if b else c) else a if b else c"),
        ("[a for a in $x if $y]", {"x": "b if c else d", "y": "e or f"}, "[a for a in (b if c else d) if e or f]"),
        ("$x[$y]", {"x": "a + b", "y": "c, d"}, "(a + b)[c, d]"),
        ("$x == 1", {"x": "(y := 2)"}, "(y := 2) == 1"),
    ],
)  # fmt: skip
def test_build_puts_parentheses_where_they_are_needed(pattern: str, parts: dict[str, str], built: str) -> None:
    nodes = {name: cst.parse_expression(part) for name, part in parts.items()}
    result = expression(pattern, **nodes)
    assert code(result) == built
    ast.parse(built)


def test_build_statements() -> None:
    body = list(lines(cst.IndentedBlock(cst.parse_module("a\n# why\nb\n").body)))
    built = cst.Module(statements("if $t:\n    $$body\n    c", t="x", body=body))
    assert built.code == "if x:\n    a\n    # why\n    b\n    c\n"


def test_replace_puts_parentheses_and_copies() -> None:
    whole = cst.parse_expression("a * b + a")
    new = cst.parse_expression("c + d")
    replaced = replace(whole, {node: new for node in walk(whole) if isinstance(node, cst.Name) and node.value == "a"})
    assert code(replaced) == "(c + d) * b + (c + d)"
    assert len(set(walk(replaced))) == len(list(walk(replaced)))
    assert same(replaced, cst.parse_expression("(c+d)*b+(c+d)"))


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("x = y", "y", "x"),
        ("x += y", "x y", "x"),
        ("x[i] = y", "x i y", ""),
        ("del x, y.z", "x y", "x"),
        ("for i, (j, *k) in x: pass", "x", "i j k"),
        ("[i for i in x if (n := i)]", "i x", "n"),
        ("import a.b, c as d", "", "a d"),
        ("with x as (y, z): pass", "x", "y z"),
        ("try:\n    pass\nexcept E as e:\n    pass", "E", "e"),
        ("def f(a):\n    nonlocal n\n    b = c", "c", "f n"),
        ("lambda a: b", "b", ""),
        ("match x:\n    case [a, *b] | {'k': a, **c}:\n        pass", "x", "a b c"),
        ("global g", "", "g"),
    ],
)
def test_reads_and_writes(text: str, reads: str, writes: str) -> None:
    tree = ast.parse(text)
    assert names.reads(tree) == set(reads.split())
    assert names.writes(tree) == set(writes.split())


@pytest.mark.parametrize(
    ("text", "changes", "aliased"),
    [
        ("len(x); x[0]; x[1:]; 1 in x; x.index(2)", False, False),
        ("for a in x: print(a)", False, False),
        ("if x and not x: pass", False, False),
        ("return x", False, False),
        ("x[0] = 1", True, False),
        ("x[0] += 1", True, False),
        ("del x[0]", True, False),
        ("x.append(1)", True, False),
        ("x += [1]", True, False),
        ("f(x)", True, True),
        ("f(*x)", True, True),
        ("y = x", True, True),
        ("y = [x]", True, True),
        ("y = x or []", True, True),
        ("yield x", True, True),
        ("y = enumerate(x)", False, True),
        ("x.attribute", True, False),
        ("x = 1", False, False),
    ],
)
def test_changes_and_aliases(text: str, changes: bool, aliased: bool) -> None:
    tree = ast.parse(text)
    assert names.changes_object(tree, "x") is changes
    assert names.aliased(tree, "x") is aliased


INT, STR = Type("int"), Type("str")


@pytest.mark.parametrize(
    ("function", "text", "kind"),
    [
        ("def f(x: int): pass", "x + 1", INT),
        ("def f(x: int): pass", "x / 2", Type("float")),
        ("def f(x: int): x = x // 2", "x", INT),
        ("def f(x: int): x = x / 2", "x", None),
        ("def f(x): pass", "x", None),
        ("def f(x): y = 0\ny = x", "str(x)", STR),
        ("def f(x: 'list[str]'): pass", "x[0]", STR),
        ("def f(x: list[str]): pass", "x[1:]", Type("list", STR)),
        ("def f(x: dict[str, int]): pass", "x['a']", INT),
        ("def f(x: str):\n  for c in x: pass", "c", STR),
        ("def f(x: str):\n  for i, c in enumerate(x): pass", "c", STR),
        ("def f(x: str):\n  for i, c in enumerate(x): pass", "i", INT),
        ("def f(x: list[int], y: str):\n  for a, b in zip(x, y): pass", "a", INT),
        ("def f():\n  n = 0\n  for i in range(3): n += i", "n", INT),
        ("def f():\n  n = 0\n  n += 1.5", "n", None),
        ("def f():\n  s = ''\n  s = s + 'a'", "s", STR),
        ("def f():\n  global s\n  s = ''", "s", None),
        ("def f(*a, **k): pass", "a", Type("tuple")),
        ("def f(x: str): pass", "x.split()[0].upper()", STR),
        ("def f(x: str): pass", "[c for c in x]", Type("list")),
        ("def f(x: str):\n  y = [c for c in x]", "y", Type("list", STR)),
        ("def f(x: int): pass", "x ** 2", INT),
        ("def f(x: int): pass", "2 ** x", None),
        ("def f(x): pass", "(1, 'a')[1]", STR),
        ("def f(x): pass", "not x", Type("bool")),
        ("def f(x): pass", "x == 1", None),
        ("def f():\n  x = []", "x", Type("list")),
        ("def f():\n  x = 1 if a else 'b'", "x", None),
        ("def f():\n  with open('a') as x: pass", "x", None),
        ("def f():\n  x, y = 1, 'a'", "y", STR),
        ("def f():\n  x, *y = 1, 'a'", "y", Type("list")),
    ],
)
def test_types(function: str, text: str, kind: Type | None) -> None:
    tree = ast.parse(function).body[0]
    assert isinstance(tree, ast.FunctionDef)
    assert Types(tree).of(ast.parse(text, mode="eval").body) == kind
