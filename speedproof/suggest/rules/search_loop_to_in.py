"""A loop that compares every item with one value: `in`.

Why: the built-in search runs no bytecode per item. Measured: 1.1-1.7× (catalogue 42), more for strings.

Requires: the loop only returns `True` at the first item that equals a literal number or single character, and `False`
is returned after it; a literal equals itself, so that going by identity first changes nothing. A number is only looked
for in what is known not to be a string, where `in` would fail.

Before:
    def has_zero(values: list):
        for value in values:
            if value == 0:
                return True
        return False
After:
    def has_zero(values: list):
        return 0 in values
Try:
    ([1, 0],)
    ([],)
    ([1, False],)
    ([float("nan")],)

Before:
    def no_star(text: str) -> bool:
        # None at all.
        for char in text:
            if "*" == char:
                return False
        return True
After:
    def no_star(text: str) -> bool:
        # None at all.
        return "*" not in text
Try:
    ("a*b",)
    ("",)

Unchanged: NaN, perhaps
    def f(values, x):
        for value in values:
            if value == x:
                return True
        return False

Unchanged: a substring
    def f(text):
        for char in text:
            if char == "ab":
                return True
        return False

Unchanged: it goes on otherwise
    def f(values):
        for value in values:
            if value == 0:
                return True
        return None
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import match_lines, statement
from speedproof.suggest.syntax.tree import move_comments

_FORMS = (
    ("for $x in $xs:\n    if $one == $other:\n        return True\nreturn False", "return $value in $xs"),
    ("for $x in $xs:\n    if $one == $other:\n        return False\nreturn True", "return $value not in $xs"),
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    for block, body in context.blocks():
        for at in range(max(len(body) - 2, 0), len(body)):
            for form, new in _FORMS:
                found = match_lines(body[at:], form)
                if found is None or not isinstance(found.x, cst.Name) or not isinstance(body[at], cst.For):
                    continue
                x = found.x.value
                value = found.other if found.id("one") == x else found.one if found.id("other") == x else None
                if not _is_plain(context, value, found.xs) or body[at].asynchronous:  # type: ignore[union-attr]
                    continue
                line = move_comments(body[at], statement(new, value=value, xs=found.xs))  # type: ignore[arg-type]
                return context.with_block(block, [*body[:at], line])
    return None


def _is_plain(context: Context, value: cst.BaseExpression | None, xs: cst.BaseExpression) -> bool:
    """Whether the value is a literal that `in` finds just where `==` does: a dict is searched by its keys, too."""
    if isinstance(value, cst.SimpleString):
        return isinstance(value.evaluated_value, str) and len(value.evaluated_value) == 1
    kind = context.type_of(xs)
    return isinstance(value, cst.Integer) and kind is not None and kind.name not in ("str", "bytes")
