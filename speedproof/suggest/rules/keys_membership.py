"""Membership tests in a throw-away list or view of a dict's keys: in the dict itself.

Why: `k in list(d.keys())` builds a list and searches it. Measured: 170-215× (catalogue 13); `k in d.keys()` only builds
a view.

Requires: what has `keys()` behaves like a dict. `list(d)` is only touched where `d` is known to be a dict.

Before:
    def known(table, words):
        return [word for word in words if word in list(table.keys())]
After:
    def known(table, words):
        return [word for word in words if word in table]
Try:
    ({"a": 1}, ["a", "b"])
    ({}, [])

Before:
    def tally(words):
        counts = {}
        for word in words:
            if word not in counts.keys():
                counts[word] = 0
            counts[word] += 1
        return counts
After:
    def tally(words):
        counts = {}
        for word in words:
            if word not in counts:
                counts[word] = 0
            counts[word] += 1
        return counts
Try:
    (["a", "b", "a"],)

Unchanged: a list of something else
    def f(xs, x):
        return x in list(xs)

Unchanged: the values
    def f(table, x):
        return x in table.values()
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import match

_KEYS = ("$d.keys()", "list($d.keys())", "set($d.keys())", "tuple($d.keys())", "sorted($d.keys())")


def rewrite(context: Context) -> cst.FunctionDef | None:
    for target in context.find(cst.ComparisonTarget):
        if not isinstance(target.operator, cst.In | cst.NotIn):
            continue
        found = match(target.comparator, *_KEYS)
        if found is None:
            of_dict = match(target.comparator, "list($d)", "tuple($d)", "set($d)")
            found = of_dict if of_dict and context.is_a(of_dict.d, "dict", "defaultdict", "Counter") else None
        if found is not None and context.builtins("list", "set", "tuple", "sorted"):
            return context.replaced(target, target.with_changes(comparator=found.d))
    return None
