"""`max(xs[: i + 1])` at every position: the running values, computed once by `itertools.accumulate`.

Why: each slice is copied and gone through from its start.

Requires: the position goes through all of the sequence, from 0 or from 1, which does not change. `max` and `min`
compare in the same order either way; `sum` is only taken of what is known to be integers, since from 3.12 on it adds
floats with less rounding.

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
    def sums(values: list[int]):
        return [sum(values[:i]) + min(values[:i + 1]) for i in range(len(values))]
After:
    from itertools import accumulate


    def sums(values: list[int]):
        values_sum = list(accumulate(values, initial=0))
        values_min = list(accumulate(values, min))
        return [values_sum[i] + values_min[i] for i in range(len(values))]
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

Unchanged: perhaps floats
    def f(values):
        return [sum(values[:i]) for i in range(len(values))]

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
from speedproof.suggest.rules.repeated import place_before
from speedproof.suggest.syntax.pattern import expression, match, same, statement
from speedproof.suggest.syntax.tree import replace, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("max", "min", "sum", "list", "range", "len", "enumerate"):
        return None
    for call in context.find(cst.Call):
        found = match(call, "$f($xs[:$i + 1])", "$f($xs[0:$i + 1])", "$f($xs[:$i])", "$f($xs[0:$i])")
        if found is None or not all(found.id(name) for name in ("f", "xs", "i")):
            continue
        function, name, i = found.f.value, found.xs.value, found.i.value
        whole = match(call, "$f($xs[:$i + 1])", "$f($xs[0:$i + 1])") is not None
        first = _first(context, call, name, i) if context.is_local(name) else None
        if first is None or (whole and first > 0):
            continue
        place = place_before(context, call, found.xs)
        if function == "sum":
            kind = context.type_of(found.xs)
            made = "list($accumulate($xs, initial=0))" if kind and kind.item and kind.item.name == "int" else None
            at = f"{i} + 1" if whole else i
        else:
            never_empty = function in ("max", "min") and (whole or first > 0)
            made = f"list($accumulate($xs, {function}))" if never_empty else None
            at = i if whole else f"{i} - 1"
        accumulate = context.imported("itertools", "accumulate") if made and place is not None else None
        if made is None or place is None or accumulate is None:
            continue
        running = context.fresh(f"{name}_{function}")
        before = statement(f"{running} = {made}", xs=found.xs, accumulate=accumulate)
        twins = [n for n in walk(place, into_functions=False) if isinstance(n, cst.Call) and same(n, call)]
        changes = {twin: expression(f"{running}[{at}]") for twin in twins}
        return context.preceded(place, [before], replace(place, changes))
    return None


def _first(context: Context, call: cst.Call, name: str, i: str) -> int | None:
    """Where `i` starts if the innermost loop or comprehension around the call takes it through all of `name`.

    From 0 to its last position, or from 1 to its length; None otherwise.
    """
    for above in context.ancestors(call):
        clause = above.for_in if isinstance(above, cst.ListComp | cst.GeneratorExp) else above
        if not isinstance(clause, cst.For | cst.CompFor):
            continue
        if match(clause.target, i):
            if context.n_stores(i) != 1:
                return None
            if match(clause.iter, f"range(len({name}))", f"range(0, len({name}))"):
                return 0
            return 1 if match(clause.iter, f"range(1, len({name}) + 1)") else None
        pair = match(clause.target, f"{i}, $x")
        if pair is not None:
            return 0 if context.n_stores(i) == 1 and match(clause.iter, f"enumerate({name})") else None
    return None
