"""`sum(xs[i:j])`, or `sum(xs[:j])`, at every position: differences of sums computed once.

Why: each slice is copied and added up anew.

Requires: both ends go through positions within the sequence, which does not change, by `range(len(xs))` and the like,
the second one never below the first.
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

Before:
    def shares(values):
        total = sum(values)
        return [sum(values[: i + 1]) / total for i in range(len(values))]
After:
    from itertools import accumulate


    def shares(values):
        total = sum(values)
        whole = isinstance(values, (list, tuple)) and all(type(value) is int for value in values)
        values_sums = list(accumulate(values, initial=0)) if whole else None
        return [(values_sums[i + 1] if whole else sum(values[: i + 1])) / total for i in range(len(values))]
Try:
    ([1, 3, 4],)
    ([0.1, 0.2, 0.3],)
    ([],)

Before:
    def best(values: list[int], size: int):
        most = 0
        n = len(values)
        for i in range(n - size + 1):
            most = max(most, sum(values[i : i + size]))
        return most
After:
    from itertools import accumulate


    def best(values: list[int], size: int):
        most = 0
        n = len(values)
        whole = size >= 0
        values_sums = list(accumulate(values, initial=0)) if whole else None
        for i in range(n - size + 1):
            most = max(most, values_sums[i + size] - values_sums[i] if whole else sum(values[i : i + size]))
        return most
Try:
    ([1, 2, 3, 4, 5], 2)
    ([1], 3)
    ([1, 2], 0)
    ([1, 2, 3], -1)

Unchanged: the first end may lie behind the second, where nothing is summed up
    def f(values: list[int]):
        return [sum(values[i:j]) for i in range(len(values)) for j in range(len(values))]

Unchanged: the length has changed since
    def f(values: list[int]):
        n = len(values)
        values.pop()
        return [sum(values[: i + 1]) for i in range(n)]

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
from speedproof.suggest.rules.positions import Ends
from speedproof.suggest.rules.repeated import place_before
from speedproof.suggest.syntax.pattern import expression, match, same, statement
from speedproof.suggest.syntax.tree import meaning, replace, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("sum", "list", "range", "len", "isinstance", "tuple", "all", "type", "int", "enumerate"):
        return None
    for call in context.find(cst.Call):
        found = match(call, "sum($xs[:$b])", "sum($xs[0:$b])", "sum($xs[$a:$b])")
        name = found and found.id("xs")
        if not found or not name or not context.is_local(name):
            continue
        if isinstance(parent := context.parent(call), cst.IfExp) and parent.orelse is call:
            continue  # What this rule left for other types.
        first = found.as_parts().get("a")
        ends = Ends(context, call, name)
        tests = ends.within(None if first is None else meaning(first), meaning(found.b))
        place = place_before(context, call, found.xs) if tests is not None else None
        accumulate = context.imported("itertools", "accumulate") if place is not None else None
        if tests is None or place is None or accumulate is None:
            continue
        kind = context.type_of(found.xs)
        if kind is None or kind.name not in ("list", "tuple") or kind.item is None or kind.item.name != "int":
            value = context.fresh("value")
            tests = [f"isinstance({name}, (list, tuple))", f"all(type({value}) is int for {value} in {name})", *tests]
        sums, whole = context.fresh(f"{name}_sums"), context.fresh("whole")
        before = [statement(f"{whole} = {' and '.join(tests)}")] if tests else []
        made = f"list({accumulate}({name}, initial=0))"
        before.append(statement(f"{sums} = {made} if {whole} else None" if tests else f"{sums} = {made}"))
        taken = f"{sums}[$b]" if first is None else f"{sums}[$b] - {sums}[$a]"
        parts = {key: part for key, part in found.as_parts().items() if key in ("a", "b")}
        new = expression(
            f"{taken} if {whole} else $call" if tests else taken, **parts, **({"call": call} if tests else {})
        )
        twins = [n for n in walk(place, into_functions=False) if isinstance(n, cst.Call) and same(n, call)]
        return context.preceded(place, before, replace(place, dict.fromkeys(twins, new)))
    return None
