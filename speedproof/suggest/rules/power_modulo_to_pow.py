"""`a ** b % m`: `pow(a, b, m)`.

Why: `pow` keeps every intermediate below `m`; the power itself has `b` times as many digits as `a`. Measured: 139-177×
(catalogue 27).

Requires: a negative exponent, for which the results differ, and a modulus of 0, on which `pow` fails otherwise, go the
old way, unless they cannot be. What is no integer the verdict has to find; where the types tell, nothing is proposed.

Before:
    def last_digits(a, b):
        return a ** b % 10_000
After:
    def last_digits(a, b):
        return pow(a, b, 10_000) if b >= 0 else a ** b % 10_000
Try:
    (3, 4_000)
    (-3, 5)
    (7, 0)
    (7, -1)
    (0, -1)

Before:
    MOD = 998_244_353

    def total(xs):
        found = 0
        for k in range(50):
            found += sum((x + 1) ** k % MOD for x in xs)
        return found
After:
    MOD = 998_244_353

    def total(xs):
        found = 0
        for k in range(50):
            found += sum(pow(x + 1, k, MOD) for x in xs)
        return found
Try:
    ([1, 2, 3],)
    ([],)

Unchanged: an exponent that would have to be worked out twice
    def f(a, b):
        return a ** b() % 7

Before:
    class Key:
        def __init__(self, n):
            self.n = n

        def lock(self, message, e):
            return int(message ** e % self.n)
After:
    class Key:
        def __init__(self, n):
            self.n = n

        def lock(self, message, e):
            return int(pow(message, e, self.n) if self.n and e >= 0 else message ** e % self.n)
Try:
    (Key(55), 3, 4_000)
    (Key(-55), 3, 4)
    (Key(0), 3, 4)
    (Key(7), 3, -1)

Unchanged: a modulus that would have to be worked out twice
    def f(a, b, m):
        return a ** b % m()

Unchanged: floats
    def f(a: float, b: int):
        return a ** b % 7

Unchanged: another pow
    from math import pow

    def f(a, b):
        return a ** b % 7
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import counts_from
from speedproof.suggest.syntax.pattern import expression, match


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.is_builtin("pow"):
        return None
    for node in context.find(cst.BinaryOperation):
        found = match(node, "$a ** $b % $m")
        if found is None or _is_guarded(context, node):
            continue
        if context.is_a(found.a, "float", "str", "bytes"):
            continue
        if context.is_a(found.b, "float") or context.is_a(found.m, "float", "tuple", "dict"):
            continue
        parts = {name: part.with_changes(lpar=[], rpar=[]) for name, part in found.as_parts().items()}
        exponent = found.id("b")
        counts_up = isinstance(found.b, cst.Integer) or (exponent is not None and counts_from(context, exponent) >= 0)
        tests = ([] if _is_whole(context, found.m) else ["$m"]) + ([] if counts_up else ["$b >= 0"])
        if not tests:
            return context.replaced(node, expression("pow($a, $b, $m)", **parts))
        # An exponent that is written out is small: there a test costs what it saves.
        if exponent and ("$m" not in tests or _is_read(found.m)):
            new = expression(f"pow($a, $b, $m) if {' and '.join(tests)} else $old", old=node, **parts)
            return context.replaced(node, new)
    return None


def _is_guarded(context: Context, power: cst.BinaryOperation) -> bool:
    """Whether it is what this rule leaves for negative exponents."""
    above = context.parent(power)
    return isinstance(above, cst.IfExp) and above.orelse is power and match(above.body, "pow($a, $b, $m)") is not None


def _is_read(modulus: cst.BaseExpression) -> bool:
    """Whether it is a name, or an attribute of one, which may be read again."""
    while isinstance(modulus, cst.Attribute):
        modulus = modulus.value
    return isinstance(modulus, cst.Name)


def _is_whole(context: Context, modulus: cst.BaseExpression) -> bool:
    """Whether it is an integer that is known, and not 0."""
    if isinstance(modulus, cst.Integer):
        return modulus.evaluated_value != 0
    if not isinstance(modulus, cst.Name) or modulus.value in context.locals | context.outer:
        return False
    match context.module.constant(modulus.value):
        case ast.Constant(value=int(value)):
            return value != 0
    return False
