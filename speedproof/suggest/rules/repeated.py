"""Where an expression is evaluated again and again, and where its loop variables come from."""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Comprehension, Context
from speedproof.suggest.rules.effects import outermost_loop, stays
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match
from speedproof.suggest.syntax.tree import Statement, meaning, words

_READERS = words("sum min max any all sorted list tuple set frozenset dict len Counter deque")


def place_before(context: Context, node: cst.CSTNode, needed: cst.CSTNode) -> Statement | None:
    """The statement before which to compute once what `node` needs each time it is repeated; None if it is not.

    That is the outermost loop around `node` in which `needed` stays the same, or the line with the comprehension.
    """
    if names.reads(needed) & comprehension_names(context, node):
        return None
    if any(isinstance(a, cst.GeneratorExp) and not _is_read_at_once(context, a) for a in context.ancestors(node)):
        return None  # It may run later, when what it reads has changed.
    loop = outermost_loop(context, node, needed)
    if loop is not None:
        return loop
    repeated = is_in_comprehension(context, node)
    line = context.statement_of(node)
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    return line if repeated and alone and stays(context, needed, line) else None


def comprehension_names(context: Context, node: cst.CSTNode) -> frozenset[str]:
    """The variables of the comprehensions around `node`."""
    found: set[str] = set()
    for above in context.ancestors(node):
        if isinstance(above, Comprehension):
            tree = meaning(above)
            found.update(
                name.id
                for part in ast.walk(tree)
                if isinstance(part, ast.comprehension)
                for name in ast.walk(part.target)
                if isinstance(name, ast.Name)
            )
    return frozenset(found)


def is_in_comprehension(context: Context, node: cst.CSTNode) -> bool:
    """Whether a comprehension around `node` evaluates it once per item; its first iterable is evaluated only once."""
    inside = node
    below: cst.CSTNode | None = None
    for above in context.ancestors(node):
        if isinstance(above, Comprehension) and not (inside is above.for_in and below is above.for_in.iter):
            return True
        below, inside = inside, above
    return False


def _is_read_at_once(context: Context, made: cst.GeneratorExp) -> bool:
    """Whether a generator is used up where it is made, by a built-in or a method that reads all it gets."""
    argument = context.parent(made)
    call = context.parent(argument) if isinstance(argument, cst.Arg) else None
    match call.func if isinstance(call, cst.Call) else None:
        case cst.Name(value=name):
            return name in _READERS and context.is_builtin(name)
        case cst.Attribute(attr=cst.Name(value=name)):
            return name in ("join", "extend", "update")
    return False


def comes_from(context: Context, x: cst.BaseExpression, name: str) -> bool:
    """Whether `x` is an element of what `name` holds: `name[i]`, or a variable that goes through it."""
    if match(x, f"{name}[$i]") and not isinstance(x.slice[0].slice, cst.Slice):  # type: ignore[attr-defined]
        return True
    if not isinstance(x, cst.Name):
        return False
    bindings = [
        _element_of(node.target, node.iter, x.value)
        for node in ast.walk(context.tree)
        if isinstance(node, ast.For | ast.comprehension) and x.value in names.mentions(node.target)
    ]
    return (
        bool(bindings)
        and set(bindings) == {name}
        and context.n_stores(x.value) == len(bindings)
        and x.value not in context.parameters
    )


def _element_of(target: ast.expr, iterable: ast.expr, variable: str) -> str | None:
    """The name of the collection through which `for target in iterable` takes `variable`."""
    match target, iterable:
        case ast.Name(), ast.Name(id=name):
            return name
        case ast.Name(), ast.Call(func=ast.Name(id="set" | "list" | "tuple" | "sorted" | "reversed"), args=[inner]):
            return _element_of(target, inner, variable)
        case ast.Name(), ast.Subscript(value=ast.Name(id=name), slice=ast.Slice()):
            return name
        case ast.Tuple(elts=[_, ast.Name(id=second)]), ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if (
            second == variable
        ):
            return _element_of(ast.Name(second, ast.Store()), inner, variable)
    return None


def read_again(context: Context, node: cst.BaseExpression) -> bool:
    """Whether going through the value once does not use it up.

    That is known from its type, or from the function measuring, indexing or going through it elsewhere.
    """
    kind = context.type_of(node)
    if kind is not None:
        return kind.name not in ("iterator", "generator")
    if not isinstance(node, cst.Name):
        return False
    kinds = ("item", "slice", "iterate")
    return any(
        use.kind in kinds or (use.kind == "argument" and use.detail == "len")
        for use in names.uses(context.tree, node.value)
    )
