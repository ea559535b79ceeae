"""`a = np.append(a, x)` in a loop: a list, appended to the array once.

Why: `np.append` copies the whole array each time, so the loop takes the square of its length.

Requires: the loop does nothing else with the array, and nobody sees it before the loop is over.

Before:
    import numpy as np

    def squares(xs):
        out = np.array([])
        for x in xs:
            # Each one.
            out = np.append(out, x * x)
        return out
After:
    import numpy as np

    def squares(xs):
        out = np.array([])
        out_items = []
        for x in xs:
            # Each one.
            out_items.append(x * x)
        if out_items:
            out = np.append(out, out_items)
        return out
Try:
    ([1, 2, 3],)
    ([],)
    ([1.5, 2],)

Unchanged: it is read in between
    import numpy as np

    def f(xs):
        out = np.array([1])
        for x in xs:
            out = np.append(out, out[-1] + x)
        return out

Unchanged: along an axis
    import numpy as np

    def f(rows):
        out = np.empty((0, 3))
        for row in rows:
            out = np.append(out, [row], axis=0)
        return out

Unchanged: seen by a handler
    import numpy as np

    def f(xs):
        out = np.array([])
        try:
            for x in xs:
                out = np.append(out, 1 / x)
        except ZeroDivisionError:
            pass
        return out

Unchanged: no loop
    import numpy as np

    def f(xs, x):
        xs = np.append(xs, x)
        return xs
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import collected, whole_loop
from speedproof.suggest.syntax.pattern import match


def rewrite(context: Context) -> cst.FunctionDef | None:
    for append in context.spellings("numpy", "append"):
        for node in context.find(cst.Assign):
            found = match(node, f"$array = {append}($array, $value)")
            name = found and found.id("array")
            loop = whole_loop(context, node, name) if name else None
            if not found or not name or loop is None:
                continue
            items = context.fresh(f"{name}_items")
            after = f"if {items}:\n    {name} = {append}({name}, {items})"
            return collected(context, loop, node, items, "[]", found.value, after)
    return None
