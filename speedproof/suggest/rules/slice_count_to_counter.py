"""Counting or searching in the part of a sequence before or after the loop's position: counts kept up as it goes.

Why: `xs[:i].count(x)` copies and searches that part each time.

Requires: `for i, x in enumerate(xs)` over a sequence that does not change in the loop, and only counts of `x` itself,
or of `x` reversed after the position. Items must be hashable. In `sum(…)` and list comprehensions that are returned or
assigned whole, the loop is written out.

Before:
    def first_repeated(text):
        for index, c in enumerate(text):
            if text[:index + 1].count(c) > 1:
                return c
        return None
After:
    from collections import Counter


    def first_repeated(text):
        text_seen = Counter()
        for index, c in enumerate(text):
            text_seen[c] += 1
            if text_seen[c] > 1:
                return c
        return None
Try:
    ("abcb",)
    ("",)
    ([1, 2, 1.0],)

Before:
    def reverse_pairs(words):
        return sum(words[i+1:].count(s[::-1]) for i, s in enumerate(words))
After:
    from collections import Counter


    def reverse_pairs(words):
        total = 0
        words_left = Counter(words)
        for i, s in enumerate(words):
            words_left[s] -= 1
            total += words_left[s[::-1]]
        return total
Try:
    (["ab", "ba", "ab", "aa", "aa"],)
    ([],)
    ("abca",)

Before:
    def firsts(values):
        out = [v for i, v in enumerate(values) if v not in values[:i]]
        return out
After:
    from collections import Counter


    def firsts(values):
        out = []
        values_seen = Counter()
        for i, v in enumerate(values):
            values_seen[v] += 1
            if values_seen[v] == 1:
                out.append(v)
        return out
Try:
    ([1, 2, 1, 3, 2],)
    ([],)
    ((float("nan"), 0),)

Before:
    def repeated(values):
        out = []
        for i, v in enumerate(values):
            if v in values[i + 1:] and v not in out:
                out.append(v)
        return out
After:
    from collections import Counter


    def repeated(values):
        out = []
        values_left = Counter(values)
        for i, v in enumerate(values):
            values_left[v] -= 1
            if values_left[v] > 0 and v not in out:
                out.append(v)
        return out
Try:
    ([1, 2, 1, 3, 2, 1],)
    ([],)

Before:
    def ranks(values):
        return [2 * values[:i].count(v) for i, v in enumerate(values)]
After:
    from collections import Counter


    def ranks(values):
        found = []
        values_seen = Counter()
        for i, v in enumerate(values):
            values_seen[v] += 1
            found.append(2 * (values_seen[v] - 1))
        return found
Try:
    ([1, 2, 1, 1],)

Unchanged: something else is counted
    def f(text, marks):
        return [text[:i].count(mark) for i, mark in enumerate(marks)]

Unchanged: the position is changed
    def f(text):
        for i, c in enumerate(text):
            i += 1
            if text[:i].count(c) > 1:
                return c

Unchanged: it does not start at 0
    def f(text):
        for i, c in enumerate(text, 1):
            if text[:i].count(c) > 1:
                return c

Unchanged: the sequence changes
    def f(values):
        for i, v in enumerate(values):
            if values[:i].count(v):
                values[i] = 0
"""

from collections.abc import Sequence

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import stays
from speedproof.suggest.rules.unrolled import loops_for, may_unroll
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import Found, expression, match, statement, statements
from speedproof.suggest.syntax.tree import Statement, lines, move_comments, replace, walk, with_lines


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.is_builtin("enumerate"):
        return None
    for loop in context.find(cst.For):
        counted = _counted(context, loop.iter, loop.target, loop)
        if counted is not None and not loop.asynchronous:
            made = _kept_up(context, loop, counted)
            if made is not None:
                first = move_comments(loop, made[0])
                return context.replaced(loop, [first, *made[1:]])
    for line in context.find(cst.SimpleStatementLine):
        written = _written_out(context, line)
        if written is None:
            continue
        before, loop, after = written
        counted = _counted(context, loop.iter, loop.target, line)
        made = _kept_up(context, loop, counted) if counted else None
        if made is not None:
            return context.replaced(line, [move_comments(line, before), *made, *after])
    return None


