"""An inner loop that folds the same numbers again from the start, up to another end each time: a table that grows.

Why: 1·2·…·i is 1·2·…·(i-1) times i; only the new factors need to be multiplied.

The table holds the value after every number so far, and is extended when one further on is asked for. The operations
and their order are those of the inner loop, so floats round as before.

Requires: the inner loop counts up from a constant, only updates one name that was set to a number right before it, and
what it adds depends on nothing that the outer loop changes.

Before:
    def both(n):
        out = []
        for i in range(1, n + 1):
            if i % 2:
                x = 0
                for j in range(1, i + 1):
                    x += j
                out.append(x)
            else:
                x = 1
                for j in range(1, i + 1): x *= j
                out += [x]
        return out
After:
    def both(n):
        out = []
        x_table = [0]
        x_table_2 = [1]
        for i in range(1, n + 1):
            if i % 2:
                for j in range(len(x_table), i + 1):
                    x_table.append(x_table[-1] + j)
                x = x_table[i]
                out.append(x)
            else:
                for j in range(len(x_table_2), i + 1): x_table_2.append(x_table_2[-1] * j)
                x = x_table_2[i]
                out += [x]
        return out
Try:
    (7,)
    (0,)
    (1,)

Before:
    def sums(values, ends):
        out = []
        for end in ends:
            total = 0.0
            for j in range(end):
                total += values[j] / 3
            out.append(total)
        return out
After:
    def sums(values, ends):
        out = []
        total_table = [0.0]
        for end in ends:
            for j in range(len(total_table) - 1, end):
                total_table.append(total_table[-1] + values[j] / 3)
            total = total_table[max(end, 0)]
            out.append(total)
        return out
Try:
    ([1, 2, 4.5], [2, 0, 3, -1, 1])
    ([1, 2], [3])

Unchanged: what is added changes with the outer loop
    def f(n):
        out = []
        for i in range(n):
            x = 0
            for j in range(i):
                x += i * j
            out.append(x)
        return out

Unchanged: it starts from something else each time
    def f(n):
        out = []
        for i in range(n):
            x = i
            for j in range(i):
                x += j
            out.append(x)
        return out

Unchanged: the variable is used afterwards
    def f(n):
        for i in range(n):
            x = 0
            for j in range(i):
                x += j
            print(x, j)

Unchanged: the values change
    def f(values):
        for i in range(len(values)):
            x = 0
            for j in range(i):
                x += values[j]
            values[i] = x
        return values

Unchanged: only done once
    def f(n):
        x = 0
        for j in range(n):
            x += j
        return x
"""

from dataclasses import dataclass

import libcst as cst

from speedproof.suggest.rules.base import Context, Loop
from speedproof.suggest.rules.effects import is_pure, stays
from speedproof.suggest.rules.loops import counts_from, variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, statement
from speedproof.suggest.syntax.tree import Statement, lines, move_comments, replace, small, walk


@dataclass(frozen=True)
class _Fold:
    """`x = init` and then `for j in range(start, stop): x = x operator value`."""

    setting: Statement
    loop: cst.For
    x: str
    init: cst.BaseExpression
    start: int
    stop: cst.BaseExpression
    operator: str
    value: cst.BaseExpression


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "len", "max"):
        return None
    for loop in context.find(cst.For):
        fold = _fold(context, loop)
        outer = _outermost(context, fold) if fold else None
        if fold is None or outer is None:
            continue
        table = context.fresh(f"{fold.x}_table")
        added = expression(f"{table}[-1] {fold.operator} $value", value=fold.value)
        append = small(statement(f"{table}.append($added)", added=added))
        low = f"len({table})" + (
            f" - {1 - fold.start}" if fold.start < 1 else f" + {fold.start - 1}" * (fold.start > 1)
        )
        extend = replace(
            loop,
            {
                loop.iter: expression("range($low, $stop)", low=low, stop=fold.stop),
                small(lines(loop.body)[0]) if isinstance(loop.body, cst.IndentedBlock) else loop.body.body[0]: append,
            },
        )
        look_up = statement(f"{fold.x} = {table}[$index]", index=_index(context, fold))
        changes = {fold.setting: None, loop: [move_comments(fold.setting, extend), look_up]}
        made = statement(f"{table} = [$init]", init=fold.init)
        return context.preceded(outer, [made], replace(outer, changes))
    return None


def _fold(context: Context, loop: cst.For) -> _Fold | None:
    """The fold that a loop is, together with the statement before it."""
    before, _ = context.siblings(loop)
    found = match(loop.iter, "range($start, $stop)", "range($stop)")
    setting = match(before[-1], "$x = $init") if before else None
    body = lines(loop.body)
    if found is None or setting is None or len(body) != 1 or loop.orelse or loop.asynchronous:
        return None
    x, j = setting.id("x"), loop.target.value if isinstance(loop.target, cst.Name) else None
    start = found.start if "start" in found.as_parts() else cst.Integer("0")
    update = match(body[0], f"{x} += $value", f"{x} *= $value") if x else None
    if update is None or x is None or j is None or not isinstance(start, cst.Integer):
        return None
    if not isinstance(setting.init, cst.Integer | cst.Float) or x in names.reads(update.value) | {j}:
        return None
    known = context.is_local(x) and is_pure(context, update.value) and is_pure(context, found.stop)
    if not known or {x, j} & names.reads(found.stop) or not variables_die(context, loop):
        return None
    operator = "*" if match(body[0], f"{x} *= $value") else "+"
    return _Fold(before[-1], loop, x, setting.init, start.evaluated_value, found.stop, operator, update.value)


def _outermost(context: Context, fold: _Fold) -> Loop | None:
    """The outermost loop that repeats the fold while what it adds up stays the same, but for the counting variable."""
    j = fold.loop.target.value if isinstance(fold.loop.target, cst.Name) else ""
    added = expression("($value, 0)", value=fold.value)
    fixed = replace(added, {name: cst.Integer("0") for name in _names(added, j)})
    found = None
    for loop in context.loops_around(fold.loop):
        if not stays(context, fixed, loop):
            break
        found = loop
    return found


def _names(node: cst.CSTNode, name: str) -> list[cst.Name]:
    return [part for part in walk(node) if isinstance(part, cst.Name) and part.value == name]


def _index(context: Context, fold: _Fold) -> cst.BaseExpression:
    """Where in the table the fold up to `stop` is: how many numbers there are from `start`, at least none."""
    stop, start = fold.stop, fold.start
    shifted = match(stop, f"$i + {start}") if start else None
    base, least = (shifted.i, 0) if shifted else (stop, start)
    certain = isinstance(base, cst.Name) and counts_from(context, base.value) >= least
    if start and not shifted:
        base = expression(f"$base - {start}", base=base)
    return base if certain else expression("max($base, 0)", base=base)
