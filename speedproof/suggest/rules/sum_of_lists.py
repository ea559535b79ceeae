"""`sum(lists, [])`: `itertools.chain`.

Why: each addition copies everything so far. Measured: 52-63× (catalogue 15).

Requires: where it is not known that the items are lists, it is asked: `sum` refuses anything else, `chain` would not.

Before:
    def flat(rows: list[list[int]]):
        return sum(rows, [])
After:
    from itertools import chain


    def flat(rows: list[list[int]]):
        return list(chain.from_iterable(rows))
Try:
    ([[1], [2, 3], []],)
    ([],)

Before:
    def f(x):
        return sum(x, [])
After:
    from itertools import chain


    def f(x):
        return list(chain.from_iterable(x)) if type(x) is list and all(type(row) is list for row in x) else sum(x, [])
Try:
    ([[1], [2, 3], []],)
    ([(1,), (2,)],)
    (iter([[1], [2]]),)
    ([],)
    (5,)

Before:
    def pairs(n: int):
        return sum(([i, i * i] for i in range(n)), [])
After:
    from itertools import chain


    def pairs(n: int):
        return list(chain.from_iterable([i, i * i] for i in range(n)))
Try:
    (3,)
    (0,)

Unchanged: numbers
    def f(values):
        return sum(values, 0)

Unchanged: something is there already
    def f(rows, first):
        return sum(rows, [first])
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import expression, match


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("sum", "list", "type", "all"):
        return None
    for call in context.find(cst.Call):
        found = match(call, "sum($rows, [])")
        parent = context.parent(call)
        if found is None or (isinstance(parent, cst.IfExp) and parent.orelse is call):
            continue
        kind = context.type_of(found.rows)
        known = kind is not None and kind.item is not None and kind.item.name == "list"
        if not known and not isinstance(found.rows, cst.Name):
            continue
        chain = context.imported("itertools", "chain")
        if chain is None:
            continue
        joined = f"list({chain}.from_iterable($rows))"
        if not known:
            row = context.fresh("row")
            joined += f" if type($rows) is list and all(type({row}) is list for {row} in $rows) else $call"
        return context.replaced(call, expression(joined, rows=found.rows, call=call))
    return None
