"""What rules about loops that collect something have in common."""

import ast
import math

import libcst as cst

from speedproof.suggest.rules.base import Context, Loop
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match_lines, statement
from speedproof.suggest.syntax.tree import Statement, lines, meaning, replace, small, walk


def start_of(context: Context, loop: Loop, name: str) -> tuple[Statement, cst.BaseExpression] | None:
    """The statement `name = value` before the loop in its block, and the value, if nothing between mentions `name`."""
    before, _ = context.siblings(loop)
    for earlier in reversed(before):
        line = small(earlier)
        if isinstance(line, cst.Assign) and len(line.targets) == 1:
            target = line.targets[0].target
            if isinstance(target, cst.Name) and target.value == name:
                return (earlier, line.value) if name not in names.mentions(line.value) else None
        if name in names.mentions(earlier):
            return None
    return None


def safe_from_handlers(context: Context, loop: Loop, name: str) -> bool:
    """Whether nobody sees `name` if the loop ends by an exception: no handler around it that could go on with it."""
    for above in context.ancestors(loop):
        if isinstance(above, cst.Try | cst.TryStar | cst.With):
            body = sum(names.count(line, name) for line in lines(above.body))
            if body != names.count(context.tree, name):
                return False
    return True


def whole_loop(context: Context, assignment: cst.Assign, name: str) -> Loop | None:
    """The outermost loop around `name = …name…` that does nothing else with it, and before whose end nobody sees it.

    None where there is no such loop.
    """
    found = None
    for loop in context.loops_around(assignment):
        if names.count(loop, name) != 2:
            break
        found = loop
    if found is None or not context.is_local(name) or not safe_from_handlers(context, found, name):
        return None
    ends_early = any(isinstance(node, cst.Return | cst.Yield) for node in walk(found, into_functions=False))
    return None if ends_early else found


def collected(
    context: Context, loop: Loop, assignment: cst.Assign, items: str, start: str, value: cst.BaseExpression, after: str
) -> cst.FunctionDef:
    """The function with `items`, which is `start` before the loop, taking each `value` in place of the assignment.

    `after` is the statement behind the loop that makes something of them.
    """
    added = small(statement(f"{items}.append($value)", value=value))
    before = statement(f"{items} = {start}").with_changes(leading_lines=loop.leading_lines)
    now = replace(loop, {assignment: added}).with_changes(leading_lines=())
    return context.replaced(loop, [before, now, statement(after)])


def variables_die(context: Context, loop: cst.For) -> bool:
    """Whether nothing outside the loop reads the variables that it counts through."""
    if any(isinstance(part, cst.Attribute | cst.Subscript) for part in walk(loop.target)):
        return False
    bound = names.mentions(loop.target)
    outside = [
        node
        for node in ast.walk(context.tree)
        if isinstance(node, ast.Name) and node.id in bound and isinstance(node.ctx, ast.Load)
    ]
    inside = _loads(meaning(loop), bound)
    others = _loads_in_own_scope(context, loop, bound)
    return len(outside) - inside - others == 0 and not bound & (context.shared | set(context.parameters))


def simple_body(loop: cst.For) -> tuple[cst.BaseExpression | None, Statement] | None:
    """(condition or None, the one statement) of a loop that does a single thing per item, perhaps under an `if`."""
    body = lines(loop.body)
    if loop.orelse or loop.asynchronous or len(body) != 1:
        return None
    found = match_lines(body, "if $test:\n    $$body")
    if found and len(found.body) == 1:
        return (found.test, found.body[0]) if isinstance(found.body[0], cst.SimpleStatementLine) else None
    return (None, body[0]) if isinstance(body[0], cst.SimpleStatementLine) else None


def comprehension(loop: cst.For, element: cst.BaseExpression, test: cst.BaseExpression | None) -> cst.ListComp | None:
    """`[element for … in … if test]`; None where that would not be an expression of its own."""
    for part in (element, loop.iter, test):
        if part is not None and any(
            isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr) for node in ast.walk(meaning(part))
        ):
            return None
    source = loop.iter
    if isinstance(source, cst.Tuple | cst.IfExp | cst.Lambda) and not source.lpar:
        source = source.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    if test is not None and isinstance(test, cst.IfExp | cst.Lambda) and not test.lpar:
        test = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    if isinstance(element, cst.Tuple) and not element.lpar:
        element = element.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    ifs = [cst.CompIf(test)] if test is not None else []
    return cst.ListComp(element, cst.CompFor(loop.target, source, ifs))


def counts_from(context: Context, name: str) -> float:
    """The least value of a variable that only ever counts upwards through a `range`; minus infinity if it may not."""
    starts = [
        _least(context, node.iter) if isinstance(node.target, ast.Name) else -math.inf
        for node in ast.walk(context.tree)
        if isinstance(node, ast.For | ast.comprehension) and name in names.mentions(node.target)
    ]
    if not starts or context.n_stores(name) != len(starts) or name in context.parameters or not context.is_local(name):
        return -math.inf
    return min(starts)


def _least(context: Context, iterable: ast.expr) -> float:
    """What every item of a `range` with a known start and a positive step is at least."""
    match iterable:
        case ast.Call(func=ast.Name(id="range"), args=[_]) if context.is_builtin("range"):
            return 0
        case ast.Call(
            func=ast.Name(id="range"),
            args=[ast.Constant(value=int(start)), _] | [ast.Constant(value=int(start)), _, ast.Constant(value=int())],
        ) if context.is_builtin("range"):
            return start
    return -math.inf


def has_comments(node: cst.CSTNode) -> bool:
    """Whether there is a comment inside, which a rewrite to an expression would lose."""
    return "#" in cst.Module([]).code_for_node(node) and any(
        isinstance(part, cst.Comment) for part in _everything(node)
    )


def _everything(node: cst.CSTNode) -> list[cst.CSTNode]:
    found = [node]
    for child in node.children:
        found += _everything(child)
    return found


def _loads(tree: ast.AST, bound: frozenset[str]) -> int:
    return sum(isinstance(n, ast.Name) and n.id in bound and isinstance(n.ctx, ast.Load) for n in ast.walk(tree))


def _loads_in_own_scope(context: Context, loop: cst.For, bound: frozenset[str]) -> int:
    """Reads that belong to other loops and comprehensions which bind the same names themselves first."""
    total = 0
    counted: set[cst.CSTNode] = set()
    for other in (*context.find(cst.For), *context.comprehensions()):
        above = set(context.ancestors(other))
        if other is loop or loop in above or above & counted:
            continue
        target = other.target if isinstance(other, cst.For) else other.for_in.target
        rebound = names.mentions(target) & bound
        if rebound and other not in context.ancestors(loop):
            counted.add(other)
            total += _loads(meaning(other), frozenset(rebound))
    return total
