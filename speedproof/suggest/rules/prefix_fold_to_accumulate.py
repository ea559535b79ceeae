"""`max(xs[: i + 1])` at every position: the running values, computed once by `itertools.accumulate`.

Why: each slice is copied and gone through from its start.

Requires: the position goes through places within the sequence, which does not change, and no slice is
empty. `max` and `min` compare in the same order either way. (Sums of prefixes are `slice-sum-to-prefix`'s.)

Before:
    def rolling(values):
        out = []
        for i in range(len(values)):
            out.append(max(values[: i + 1]))
        return out
After:
    from itertools import accumulate


    def rolling(values):
        out = []
        values_max = list(accumulate(values, max))
        for i in range(len(values)):
            out.append(values_max[i])
        return out
Try:
    ([1, 3, 2],)
    ([],)
    ([1.0, float("nan"), 1],)
    ("abc",)

Before:
    def lows(values):
        return [value - min(values[:i + 1]) for i, value in enumerate(values)]
After:
    from itertools import accumulate


    def lows(values):
        values_min = list(accumulate(values, min))
        return [value - values_min[i] for i, value in enumerate(values)]
Try:
    ([1, 3, 2],)
    ([],)

Before:
    def rolling(values):
        return [max(values[:i]) for i in range(1, len(values) + 1)]
After:
    from itertools import accumulate


    def rolling(values):
        values_max = list(accumulate(values, max))
        return [values_max[i - 1] for i in range(1, len(values) + 1)]
Try:
    ([1, 3, 2],)
    ([],)

Unchanged: beyond the end
    def f(values):
        return [max(values[:i + 1]) for i in range(1, len(values) + 1)]

Unchanged: the first slice is empty
    def f(values):
        return [max(values[:i]) for i in range(len(values))]

Unchanged: the sequence changes
    def f(values):
        for i in range(len(values)):
            values[i] = max(values[: i + 1])
        return values

Unchanged: another sequence's positions
    def f(values, others):
        return [max(values[: i + 1]) for i in range(len(others))]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.positions import Ends, shifted
from speedproof.suggest.rules.repeated import place_before
from speedproof.suggest.syntax.pattern import expression, match, same, statement
from speedproof.suggest.syntax.tree import meaning, replace, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("max", "min", "list", "range", "len", "enumerate"):
        return None
    for call in context.find(cst.Call):
        found = match(call, "$f($xs[:$b])", "$f($xs[0:$b])")
        name = found and found.id("xs")
        if not found or not name or found.id("f") not in ("max", "min") or not context.is_local(name):
            continue
        ends, end = Ends(context, call, name), meaning(found.b)
        i, further = shifted(end)
        if ends.within(None, end) != [] or i is None or ends.least(i) + further < 1:
            continue
        place = place_before(context, call, found.xs)
        accumulate = context.imported("itertools", "accumulate") if place is not None else None
        if place is None or accumulate is None:
            continue
        function = found.f.value
        running = context.fresh(f"{name}_{function}")
        before = statement(f"{running} = list({accumulate}({name}, {function}))")
        at = i if further == 1 else f"{i} {'-' if further < 1 else '+'} {abs(further - 1)}"
        twins = [n for n in walk(place, into_functions=False) if isinstance(n, cst.Call) and same(n, call)]
        return context.preceded(place, [before], replace(place, dict.fromkeys(twins, expression(f"{running}[{at}]"))))
    return None
