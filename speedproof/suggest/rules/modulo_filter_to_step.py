"""A loop over a range that picks every k-th number by `%`: a range with a step.

Why: it counts k times as far as it needs to, and divides each time.

Requires: the range starts at a constant, and the whole body of the loop stands under `if i % k == r` with constants
`k` and `r`. A negative stop is an empty range either way.

Before:
    def odd_letters(text):
        out = []
        for i in range(len(text)):
            # Every other one.
            if i % 2 == 1:
                out.append(text[i])
        return out
After:
    def odd_letters(text):
        out = []
        for i in range(1, len(text), 2):
            # Every other one.
            out.append(text[i])
        return out
Try:
    ("abcdefg",)
    ("a",)
    ("",)

Before:
    def multiples(n):
        return sum(i for i in range(1, n) if i % 3 == 0)
After:
    def multiples(n):
        return sum(i for i in range(3, n, 3))
Try:
    (10,)
    (3,)
    (4,)
    (-5,)
    ("x",)

Before:
    def evens(n):
        k = 0
        for i in range(0, n + 1):
            if not i % 2:
                k += i * i
        return k
After:
    def evens(n):
        k = 0
        for i in range(0, n + 1, 2):
            k += i * i
        return k
Try:
    (7,)
    (-3,)
    (0,)

Unchanged: something is done with the others
    def f(n):
        k = 0
        for i in range(n):
            if i % 2 == 0:
                k += i
            else:
                k -= i
        return k

Unchanged: the variable is used afterwards
    def f(n):
        for i in range(n):
            if i % 2 == 0:
                pass
        return i

Unchanged: a step that is not known
    def f(n, k):
        return [i for i in range(n) if i % k == 0]

Unchanged: never
    def f(n):
        return [i for i in range(n) if i % 2 == 2]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.syntax.pattern import expression, match
from speedproof.suggest.syntax.tree import lines, move_comments, with_lines


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.is_builtin("range"):
        return None
    for loop in context.find(cst.For):
        body = lines(loop.body)
        found = match(body[0], "if $test:\n    $$body") if len(body) == 1 else None
        stepped = _stepped(loop.iter, loop.target, found.test) if found else None
        if found and stepped is not None and not loop.asynchronous and variables_die(context, loop):
            first = move_comments(body[0], found.body[0])
            block = with_lines(loop.body, [first, *found.body[1:]])
            return context.replaced(loop, loop.with_changes(iter=stepped, body=block))
    for clause in context.find(cst.CompFor):
        if clause.ifs and not clause.asynchronous:
            stepped = _stepped(clause.iter, clause.target, clause.ifs[0].test)
            if stepped is not None:
                return context.replaced(clause, clause.with_changes(iter=stepped, ifs=clause.ifs[1:]))
    return None


def _stepped(
    iterable: cst.BaseExpression, target: cst.BaseExpression, test: cst.BaseExpression
) -> cst.BaseExpression | None:
    """The range of those numbers in `iterable` that pass the test, if it is such a one."""
    counted = match(iterable, "range($start, $stop)", "range($stop)")
    if counted is None or not isinstance(target, cst.Name):
        return None
    start = _integer(counted.start) if "start" in counted.as_parts() else 0
    i = target.value
    picked = match(test, f"{i} % $k == $r", f"not {i} % $k", f"{i} % $k != $not", f"{i} % $k")
    step = _integer(picked.k) if picked else None
    if picked is None or start is None or step is None or start < 0 or step < 2:
        return None
    rest: int | None = 0
    if "r" in picked.as_parts():
        rest = _integer(picked.r)
    elif not match(test, f"not {i} % $k"):
        # What is not one of two remainders is the other.
        other = _integer(picked.as_parts()["not"]) if "not" in picked.as_parts() else 0
        rest = 1 - other if step == 2 and other in (0, 1) else None
    if rest is None or not 0 <= rest < step:
        return None
    first = start + (rest - start) % step
    return expression(f"range({first}, $stop, {step})", stop=counted.stop)


def _integer(node: cst.BaseExpression) -> int | None:
    return node.evaluated_value if isinstance(node, cst.Integer) else None
