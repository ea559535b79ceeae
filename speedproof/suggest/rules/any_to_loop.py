"""`return any(…)` or `return all(…)` over a generator: a loop that returns.

Why: a generator is entered again for every item, a loop is not.

Requires: the function returns just this, and the names in the generator mean nothing else in it. The truth of each test
is asked the same way, in the same order.

Before:
    def has_even(values):
        return any(value % 2 == 0 for value in values)
After:
    def has_even(values):
        for value in values:
            if value % 2 == 0:
                return True
        return False
Try:
    ([1, 2],)
    ([],)
    (["x"],)
    (5,)

Before:
    def ascending(values):
        # Ties are fine.
        return all(a <= b for a, b in zip(values, values[1:]))
After:
    def ascending(values):
        # Ties are fine.
        for a, b in zip(values, values[1:]):
            if not a <= b:
                return False
        return True
Try:
    ([1, 2],)
    ([2, 1],)
    ([float("nan"), 1],)

Before:
    def no_vowels(words):
        return all(char not in "aeiou" for word in words if word for char in word)
After:
    def no_vowels(words):
        for word in words:
            if word:
                for char in word:
                    if char in "aeiou":
                        return False
        return True
Try:
    (["xyz", "", "bc"],)
    (["xyz", "ab"],)
    ([],)

Unchanged: a name that the function uses otherwise
    def f(value, values):
        return value == 3 or any(value % 2 == 0 for value in values)

Unchanged: not the whole of it
    def f(values):
        return any(value for value in values) and len(values)

Before:
    def lacks(parts):
        return any(part is None
                   or part.strip(
                       " ") == ""
                   for part in parts)
After:
    def lacks(parts):
        for part in parts:
            if (part is None
                       or part.strip(
                           " ") == ""):
                return True
        return False
Try:
    (["a", " "],)
    ([None],)
    ([],)

Unchanged: the variable is a parameter
    def f(value, values):
        return any(value for value in values)

Unchanged: asynchronous
    async def f(values):
        return any(value async for value in values)
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.unrolled import loops_for, may_unroll
from speedproof.suggest.syntax.pattern import expression, match, statement
from speedproof.suggest.syntax.tree import move_comments


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("any", "all"):
        return None
    for line in context.find(cst.SimpleStatementLine):
        found = match(line, "return any($made)", "return all($made)")
        if found is None or not isinstance(found.made, cst.GeneratorExp) or not may_unroll(context, found.made):
            continue
        is_any = match(line, "return any($made)") is not None
        test = found.made.elt if is_any else _negated(found.made.elt)
        leave = statement(f"if $test:\n    return {is_any}", test=test)
        loop = loops_for(found.made, [leave])
        return context.replaced(line, [move_comments(line, loop), statement(f"return {not is_any}")])
    return None


def _negated(test: cst.BaseExpression) -> cst.BaseExpression:
    """The opposite of a test; only membership and identity are turned around, comparisons may yield anything."""
    for pattern, opposite in (
        ("$a not in $b", "$a in $b"),
        ("$a in $b", "$a not in $b"),
        ("$a is not $b", "$a is $b"),
        ("$a is $b", "$a is not $b"),
        ("not $a", "$a"),
    ):
        found = match(test, pattern)
        if found:
            return expression(opposite, **found.as_parts())
    return expression("not $test", test=test)
