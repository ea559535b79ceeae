"""A comprehension that passes everything on unchanged: what it goes through.

Why: it takes every item out and puts it in again.

Requires: the element is the loop variable itself and there is no condition. Where a list is needed, one is made.

Before:
    def joined(words):
        return "".join([word for word in words])
After:
    def joined(words):
        return "".join(words)
Try:
    (["a", "b"],)
    ("ab",)
    ([1],)

Before:
    def copied(values):
        total = sum(value for value in values)
        return [value for value in values], total
After:
    def copied(values):
        total = sum(values)
        return list(values), total
Try:
    ([1, 2],)
    ((),)

Before:
    def picked(text: str):
        return "".join(text[::2])
After:
    def picked(text: str):
        return text[::2]
Try:
    ("abcde",)
    ("",)

Unchanged: filtered
    def f(words):
        return "".join([word for word in words if word])

Unchanged: pairs are unpacked, which checks them
    def f(pairs):
        return [(a, b) for a, b in pairs]

Unchanged: perhaps a list of words
    def f(words):
        return "".join(words[::2])
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import expression, match, same

_READERS = frozenset({"sum", "min", "max", "any", "all", "sorted", "list", "tuple", "set", "frozenset"})


def rewrite(context: Context) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        if len(call.args) == 1 and _reads_once(context, call):
            source = _source(call.args[0].value)
            if source is not None:
                return context.replaced(call, call.with_changes(args=[cst.Arg(source)]))
        sliced = match(call, '"".join($text[$a:$b:$c])', '"".join($text[::$c])', '"".join($text[$a::$c])')
        if sliced and context.is_a(sliced.text, "str"):
            return context.replaced(call, call.args[0].value)
    for made in context.find(cst.ListComp):
        source = _source(made)
        if source is not None and context.is_builtin("list"):
            return context.replaced(made, expression("list($source)", source=source))
    return None


def _reads_once(context: Context, call: cst.Call) -> bool:
    """Whether the call goes through its argument once, and any iterable will do."""
    if isinstance(call.func, cst.Name):
        return call.func.value in _READERS and context.is_builtin(call.func.value)
    return (
        bool(match(call, "$text.join($x)"))
        and isinstance(call.func, cst.Attribute)
        and isinstance(call.func.value, cst.SimpleString)
    )


def _source(made: cst.BaseExpression) -> cst.BaseExpression | None:
    """What a comprehension goes through, if it yields just that."""
    if not isinstance(made, cst.ListComp | cst.GeneratorExp):
        return None
    clause = made.for_in
    plain = not (clause.ifs or clause.inner_for_in or clause.asynchronous)
    return clause.iter if plain and isinstance(clause.target, cst.Name) and same(made.elt, clause.target) else None
