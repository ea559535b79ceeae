"""A search for all divisors of a number up to itself: up to its square root, the others being their partners.

Why: divisors come in pairs, of which one is no greater than the square root.

Requires: the loop goes through all numbers from 1 or 2 up to (or down from) the number, and its whole body stands under
`if n % i == 0`; the number is not changed there. The divisors come in the same order as before; numbers below 1 have
none.

Before:
    def divisors(n):
        found = []
        for i in range(1, n + 1):
            if n % i == 0:
                found.append(i)
        return found
After:
    from math import isqrt


    def divisors(n):
        found = []
        small = [i for i in range(1, isqrt(n) + 1) if n % i == 0] if n > 0 else []
        for i in small + [n // i for i in reversed(small) if i * i != n]:
            found.append(i)
        return found
Try:
    (1,)
    (12,)
    (36,)
    (97,)
    (0,)
    (-4,)
    (12.0,)

Before:
    def proper(n):
        return sum(d for d in range(1, n) if n % d == 0)
After:
    from math import isqrt


    def proper(n):
        small = [d for d in range(1, isqrt(n) + 1) if n % d == 0] if n > 0 else []
        return sum(d for d in (small + [n // d for d in reversed(small) if d * d != n])[:-1])
Try:
    (1,)
    (2,)
    (28,)
    (36,)
    (0,)
    (-4,)

Before:
    def largest(n: int) -> int:
        for i in range(n - 1, 0, -1):
            if n % i == 0:
                return i
After:
    from math import isqrt


    def largest(n: int) -> int:
        small = [i for i in range(1, isqrt(n) + 1) if n % i == 0] if n > 0 else []
        for i in (small + [n // i for i in reversed(small) if i * i != n])[-2::-1]:
            return i
Try:
    (1,)
    (2,)
    (15,)
    (49,)
    (0,)

Unchanged: something is done for every number
    def f(n):
        k = 0
        for i in range(1, n + 1):
            if n % i == 0:
                k += 1
            k -= 1
        return k

Unchanged: the number changes
    def f(n):
        found = []
        for i in range(2, n + 1):
            if n % i == 0:
                found.append(i)
                n //= i
        return found

Unchanged: another range
    def f(n, m):
        return [i for i in range(1, m) if n % i == 0]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.rules.repeated import comprehension_names
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, statement
from speedproof.suggest.syntax.tree import lines, replace, with_lines

_RANGES: tuple[tuple[str, str], ...] = (
    ("range(1, $n + 1)", ""),
    ("range(2, $n + 1)", "[1:]"),
    ("range(1, $n // 2 + 1)", "[:-1]"),
    ("range(2, $n // 2 + 1)", "[1:-1]"),
    ("range(1, int($n / 2) + 1)", "[:-1]"),
    ("range($n, 0, -1)", "[::-1]"),
    ("range($n - 1, 0, -1)", "[-2::-1]"),
    ("range($n // 2, 0, -1)", "[-2::-1]"),
    ("range(1, $n)", "[:-1]"),
    ("range(2, $n)", "[1:-1]"),
)
"""Ranges of numbers up to `n`, and which of all its divisors in ascending order are in them."""


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "reversed", "int"):
        return None
    for loop in context.find(cst.For):
        body = lines(loop.body)
        found = match(body[0], "if $test:\n    $$then") if len(body) == 1 else None
        test = match(found.test, "$divides and $more", "$divides") if found else None
        picked = _picked(context, loop.iter, loop.target, test.divides) if test else None
        if found is None or test is None or picked is None or loop.asynchronous or loop.orelse:
            continue
        n, part = picked
        if n in names.writes(loop.body) or not variables_die(context, loop):
            continue
        then = found.then
        if "more" in test.as_parts():
            then = [statement("if $more:\n    $$then", more=test.more, then=then)]
        isqrt = context.imported("math", "isqrt")
        if isqrt is None:
            return None
        setting, divisors = _divisors(context, loop.target, n, part, isqrt)
        new = loop.with_changes(iter=divisors, body=with_lines(loop.body, then))
        return context.preceded(loop, [setting], new)
    for made in context.comprehensions():
        clause = made.for_in
        line = context.statement_of(made)
        plain = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
        if not clause.ifs or clause.inner_for_in or clause.asynchronous or not plain:
            continue
        picked = _picked(context, clause.iter, clause.target, clause.ifs[0].test)
        if picked is None or picked[0] in comprehension_names(context, made):
            continue
        isqrt = context.imported("math", "isqrt")
        if isqrt is None:
            return None
        setting, divisors = _divisors(context, clause.target, *picked, isqrt)
        new_clause = clause.with_changes(iter=divisors, ifs=clause.ifs[1:])
        return context.preceded(line, [setting], replace(line, {clause: new_clause}))
    return None


def _picked(
    context: Context, iterable: cst.BaseExpression, target: cst.BaseExpression, test: cst.BaseExpression
) -> tuple[str, str] | None:
    """The name of the number whose divisors are asked for, and which of them."""
    if not isinstance(target, cst.Name):
        return None
    for pattern, part in _RANGES:
        found = match(iterable, pattern)
        n = found and found.id("n")
        if n and context.is_local(n) and match(test, f"{n} % {target.value} == 0", f"not {n} % {target.value}"):
            return n, part
    return None


def _divisors(
    context: Context, target: cst.BaseExpression, n: str, part: str, isqrt: str
) -> tuple[cst.SimpleStatementLine, cst.BaseExpression]:
    """The statement that finds the small divisors, and the expression for the ones wanted."""
    assert isinstance(target, cst.Name)
    i, small = target.value, context.fresh("small")
    setting = statement(f"{small} = [{i} for {i} in range(1, {isqrt}({n}) + 1) if {n} % {i} == 0] if {n} > 0 else []")
    both = f"{small} + [{n} // {i} for {i} in reversed({small}) if {i} * {i} != {n}]"
    assert isinstance(setting, cst.SimpleStatementLine)
    return setting, expression(f"({both}){part}" if part else both)
