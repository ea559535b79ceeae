"""Recursion that computes the same values again and again: remember them for the length of one call.

Why: `f(n - 1) + f(n - 2)` makes a number of calls that grows exponentially. Measured: 137-165× (catalogue 26).

The cache lives inside one call from outside, so nothing is kept between calls. That call itself is not looked up, so
that arguments which cannot be hashed behave as before; arguments that are only passed on are left out of the keys.

Requires: a plain module-level function that calls itself by its own name more than once on one path, whose body only
computes: no output, no global state, no changed argument, no list or other changeable object as the result.

Before:
    def fib(n):
        if n < 2:
            return n
        return fib(n - 1) + fib(n - 2)
After:
    from functools import lru_cache


    def fib(n):
        def solve(n):
            if n < 2:
                return n
            return known(n - 1) + known(n - 2)

        known = lru_cache(maxsize=None)(solve)
        return solve(n)
Try:
    (10,)
    (-1,)
    ("x",)
    ([],)

Before:
    def best(n: int, prices: list) -> int:
        '''The best revenue.'''
        if n == 0:
            return 0
        top = float("-inf")
        # Every first cut.
        for i in range(1, n + 1):
            top = max(top, prices[i - 1] + best(n - i, prices))
        return top
After:
    from functools import lru_cache


    def best(n: int, prices: list) -> int:
        '''The best revenue.'''
        def solve(n):
            if n == 0:
                return 0
            top = float("-inf")
            # Every first cut.
            for i in range(1, n + 1):
                top = max(top, prices[i - 1] + known(n - i))
            return top

        known = lru_cache(maxsize=None)(solve)
        return solve(n)
Try:
    (4, [1, 5, 8, 9])
    (0, [])
    (2, [])

Before:
    def paths(m, n=1):
        return 1 if m == 1 or n == 1 else paths(m - 1, n) + paths(m, n - 1)
After:
    from functools import lru_cache


    def paths(m, n=1):
        def solve(m, n):
            return 1 if m == 1 or n == 1 else known(m - 1, n) + known(m, n - 1)

        known = lru_cache(maxsize=None)(solve)
        return solve(m, n)
Try:
    (3, 4)
    (1, 1)
    (2,)

Unchanged: one call per path: nothing is computed twice
    def f(a, n):
        if n % 2:
            return a * f(a, n - 1)
        return 1 if n == 0 else f(a * a, n // 2)

Unchanged: it prints
    def f(n):
        print(n)
        return n if n < 2 else f(n - 1) + f(n - 2)

Unchanged: it changes its argument
    def f(n, seen):
        seen.append(n)
        return n if n < 2 else f(n - 1, seen) + f(n - 2, seen)

Unchanged: it returns lists
    def f(n):
        if n < 1:
            return []
        return f(n - 1) + f(n - 2) + [n]

Unchanged: it keeps state between calls already
    calls = 0
    def f(n):
        global calls
        calls += 1
        return n if n < 2 else f(n - 1) + f(n - 2)

Unchanged: what it calls may do anything
    def f(n):
        return n if n < 2 else note(f(n - 1)) + f(n - 2)
    def note(n):
        print(n)
        return n
    f

Unchanged: items that may be lists
    def f(xs):
        return sum(f(x) if x else 0 for x in xs)

Unchanged: decorated
    from functools import lru_cache
    @lru_cache
    def f(n):
        return n if n < 2 else f(n - 1) + f(n - 2)
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import only_computes
from speedproof.suggest.rules.recursion import calls_on_one_path, recursive_calls
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import statements
from speedproof.suggest.syntax.tree import lines, replace, walk, with_lines

_CHANGEABLE = frozenset({"list", "dict", "set", "deque", "Counter", "defaultdict", "generator", "iterator"})


def rewrite(context: Context) -> cst.FunctionDef | None:
    function, name = context.function, context.function.name.value
    calls = recursive_calls(context)
    if not calls or calls_on_one_path(context.tree.body, name) < 2:
        return None
    if not only_computes(context, context.tree, itself=name) or _returns_changeable(context):
        return None
    passed_on = {i for i, parameter in enumerate(context.parameters) if _is_passed_on(context, calls, i, parameter)}
    if any(_is_perhaps_list(context, calls, i) for i in range(len(context.parameters)) if i not in passed_on):
        return None
    varying = [parameter for i, parameter in enumerate(context.parameters) if i not in passed_on]
    lru_cache = context.imported("functools", "lru_cache")
    if not varying or lru_cache is None:
        return None
    solve, known = context.fresh("solve"), context.fresh("known")
    changes = {call: _without(call, passed_on).with_changes(func=cst.Name(known)) for call in calls}
    body = lines(function.body)
    n_docstring = int(function.get_docstring() is not None)
    inner = [replace(line, changes) for line in body[n_docstring:]]
    new = statements(
        f"def {solve}({', '.join(varying)}):\n    $$inner\n\n{known} = $lru_cache(maxsize=None)({solve})\n"
        f"return {solve}({', '.join(varying)})",
        inner=inner,
        lru_cache=lru_cache,
    )
    return function.with_changes(body=with_lines(function.body, [*body[:n_docstring], *new]))


def _without(call: cst.Call, positions: set[int]) -> cst.Call:
    *arguments, last = (argument for i, argument in enumerate(call.args) if i not in positions)
    return call.with_changes(args=[*arguments, last.with_changes(comma=cst.MaybeSentinel.DEFAULT)])


def _is_passed_on(context: Context, calls: list[cst.Call], position: int, parameter: str) -> bool:
    """Whether every inner call gets this parameter as it came in."""
    stored = any(
        isinstance(node, ast.Name) and node.id == parameter and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(context.tree)
    )
    arguments = [call.args[position].value for call in calls]
    return not stored and all(isinstance(a, cst.Name) and a.value == parameter for a in arguments)


def _is_perhaps_list(context: Context, calls: list[cst.Call], position: int) -> bool:
    """Whether the parameter is gone through and gets something other than a slice of a string: an item, say."""
    name = context.parameters[position]
    if context.is_a(cst.Name(name), "str", "tuple", "range"):
        return False
    gone_through = any(use.kind == "iterate" for use in names.uses(context.tree, name))
    known = context.type_of_name(name)
    return (known is not None and known.name in _CHANGEABLE) or (
        gone_through and not all(isinstance(call.args[position].value, cst.Subscript) for call in calls)
    )


def _returns_changeable(context: Context) -> bool:
    for node in context.find(cst.Return):
        kind = context.type_of(node.value) if node.value is not None else None
        if kind is not None and kind.name in _CHANGEABLE:
            return True
        if node.value is not None and any(isinstance(part, cst.List | cst.Dict | cst.Set) for part in walk(node.value)):
            return not (kind is not None and kind.name in ("int", "float", "bool", "str"))
    return False
