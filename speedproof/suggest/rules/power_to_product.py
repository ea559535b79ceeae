"""A small power of an integer: a product.

Why: `x ** 2` goes through the general power, `x * x` is one multiplication. Measured: 1.8-2.0× (catalogue 38).

Requires: the base is a name that is known to hold an integer: with floats, a power that is too large raises
OverflowError where a product is infinite.

Before:
    def squares(n: int) -> int:
        total = 0
        for i in range(n):
            total += i**2 - 2 * i ** 3 + (-i) ** 2
        return total
After:
    def squares(n: int) -> int:
        total = 0
        for i in range(n):
            total += i * i - 2 * (i * i * i) + (-i) ** 2
        return total
Try:
    (10,)
    (0,)

Unchanged: perhaps a float
    def f(xs):
        return [x ** 2 for x in xs]

Unchanged: a large power
    def f(n: int):
        return n ** 10

Unchanged: only once
    def f(n: int):
        return n ** 0.5
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import expression, match


def rewrite(context: Context) -> cst.FunctionDef | None:
    for power in context.find(cst.BinaryOperation):
        found = match(power, "$x ** 2", "$x ** 3")
        if found is not None and isinstance(found.x, cst.Name) and context.is_a(found.x, "int"):
            product = "$x * $x" if match(power, "$x ** 2") else "$x * $x * $x"
            return context.replaced(power, expression(product, x=found.x))
    return None