def _counted(
    context: Context, iterable: cst.BaseExpression, target: cst.BaseExpression, whole: cst.CSTNode
) -> Found | None:
    """`xs`, `i` and `x` of `for i, x in enumerate(xs)` where none of them changes on the way."""
    through = match(iterable, "enumerate($xs)")
    pair = match(target, "($i, $x)", "$i, $x")
    if through is None or pair is None or not all(isinstance(n, cst.Name) for n in (through.xs, pair.i, pair.x)):
        return None
    if not context.is_local(through.xs.value) or not stays(context, through.xs, whole):
        return None
    kinds = context.possible_types(through.xs.value)
    if not all(kind is None or kind.name in ("list", "tuple", "str") for kind in kinds):
        return None
    return Found({"xs": through.xs, "i": pair.i, "x": pair.x})


def _kept_up(context: Context, loop: cst.For, counted: Found) -> list[Statement] | None:
    """The loop with the counts kept up in it, and what goes before it."""
    xs, i, x = counted.xs.value, counted.i.value, counted.x.value
    if {i, x} & names.writes(loop.body) or {xs} & {i, x}:
        return None
    seen, left = context.fresh(f"{xs}_seen"), context.fresh(f"{xs}_left")
    changes: dict[cst.CSTNode, object] = {}
    for node in walk(loop.body, into_functions=False):
        for patterns, new in _forms(xs, i, x, seen, left):
            found = match(node, *patterns) if isinstance(node, cst.BaseExpression) else None
            if found is not None:
                changes[node] = expression(new, **found.as_parts())
    uses = {name for name in (seen, left) if any(name in names.reads(new) for new in changes.values())}  # type: ignore[arg-type]
    if not uses:
        return None
    counter = context.imported("collections", "Counter")
    if counter is None:
        return None
    before = [statement(f"{name} = {counter}({'' if name == seen else xs})") for name in (seen, left) if name in uses]
    updates = [statement(f"{name}[{x}] {'+' if name == seen else '-'}= 1") for name in (seen, left) if name in uses]
    body = [*updates, *lines(replace(loop.body, changes))]
    return [*before, loop.with_changes(body=with_lines(loop.body, body), leading_lines=())]


def _forms(xs: str, i: str, x: str, seen: str, left: str) -> Sequence[tuple[tuple[str, ...], str]]:
    """What each count or search becomes. The turn's own item is already counted as seen, and no longer left."""
    to_here, before, after = f"{xs}[:{i} + 1]", f"{xs}[:{i}]", f"{xs}[{i} + 1:]"
    before_too = f"{xs}[0:{i}]"
    from_here = f"{xs}[{i}:]"
    return (
        ((f"{to_here}.count({x})", f"{xs}[0:{i} + 1].count({x})"), f"{seen}[{x}]"),
        ((f"{before}.count({x})", f"{before_too}.count({x})"), f"{seen}[{x}] - 1"),
        ((f"{x} in {before}", f"{x} in {before_too}"), f"{seen}[{x}] > 1"),
        ((f"{x} not in {before}", f"{x} not in {before_too}"), f"{seen}[{x}] == 1"),
        ((f"{after}.count({x})",), f"{left}[{x}]"),
        ((f"{after}.count({x}[::-1])",), f"{left}[{x}[::-1]]"),
        ((f"{from_here}.count({x})",), f"{left}[{x}] + 1"),
        ((f"{x} in {after}",), f"{left}[{x}] > 0"),
        ((f"{x} not in {after}",), f"{left}[{x}] == 0"),
    )


def _written_out(context: Context, line: cst.SimpleStatementLine) -> tuple[Statement, cst.For, list[Statement]] | None:
    """`return sum(…)`, `return […]` or an assignment of such as (start, loop, what follows the loop)."""
    for pattern, start, add in _WHOLE:
        found = match(line, pattern)
        if found is None:
            continue
        made = found.made
        if (
            not isinstance(made, cst.ListComp | cst.GeneratorExp)
            or made.for_in.inner_for_in
            or made.for_in.asynchronous
        ):
            continue
        if isinstance(made, cst.ListComp) != ("sum" not in pattern) or not context.is_builtin("sum"):
            continue
        assigned = "name" in found.as_parts()
        target = found.id("name") if assigned else context.fresh("total" if "sum" in pattern else "found")
        if target is None or target in names.mentions(made) or not may_unroll(context, made):
            continue
        loop = loops_for(made, statements(add, target=target, value=made.elt))
        assert isinstance(loop, cst.For)
        after = [] if assigned else [statement(f"return {target}")]
        return statement(f"{target} = {start}"), loop, after
    return None


_WHOLE: tuple[tuple[str, str, str], ...] = (
    ("return sum($made)", "0", "$target += $value"),
    ("$name = sum($made)", "0", "$target += $value"),
    ("return $made", "[]", "$target.append($value)"),
    ("$name = $made", "[]", "$target.append($value)"),
)
