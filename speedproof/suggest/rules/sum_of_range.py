"""`sum(range(n))` and the like: a product.

Why: the sum of a row of whole numbers is half the product of its length and its ends.

Requires: the ends are known to be integers; a row that ends before it starts is empty, which a length never is below 0.

Before:
    def total(n: int) -> int:
        return sum(range(n + 1)) + sum(range(1, n))
After:
    def total(n: int) -> int:
        return (n * (n + 1) // 2 if n > 0 else 0) + (n * (n - 1) // 2 if n > 1 else 0)
Try:
    (0,)
    (1,)
    (10,)
    (-3,)
    (True,)

Before:
    def missing(values):
        return sum(range(len(values) + 1)) - sum(values)
After:
    def missing(values):
        return len(values) * (len(values) + 1) // 2 - sum(values)
Try:
    ([0, 2],)
    ([],)

Unchanged: perhaps not an integer
    def f(n):
        return sum(range(n))

Unchanged: with a step
    def f(n: int):
        return sum(range(0, n, 3))
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import expression, match

_FORMS = (
    (("sum(range($n + 1))", "sum(range(1, $n + 1))", "sum(range(0, $n + 1))"), "$n * ($n + 1) // 2 if $n > 0 else 0"),
    (("sum(range($n))", "sum(range(1, $n))", "sum(range(0, $n))"), "$n * ($n - 1) // 2 if $n > 1 else 0"),
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("sum", "range"):
        return None
    for call in context.find(cst.Call):
        for patterns, product in _FORMS:
            found = match(call, *patterns)
            if found is None:
                continue
            if isinstance(found.n, cst.Name) and context.is_a(found.n, "int"):
                return context.replaced(call, expression(product, n=found.n))
            measured = match(found.n, "len($xs)")
            if measured and isinstance(measured.xs, cst.Name) and context.is_builtin("len"):
                return context.replaced(call, expression(product.partition(" if ")[0], n=found.n))
    return None
