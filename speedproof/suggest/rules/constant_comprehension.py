"""`[0 for _ in range(n)]`: `[0] * n`.

Why: multiplying fills the list inside the interpreter.

Requires: the element is a literal that cannot be changed, and nothing in it depends on the loop.

Before:
    def table(n, m):
        return [[0 for _ in range(m + 1)] for _ in range(n)]
After:
    def table(n, m):
        return [[0] * (m + 1) for _ in range(n)]
Try:
    (2, 3)
    (0, 1)
    (1, -4)

Unchanged: each a list of its own
    def f(n):
        return [[] for _ in range(n)]

Unchanged: a condition
    def f(n):
        return [0 for i in range(n) if i % 2]

Unchanged: not known how many
    def f(xs):
        return [0 for _ in xs]
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import expression, match
from speedproof.suggest.syntax.tree import meaning


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.is_builtin("range"):
        return None
    for made in context.find(cst.ListComp):
        clause = made.for_in
        counted = match(clause.iter, "range($n)")
        plain = not (clause.ifs or clause.inner_for_in or clause.asynchronous) and isinstance(clause.target, cst.Name)
        if counted and plain and isinstance(meaning(made.elt), ast.Constant):
            return context.replaced(made, expression("[$value] * $n", value=made.elt, n=counted.n))
    return None
