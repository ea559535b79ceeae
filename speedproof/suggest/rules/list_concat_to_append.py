"""A local list rebuilt with one more element (`a = a + [x]`, `a += [x]`): append.

Why: `a + [x]` copies the whole list each time. Measured: 75-103× (catalogue 5); `a += [x]` only builds a needless list.

Requires: the name starts in this function as a new list, and nothing else ever holds the same list, so that growing it
in place cannot be seen elsewhere.

Before:
    def squares(n):
        out = []
        for i in range(n):
            out = out + [i * i]
        return out
After:
    def squares(n):
        out = []
        for i in range(n):
            out.append(i * i)
        return out
Try:
    (5,)
    (0,)
    ("x",)

Before:
    def pairs(xs):
        out = list(xs)
        for x in xs:
            out += [x]  # again
            out = out + [x, x]
        return out
After:
    def pairs(xs):
        out = list(xs)
        for x in xs:
            out.append(x)  # again
            out.extend((x, x))
        return out
Try:
    ([1, 2],)
    ([],)

Unchanged: another name keeps the shorter list
    def f(n):
        out = []
        for i in range(n):
            before = out
            out = out + [i]
        return before

Unchanged: every state is kept
    def f(n):
        out = []
        states = []
        for i in range(n):
            states.append(out)
            out = out + [i]
        return states

Unchanged: the caller's list would grow
    def f(out, n):
        for i in range(n):
            out = out + [i]
        return out

Unchanged: yielded in between
    def f(n):
        out = []
        for i in range(n):
            yield out
            out = out + [i]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.lists import is_own_list
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import small


def rewrite(context: Context) -> cst.FunctionDef | None:
    for node in context.find(cst.Assign, cst.AugAssign):
        found = match(node, "$xs = $xs + $added", "$xs += $added")
        name = found and found.id("xs")
        if not found or not name or not isinstance(found.added, cst.List) or not found.added.elements:
            continue
        if any(isinstance(element, cst.StarredElement) for element in found.added.elements):
            continue
        if context.loop_around(node) is None or not is_own_list(context, name):
            continue
        values = [element.value for element in found.added.elements]
        if len(values) == 1:
            return context.replaced(node, small(statement("$xs.append($value)", xs=name, value=values[0])))
        several = cst.Tuple([cst.Element(value) for value in values])
        return context.replaced(node, small(statement("$xs.extend($several)", xs=name, several=several)))
    return None
