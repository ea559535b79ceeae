"""`x % b` and then `x //= b` in a loop: one `divmod`.

Why: of big numbers, each of the two divides all over again; of small ones, the call costs more than it saves.

Requires: nothing between the two changes either number, and both are the only uses; `divmod` is the built-in.

Before:
    def in_base(x, base):
        out = []
        while x > 0:
            out.append(x % base)
            x //= base
        return out
After:
    def in_base(x, base):
        out = []
        while x > 0:
            x, rest = divmod(x, base)
            out.append(rest)
        return out
Try:
    (10, 2)
    (3**200, 3)
    (0, 2)
    (5.5, 2)

Before:
    def digits(n):
        total = 0
        while n:
            digit = n % 10
            n = n // 10
            total += digit
        return total
After:
    def digits(n):
        total = 0
        while n:
            n, rest = divmod(n, 10)
            digit = rest
            total += digit
        return total
Try:
    (1234,)
    (0,)

Unchanged: the number is used in between
    def f(x, base):
        out = []
        while x > 0:
            out.append(x % base)
            print(x)
            x //= base
        return out

Unchanged: another divisor
    def f(x):
        out = []
        while x > 0:
            out.append(x % 10)
            x //= 100
        return out

Unchanged: the remainder is not always taken
    def f(x):
        n = 0
        while x > 0:
            if n < 5:
                n += x % 10
            x //= 10
        return n
"""

from itertools import pairwise

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, same, statement
from speedproof.suggest.syntax.tree import move_comments, replace, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.is_builtin("divmod"):
        return None
    for block, body in context.blocks():
        for first, second in pairwise(body):
            divided = match(second, "$x //= $b", "$x = $x // $b")
            x = divided and divided.id("x")
            if not divided or not x or not context.is_local(x) or context.loop_around(second) is None:
                continue
            simple = isinstance(divided.b, cst.Integer | cst.Name) and not match(divided.b, x)
            rests = [
                node
                for node in walk(first, into_functions=False)
                if isinstance(node, cst.BinaryOperation) and match(node, f"{x} % $b") and same(node.right, divided.b)
            ]
            if not simple or len(rests) != 1 or names.count(first, x) != 1 or not _always_taken(first):
                continue
            if names.writes(first) & names.mentions(divided.b) or x in names.writes(first):
                continue
            rest = context.fresh("rest")
            both = statement(f"{x}, {rest} = divmod({x}, $b)", b=divided.b)
            then = replace(first, {rests[0]: cst.Name(rest)}).with_changes(leading_lines=())
            at = body.index(first)
            return context.with_block(block, [*body[:at], move_comments(first, both), then, *body[at + 2 :]])
    return None


def _always_taken(line: cst.CSTNode) -> bool:
    """Whether all of a statement is evaluated: a simple line without conditions in it."""
    conditional = cst.IfExp | cst.BooleanOperation | cst.Lambda | cst.ListComp | cst.GeneratorExp | cst.SetComp
    return isinstance(line, cst.SimpleStatementLine) and not any(isinstance(n, conditional) for n in walk(line))
