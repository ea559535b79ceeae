"""A `while` loop that counts up by one: `for … in range(…)`.

Why: `range` counts inside the interpreter; the `while` compares and adds in bytecode on every turn.

Requires: the counter is set to a whole number right before the loop, and only counted up, as the last thing of every
turn; the bound is a name, a number or the length of something that the loop does not change; nothing reads the counter
after the loop. Where the bound is not known to be an integer, `range` may raise TypeError.

Before:
    def total(values: list):
        i = 0
        n = 0
        while i < len(values):
            # Each in turn.
            n += values[i]
            i += 1
        return n
After:
    def total(values: list):
        n = 0
        for i in range(len(values)):
            # Each in turn.
            n += values[i]
        return n
Try:
    ([1, 2],)
    ([],)

Before:
    def squares(n: int):
        out = []
        i = 1
        while i <= n:
            if i == 5:
                break
            out.append(i * i)
            i = i + 1
        return out
After:
    def squares(n: int):
        out = []
        for i in range(1, n + 1):
            if i == 5:
                break
            out.append(i * i)
        return out
Try:
    (3,)
    (9,)
    (0,)
    (-2,)

Unchanged: counted elsewhere, too
    def f(n: int):
        i = 0
        while i < n:
            if i == 3:
                i += 1
            print(i)
            i += 1

Unchanged: a turn may end early
    def f(n: int):
        i = 0
        while i < n:
            if i == 3:
                continue
            i += 1

Unchanged: read after the loop
    def f(n: int):
        i = 0
        while i < n:
            print(i)
            i += 1
        return i

Unchanged: the bound changes
    def f(values: list):
        i = 0
        while i < len(values):
            values.pop()
            i += 1

Unchanged: a bound that may be a float
    def f(n):
        i = 0
        while i * i < n:
            i += 1
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import stays
from speedproof.suggest.rules.loops import safe_from_handlers, start_of
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, statement
from speedproof.suggest.syntax.tree import lines, meaning, with_lines


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "len"):
        return None
    for loop in context.find(cst.While):
        found = match(loop.test, "$i < $stop", "$i <= $stop", "$stop > $i", "$stop >= $i")
        i = found and found.id("i")
        body = lines(loop.body)
        if not found or not i or not context.is_local(i) or loop.orelse or len(body) < 2:
            continue
        start = start_of(context, loop, i)
        if start is None or not isinstance(start[1], cst.Integer) or not match(body[-1], f"{i} += 1", f"{i} = {i} + 1"):
            continue
        rest = body[:-1]
        if (
            any(i in names.writes(line) for line in rest)
            or _may_continue(loop)
            or not _is_bound(context, found.stop, loop)
        ):
            continue
        if _is_read_elsewhere(context, loop, i) or not safe_from_handlers(context, loop, i):
            continue
        inclusive = match(loop.test, "$i <= $stop", "$stop >= $i") is not None
        stop = expression("$stop + 1", stop=found.stop) if inclusive else found.stop
        counted = "range($stop)" if start[1].evaluated_value == 0 else "range($start, $stop)"
        header = statement(f"for {i} in {counted}:\n    pass", start=start[1], stop=stop)
        assert isinstance(header, cst.For)
        new = header.with_changes(body=with_lines(loop.body, rest), leading_lines=loop.leading_lines)
        return context.replaced_all({start[0]: None, loop: new})
    return None


def _may_continue(loop: cst.While) -> bool:
    """Whether a `continue` of this loop skips the counting."""

    def has(node: ast.AST) -> bool:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Continue):
                return True
            if not isinstance(child, ast.For | ast.While | ast.FunctionDef) and has(child):
                return True
        return False

    tree = meaning(loop.body)
    return has(tree)


def _is_bound(context: Context, stop: cst.BaseExpression, loop: cst.While) -> bool:
    """Whether the bound is the same whole number on every turn, as far as one can see."""
    measured = match(stop, "len($xs)")
    if measured:
        return isinstance(measured.xs, cst.Name) and stays(context, measured.xs, loop)
    if isinstance(stop, cst.Integer):
        return True
    kind = context.type_of(stop)
    whole = kind is None or kind.name == "int"
    return isinstance(stop, cst.Name) and whole and context.is_local(stop.value) and stays(context, stop, loop)


def _is_read_elsewhere(context: Context, loop: cst.While, i: str) -> bool:
    """Whether a read outside the loop could see what the loop leaves in the counter."""
    outside = len(names.uses(context.tree, i)) - len(names.uses(loop, i))
    return outside > 0
