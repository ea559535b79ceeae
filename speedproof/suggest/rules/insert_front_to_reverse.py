"""A list filled at its front in a loop: append, and reverse once after the loop.

Why: `insert(0, x)` and `[x] + a` move the whole list each time. Measured: 50-133× (catalogue 10).

Requires: the list starts empty right before the loop, the loop does nothing else with it, and no exception handler
could see it half built.

Before:
    def bits(n):
        out = []
        while n:
            out.insert(0, n % 2)
            n //= 2
        return out
After:
    def bits(n):
        out = []
        while n:
            out.append(n % 2)
            n //= 2
        out.reverse()
        return out
Try:
    (10,)
    (0,)
    ("x",)

Before:
    def backwards(xs):
        out = list()
        for x in xs:
            if x:
                out = [x] + out
        return out
After:
    def backwards(xs):
        out = list()
        for x in xs:
            if x:
                out.append(x)
        out.reverse()
        return out
Try:
    ([1, 0, 2],)
    ("",)

Unchanged: read in the loop
    def f(n):
        out = []
        while len(out) < n:
            out.insert(0, n)
        return out

Unchanged: not empty at first
    def f(xs):
        out = [1]
        for x in xs:
            out.insert(0, x)
        return out

Unchanged: returned from within the loop
    def f(xs):
        out = []
        for x in xs:
            if not x:
                return out
            out.insert(0, x)
        return out

Unchanged: both ends
    def f(xs):
        out = []
        for x in xs:
            out.insert(0, x)
            out.append(x)
        return out
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import safe_from_handlers, start_of
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import replace, small, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    for loop in context.loops():
        for name in sorted(names.mentions(loop)):
            start = start_of(context, loop, name) if context.is_local(name) else None
            if start is None or not match(start[1], "[]", "list()") or not safe_from_handlers(context, loop, name):
                continue
            changes: dict[cst.CSTNode, object] = {}
            n_own = 0
            for node in walk(loop, into_functions=False):
                found = match(node, f"{name}.insert(0, $item)", f"{name} = [$item] + {name}")
                if found and isinstance(node, cst.Assign | cst.Expr):
                    changes[node] = small(statement(f"{name}.append($item)", item=found.item))
                    n_own += 2 if isinstance(node, cst.Assign) else 1
            if changes and n_own == names.count(loop, name):
                return context.replaced(loop, [replace(loop, changes), statement(f"{name}.reverse()")])
    return None
