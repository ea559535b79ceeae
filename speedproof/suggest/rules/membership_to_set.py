"""Membership tests in a list that a loop does not change: look up in a set made once before the loop.

Why: `x in list` compares one element after another, a set finds it by its hash. Measured: 70-217× (catalogue 1).

Requires: the list is not rebound or changed in the loop and no nested function shares it. What is known to be a
string, a dict, a set or a range is left alone; where nothing is known, the set is made of lists and tuples only, so
that iterators are not used up and substrings stay substrings. Elements that cannot be hashed raise TypeError.

Before:
    def common(xs, ys):
        found = []
        for x in xs:
            if x in ys:
                found.append(x)
        return found
After:
    def common(xs, ys):
        found = []
        ys_set = set(ys) if isinstance(ys, (list, tuple)) else ys
        for x in xs:
            if x in ys_set:
                found.append(x)
        return found
Try:
    ([1, 2, 3], [2, 3, 4])
    ([1, 2], (2,))
    (["a", "ab"], "xaby")
    ([1, 2, 3], iter([1, 2, 3]))
    ([1, 2], {2: 3})
    ([], [])

Before:
    def count_known(words: list[str], known: list[str]) -> int:
        n = 0
        for i in range(len(words)):
            # Case matters.
            if words[i] not in known: n += 1
        return n
After:
    def count_known(words: list[str], known: list[str]) -> int:
        n = 0
        known_set = set(known)
        for i in range(len(words)):
            # Case matters.
            if words[i] not in known_set: n += 1
        return n
Try:
    (["a", "b"], ["b"])
    ([], [])

Before:
    def shared(xs: list[int], ys: list[int]) -> list[int]:
        return [x for x in xs if x in ys]
After:
    def shared(xs: list[int], ys: list[int]) -> list[int]:
        ys_set = set(ys)
        return [x for x in xs if x in ys_set]
Try:
    ([1, 2, 3], [3, 2])
    ([], [1])

Unchanged: the list grows in the loop
    def f(xs, ys):
        for x in xs:
            if x not in ys:
                ys.append(x)

Unchanged: a substring test
    def f(words: list[str], text: str):
        return [w for w in words if w in text]

Unchanged: already a set
    def f(xs, ys):
        ys = set(ys)
        return [x for x in xs if x in ys]

Unchanged: the name means another list each time
    def f(xs, lists):
        n = 0
        for ys in lists:
            if 1 in ys:
                n += 1
        return n

Unchanged: a generator that may run later
    def f(xs, ys):
        found = (x for x in xs if x in ys)
        ys.append(1)
        return list(found)

Unchanged: others run in between
    def f(xs, ys):
        for x in xs:
            if x in ys:
                yield x

Unchanged: something that cannot be hashed is looked for
    def f(xs: list[int], ys):
        return [x for x in xs if [x] in ys]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import for_the_unhashable
from speedproof.suggest.rules.repeated import place_before
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import Statement, code, replace
from speedproof.suggest.syntax.types import HASHABLE

_LISTS = ("list", "tuple")


def rewrite(context: Context) -> cst.FunctionDef | None:
    for test in context.find(cst.Comparison):
        found = match(test, "$item in $xs", "$item not in $xs")
        name = found and found.id("xs")
        if not found or not name or not context.is_local(name) or not _may_be_list(context, found.xs):
            continue
        if not _may_be_hashed(context, found.item) or not context.builtins("set", "isinstance", "list", "tuple"):
            continue
        place = place_before(context, test, found.xs)
        if place is None or for_the_unhashable(context, test):
            continue
        known = context.is_a(found.xs, *_LISTS)
        new_name = context.fresh(f"{name}_set")
        made = "set($xs)" if known else "set($xs) if isinstance($xs, (list, tuple)) else $xs"
        before = statement(f"$new = {made}", new=new_name, xs=found.xs)
        changes = _lookups(context, place, name, new_name)
        return context.preceded(place, [before], replace(place, changes))
    return None


def _may_be_list(context: Context, xs: cst.BaseExpression) -> bool:
    name = code(xs)
    if any(match(made, f"{name} = set($other) if $test else $other") for made in context.find(cst.Assign)):
        return False  # What this rule made.
    return all(
        kind is None or (kind.name in _LISTS and (kind.item is None or kind.item.name in (*HASHABLE, "tuple")))
        for kind in context.possible_types(name)
    )


def _may_be_hashed(context: Context, item: cst.BaseExpression) -> bool:
    kind = context.type_of(item)
    return kind is None or kind.name in (*HASHABLE, "tuple", "frozenset")


def _lookups(context: Context, place: Statement, name: str, new_name: str) -> dict[cst.CSTNode, cst.CSTNode]:
    """Every membership test in `name` within `place`, to look in `new_name` instead."""
    changes: dict[cst.CSTNode, cst.CSTNode] = {}
    for target in context.find(cst.ComparisonTarget):
        looks = isinstance(target.operator, cst.In | cst.NotIn) and isinstance(target.comparator, cst.Name)
        if looks and target.comparator.value == name and place in context.ancestors(target):  # type: ignore[attr-defined]
            changes[target.comparator] = cst.Name(new_name)
    return changes
