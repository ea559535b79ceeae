"""Comprehensions written out as loops."""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import statement
from speedproof.suggest.syntax.tree import Statement, walk

Made = cst.ListComp | cst.GeneratorExp


def may_unroll(context: Context, made: Made) -> bool:
    """Whether the variables of the comprehension may become variables of the function.

    Not where the function binds or reads those names elsewhere, or a lambda inside would see them change.
    """
    clauses = _clauses(made)
    variables = frozenset[str]().union(*(names.mentions(clause.target) for clause in clauses))
    elsewhere = sum(names.count(context.tree, name) - names.count(made, name) for name in variables)
    deferred = any(isinstance(node, cst.Lambda | cst.GeneratorExp) and node is not made for node in walk(made))
    plain = not any(clause.asynchronous or _reaches_out(clause.target) for clause in clauses)
    return plain and not deferred and elsewhere == 0 and not variables & (set(context.parameters) | context.shared)


def loops_for(made: Made, inner: list[Statement]) -> Statement:
    """Nested loops and conditions as in the comprehension, around `inner`."""
    body = inner
    for clause in reversed(_clauses(made)):
        for condition in reversed(clause.ifs):
            body = [statement("if $test:\n    $$body", test=condition.test, body=body)]
        loop = statement("for _ in $xs:\n    $$body", xs=clause.iter, body=body)
        assert isinstance(loop, cst.For)
        body = [loop.with_changes(target=clause.target)]
    return body[0]


def _clauses(made: Made) -> list[cst.CompFor]:
    found, clause = [], made.for_in
    while True:
        found.append(clause)
        if clause.inner_for_in is None:
            return found
        clause = clause.inner_for_in


def _reaches_out(target: cst.BaseExpression) -> bool:
    return any(isinstance(node, cst.Attribute | cst.Subscript) for node in walk(target))
