"""The same call made, or the same slice taken, twice in one statement: once, with a name for its result.

Why: the second time does the same work again.

Requires: the call only computes a new value that cannot be changed (or is not, here); the first of the calls is always
made, before anything else of the statement has an effect; nothing that it reads is bound or changed in the statement.
Slices are only shared where they are compared or reversed.

Before:
    def next_palindrome(n):
        while True:
            n += 1
            if str(n) == str(n)[::-1]:
                return n
After:
    def next_palindrome(n):
        while True:
            n += 1
            str_n = str(n)
            if str_n == str_n[::-1]:
                return n
Try:
    (10,)
    (99,)

Before:
    def odd_product(n):
        product = 1
        for char in str(n):
            # Odd ones only.
            if int(char) % 2 == 1:
                product *= int(char)
        return product
After:
    def odd_product(n):
        product = 1
        for char in str(n):
            # Odd ones only.
            int_char = int(char)
            if int_char % 2 == 1:
                product *= int_char
        return product
Try:
    (12345,)
    (0,)
    (-1,)

Before:
    def tail(text):
        n = 0
        while text[n:] != text[n:][::-1]:
            n += 1
        return text[:n]
After:
    def tail(text):
        n = 0
        while (text_n := text[n:]) != text_n[::-1]:
            n += 1
        return text[:n]
Try:
    ("abcb",)
    ("",)
    ([1, 2, 1],)

Unchanged: it changes in between
    def f(values):
        if len(values) > 3:
            values.pop()
            return len(values)

Unchanged: perhaps neither is made
    def f(a, text):
        return a and (int(text) > 3 or int(text) < 1)

Unchanged: it uses up an iterator
    def f(it):
        return sum(it) / max(sum(it), 1)

Unchanged: who knows what it does
    def f(g, x):
        return g(x) + g(x)

Unchanged: a new list each time
    def f(text):
        return [sorted(text), sorted(text)]
"""

import re

import libcst as cst

from speedproof.suggest.rules.base import Comprehension, Context
from speedproof.suggest.rules.effects import is_pure, stays
from speedproof.suggest.rules.repeated import read_again
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, same, statement
from speedproof.suggest.syntax.tree import Statement, children, code, replace, walk, words

_VALUES = frozenset({"int", "str", "float", "len", "ord", "chr", "abs", "sum", "min", "max", "bin", "hex", "round"})
"""Built-ins whose results cannot be changed, if those of `min` and `max` are not."""
_METHODS = words("count find index lower upper strip lstrip rstrip title capitalize swapcase casefold replace")
_READERS = frozenset({"sum", "min", "max"})


def rewrite(context: Context) -> cst.FunctionDef | None:
    values: list[cst.Call | cst.Subscript] = [*context.find(cst.Call), *context.find(cst.Subscript)]
    for value in values:
        if not _is_value(context, value) or not is_pure(context, value):
            continue
        line = context.statement_of(value)
        whole = line.test if isinstance(line, cst.While) else line
        twins = [node for node in walk(whole, into_functions=False) if type(node) is type(value) and same(node, value)]
        if len(twins) < 2 or twins[0] is not value or not _comes_first(context, value, line):
            continue
        if not isinstance(line, cst.SimpleStatementLine | cst.If | cst.While) or _is_elif(context, line):
            continue
        if not stays(context, value, whole) or any(_is_deferred(context, twin, line) for twin in twins):
            continue
        if isinstance(value, cst.Subscript) and not all(_is_compared(context, twin) for twin in twins):
            continue
        name = context.fresh("_".join(re.findall(r"[A-Za-z_]\w*", code(value))[:2]))
        changes: dict[cst.CSTNode, cst.BaseExpression] = {twin: cst.Name(name) for twin in twins}
        if isinstance(line, cst.While):
            # The test is asked anew on every turn, so the name is given in it.
            changes[value] = cst.NamedExpr(cst.Name(name), value)
            return context.replaced_all(changes)
        before = statement(f"{name} = $value", value=value)
        return context.preceded(line, [before], replace(line, changes))
    return None


def _is_compared(context: Context, slice_taken: cst.CSTNode) -> bool:
    """Whether a slice is an operand of a comparison, itself or reversed: nothing keeps it."""
    parent = context.parent(slice_taken)
    if isinstance(parent, cst.Subscript) and match(parent, "$x[::-1]"):
        parent = context.parent(parent)
    return isinstance(parent, cst.Comparison | cst.ComparisonTarget)


def _is_value(context: Context, value: cst.Call | cst.Subscript) -> bool:
    if isinstance(value, cst.Subscript):
        return isinstance(value.slice[0].slice, cst.Slice) and isinstance(value.value, cst.Name)
    match value.func:
        case cst.Name(value=name) if name in _VALUES and context.is_builtin(name):
            readable = name not in _READERS or all(read_again(context, argument.value) for argument in value.args)
            return readable and bool(names.reads(value) & context.locals)
        case cst.Attribute(value=cst.Name(), attr=cst.Name(value=name)):
            return name in _METHODS
    return False


def _comes_first(context: Context, call: cst.CSTNode, line: Statement) -> bool:
    """Whether the statement always makes this call, and before anything that has an effect."""
    inside: cst.CSTNode = call
    for above in context.ancestors(call):
        if above is line:
            break
        if isinstance(above, Comprehension | cst.Lambda | cst.IndentedBlock | cst.SimpleStatementSuite):
            return False
        if isinstance(above, cst.BooleanOperation) and inside is not above.left:
            return False
        if isinstance(above, cst.IfExp) and inside is not above.test:
            return False
        if isinstance(above, cst.Comparison) and inside is not above.left and inside is not above.comparisons[0]:
            return False
        earlier = [child for child in children(above) if child is not inside]
        before = earlier[: [*children(above)].index(inside)]
        if not all(is_pure(context, child) for child in before if isinstance(child, cst.BaseExpression)):
            return False
        inside = above
    return True


def _is_elif(context: Context, line: Statement) -> bool:
    return isinstance(context.parent(line), cst.If)


def _is_deferred(context: Context, call: cst.CSTNode, line: Statement) -> bool:
    """Whether the call depends on the variable of a comprehension, or is made in a lambda."""
    for above in context.ancestors(call):
        if above is line:
            return False
        if isinstance(above, Comprehension):
            clause: cst.CompFor | None = above.for_in
            while clause is not None:
                if names.mentions(clause.target) & names.reads(call):
                    return True
                clause = clause.inner_for_in
        if isinstance(above, cst.Lambda):
            return True
    return False
