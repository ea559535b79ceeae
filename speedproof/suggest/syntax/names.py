"""Which names code binds and reads, and what it does to the objects behind them. Over the ast of a piece of code."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from speedproof.suggest.syntax.tree import meaning, words

Code = cst.CSTNode | ast.AST


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a name is read, by what happens to its object there.

    `kind` is "item" (`x[i]`), "slice" (`x[a:b]`), "store_item" (`x[i] = …`, `del x[i]`), "iterate" (`for … in x`),
    "contains" (`… in x`), "method" (`x.detail(…)`), "argument" (`detail(x)`), "attribute" (`x.detail`, not called),
    "truth" (`if x`, `not x`), "operand" (arithmetic, comparison), "return", "aug" (`x += …`), or "escape": anything
    else, as stored somewhere.
    """

    kind: str
    detail: str
    node: ast.Name
    parent: ast.AST
    call: ast.Call | None = None
    """The call of a method."""
    outer: ast.AST | None = None
    """What that call stands in."""


def reads(code: Code) -> frozenset[str]:
    """Every name whose value the code may look at, deleted and augmented ones included."""
    return _facts(_tree(code)).reads


def writes(code: Code) -> frozenset[str]:
    """Every name that the code may bind or delete in its own scope; comprehension variables are not in it."""
    return _facts(_tree(code)).writes


def mentions(code: Code) -> frozenset[str]:
    """Every identifier in the code, bound or read, in whatever scope."""
    facts = _facts(_tree(code))
    return facts.writes | facts.counts.keys()


def count(code: Code, name: str) -> int:
    """How often a name stands in the code, read or bound."""
    return _facts(_tree(code)).counts.get(name, 0)


def uses(code: Code, name: str) -> tuple[Use, ...]:
    """Every read of `name` in the code."""
    return _uses(_tree(code)).get(name, ())


@dataclass(frozen=True, slots=True)
class _Facts:
    reads: frozenset[str]
    writes: frozenset[str]
    counts: dict[str, int]


@lru_cache(maxsize=4096)
def _facts(tree: ast.AST) -> _Facts:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in found if not isinstance(node.ctx, ast.Store)}
    augmented = (node.target for node in ast.walk(tree) if isinstance(node, ast.AugAssign))
    read.update(target.id for target in augmented if isinstance(target, ast.Name))
    return _Facts(frozenset(read), frozenset(_bindings(tree)), Counter(node.id for node in found))


@lru_cache(maxsize=1024)
def _uses(tree: ast.AST) -> dict[str, tuple[Use, ...]]:
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found: dict[str, list[Use]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(_use(node, parents))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            use = Use("aug", type(node.op).__name__, node.target, node)
            found.setdefault(node.target.id, []).append(use)
    return {name: tuple(places) for name, places in found.items()}


READING_METHODS = words(
    "capitalize casefold center copy count decode encode endswith expandtabs find format get hex index "
    "isalnum isalpha isascii isdecimal isdigit isdisjoint isidentifier islower isnumeric isprintable "
    "isspace issubset issuperset istitle isupper items join keys ljust lower lstrip partition "
    "removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines "
    "startswith strip swapcase title translate upper values zfill bit_length bit_count most_common union "
    "intersection difference symmetric_difference is_integer as_integer_ratio"
)
"""Methods of built-in types that change nothing."""

READING_FUNCTIONS = words(
    "abs all any ascii bin bool bytes chr complex dict divmod enumerate float format frozenset hash hex "
    "id int isinstance issubclass len list max min oct ord pow range repr reversed round set slice sorted "
    "str sum tuple type zip map filter"
)
"""Built-in functions that change nothing but an iterator that they are given."""


def changes_object(code: Code, name: str) -> bool:
    """Whether the code may change the object behind `name`, or hand it to somebody who may.

    Reading it, iterating over it, comparing it and giving it to a built-in that only reads do not count. It is
    taken for granted that no alias changes it: see `aliased`.
    """
    return any(_may_change(use) for use in uses(code, name))


def _may_change(use: Use) -> bool:
    if use.kind == "method":
        return use.detail not in READING_METHODS
    if use.kind == "argument":
        return use.detail not in READING_FUNCTIONS
    return use.kind in ("store_item", "aug", "escape", "attribute")


def aliased(code: Code, name: str) -> bool:
    """Whether another name or container may come to hold the object behind `name` within the code."""
    safe_arguments = READING_FUNCTIONS - {"enumerate", "reversed", "zip", "map", "filter"}
    return any(
        use.kind == "escape" or (use.kind == "argument" and use.detail not in safe_arguments)
        for use in uses(code, name)
    )


def _tree(code: Code) -> ast.AST:
    return code if isinstance(code, ast.AST) else meaning(code)


def _bindings(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            outer = (n for n in ast.walk(node) if isinstance(n, ast.Nonlocal | ast.Global))
            yield from (name for statement in outer for name in statement.names)
            return
        case ast.Lambda():
            return
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            walrus = (n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            yield from walrus
            return
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
    for child in ast.iter_child_nodes(node):
        yield from _bindings(child)


def _use(node: ast.Name, parents: dict[ast.AST, ast.AST]) -> Use:
    parent = parents.get(node, node)
    kind, detail, call, around = "escape", "", None, None
    if _is_test(node, parents):
        return Use("truth", "", node, parent)
    match parent:
        case ast.Subscript(value=value, slice=index, ctx=context) if value is node:
            kind = "store_item" if not isinstance(context, ast.Load) else "item"
            if kind == "item" and isinstance(index, ast.Slice):
                kind = "slice"
            if isinstance(outer := parents.get(parent), ast.AugAssign) and outer.target is parent:
                kind = "store_item"
        case ast.Subscript() | ast.Slice():
            kind = "operand"
        case ast.Attribute(attr=attr, ctx=context):
            outer = parents.get(parent)
            call = outer if isinstance(outer, ast.Call) and outer.func is parent else None
            around = parents.get(call) if call else None
            kind, detail = ("method" if call else "attribute"), attr
        case ast.Call(func=func) if func is not node:
            kind, detail = "argument", _callee(func)
        case ast.keyword() | ast.Starred():
            outer = parents.get(parent)
            if isinstance(outer, ast.Call):
                kind, detail = "argument", _callee(outer.func)
        case ast.For(iter=it) | ast.AsyncFor(iter=it) | ast.comprehension(iter=it) if it is node:
            kind = "iterate"
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            position = comparators.index(node) if node is not left else -1
            contains = position >= 0 and isinstance(ops[position], ast.In | ast.NotIn)
            kind = "contains" if contains else "operand"
        case ast.BinOp() | ast.UnaryOp() | ast.FormattedValue() | ast.AugAssign():
            kind = "operand"
        case ast.Return():
            kind = "return"
    return Use(kind, detail, node, parent, call, around)


def _is_test(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether only the truth of an expression counts where it stands."""
    match parents.get(node):
        case ast.BoolOp() as parent:
            return _is_test(parent, parents)
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return test is node
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.comprehension(ifs=tests):
            return node in tests
    return False


def _callee(func: ast.expr) -> str:
    """`sorted` for a plain function, `.append` for a method, "" for anything else."""
    if isinstance(func, ast.Name):
        return func.id
    return f".{func.attr}" if isinstance(func, ast.Attribute) else ""
