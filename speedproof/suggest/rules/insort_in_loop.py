"""A list that is sorted again whenever elements were appended: `bisect.insort`.

Why: sorting goes through the whole list, `insort` finds the place by halving. Measured: 10-12× (catalogue 19).

Requires: the list starts with at most one element in this function and else only loses some, so that it is sorted
already; the plain order is meant. An element goes after its equals, as sorting leaves it.

Before:
    def medians(values):
        seen = []
        out = []
        for value in values:
            seen.append(value)
            seen.sort()
            out.append(seen[len(seen) // 2])
        return out
After:
    from bisect import insort


    def medians(values):
        seen = []
        out = []
        for value in values:
            insort(seen, value)
            out.append(seen[len(seen) // 2])
        return out
Try:
    ([3, 1, 2, 2],)
    ([],)
    ([1, True, 1.0, 0],)

Before:
    def cheapest(edges, start, goal):
        queue = [(0, start)]
        while queue:
            cost, node = queue.pop(0)
            if node == goal:
                return cost
            for weight, other in edges.get(node, ()):
                queue.append((cost + weight, other))
            queue.sort()
        return None
After:
    from bisect import insort


    def cheapest(edges, start, goal):
        queue = [(0, start)]
        while queue:
            cost, node = queue.pop(0)
            if node == goal:
                return cost
            for weight, other in edges.get(node, ()):
                insort(queue, (cost + weight, other))
        return None
Try:
    ({1: [(5, 2), (1, 3)], 3: [(1, 2)]}, 1, 2)
    ({}, 1, 2)

Unchanged: another order
    def f(values):
        seen = []
        for value in values:
            seen.append(value)
            seen.sort(reverse=True)
        return seen

Unchanged: not sorted at first
    def f(values):
        seen = [3, 1]
        for value in values:
            seen.append(value)
            seen.sort()
        return seen

Unchanged: changed otherwise
    def f(values):
        seen = []
        for value in values:
            seen.append(value)
            seen.sort()
            seen[0] = 9
        return seen
"""

from itertools import pairwise

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.lists import is_own_list
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import Statement, move_comments, replace, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    for block, body in context.blocks():
        for first, second in pairwise(body):
            sorting = match(second, "$xs.sort()")
            name = sorting.id("xs") if sorting else None
            line = _append(first, name) if name and context.loop_around(first) else None
            if not name or line is None:
                continue
            forms = (f"{name} = []", f"{name} = list()", f"{name} = [$only]")
            starts = [node for node in context.find(cst.Assign) if match(node, *forms)]
            if context.n_stores(name) != len(starts) or not is_own_list(context, name):
                continue
            changing = [use for use in names.uses(context.tree, name) if _may_disorder(use)]
            insort = context.imported("bisect", "insort") if len(changing) == 2 else None
            if insort is None:
                continue
            appended = match(line, f"{name}.append($x)")
            assert appended is not None
            new = move_comments(line, statement(f"{insort}({name}, $x)", x=appended.x))
            at = body.index(first)
            now = new if line is first else replace(first, {line: new})
            return context.with_block(block, [*body[:at], now, *body[at + 2 :]])
    return None


def _append(line: Statement, name: str) -> Statement | None:
    """The statement that appends, which is `line` or all that a loop over something else does with the list."""
    if match(line, f"{name}.append($x)"):
        return line
    if not isinstance(line, cst.For) or names.count(line, name) != 1:
        return None
    return next(
        (part for part in walk(line) if isinstance(part, Statement) and match(part, f"{name}.append($x)")), None
    )


def _may_disorder(use: names.Use) -> bool:
    if use.kind == "method":
        return use.detail not in (*names.READING_METHODS, "pop", "remove", "clear")
    return use.kind in ("store_item", "aug", "escape", "attribute")
