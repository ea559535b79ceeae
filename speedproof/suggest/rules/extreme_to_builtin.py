"""A loop that only keeps the greatest or least value: `max` or `min`.

Why: the built-ins compare without running bytecode for every item.

Requires: the loop does nothing else, and the name is set right before it. The start value goes first into the
comparison, which is the same one (`x > best`) in the same order, so that NaN and ties come out alike.

Before:
    def highest(values: list):
        best = values[0]
        for value in values:
            if value > best:
                best = value
        return best
After:
    def highest(values: list):
        best = max([values[0], *values])
        return best
Try:
    ([1, 3, 2],)
    ([],)
    ([float("nan"), 1, 2],)
    ([1, 1.0, True],)
    (["x", 1],)

Before:
    def longest(words):
        most = 0
        for word in words:
            most = max(most, len(word))
        return most
After:
    def longest(words):
        most = max([0, *[len(word) for word in words]])
        return most
Try:
    (["a", "bcd"],)
    ([],)
    ([1],)

Unchanged: it also keeps which one
    def f(words):
        most, which = 0, None
        for word in words:
            if len(word) > most:
                most = len(word)
                which = word
        return which

Unchanged: at least as great: the last of equals
    def f(values):
        best = 0
        for value in values:
            if value >= best:
                best = value
        return best

Unchanged: it stops early
    def f(values):
        best = 0
        for value in values:
            if value > best:
                best = value
            if best > 9:
                break
        return best
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import is_pure
from speedproof.suggest.rules.loops import comprehension, has_comments, safe_from_handlers, start_of, variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, same, statement
from speedproof.suggest.syntax.tree import lines, move_comments

_FORMS = (
    ("if $x > $best:\n    $best = $x", "max"),
    ("if $x < $best:\n    $best = $x", "min"),
    ("$best = max($best, $x)", "max"),
    ("$best = min($best, $x)", "min"),
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("max", "min"):
        return None
    for loop in context.find(cst.For):
        body = lines(loop.body)
        if len(body) != 1 or loop.orelse or loop.asynchronous or has_comments(loop):
            continue
        for form, function in _FORMS:
            found = match(body[0], form)
            name = found and found.id("best")
            if not found or not name or not context.is_local(name):
                continue
            start = start_of(context, loop, name)
            if start is None or name in names.reads(found.x) or not is_pure(context, found.x):
                continue
            if not variables_die(context, loop) or not safe_from_handlers(context, loop, name):
                continue
            values = loop.iter if same(loop.target, found.x) else comprehension(loop, found.x, None)
            if values is None or name in names.reads(loop.iter):
                continue
            items = cst.List([cst.Element(start[1]), cst.StarredElement(values)])
            new = move_comments(start[0], statement(f"{name} = {function}($items)", items=items))
            return context.replaced_all({start[0]: new, loop: None})
    return None
