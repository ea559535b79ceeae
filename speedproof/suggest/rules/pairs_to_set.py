"""Two nested loops that look for any two items with a given sum, or for two equal ones: one loop and a set.

Why: every pair is compared; a set finds the partner of each item at once. Measured: 70-81× (catalogue 6).

Requires: the inner loop only asks whether there is such a pair, and what follows does not depend on which. The set is
used for lists and tuples of exact integers (for equal items, also strings), since sums of floats round and NaN equals
nothing; for anything else the loops stay as they are.

Before:
    def has_pair(values, target):
        for i in range(len(values)):
            for j in range(i + 1, len(values)):
                if values[i] + values[j] == target:
                    return True
        return False
After:
    def has_pair(values, target):
        if isinstance(values, (list, tuple)) and type(target) is int and all(type(value) is int for value in values):
            seen = set()
            for value in values:
                if target - value in seen:
                    return True
                seen.add(value)
        else:
            for i in range(len(values)):
                for j in range(i + 1, len(values)):
                    if values[i] + values[j] == target:
                        return True
        return False
Try:
    ([1, 2, 4], 6)
    ([3], 6)
    ([1, 2, 4], 7)
    ([0.1, 0.2], 0.3)
    ([], 1)
    (["a", "b"], "ab")
    ([True, 1], 2)
    (5, 5)

Before:
    def sum_to_zero(l):
        for i, l1 in enumerate(l):
            for j in range(i + 1, len(l)):
                if l1 + l[j] == 0:
                    return True
        return False
After:
    def sum_to_zero(l):
        if isinstance(l, (list, tuple)) and all(type(value) is int for value in l):
            seen = set()
            for value in l:
                if 0 - value in seen:
                    return True
                seen.add(value)
        else:
            for i, l1 in enumerate(l):
                for j in range(i + 1, len(l)):
                    if l1 + l[j] == 0:
                        return True
        return False
Try:
    ([1, -1],)
    ([0],)
    ([float("inf"), -float("inf")],)

Before:
    def duplicates(names):
        found = False
        for i in range(len(names)):
            for j in range(len(names)):
                if i != j and names[i] == names[j]:
                    found = True
        return found
After:
    def duplicates(names):
        found = False
        if isinstance(names, (list, tuple)) and all(type(value) in (int, str) for value in names):
            seen = set()
            for value in names:
                if value in seen:
                    found = True
                seen.add(value)
        else:
            for i in range(len(names)):
                for j in range(len(names)):
                    if i != j and names[i] == names[j]:
                        found = True
        return found
Try:
    (["a", "b", "a"],)
    ([1, True],)
    ([[1], [1]],)
    ([],)

Before:
    def count(xs: list, n: int, total):
        k = 0
        for i in range(0, n):
            for j in range(i + 1, n):
                # Each pair once.
                if xs[i] + xs[j] == total:
                    k += 1
        return k
After:
    from collections import Counter


    def count(xs: list, n: int, total):
        k = 0
        if type(n) is int and type(total) is int and 0 <= n <= len(xs) and all(type(value) is int for value in xs):
            seen = Counter()
            for value in xs[:n]:
                k += seen[total - value]
                seen[value] += 1
        else:
            for i in range(0, n):
                for j in range(i + 1, n):
                    # Each pair once.
                    if xs[i] + xs[j] == total:
                        k += 1
        return k
Try:
    ([1, 5, 7, -1, 5], 5, 6)
    ([1, 1, 1], 2, 2)
    ([1, 1], 3, 2)
    ([], 0, 1)
    ([0.5, 0.5], 2, 1)
    ([1, 1], -1, 2)

Unchanged: which pair it is matters
    def f(values, target):
        for i in range(len(values)):
            for j in range(i + 1, len(values)):
                if values[i] + values[j] == target:
                    return i, j

Unchanged: an item may pair with itself
    def f(values, target):
        for i in range(len(values)):
            for j in range(len(values)):
                if values[i] + values[j] == target:
                    return True

Unchanged: another relation
    def f(values, target):
        for i in range(len(values)):
            for j in range(i + 1, len(values)):
                if values[i] - values[j] == target:
                    return True
"""

import ast
from dataclasses import dataclass

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import stays
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, match_lines, statement
from speedproof.suggest.syntax.tree import Statement, lines, meaning, move_comments, small


@dataclass(frozen=True)
class _Search:
    """Nested loops over all pairs of different positions of `xs`, or of its first `size` items."""

    xs: cst.BaseExpression
    size: cst.BaseExpression | None
    target: cst.BaseExpression | None
    """What the two items add up to; None where they are equal."""
    then: list[Statement]
    counted: str | None
    """The name that `then` counts the pairs in, if that is what it does."""
    both_ways: bool
    """Whether every pair comes twice, once either way."""


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("set", "type", "all", "int", "str", "isinstance", "list", "tuple", "len"):
        return None
    for outer in context.find(cst.For):
        body = lines(outer.body)
        if len(body) != 1 or not isinstance(body[0], cst.For) or outer.orelse or body[0].orelse:
            continue
        search = _search(context, outer, body[0])
        if search is None or _is_guarded(context, outer) or not variables_die(context, outer):
            continue
        made = _quick(context, search, outer)
        if made is not None:
            return context.replaced(outer, move_comments(outer, made))
    return None


