"""What rules about recursion have in common."""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.tree import walk


def recursive_calls(context: Context) -> list[cst.Call]:
    """The calls that a plain module-level function makes of itself, if it does so only by complete positional calls."""
    function, name = context.function, context.function.name.value
    itself = context.module.function(name)
    arguments = context.tree.args
    plain = not (function.decorators or function.asynchronous or arguments.vararg or arguments.kwarg)
    if not plain or arguments.kwonlyargs or itself is None or name in context.locals:
        return []
    if ast.dump(itself) != ast.dump(context.tree):
        return []  # A method, say, that only has the same name.
    calls = [
        node
        for node in walk(function.body)
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == name
    ]
    complete = all(
        len(call.args) == len(context.parameters) and not any(a.star or a.keyword for a in call.args) for call in calls
    )
    n_mentions = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(context.tree))
    return calls if complete and n_mentions == len(calls) else []


def calls_on_one_path(body: list[ast.stmt], name: str) -> int:
    """How many calls of `name` one run through the statements may make; one in a loop counts twice."""
    most = 0
    so_far = 0
    for node in body:
        match node:
            case ast.If(test=test, body=inner, orelse=orelse):
                so_far += _calls_in(test, name)
                branches = [(calls_on_one_path(block, name), _leaves(block)) for block in (inner, orelse)]
                most = max(most, *(so_far + n for n, _ in branches))
                so_far += max((n for n, leaves in branches if not leaves), default=0)
            case ast.For(body=inner, orelse=orelse) | ast.While(body=inner, orelse=orelse):
                head = node.iter if isinstance(node, ast.For) else node.test
                so_far += _calls_in(head, name) + 2 * _repeated_calls(inner, name) + calls_on_one_path(orelse, name)
            case _:
                so_far += _calls_in(node, name)
        most = max(most, so_far)
        if isinstance(node, ast.Return | ast.Raise):
            break
    return most


def _repeated_calls(body: list[ast.stmt], name: str) -> int:
    """The calls in a loop's body, but for those after which the loop is left."""
    if body and isinstance(body[-1], ast.Break | ast.Return | ast.Raise):
        return 0
    return sum(
        _calls_in(node.test, name) + _repeated_calls(node.body, name) + _repeated_calls(node.orelse, name)
        if isinstance(node, ast.If)
        else _calls_in(node, name)
        for node in body
    )


def _leaves(block: list[ast.stmt]) -> bool:
    return bool(block) and isinstance(block[-1], ast.Return | ast.Raise)


def _calls_in(node: ast.AST, name: str) -> int:
    match node:
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _calls_in(test, name) + max(_calls_in(body, name), _calls_in(orelse, name))
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return 2 * sum(_calls_in(child, name) for child in ast.iter_child_nodes(node))
    own = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    return own + sum(_calls_in(child, name) for child in ast.iter_child_nodes(node))
