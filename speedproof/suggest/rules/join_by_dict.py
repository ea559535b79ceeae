"""Two nested loops that look for equal keys: the inner items grouped by their key once.

Why: every pair is compared. Measured: 70-81× (catalogue 6).

Requires: the inner loop does everything under `if a.key == b.key`, each side depending on its own loop only; the inner
collection has a name, does not change, and can be gone through again. Pairs come in the same order. A key that does not
equal itself, as NaN, finds nothing; keys must be hashable, or TypeError.

Before:
    def pairs(orders: list, people: list):
        found = []
        for order in orders:
            for person in people:
                if order["by"] == person["id"]:
                    found.append((order["what"], person["name"]))
        return found
After:
    def pairs(orders: list, people: list):
        found = []
        people_by_key = {}
        for person in people:
            people_by_key.setdefault(person["id"], []).append(person)
        for order in orders:
            key = order["by"]
            for person in people_by_key.get(key, ()) if key == key else ():
                found.append((order["what"], person["name"]))
        return found
Try:
    ([{"by": 1, "what": "x"}, {"by": 2, "what": "y"}], [{"id": 2, "name": "b"}, {"id": 2, "name": "c"}])
    ([], [])
    ([{"by": float("nan"), "what": "x"}], [{"id": float("nan"), "name": "b"}])

Before:
    def matches(a: list, b: list):
        return [(x, y) for x in a for y in b if x[0] == y[0] and y[1]]
After:
    def matches(a: list, b: list):
        b_by_key = {}
        for y in b:
            b_by_key.setdefault(y[0], []).append(y)
        return [(x, y) for x in a for y in (b_by_key.get(x[0], ()) if x[0] == x[0] else ()) if y[1]]
Try:
    ([(1, 2), (2, 3)], [(2, 0), (2, 1), (3, 1)])
    ([], [])

Unchanged: which side is which does not matter
    def f(a: list, b: list):
        return [(x, y) for x in a for y in b if x + y == 3]

Unchanged: the inner one changes
    def f(a: list, b: list):
        for x in a:
            for y in b:
                if x.id == y.id:
                    b.remove(y)

Unchanged: perhaps an iterator
    def f(a, b):
        for x in a:
            for y in b:
                if x.id == y.id:
                    print(x, y)
"""

import libcst as cst

from speedproof.suggest.rules.base import Comprehension, Context
from speedproof.suggest.rules.effects import is_pure, stays
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, statement, statements
from speedproof.suggest.syntax.precedence import parenthesized
from speedproof.suggest.syntax.tree import Statement, lines, move_comments, replace, with_lines

_COLLECTIONS = ("list", "tuple")


def rewrite(context: Context) -> cst.FunctionDef | None:
    return _loops(context) or _comprehensions(context)


def _loops(context: Context) -> cst.FunctionDef | None:
    for inner in context.find(cst.For):
        outer = context.loop_around(inner)
        body = lines(inner.body)
        found = match(body[0], "if $test:\n    $$then") if len(body) == 1 else None
        if not isinstance(outer, cst.For) or found is None or inner.orelse or inner.asynchronous:
            continue
        if context.parent(inner) is not outer.body:
            continue
        keys = _keys(context, found.test, outer.target, inner.target, inner.iter, outer)
        if keys is None or not variables_die(context, inner) or len(_all_tests(found.test)) != 1:
            continue
        table, grouping = _grouped(context, inner, inner.iter, keys[1])
        key = context.fresh("key")
        taken = expression(f"{table}.get({key}, ()) if {key} == {key} else ()")
        then = [move_comments(body[0], found.then[0]), *found.then[1:]]
        new_inner = inner.with_changes(iter=taken, body=with_lines(inner.body, then), leading_lines=())
        keyed = move_comments(inner, statement(f"{key} = $key", key=keys[0]))
        return context.preceded(outer, grouping, replace(outer, {inner: [keyed, new_inner]}))
    return None


def _comprehensions(context: Context) -> cst.FunctionDef | None:
    for made in context.comprehensions():
        clause = made.for_in
        inner = clause.inner_for_in
        line = context.statement_of(made)
        if inner is None or not inner.ifs or inner.asynchronous or clause.asynchronous:
            continue
        tests = _all_tests(inner.ifs[0].test)
        keys = _keys(context, tests[0], clause.target, inner.target, inner.iter, line)
        if (
            keys is None
            or not isinstance(line, cst.SimpleStatementLine)
            or isinstance(context.parent(made), Comprehension)
        ):
            continue
        table, grouping = _grouped(context, inner, inner.iter, keys[1])
        taken = parenthesized(expression(f"{table}.get($key, ()) if $key == $key else ()", key=keys[0]))
        ifs = list(inner.ifs[1:])
        if len(tests) > 1:
            rest = match(inner.ifs[0].test, "$first and $rest")
            assert rest is not None
            ifs.insert(0, inner.ifs[0].with_changes(test=rest.rest))
        return context.preceded(line, grouping, replace(line, {inner: inner.with_changes(iter=taken, ifs=ifs)}))
    return None


def _all_tests(test: cst.BaseExpression) -> list[cst.BaseExpression]:
    both = match(test, "$first and $rest")
    return [both.first, both.rest] if both else [test]


def _keys(
    context: Context,
    test: cst.BaseExpression,
    outer: cst.BaseExpression,
    inner: cst.BaseExpression,
    collection: cst.BaseExpression,
    whole: Statement,
) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """The keys of the outer and the inner item that the test compares."""
    found = match(test, "$one == $other")
    if found is None or not isinstance(collection, cst.Name) or not context.is_local(collection.value):
        return None
    if not context.is_a(collection, *_COLLECTIONS) or not stays(context, collection, whole):
        return None
    mine, theirs = names.mentions(outer), names.mentions(inner)
    for one, other in ((found.one, found.other), (found.other, found.one)):
        own = names.reads(one) & mine and not names.reads(one) & theirs
        foreign = names.reads(other) & theirs and not names.reads(other) & mine
        only = names.reads(other) <= theirs and isinstance(other, cst.Attribute | cst.Subscript | cst.Name)
        if own and foreign and only and is_pure(context, one) and collection.value not in mine | theirs:
            return one, other
    return None


def _grouped(
    context: Context, inner: cst.For | cst.CompFor, collection: cst.BaseExpression, key: cst.BaseExpression
) -> tuple[str, list[Statement]]:
    """The name of the dict from keys to items, and the statements that fill it."""
    assert isinstance(collection, cst.Name)
    table = context.fresh(f"{collection.value}_by_key")
    item = cst.parse_expression(cst.Module([]).code_for_node(inner.target).strip())
    filled = statement(
        f"for _ in $xs:\n    {table}.setdefault($key, []).append($item)", xs=collection, key=key, item=item
    )
    assert isinstance(filled, cst.For)
    return table, [*statements(f"{table} = {{}}"), filled.with_changes(target=inner.target)]