def _quick(context: Context, search: _Search, outer: cst.For) -> Statement | None:
    """The search by a set, the loops kept for what a set could get wrong."""
    value, seen = context.fresh("value"), context.fresh("seen")
    kinds = "in (int, str)" if search.target is None else "is int"
    guards = [f"all(type({value}) {kinds} for {value} in $xs)"]
    for number in (search.target, search.size):
        if isinstance(number, cst.Name):
            guards.insert(0, f"type({number.value}) is int")
    if search.size is not None:
        guards.insert(len(guards) - 1, "0 <= $size <= len($xs)")
    if not context.is_a(search.xs, "list", "tuple"):
        guards.insert(0, "isinstance($xs, (list, tuple))")
    wanted = value if search.target is None else f"$target - {value}"
    items = "$xs" if search.size is None else "$xs[:$size]"
    if search.counted is None:
        empty = "set()"
        turn = f"if {wanted} in {seen}:\n            $$then\n        {seen}.add({value})"
    else:
        counter = context.imported("collections", "Counter")
        if counter is None:
            return None
        empty = f"{counter}()"
        times = "2 * " if search.both_ways else ""
        turn = f"{search.counted} += {times}{seen}[{wanted}]\n        {seen}[{value}] += 1"
    return statement(
        f"if {' and '.join(guards)}:\n    {seen} = {empty}\n    for {value} in {items}:\n        {turn}\n"
        "else:\n    $$loops",
        xs=search.xs,
        size=search.size or "None",
        target=search.target or "None",
        then=search.then,
        loops=[outer.with_changes(leading_lines=())],
    )


def _search(context: Context, outer: cst.For, inner: cst.For) -> _Search | None:
    body = lines(inner.body)
    found = match(body[0], "if $test:\n    $$then") if len(body) == 1 else None
    header = _header(outer)
    if header is None or found is None or not isinstance(inner.target, cst.Name):
        return None
    i, one, whole, size = header
    j = inner.target.value
    stop = f"len({whole})" if whole else size
    later = match(inner.iter, f"range({i} + 1, {stop})") is not None
    both_ways = match(inner.iter, f"range({stop})", f"range(0, {stop})") is not None
    test: cst.BaseExpression = found.test
    if both_ways:
        other = match(test, f"{i} != {j} and $test", f"{j} != {i} and $test", f"$test and {i} != {j}")
        if other is None:
            return None
        test = other.test
    if not (later or both_ways):
        return None
    xs, target = _asked(test, one or f"$xs[{i}]", j) or (None, None)
    known = isinstance(xs, cst.Name) and whole in (None, xs.value) and context.is_local(xs.value)
    if xs is None or not known or {i, j, *names.reads(xs)} & names.writes(inner.body):
        return None
    fixed = [xs, *([cst.Name(size)] if size else []), *([target] if isinstance(target, cst.Name) else [])]
    if not all(stays(context, part, outer) for part in fixed) or not isinstance(target, cst.Integer | cst.Name | None):
        return None
    if {i, j, one} & frozenset().union(*map(names.mentions, found.then)):
        return None
    counted = match_lines(found.then, "$n += 1")
    if counted is None and not _is_settled(found.then):
        return None
    name = counted.id("n") if counted else None
    if counted and (name is None or not context.is_local(name)):
        return None
    return _Search(xs, cst.Name(size) if size else None, target, found.then, name, both_ways)


def _header(outer: cst.For) -> tuple[str, str | None, str | None, str | None] | None:
    """The index, the item's name, and the sequence or the number that a loop goes up to."""
    measured = match(outer.iter, "range(len($xs))", "range(0, len($xs))", "range(len($xs) - 1)")
    counted = match(outer.iter, "range($n)", "range(0, $n)", "range($n - 1)", "range(0, $n - 1)")
    through = match(outer.iter, "enumerate($xs)")
    pair = match(outer.target, "$i, $x")
    if isinstance(outer.target, cst.Name):
        i = outer.target.value
        if measured and measured.id("xs"):
            return i, f"{measured.xs.value}[{i}]", measured.xs.value, None
        if counted and counted.id("n"):
            return i, None, None, counted.n.value
    if through and pair and through.id("xs") and pair.id("i") and pair.id("x"):
        return pair.i.value, pair.x.value, through.xs.value, None
    return None


def _asked(test: cst.BaseExpression, one: str, j: str) -> tuple[cst.BaseExpression, cst.BaseExpression | None] | None:
    """The sequence and the sum that a test asks two of its items for; no sum where it asks whether they are equal."""
    other = f"$xs[{j}]"
    equal = match(test, f"{one} == {other}", f"{other} == {one}")
    if equal:
        return equal.xs, None
    added = match(test, f"{one} + {other} == $target", f"{other} + {one} == $target")
    return (added.xs, added.target) if added else None


def _is_settled(then: list[Statement]) -> bool:
    """Whether what happens for a pair is the same for all pairs, and may as well happen more or less often."""
    *sets, last = then
    leave = small(last)
    if not isinstance(leave, cst.Return | cst.Break):
        sets = then
    value = leave.value if isinstance(leave, cst.Return) else None
    return all(map(_sets_constant, sets)) and (value is None or not names.reads(value))


def _sets_constant(line: Statement) -> bool:
    found = match(line, "$name = $value")
    return bool(found) and bool(found.id("name")) and isinstance(meaning(found.value), ast.Constant)  # type: ignore[union-attr]


def _is_guarded(context: Context, outer: cst.For) -> bool:
    """Whether this is what the rule left for other types."""
    block = context.parent(outer)
    above = context.parent(block) if block else None
    if not isinstance(above, cst.Else):
        return False
    branch = context.parent(above)
    test = branch.test if isinstance(branch, cst.If) else None
    while (found := match(test, "$first and $test")) is not None:
        test = found.test
    return bool(match(test, "all(type($v) is int for $v in $xs)", "all(type($v) in (int, str) for $v in $xs)"))
