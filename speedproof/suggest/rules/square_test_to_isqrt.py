"""A search for the whole square root of a number, by halving or by counting up: `math.isqrt`.

Why: the search takes many turns where `isqrt` makes one step.

Requires: the search is just this and ends in `return True` or `return False`. Only exact integers of at least 0 take
the short way; anything else goes through the search, with its own errors.

Before:
    def is_square(n):
        left, right = 0, n
        while left <= right:
            mid = (left + right) // 2
            if mid * mid == n:
                return True
            elif mid * mid < n:
                left = mid + 1
            else:
                right = mid - 1
        return False
After:
    from math import isqrt


    def is_square(n):
        if type(n) is int and n >= 0:
            return isqrt(n) ** 2 == n
        left, right = 0, n
        while left <= right:
            mid = (left + right) // 2
            if mid * mid == n:
                return True
            elif mid * mid < n:
                left = mid + 1
            else:
                right = mid - 1
        return False
Try:
    (0,)
    (1,)
    (2,)
    (16,)
    (10**20,)
    (10**20 + 1,)
    (-4,)
    (2.25,)
    (True,)
    ("x",)

Before:
    def is_square(n):
        i = 0
        while i * i <= n:
            if i * i == n:
                return True
            i += 1
        return False
After:
    from math import isqrt


    def is_square(n):
        if type(n) is int and n >= 0:
            return isqrt(n) ** 2 == n
        i = 0
        while i * i <= n:
            if i * i == n:
                return True
            i += 1
        return False
Try:
    (0,)
    (2,)
    (49,)
    (-1,)
    (6.25,)

Before:
    def is_square(n):
        for i in range(1, n + 1):
            if i ** 2 == n:
                return True
        return False
After:
    from math import isqrt


    def is_square(n):
        if type(n) is int and n >= 1:
            return isqrt(n) ** 2 == n
        for i in range(1, n + 1):
            if i ** 2 == n:
                return True
        return False
Try:
    (0,)
    (1,)
    (49,)
    (50,)
    (-1,)
    (4.0,)

Unchanged: it returns the root
    def f(n):
        i = 0
        while i * i <= n:
            if i * i == n:
                return i
            i += 1
        return -1

Unchanged: it does not try all
    def f(n):
        i = 3
        while i * i <= n:
            if i * i == n:
                return True
            i += 1
        return False
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import match_lines, statement
from speedproof.suggest.syntax.tree import Statement, move_comments


def rewrite(context: Context) -> cst.FunctionDef | None:
    for block, body in context.blocks():
        for at in range(max(len(body) - 4, 0), len(body)):
            search = _halving(body[at:]) or _counting(body[at:])
            if search is None or not context.builtins("type", "int", "range") or _is_guarded(body[:at], search[0]):
                continue
            n, least = search
            isqrt = context.imported("math", "isqrt")
            if isqrt is None or not context.is_local(n):
                continue
            quick = statement(f"if type({n}) is int and {n} >= {least}:\n    return {isqrt}({n}) ** 2 == {n}")
            rest = [body[at].with_changes(leading_lines=()), *body[at + 1 :]]
            return context.with_block(block, [*body[:at], move_comments(body[at], quick), *rest])
    return None


def _halving(body: tuple[Statement, ...]) -> tuple[str, int] | None:
    """The number whose root is searched for between 0 or 1 and itself, and the least number that works for."""
    starts = ("$low, $high = $zero, $n", "$low = $zero\n$high = $n", "$high = $n\n$low = $zero")
    squares = ("$mid * $mid", "$mid ** 2")
    up, down = "$low = $mid + 1", "$high = $mid - 1"
    for start in starts:
        for half in ("($low + $high) // 2", "$low + ($high - $low) // 2", "($high + $low) // 2"):
            for square in squares:
                for sign, first, second in (("<", up, down), (">", down, up)):
                    pattern = (
                        f"{start}\nwhile $low <= $high:\n    $mid = {half}\n    if {square} == $n:\n"
                        f"        return True\n    elif {square} {sign} $n:\n        {first}\n"
                        f"    else:\n        {second}\nreturn False"
                    )
                    found = match_lines(body, pattern)
                    if found and found.id("n") and isinstance(found.zero, cst.Integer):
                        least = found.zero.evaluated_value
                        return (found.n.value, least) if least in (0, 1) else None
    return None


def _counting(body: tuple[Statement, ...]) -> tuple[str, int] | None:
    """The same for a search from 0 or 1 upwards."""
    for square in ("$i * $i", "$i ** 2"):
        by_while = (
            f"$i = $zero\nwhile {square} <= $n:\n    if {square} == $n:\n        return True\n    $i += 1\nreturn False"
        )
        test = f"    if {square} == $n:\n        return True\nreturn False"
        by_range = (f"for $i in range($zero, $n + 1):\n{test}", f"for $i in range($n + 1):\n{test}")
        found = match_lines(body, by_while, *by_range)
        if found and found.id("n"):
            zero = found.as_parts().get("zero", cst.Integer("0"))
            least = zero.evaluated_value if isinstance(zero, cst.Integer) else 2
            return (found.n.value, least) if least in (0, 1) else None
    return None


def _is_guarded(before: tuple[Statement, ...], n: str) -> bool:
    last = before[-1:]
    return match_lines(last, f"if type({n}) is int and {n} >= $least:\n    return $isqrt({n}) ** 2 == {n}") is not None
