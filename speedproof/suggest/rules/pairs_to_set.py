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

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import stays
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import Found, match, statement
from speedproof.suggest.syntax.tree import Statement, lines, meaning, move_comments, small


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("set", "type", "all", "int", "str", "isinstance", "list", "tuple"):
        return None
    for outer in context.find(cst.For):
        body = lines(outer.body)
        if len(body) != 1 or not isinstance(body[0], cst.For) or outer.orelse or body[0].orelse:
            continue
        inner = body[0]
        asked = _pairs(context, outer, inner)
        if asked is None or _is_guarded(context, outer) or not variables_die(context, outer):
            continue
        value, seen = context.fresh("value"), context.fresh("seen")
        if asked.target is None:
            guard, wanted = f"all(type({value}) in (int, str) for {value} in $xs)", value
        else:
            guard, wanted = f"all(type({value}) is int for {value} in $xs)", f"$target - {value}"
            if not isinstance(asked.target, cst.Integer):
                guard = f"type($target) is int and {guard}"
        if not context.is_a(asked.xs, "list", "tuple"):
            guard = f"isinstance($xs, (list, tuple)) and {guard}"
        made = statement(
            f"if {guard}:\n    {seen} = set()\n    for {value} in $xs:\n        if {wanted} in {seen}:\n"
            f"            $$then\n        {seen}.add({value})\nelse:\n    $$loops",
            xs=asked.xs,
            target=asked.target or "None",
            then=asked.then,
            loops=[outer.with_changes(leading_lines=())],
        )
        return context.replaced(outer, move_comments(outer, made))
    return None


def _pairs(context: Context, outer: cst.For, inner: cst.For) -> Found | None:
    """`xs`, `target` (None for equality) and `then` of loops over all pairs of different positions."""
    header = _header(outer)
    body = lines(inner.body)
    found = match(body[0], "if $test:\n    $$then") if len(body) == 1 else None
    if header is None or found is None or not isinstance(inner.target, cst.Name):
        return None
    xs, i, one = header
    j = inner.target.value
    if not context.is_local(xs) or not stays(context, cst.Name(xs), outer) or {xs, i, j} & names.writes(inner.body):
        return None
    later = match(inner.iter, f"range({i} + 1, len({xs}))")
    both = match(inner.iter, f"range(len({xs}))", f"range(0, len({xs}))")
    test: cst.BaseExpression = found.test
    if both:
        other = match(test, f"{i} != {j} and $test", f"{j} != {i} and $test", f"$test and {i} != {j}")
        if other is None:
            return None
        test = other.test
    if not later and not both:
        return None
    for first in {one, f"{xs}[{i}]"}:
        second = f"{xs}[{j}]"
        if match(test, f"{first} == {second}", f"{second} == {first}"):
            return _settled(xs, None, found.then, {i, j, one})
        summed = match(test, f"{first} + {second} == $target", f"{second} + {first} == $target")
        target = summed.target if summed else None
        if target is not None and (isinstance(target, cst.Integer) or _is_fixed_name(context, target, outer)):
            return _settled(xs, target, found.then, {i, j, one})
    return None


def _header(outer: cst.For) -> tuple[str, str, str] | None:
    """The names of the sequence and the index, and the code for the item, of a loop over a whole sequence."""
    counted = match(outer.iter, "range(len($xs))", "range(0, len($xs))", "range(len($xs) - 1)")
    if counted and counted.id("xs") and isinstance(outer.target, cst.Name):
        return counted.xs.value, outer.target.value, f"{counted.xs.value}[{outer.target.value}]"
    through = match(outer.iter, "enumerate($xs)")
    pair = match(outer.target, "$i, $x")
    if through and pair and through.id("xs") and pair.id("i") and pair.id("x"):
        return through.xs.value, pair.i.value, pair.x.value
    return None


def _settled(xs: str, target: cst.BaseExpression | None, then: list[Statement], variables: set[str]) -> Found | None:
    """The finding, if what happens for a pair is the same for all pairs and may as well happen more or less often."""
    *sets, last = then
    leaves = isinstance(small(last), cst.Return)
    constant = all(_sets_constant(line) for line in (sets if leaves else then))
    if leaves:
        value = small(last).value  # type: ignore[union-attr]
        constant = constant and (value is None or not names.reads(value))
    unrelated = not any(variables & names.mentions(line) for line in then)
    return Found({"xs": cst.Name(xs), "target": target, "then": then}) if constant and unrelated else None


def _sets_constant(line: Statement) -> bool:
    found = match(line, "$name = $value")
    return bool(found) and bool(found.id("name")) and isinstance(meaning(found.value), ast.Constant)  # type: ignore[union-attr]


def _is_fixed_name(context: Context, target: cst.BaseExpression, loop: cst.For) -> bool:
    return isinstance(target, cst.Name) and context.is_local(target.value) and stays(context, target, loop)


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
