"""Trial division up to the number itself (or half of it): up to its square root.

Why: a number with any divisor has one no greater than its square root. Measured: 125-207× (catalogue 28).

Requires: the loop starts at 2 and only asks whether any divisor was found: what it does then, a `return`, a `break` or
setting names to constants, does not depend on which. The bound that is there still holds as well, since it may leave
out divisors (`range(2, 4 // 2)` finds none for 4). Small and negative numbers keep the bound that they had.

Before:
    def is_prime(n):
        if n < 2:
            return False
        for i in range(2, n):
            if n % i == 0:
                return False
        return True
After:
    from math import isqrt


    def is_prime(n):
        if n < 2:
            return False
        for i in range(2, isqrt(n) + 1 if n > 3 else n):
            if n % i == 0:
                return False
        return True
Try:
    (-1,)
    (0,)
    (2,)
    (3,)
    (4,)
    (9,)
    (25,)
    (97,)
    (True,)
    (9.0,)
    ("x",)

Before:
    def primes(n):
        found = []
        for i in range(2, n):
            prime = True
            for j in range(2, i):
                if i % j == 0:
                    prime = False
                    break
            if prime:
                found.append(i)
        return found
After:
    from math import isqrt


    def primes(n):
        found = []
        for i in range(2, n):
            prime = True
            for j in range(2, isqrt(i) + 1):
                if i % j == 0:
                    prime = False
                    break
            if prime:
                found.append(i)
        return found
Try:
    (0,)
    (3,)
    (60,)

Before:
    def is_prime(n: int) -> bool:
        return n > 1 and all(n % d for d in range(2, n // 2 + 1))
After:
    from math import isqrt


    def is_prime(n: int) -> bool:
        return n > 1 and all(n % d for d in range(2, min(isqrt(n), n // 2) + 1 if n > 3 else n // 2 + 1))
Try:
    (-1,)
    (0,)
    (2,)
    (3,)
    (4,)
    (9,)
    (49,)
    (97,)

Before:
    def twins(n):
        def is_prime(k):
            for i in range(2, k):
                if k % i == 0:
                    return False
            return k > 1
        return [k for k in range(n) if is_prime(k) and is_prime(k + 2)]
After:
    from math import isqrt


    def twins(n):
        def is_prime(k):
            for i in range(2, isqrt(k) + 1 if k > 3 else k):
                if k % i == 0:
                    return False
            return k > 1
        return [k for k in range(n) if is_prime(k) and is_prime(k + 2)]
Try:
    (50,)
    (0,)

Unchanged: which divisor it is matters
    def f(n):
        for i in range(2, n):
            if n % i == 0:
                return i
        return n

Unchanged: they are counted
    def f(n):
        k = 0
        for i in range(2, n):
            if n % i == 0:
                k += 1
        return k

Unchanged: the variable is used afterwards
    def f(n):
        for i in range(2, n):
            if n % i == 0:
                break
        return i

Unchanged: not a test of all numbers from 2
    def f(n):
        for i in range(3, n, 2):
            if n % i == 0:
                return False
        return True
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import counts_from, variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import Found, expression, match, same
from speedproof.suggest.syntax.tree import lines, meaning, small


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "min"):
        return None
    tested = [*(_loop_bounds(context, loop) for loop in context.find(cst.For))]
    tested += [_any_bounds(context, call) for call in context.find(cst.Call)]
    for bounds in tested:
        if bounds is None:
            continue
        iterable, found = bounds
        isqrt = context.imported("math", "isqrt")
        if isqrt is None or not isinstance(found.n, cst.Name) or not context.is_local(found.n.value):
            continue
        return context.replaced(iterable, _bounded(context, iterable, found.n, isqrt))
    return None


_RANGES = ("range(2, $n // 2 + 1)", "range(2, $n // 2)", "range(2, $n - 1)", "range(2, $n)")


def _loop_bounds(context: Context, loop: cst.For) -> tuple[cst.BaseExpression, Found] | None:
    """The iterable of a loop that only asks for any divisor of `n`, and what `n` and the bound are."""
    found = match(loop.iter, *_RANGES)
    body = lines(loop.body)
    if found is None or len(body) != 1 or not isinstance(loop.target, cst.Name) or loop.asynchronous:
        return None
    inner = match(
        body[0], f"if $n % {loop.target.value} == 0:\n    $$then", f"if not $n % {loop.target.value}:\n    $$then"
    )
    if inner is None or not same(inner.n, found.n) or not variables_die(context, loop):
        return None
    then, bound = inner.then, {loop.target.value, *names.reads(found.n)}
    leaves = isinstance(small(then[-1]), cst.Return | cst.Break)
    settles = all(_sets_constant(line, bound) for line in (then[:-1] if leaves else then))
    if leaves and isinstance(last := small(then[-1]), cst.Return) and last.value is not None:
        settles = settles and loop.target.value not in names.reads(last.value) and _is_constant(last.value)
    return (loop.iter, found) if settles else None


def _any_bounds(context: Context, call: cst.Call) -> tuple[cst.BaseExpression, Found] | None:
    """The same for `all(n % i for i in …)` and `any(n % i == 0 for i in …)`."""
    comprehension = match(call, "all($each)", "any($each)")
    if comprehension is None or not isinstance(comprehension.each, cst.GeneratorExp | cst.ListComp):
        return None
    each = comprehension.each
    if each.for_in.ifs or each.for_in.inner_for_in or not isinstance(each.for_in.target, cst.Name):
        return None
    found = match(each.for_in.iter, *_RANGES)
    variable = each.for_in.target.value
    wanted = match(call, "all($each)") is not None
    tests = (
        (f"$n % {variable}", f"$n % {variable} != 0", f"$n % {variable} > 0") if wanted else (f"$n % {variable} == 0",)
    )
    inner = match(each.elt, *tests)
    if found is None or inner is None or not same(inner.n, found.n):
        return None
    return (each.for_in.iter, found) if context.builtins("all", "any") else None


def _bounded(context: Context, iterable: cst.BaseExpression, n: cst.Name, isqrt: str) -> cst.BaseExpression:
    """`iterable` with the square root of `n` for its bound where that is the lower one: from 4 on.

    At 2 and 3 the plain `range(2, n)` and the one to the square root are both empty of divisors.
    """
    parts: dict[str, cst.BaseExpression | str] = {"n": n, "isqrt": isqrt}
    stop = expression("$isqrt($n) + 1", **parts)
    old = match(iterable, "range(2, $stop)")
    assert old is not None
    if match(old.stop, "$n // 2 + 1"):
        stop = expression("min($isqrt($n), $n // 2) + 1", **parts)
    elif match(old.stop, "$n // 2", "$n - 1"):
        stop = expression("min($isqrt($n) + 1, $old)", **parts, old=old.stop)
    if match(old.stop, "$n") and isinstance(old.stop, cst.Name) and counts_from(context, n.value) >= 2:
        return expression("range(2, $stop)", stop=stop)
    return expression("range(2, $stop if $n > 3 else $old)", stop=stop, n=n, old=old.stop)


def _sets_constant(line: cst.CSTNode, bound: set[str]) -> bool:
    found = match(line, "$name = $value")
    return found is not None and found.id("name") not in {None, *bound} and _is_constant(found.value)


def _is_constant(node: cst.BaseExpression) -> bool:
    return all(not isinstance(part, ast.Name | ast.Call | ast.Attribute) for part in ast.walk(meaning(node)))
