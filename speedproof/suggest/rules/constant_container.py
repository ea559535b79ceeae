"""A list, dict or set of constants that every call builds again: built once.

Why: building it costs a call more than looking something up in it.

A list becomes a tuple in its place, which Python keeps ready as a constant; a dict or set moves to the module.

Requires: all keys and values are constants, and the name is bound once and only read: searched, indexed, gone through
or measured, never changed, returned or handed on.

Before:
    def value(roman):
        digits = {"I": 1, "V": 5, "X": 10}
        total = 0
        for char in roman:
            if char in digits:
                total += digits[char]
        return total
After:
    _DIGITS = {"I": 1, "V": 5, "X": 10}


    def value(roman):
        total = 0
        for char in roman:
            if char in _DIGITS:
                total += _DIGITS[char]
        return total
Try:
    ("XIV",)
    ("?",)
    ([[]],)

Before:
    def between(one, other):
        # From the sun outwards.
        planets = ["Mercury", "Venus", "Earth"]
        if one not in planets:
            return None
        return planets.index(other) - planets.index(one)
After:
    def between(one, other):
        # From the sun outwards.
        planets = ("Mercury", "Venus", "Earth")
        if one not in planets:
            return None
        return planets.index(other) - planets.index(one)
Try:
    ("Venus", "Earth")
    ("Pluto", "Earth")
    ([], "Earth")

Unchanged: it is returned
    def f():
        primes = [2, 3, 5]
        return primes

Unchanged: it is changed
    def f(n):
        primes = [2, 3, 5]
        primes[0] = n
        return primes[0]

Unchanged: it holds something that is not constant
    def f(n):
        primes = [2, 3, n]
        return n in primes

Unchanged: added to a list
    def f(xs):
        primes = [2, 3, 5]
        return primes + xs

Unchanged: compared with a list
    def f(xs):
        primes = [2, 3, 5]
        return xs == primes

Unchanged: a slice of it is a list, too
    def f(n):
        primes = [2, 3, 5]
        return primes[:n]

Unchanged: a view of it is returned
    def f():
        table = {1: 2, 3: 4, 5: 6}
        return table.keys()
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.names import Use
from speedproof.suggest.syntax.pattern import match
from speedproof.suggest.syntax.tree import code, meaning, walk

_READING = frozenset({"get", "index", "count"})
_VIEWS = frozenset({"keys", "values", "items"})
_READERS = frozenset({"len", "sum", "min", "max", "any", "all", "sorted", "set", "tuple", "list"})


def rewrite(context: Context) -> cst.FunctionDef | None:
    for line in context.find(cst.SimpleStatementLine):
        found = match(line, "$name = $value")
        name = found and found.id("name")
        if not found or not name or not _is_constant(found.value) or not context.is_local(name):
            continue
        uses = names.uses(context.tree, name)
        if name in context.parameters or context.n_stores(name) != 1 or not all(map(_only_reads, uses)):
            continue
        if isinstance(found.value, cst.List):
            return context.replaced(found.value, _as_tuple(found.value))
        # Only where the assignment surely comes first: else reading the name would have been an error.
        if context.parent(line) is context.function.body and uses and not _has_comment(line):
            constant = context.constant(f"_{name.strip('_').upper()}", code(found.value))
            reads = [n for n in walk(context.function.body) if isinstance(n, cst.Name) and n.value == name]
            return context.replaced_all({line: None, **{read: cst.Name(constant) for read in reads}})
    return None


def _is_constant(value: cst.BaseExpression) -> bool:
    """Whether the expression builds a list, dict or set of at least three constants."""
    if isinstance(value, cst.Dict):
        parts = [part for e in value.elements if isinstance(e, cst.DictElement) for part in (e.key, e.value)]
        whole = len(parts) == 2 * len(value.elements)
    elif isinstance(value, cst.List | cst.Set):
        parts = [element.value for element in value.elements]
        whole = all(isinstance(element, cst.Element) for element in value.elements)
    else:
        return False
    return whole and len(value.elements) > 2 and all(_is_literal(meaning(part)) for part in parts)


def _is_literal(node: ast.AST) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_literal(operand)
        case ast.Tuple(elts=elements):
            return all(map(_is_literal, elements))
    return False


def _only_reads(use: Use) -> bool:
    if use.kind == "method":
        gone_through = isinstance(use.outer, ast.For | ast.comprehension | ast.Compare)
        return use.detail in _READING or (use.detail in _VIEWS and gone_through)
    if use.kind == "argument":
        return use.detail in _READERS
    return use.kind in ("item", "iterate", "contains", "truth")


def _as_tuple(made: cst.List) -> cst.Tuple:
    """The same elements, spaces and comments in round brackets."""
    opening = cst.LeftParen(whitespace_after=made.lbracket.whitespace_after)
    closing = cst.RightParen(whitespace_before=made.rbracket.whitespace_before)
    return cst.Tuple(made.elements, lpar=[opening], rpar=[closing])


def _has_comment(line: cst.SimpleStatementLine) -> bool:
    return any(above.comment for above in line.leading_lines) or line.trailing_whitespace.comment is not None
