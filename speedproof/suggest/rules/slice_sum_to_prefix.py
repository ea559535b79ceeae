"""`sum(xs[i:j])` for every i and j: differences of sums computed once.

Why: each slice is copied and added up anew.

Requires: both ends go through positions within the sequence, which does not change, by `range(len(xs))` and the like.
The prefix sums are used for lists and tuples of exact integers, since floats would round differently; anything else is
added up as before.

Before:
    def best(values):
        most = values[0]
        for i in range(len(values)):
            for j in range(i, len(values)):
                if sum(values[i : j + 1]) > most:
                    most = sum(values[i : j + 1])
        return most
After:
    from itertools import accumulate


    def best(values):
        most = values[0]
        whole = isinstance(values, (list, tuple)) and all(type(value) is int for value in values)
        values_sums = list(accumulate(values, initial=0)) if whole else None
        for i in range(len(values)):
            for j in range(i, len(values)):
                if (values_sums[j + 1] - values_sums[i] if whole else sum(values[i : j + 1])) > most:
                    most = values_sums[j + 1] - values_sums[i] if whole else sum(values[i : j + 1])
        return most
Try:
    ([1, -2, 4, 5, -9],)
    ([0.1, 0.2, 0.3],)
    ([True, 2],)
    ([],)
    ("ab",)

Before:
    def windows(values: list[int], k: int):
        return [sum(values[i:i + 3]) for i in range(len(values) - 3 + 1)]
After:
    from itertools import accumulate


    def windows(values: list[int], k: int):
        values_sums = list(accumulate(values, initial=0))
        return [values_sums[i + 3] - values_sums[i] for i in range(len(values) - 3 + 1)]
Try:
    ([1, 2, 3, 4, 5], 1)
    ([1], 1)

Unchanged: it may go beyond the end
    def f(values: list[int]):
        return [sum(values[i:i + 3]) for i in range(len(values))]

Unchanged: counted from the end
    def f(values: list[int]):
        return [sum(values[-i:i + 1]) for i in range(len(values))]

Unchanged: it changes
    def f(values: list[int]):
        for i in range(len(values)):
            for j in range(i, len(values)):
                values[i] = sum(values[i:j + 1])
        return values
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.repeated import place_before
from speedproof.suggest.syntax.pattern import Found, expression, match, same, statement
from speedproof.suggest.syntax.tree import replace, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("sum", "list", "range", "len", "isinstance", "tuple", "all", "type", "int"):
        return None
    for call in context.find(cst.Call):
        found = match(call, "sum($xs[$a:$b])")
        name = found and found.id("xs")
        if not found or not name or not context.is_local(name) or not _is_within(context, call, found):
            continue
        if isinstance(parent := context.parent(call), cst.IfExp) and parent.orelse is call:
            continue  # What this rule left for other types.
        place = place_before(context, call, found.xs)
        accumulate = context.imported("itertools", "accumulate") if place is not None else None
        if place is None or accumulate is None:
            continue
        kind = context.type_of(found.xs)
        known = (
            kind is not None and kind.name in ("list", "tuple") and kind.item is not None and kind.item.name == "int"
        )
        sums = context.fresh(f"{name}_sums")
        twins = [n for n in walk(place, into_functions=False) if isinstance(n, cst.Call) and same(n, call)]
        if known:
            before = [statement(f"{sums} = list({accumulate}({name}, initial=0))")]
            new = expression(f"{sums}[$b] - {sums}[$a]", a=found.a, b=found.b)
        else:
            value, whole = context.fresh("value"), context.fresh("whole")
            test = f"isinstance({name}, (list, tuple)) and all(type({value}) is int for {value} in {name})"
            before = [
                statement(f"{whole} = {test}"),
                statement(f"{sums} = list({accumulate}({name}, initial=0)) if {whole} else None"),
            ]
            form = f"{sums}[$b] - {sums}[$a] if {whole} else $call"
            new = expression(form, a=found.a, b=found.b, call=call)
        return context.preceded(place, before, replace(place, dict.fromkeys(twins, new)))
    return None


def _is_within(context: Context, call: cst.Call, found: Found) -> bool:
    """Whether `0 <= a <= b <= len(xs)` is sure from the ranges that the ends go through."""
    xs = found.xs.value
    if not isinstance(found.a, cst.Name) or context.n_stores(found.a.value) != 1:
        return False
    i = found.a.value
    window = match(found.b, f"{i} + $k")
    if window is not None and isinstance(window.k, cst.Integer):
        k = window.k.evaluated_value
        fits = (f"range(len({xs}) - {k} + 1)", f"range(0, len({xs}) - {k} + 1)", f"range(len({xs}) - {k - 1})")
        return any(match(_range_of(context, call, i), form) for form in fits)
    shifted = match(found.b, "$j + 1")
    j = shifted.j if shifted else found.b
    if not isinstance(j, cst.Name) or context.n_stores(j.value) != 1 or j.value == i:
        return False
    starts = match(_range_of(context, call, i), f"range(len({xs}))", f"range(0, len({xs}))") is not None
    inner = _range_of(context, call, j.value)
    if shifted:
        return starts and match(inner, f"range({i}, len({xs}))") is not None
    ends = (f"range({i} + 1, len({xs}) + 1)", f"range({i}, len({xs}) + 1)", f"range({i} + 1, len({xs}))")
    return starts and match(inner, *ends) is not None


def _range_of(context: Context, node: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What the loop or comprehension around `node` that counts `name` goes through."""
    for above in context.ancestors(node):
        clause: cst.For | cst.CompFor | None = None
        if isinstance(above, cst.ListComp | cst.GeneratorExp | cst.SetComp):
            clause = above.for_in
            while isinstance(clause, cst.CompFor) and not match(clause.target, name):
                clause = clause.inner_for_in
        elif isinstance(above, cst.For) and match(above.target, name):
            clause = above
        if clause is not None:
            return clause.iter
    return None
