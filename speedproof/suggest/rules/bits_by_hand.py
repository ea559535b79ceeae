"""The ones among a number's bits counted in a loop: counted in its binary digits.

Why: `bin(n).count("1")` runs inside the interpreter. Measured: 3.5-6.3× for `int.bit_count` (catalogue 30), which older
versions lack.

Requires: the loop is just this. Only exact integers above 0 take the short way; anything else goes through the loop.

Before:
    def ones(n):
        count = 0
        while n:
            count += n & 1
            n >>= 1
        return count
After:
    def ones(n):
        count = 0
        if type(n) is int and n > 0:
            count += bin(n).count("1")
            n = 0
        else:
            while n:
                count += n & 1
                n >>= 1
        return count
Try:
    (0,)
    (13,)
    (2**70 - 1,)
    (True,)
    (2.5,)

Before:
    def ones(n: int) -> int:
        count = 0
        while n > 0:
            # The last bit.
            if n % 2 == 1:
                count += 1
            n //= 2
        return count
After:
    def ones(n: int) -> int:
        count = 0
        if type(n) is int and n > 0:
            count += bin(n).count("1")
            n = 0
        else:
            while n > 0:
                # The last bit.
                if n % 2 == 1:
                    count += 1
                n //= 2
        return count
Try:
    (0,)
    (13,)
    (-1,)

Unchanged: another base
    def f(n):
        count = 0
        while n:
            count += n % 3
            n //= 3
        return count

Unchanged: more is done
    def f(n):
        count = 0
        while n:
            count += n & 1
            print(n)
            n >>= 1
        return count
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import Statement, move_comments

_TESTS = ("$n", "$n > 0", "$n != 0")
_ADDS = (
    "$count += $n & 1", "$count += $n % 2", "if $n & 1:\n        $count += 1", "if $n % 2 == 1:\n        $count += 1",
    "if $n & 1 == 1:\n        $count += 1", "if $n % 2:\n        $count += 1", "if $n % 2 != 0:\n        $count += 1",
    "$count = $count + ($n & 1)", "$count = $count + $n % 2",
)  # fmt: skip
_HALVES = ("$n >>= 1", "$n //= 2", "$n = $n >> 1", "$n = $n // 2")
_LOOPS = (
    *(f"while {test}:\n    {add}\n    {half}" for test in _TESTS for add in _ADDS for half in _HALVES),
    *(f"while {test}:\n    $n &= $n - 1\n    $count += 1" for test in _TESTS),
    *(f"while {test}:\n    $n = $n & $n - 1\n    $count += 1" for test in _TESTS),
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("bin", "type", "int"):
        return None
    for loop in context.find(cst.While):
        found = match(loop, *_LOOPS)
        if found is None or not isinstance(found.n, cst.Name) or not isinstance(found.count, cst.Name):
            continue
        block = context.parent(loop)
        if found.n.value == found.count.value or (block is not None and isinstance(context.parent(block), cst.Else)):
            continue
        if not context.is_local(found.n.value):
            continue
        inside: list[Statement] = [loop.with_changes(leading_lines=())]
        new = statement(
            'if type($n) is int and $n > 0:\n    $count += bin($n).count("1")\n    $n = 0\nelse:\n    $$loop',
            n=found.n, count=found.count, loop=inside,
        )  # fmt: skip
        return context.replaced(loop, move_comments(loop, new))
    return None
