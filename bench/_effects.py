"""Rewrites of a function whose effect on its speed is known: none at all, or a given share."""

import ast
import textwrap
from collections.abc import Iterator

from speedproof.core.target import Target

_BURN = """


from time import thread_time as _effect_now


def _effect_burn(start, share, value):
    now = _effect_now()
    end = now + share * (now - start)
    while now < end:
        now = _effect_now()
    return value
"""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def renamed(target: Target, number: int) -> str:
    """The module's text with other names for the function's local variables: the same code, compiled anew."""
    function = _parsed(target)
    bound_otherwise = {
        name
        for node in ast.walk(function)
        for name in [
            *([node.arg] if isinstance(node, ast.arg) else []),
            *(node.names if isinstance(node, ast.Global | ast.Nonlocal) else []),
            *([node.name] if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name else []),
            *([(node.asname or node.name).partition(".")[0]] if isinstance(node, ast.alias) else []),
            *([node.name] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else []),
        ]
    }
    looks_at_names = {"locals", "eval", "exec", "vars", "dir"} & {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name)
    }
    in_classes = any(isinstance(node, ast.ClassDef) for node in ast.walk(function))
    if not looks_at_names and not in_classes:
        stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in stored - bound_otherwise:
                node.id = f"{node.id}_{number}"
    return _replaced(target, function)


def slowed(target: Target, share: float) -> str | None:
    """The module's text with a function that computes for `share` longer, whatever its arguments.

    With a share of 0.0 the same statements are there and burn nothing: it is to be compared with that. None for
    generators and coroutines, whose calls end before their work is done, and where a call may be inside another.
    """
    function = _parsed(target)
    own = list(_own_nodes(function))
    calls_itself = any(isinstance(node, ast.Name) and node.id == target.name for node in ast.walk(function))
    lazy = not isinstance(function, ast.FunctionDef) or any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own)
    if lazy or calls_itself:
        return None
    for node in own:
        if isinstance(node, ast.Return):
            node.value = _burning(share, node.value or ast.Constant(None))
    start = ast.parse("_effect_start = _effect_now()").body
    function.body = [*start, *function.body, ast.Expr(_burning(share, ast.Constant(None)))]
    return _replaced(target, function) + _BURN


def _burning(share: float, value: ast.expr) -> ast.Call:
    arguments = [ast.Name("_effect_start", ast.Load()), ast.Constant(share), value]
    return ast.Call(ast.Name("_effect_burn", ast.Load()), arguments, [])


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body without those of functions and classes inside it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node
            yield from _own_nodes(node)


def _parsed(target: Target) -> ast.FunctionDef | ast.AsyncFunctionDef:
    [function] = ast.parse(textwrap.dedent(_indent(target) + target.source)).body
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return function


def _replaced(target: Target, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    source = textwrap.indent(ast.unparse(ast.fix_missing_locations(function)), _indent(target))
    span = target.span
    return target.text[: span.start] + source.lstrip(" \t") + target.text[span.end :]


def _indent(target: Target) -> str:
    return target.text[target.text.rfind("\n", 0, target.span.start) + 1 : target.span.start]
