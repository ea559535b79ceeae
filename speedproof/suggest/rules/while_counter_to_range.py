"""A `while` loop that counts up or down by one: `for … in range(…)`.

Why: `range` counts inside the interpreter; the `while` compares and adds in bytecode on every turn.

Requires: the counter is set to a whole number right before the loop, and only counted, as the last thing of every turn;
the bound is a name, a number or the length of something that the loop does not change; nothing reads the counter
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

Before:
    def column(title: str) -> int:
        i = len(title) - 1
        value, power = 0, 1
        while i >= 0:
            value += (ord(title[i]) - 64) * power
            power *= 26
            i -= 1
        return value
After:
    def column(title: str) -> int:
        value, power = 0, 1
        for i in range(len(title) - 1, -1, -1):
            value += (ord(title[i]) - 64) * power
            power *= 26
        return value
Try:
    ("AB",)
    ("",)

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
from speedproof.suggest.syntax.tree import Statement, lines, meaning, small, with_lines


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "len"):
        return None
    for loop in context.find(cst.While):
        down = match(loop.test, "$i >= 0", "$i > -1", "$i > 0")
        found = down or match(loop.test, "$i < $stop", "$i <= $stop", "$stop > $i", "$stop >= $i")
        i = found and found.id("i")
        body = lines(loop.body)
        if not found or not i or not context.is_local(i) or loop.orelse or len(body) < 2:
            continue
        start = start_of(context, loop, i)
        counts = (f"{i} -= 1", f"{i} = {i} - 1") if down else (f"{i} += 1", f"{i} = {i} + 1")
        if start is None or not match(body[-1], *counts) or not context.is_a(start[1], "int"):
            continue
        rest = body[:-1]
        if any(i in names.writes(line) for line in rest) or _may_continue(loop):
            continue
        if not down and not _is_bound(context, found.stop, loop):
            continue
        # The start is computed later than it was: what it reads must not change in between.
        if not _stays_until(context, start[0], loop) or _is_read_elsewhere(context, loop, i):
            continue
        if not safe_from_handlers(context, loop, i):
            continue
        header = _header(loop, i, start[1], None if down else found.stop)
        new = header.with_changes(body=with_lines(loop.body, rest), leading_lines=loop.leading_lines)
        return context.replaced_all({start[0]: None, loop: new})
    return None


def _header(loop: cst.While, i: str, start: cst.BaseExpression, stop: cst.BaseExpression | None) -> cst.For:
    """The `for` that counts as the loop does: down where there is no stop."""
    if stop is None:
        end = "0" if match(loop.test, "$i > 0") else "-1"
        made = statement(f"for {i} in range($start, {end}, -1):\n    pass", start=start)
    else:
        inclusive = match(loop.test, "$i <= $stop", "$stop >= $i") is not None
        last = expression("$stop + 1", stop=stop) if inclusive else stop
        counted = "range($stop)" if match(start, "0") else "range($start, $stop)"
        made = statement(f"for {i} in {counted}:\n    pass", start=start, stop=last)
    assert isinstance(made, cst.For)
    return made


def _stays_until(context: Context, setting: Statement, loop: cst.While) -> bool:
    """Whether nothing between the statement and the loop changes what the statement reads."""
    value = small(setting)
    before, _ = context.siblings(loop)
    between = before[before.index(setting) + 1 :]
    return isinstance(value, cst.Assign) and all(stays(context, value.value, line) for line in between)


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
