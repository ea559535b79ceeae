"""A call of `re` with a constant pattern: a pattern compiled once, when the module is loaded.

Why: `re.search(pattern, …)` looks the pattern up in a cache at every call. Measured: 2.3-2.5× for short texts
(catalogue 7).

Requires: pattern and flags are constants, and the pattern compiles.

Before:
    import re


    def years(lines):
        found = []
        for line in lines:
            if re.match(r"\\d{4}$", line):
                found.append(line)
        return found
After:
    import re


    _YEARS = re.compile(r"\\d{4}$")


    def years(lines):
        found = []
        for line in lines:
            if _YEARS.match(line):
                found.append(line)
        return found
Try:
    (["1999", "x"],)
    ([1],)
    ([],)

Before:
    import re

    def words(text):
        # Any language.
        pattern = "[^ ]+"
        return re.findall(pattern, text, re.I) + re.split("a", text, maxsplit=1, flags=re.I | re.M)
After:
    import re

    _WORDS = re.compile("[^ ]+", re.I)


    _WORDS_2 = re.compile("a", re.I | re.M)


    def words(text):
        # Any language.
        pattern = "[^ ]+"
        return _WORDS.findall(text) + _WORDS_2.split(text, maxsplit=1)
Try:
    ("Ab ca",)
    ("",)

Unchanged: the pattern is not known
    import re
    def f(pattern, text):
        return re.search(pattern, text)

Unchanged: the pattern changes
    import re
    def f(text):
        pattern = "a"
        while re.search(pattern, text):
            pattern = pattern + "a"
        return pattern

Unchanged: not a pattern: it fails when called
    import re
    def f(text):
        return re.search("(", text)

Unchanged: another `re`
    import mylib as re
    def f(text):
        return re.search("a", text)
"""

import ast
import re
import warnings

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import same
from speedproof.suggest.syntax.tree import code, meaning

_FLAGS_AT = {"match": 2, "search": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "split": 3, "sub": 4, "subn": 4}
"""The position of `flags` among the arguments of each function."""


def rewrite(context: Context) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        name = _function(context, call)
        if name is None or not call.args or any(argument.star for argument in call.args):
            continue
        first, *others = call.args
        pattern = _constant(context, first.value) if first.keyword is None else None
        flags = [
            argument
            for position, argument in enumerate(call.args)
            if (argument.keyword is None and position == _FLAGS_AT[name])
            or (argument.keyword is not None and argument.keyword.value == "flags")
        ]
        if pattern is None or len(flags) > 1 or not all(_is_flags(context, f.value) for f in flags):
            continue
        if not _compiles(pattern):
            continue
        compile_re = context.imported("re", "compile")
        if compile_re is None or compile_re == "compile":
            continue
        compiled = f"{compile_re}({', '.join([code(pattern), *(code(f.value) for f in flags)])})"
        constant = context.constant(f"_{context.function.name.value.strip('_').upper()}", compiled)
        rest = [argument for argument in others if argument not in flags]
        if rest:
            rest[-1] = rest[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        method = cst.Attribute(cst.Name(constant), cst.Name(name))
        return context.replaced(call, call.with_changes(func=method, args=rest))
    return None


def _function(context: Context, call: cst.Call) -> str | None:
    """Which function of `re` is called."""
    called = code(call.func)
    return next((name for name in _FLAGS_AT if called in context.spellings("re", name)), None)


def _constant(context: Context, node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The string literal that the expression is, or that the local name is bound to once."""
    if isinstance(node, cst.SimpleString):
        return node
    if isinstance(node, cst.Name) and context.is_local(node.value) and node.value not in context.parameters:
        stores = [
            n
            for n in ast.walk(context.tree)
            if isinstance(n, ast.Name) and n.id == node.value and not isinstance(n.ctx, ast.Load)
        ]
        made = [a for a in context.find(cst.Assign) if len(a.targets) == 1 and same(a.targets[0].target, node)]
        if len(stores) == len(made) == 1 and isinstance(made[0].value, cst.SimpleString):
            return made[0].value
    return None


def _is_flags(context: Context, node: cst.BaseExpression) -> bool:
    """Whether the expression is made of numbers and of names in `re` only."""
    owner = next(iter(context.spellings("re")), None)
    names = [part for part in ast.walk(meaning(node)) if isinstance(part, ast.Name)]
    parts = ast.BinOp | ast.BitOr | ast.Attribute | ast.Name | ast.Load | ast.Constant
    return all(name.id == owner for name in names) and all(isinstance(p, parts) for p in ast.walk(meaning(node)))


def _compiles(pattern: cst.BaseExpression) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(ast.literal_eval(code(pattern)))
    except (re.error, ValueError, SyntaxError, TypeError, Warning, OverflowError, RecursionError):
        return False
    return True
