"""A generator that is read to its end at once: a list comprehension.

Why: a generator is entered again for every item. `join`, `sorted` and `tuple` make a list of it anyway; `sum`, `min`
and `max` need none, so there the list costs memory for its speed.

Requires: the function named is the built-in, and reads all that it gets before it does anything else.

Before:
    def spelled(words):
        return ", ".join(word.upper() for word in words)
After:
    def spelled(words):
        return ", ".join([word.upper() for word in words])
Try:
    (["a", "b"],)
    ([],)
    ([1],)

Before:
    def evens(values):
        return sorted((v for v in values if v % 2 == 0), reverse=True), tuple(v + 1 for v in values)
After:
    def evens(values):
        return sorted([v for v in values if v % 2 == 0], reverse=True), tuple([v + 1 for v in values])
Try:
    ([1, 4, 2],)
    ([],)
    (["x"],)

Before:
    def total(values):
        return sum(value * 2 for value in values) + max((value for value in values if value), default=0)
After:
    def total(values):
        return sum([value * 2 for value in values]) + max([value for value in values if value], default=0)
Try:
    ([1, 2],)
    ([],)

Unchanged: it may stop early
    def f(values):
        return any(value > 2 for value in values)

Unchanged: another function
    def f(values, g):
        return g(value for value in values)

Unchanged: asynchronous
    async def f(values):
        return sum(value async for value in values)
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import match
from speedproof.suggest.syntax.tree import walk

_READERS = frozenset({"sorted", "tuple", "sum", "min", "max"})


def rewrite(context: Context) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        if not call.args or not isinstance(call.args[0].value, cst.GeneratorExp) or not _reads_all(context, call):
            continue
        made = call.args[0].value
        waits = any(isinstance(n, cst.Await | cst.CompFor) and getattr(n, "asynchronous", n) for n in walk(made))
        if call.args[0].star or waits:
            continue
        as_list = cst.ListComp(made.elt, made.for_in)
        return context.replaced(made, as_list)
    return None


def _reads_all(context: Context, call: cst.Call) -> bool:
    if isinstance(call.func, cst.Name):
        return call.func.value in _READERS and context.is_builtin(call.func.value)
    found = match(call, "$separator.join($made)")
    return found is not None and context.is_a(found.separator, "str", "bytes")
