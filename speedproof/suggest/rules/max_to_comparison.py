"""`m = max(m, x)` in a loop: a comparison.

Why: a call of `max` or `min` costs several times what a comparison does, and mostly nothing changes.

Requires: `max` and `min` mean the built-ins, given exactly a name and one other value. The comparison is the one that
the built-in makes (`x > m`), so NaN, ties and anything that compares strangely give the same; a value that is not just
a name gets one first, so that it is computed once.

Before:
    def highest(values):
        best = 0
        for value in values:
            best = max(best, value)
        return best
After:
    def highest(values):
        best = 0
        for value in values:
            if value > best:
                best = value
        return best
Try:
    ([1, 3, 2],)
    ([],)
    ([float("nan"), 1],)
    (["x"],)

Before:
    def longest(words):
        best = 0
        for word in words:
            best = min(len(word), best)  # shortest, really
        return best
After:
    def longest(words):
        best = 0
        for word in words:
            value = len(word)
            # shortest, really
            if not best < value:
                best = value
        return best
Try:
    (["a", "bcd"],)
    ([],)
    ([1],)

Unchanged: three values
    def f(values):
        best = 0
        for a, b in values:
            best = max(best, a, b)
        return best

Unchanged: not in a loop
    def f(a, b):
        a = max(a, b)
        return a

Unchanged: a key
    def f(words):
        best = ""
        for word in words:
            best = max(best, word, key=len)
        return best
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import match, statement, statements
from speedproof.suggest.syntax.tree import Statement, move_comments


def rewrite(context: Context) -> cst.FunctionDef | None:
    for line in context.find(cst.SimpleStatementLine):
        found = match(line, "$m = $f($m, $x)", "$m = $f($x, $m)")
        function = found and found.id("f")
        if not found or function not in ("max", "min") or not context.is_builtin(function):
            continue
        if not isinstance(found.m, cst.Name) or context.loop_around(line) is None or _has_star(line):
            continue
        first = match(line, "$m = $f($m, $x)") is not None
        sign = ">" if function == "max" else "<"
        new: list[Statement] = []
        x = found.x
        if not isinstance(x, cst.Name):
            name = context.fresh("value")
            new, x = statements(f"{name} = $x", x=x), cst.Name(name)
        # The built-ins keep their first argument unless a later one is beyond it.
        test = f"$x {sign} $m" if first else f"not $m {sign} $x"
        branch = statement(f"if {test}:\n    $m = $x", m=found.m, x=x)
        if line.trailing_whitespace.comment is not None:
            comment = cst.EmptyLine(comment=line.trailing_whitespace.comment)
            branch = branch.with_changes(leading_lines=[comment])
        new.append(branch)
        return context.replaced(line, [_commented(line, new[0]), *new[1:]])
    return None


def _has_star(line: cst.SimpleStatementLine) -> bool:
    assign = line.body[0]
    call = assign.value if isinstance(assign, cst.Assign) else None
    return not isinstance(call, cst.Call) or any(argument.star or argument.keyword for argument in call.args)


def _commented(line: cst.SimpleStatementLine, first: Statement) -> Statement:
    lines = [*line.leading_lines, *first.leading_lines]
    return first.with_changes(leading_lines=lines) if lines else move_comments(line, first)
