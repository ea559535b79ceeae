"""`factorial(n) // (factorial(k) * factorial(n - k))`: `math.comb`.

Why: the factorials are far bigger than the result. Measured: 3-7× for numbers around 20, more for larger ones.

Requires: the factorials are `math.factorial`'s. Where k is negative or greater than n, `factorial` raises, as `comb`
does not always; such numbers go the long way.

Before:
    from math import factorial


    def choose(n, k):
        return factorial(n) // (factorial(k) * factorial(n - k))
After:
    from math import comb, factorial


    def choose(n, k):
        return comb(n, k) if 0 <= k <= n else factorial(n) // (factorial(k) * factorial(n - k))
Try:
    (5, 2)
    (5, 0)
    (2, 5)
    (-1, 0)
    (5.0, 2)
    (5, -1)

Before:
    import math


    def middle(n):
        return 1 + math.factorial(n) // math.factorial(2) // math.factorial(n - 2)
After:
    import math


    def middle(n):
        return 1 + (math.comb(n, 2) if 0 <= 2 <= n else math.factorial(n) // math.factorial(2) // math.factorial(n - 2))
Try:
    (5,)
    (1,)
    (-1,)

Unchanged: another function of that name
    def factorial(n):
        return n
    def f(n, k):
        return factorial(n) // (factorial(k) * factorial(n - k))

Unchanged: true division rounds
    from math import factorial
    def f(n, k):
        return factorial(n) / (factorial(k) * factorial(n - k))
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import expression, match
from speedproof.suggest.syntax.precedence import fitted

_PRODUCTS = ("({f}($k) * {f}($n - $k))", "({f}($n - $k) * {f}($k))")


def rewrite(context: Context) -> cst.FunctionDef | None:
    for division in context.find(cst.BinaryOperation):
        for name in context.spellings("math", "factorial"):
            forms = [f"{name}($n) // " + product.format(f=name) for product in _PRODUCTS]
            forms += [f"{name}($n) // {name}($k) // {name}($n - $k)", f"{name}($n) // {name}($n - $k) // {name}($k)"]
            found = match(division, *forms)
            if found is None or _is_guarded(context, division):
                continue
            comb = context.imported("math", "comb")
            if comb is not None:
                guarded = expression(f"{comb}($n, $k) if 0 <= $k <= $n else $long", long=division, **found.as_parts())
                return context.replaced(division, fitted(guarded, context.parent(division), division))
    return None


def _is_guarded(context: Context, division: cst.BinaryOperation) -> bool:
    parent = context.parent(division)
    return isinstance(parent, cst.IfExp) and parent.orelse is division
