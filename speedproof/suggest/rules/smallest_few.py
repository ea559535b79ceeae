"""`sorted(xs)[:k]` for a small constant k: `heapq.nsmallest`.

Why: sorting puts all items in order, of which a few are wanted. Measured: 7-14× where k is much smaller than the number
of items (catalogue 18); of short lists it is slower.

Requires: k is a literal of at most 20. Ties come in the same order, with a `key`, too.

Before:
    def top(scores):
        return sorted(scores, reverse=True)[:3], sorted(scores, key=abs)[:2], sorted(scores)[0:1]
After:
    from heapq import nlargest, nsmallest


    def top(scores):
        return nlargest(3, scores), nsmallest(2, scores, key=abs), nsmallest(1, scores)
Try:
    ([3, -5, 4, 1, -3, 3.0, True],)
    ([],)
    (["x", 1],)

Unchanged: not known how many
    def f(xs, k):
        return sorted(xs)[:k]

Unchanged: the rest
    def f(xs):
        return sorted(xs)[3:]

Unchanged: too many
    def f(xs):
        return sorted(xs)[:100]

Unchanged: from the end
    def f(xs):
        return sorted(xs)[:-1]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import Found, expression, match

_MOST = 20
_FORMS = (
    ("sorted($xs)", "nsmallest", ""),
    ("sorted($xs, key=$key)", "nsmallest", ", key=$key"),
    ("sorted($xs, reverse=True)", "nlargest", ""),
    ("sorted($xs, key=$key, reverse=True)", "nlargest", ", key=$key"),
    ("sorted($xs, reverse=True, key=$key)", "nlargest", ", key=$key"),
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.is_builtin("sorted"):
        return None
    for sliced in context.find(cst.Subscript):
        few = match(sliced, "$all[:$k]", "$all[0:$k]")
        if few is None or not isinstance(few.k, cst.Integer) or not 1 <= few.k.evaluated_value <= _MOST:
            continue
        for form, name, ending in _FORMS:
            found = match(few.all, form)
            function = context.imported("heapq", name) if found else None
            if found is not None and function is not None:
                return context.replaced(sliced, _call(found, function, few.k, ending))
    return None


def _call(found: Found, function: str, k: cst.Integer, ending: str) -> cst.BaseExpression:
    return expression(f"{function}($k, $xs{ending})", k=k, **found.as_parts())
