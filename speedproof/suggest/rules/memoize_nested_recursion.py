"""A nested function that computes the same values again and again by recursion: remember them.

Why: as for `memoize-recursion`. A nested function is made anew by every call of the outer one, and its cache with it,
so nothing is kept between calls.

Requires: the nested function calls itself by its own name more than once on one path; its body only computes; what it
reads of the outer function is bound once and not changed there. Its arguments must be hashable, and its result must not
be a list or other changeable object.

Before:
    def ways(coins, amount):
        def count(left):
            if left < 0:
                return 0
            if left == 0:
                return 1
            return sum(count(left - coin) for coin in coins)

        return count(amount)
After:
    from functools import lru_cache


    def ways(coins, amount):
        @lru_cache(maxsize=None)
        def count(left):
            if left < 0:
                return 0
            if left == 0:
                return 1
            return sum(count(left - coin) for coin in coins)

        return count(amount)
Try:
    ([1, 2, 5], 9)
    ([], 0)
    ([3], -1)

Unchanged: it notes what it found
    def f(n):
        found = []
        def go(i):
            found.append(i)
            return i if i < 2 else go(i - 1) + go(i - 2)
        return go(n), found

Unchanged: what it reads changes between its calls
    def f(xs, n):
        def go(i):
            return step if i < 2 else go(i - 1) + go(i - 2)
        step = 1
        a = go(n)
        step = 2
        return a, go(n)

Unchanged: one call per path
    def f(n):
        def go(i):
            return 0 if i < 1 else go(i - 1)
        return go(n)

Unchanged: it yields
    def f(n):
        def go(i):
            yield i
            if i > 0:
                yield from go(i - 1)
                yield from go(i - 2)
        return list(go(n))
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import only_computes
from speedproof.suggest.rules.recursion import calls_on_one_path
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.tree import meaning

_CHANGEABLE = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp

_MAKE_VALUES = frozenset({"sum", "min", "max", "len", "any", "all", "int", "str", "bool", "float"})


def rewrite(context: Context) -> cst.FunctionDef | None:
    for nested in context.find(cst.FunctionDef):
        tree = meaning(nested)
        inner = tree.body[0] if isinstance(tree, ast.Module) else None
        if not isinstance(inner, ast.FunctionDef) or nested.decorators or not _is_plain(inner):
            continue
        if calls_on_one_path(inner.body, inner.name) < 2 or not only_computes(context, inner, itself=inner.name):
            continue
        if not _reads_only_what_stays(context, inner) or _returns_changeable(inner):
            continue
        lru_cache = context.imported("functools", "lru_cache")
        if lru_cache is None:
            continue
        decorator = cst.Decorator(cst.parse_expression(f"{lru_cache}(maxsize=None)"))
        return context.replaced(nested, nested.with_changes(decorators=[decorator]))
    return None


def _is_plain(inner: ast.FunctionDef) -> bool:
    arguments = inner.args
    extras = arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults
    return bool(arguments.args) and not extras


def _reads_only_what_stays(context: Context, inner: ast.FunctionDef) -> bool:
    """Whether the outer function binds once and never changes what the nested one reads of it."""
    own = {argument.arg for argument in inner.args.args} | names.writes(ast.Module(inner.body, []))
    for name in names.reads(ast.Module(inner.body, [])) - own - {inner.name}:
        if name not in context.locals:
            continue
        n_bindings = context.n_stores(name) + (name in context.parameters)
        if n_bindings != 1 or names.changes_object(context.tree, name):
            return False
    return context.n_stores(inner.name) == 0


def _returns_changeable(inner: ast.FunctionDef) -> bool:
    """Whether a list or the like is returned, alone or in something else."""
    for node in ast.walk(inner):
        if isinstance(node, ast.Return) and node.value is not None:
            found = node.value
            if isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.func.id in _MAKE_VALUES:
                continue
            if any(isinstance(part, _CHANGEABLE) for part in ast.walk(found)):
                return True
    return False
