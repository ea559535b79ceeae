"""Recursion that makes at most one call of itself per level: a loop.

Why: a call costs several times what a turn of a loop does.

What each level adds is kept and put together from the innermost outwards, in the order in which the calls would have
returned, so floats round as before. After a thousand turns the function calls itself once and goes on, so what never
ends still ends in a RecursionError.

Requires: a plain module-level function that is only `if`s and returns; the call stands alone in a `return`, or as one
operand of an operator whose other side only computes; nothing else has an effect.

Before:
    def factorial(n):
        if n <= 1:
            return 1
        return n * factorial(n - 1)
After:
    def factorial(n):
        pending = []
        for _ in range(1000):
            if n <= 1:
                result = 1
                break
            pending.append(n)
            n = n - 1
        else:
            result = factorial(n)
        for value in reversed(pending):
            result = value * result
        return result
Try:
    (5,)
    (0,)
    (2.5,)
    ("x",)

Before:
    def gcd(a, b):
        # Euclid.
        return a if b == 0 else gcd(b, a % b)
After:
    def gcd(a, b):
        # Euclid.
        for _ in range(1000):
            if b == 0:
                return a
            a, b = b, a % b
        return gcd(a, b)
Try:
    (12, 18)
    (0, 0)
    (5, 0)

Before:
    def times(x, y):
        if y < 0:
            return -times(x, -y)
        elif y == 0:
            return 0
        else:
            return x + times(x, y - 1)
After:
    def times(x, y):
        pending = []
        for _ in range(1000):
            if y < 0:
                result = -times(x, -y)
                break
            elif y == 0:
                result = 0
                break
            else:
                pending.append(x)
                y = y - 1
        else:
            result = times(x, y)
        for value in reversed(pending):
            result = value + result
        return result
Try:
    (3, 4)
    (3, -4)
    (0.1, 7)
    (3, 0)

Before:
    def backwards(text):
        if not text:
            return text
        return backwards(text[1:]) + text[0]
After:
    def backwards(text):
        pending = []
        for _ in range(1000):
            if not text:
                result = text
                break
            pending.append(text[0])
            text = text[1:]
        else:
            result = backwards(text)
        for value in reversed(pending):
            result = result + value
        return result
Try:
    ("abc",)
    ("",)
    ([1, 2],)

Before:
    def power(a, n):
        if n == 0:
            return 1
        if n % 2:
            return a * power(a, n - 1)
        return power(a * a, n // 2)
After:
    def power(a, n):
        for _ in range(1000):
            if n == 0:
                return 1
            if n % 2:
                return a * power(a, n - 1)
            a, n = a * a, n // 2
        return power(a, n)
Try:
    (3, 5)
    (2, 0)
    (2.5, 8)

Unchanged: two calls
    def f(n):
        if n < 2:
            return n
        return f(n - 1) + f(n - 2)

Unchanged: something is printed on the way
    def f(n):
        if n == 0:
            return 0
        print(n)
        return 1 + f(n - 1)

Unchanged: the call may be left out
    def f(n):
        return n > 0 and f(n - 1)

Unchanged: it may end without a return
    def f(n):
        if n > 0:
            return f(n - 1)

Unchanged: a list that grows in place
    def f(xs):
        if not xs:
            return []
        return [xs.pop()] + f(xs)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import only_computes
from speedproof.suggest.rules.recursion import recursive_calls
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, match_lines, statement, statements
from speedproof.suggest.syntax.tree import Statement, lines, move_comments, small, walk, with_lines

_TURNS = 1000


@dataclass(frozen=True)
class _Level:
    """What a return does with its call: `pattern` puts `value` and `result` together. No value: a tail call."""

    call: cst.Call
    value: cst.BaseExpression | None
    pattern: str


def rewrite(context: Context) -> cst.FunctionDef | None:
    function = context.function
    calls = recursive_calls(context)
    if not calls or not only_computes(context, context.tree, itself=function.name.value):
        return None
    if not context.builtins("range", "reversed") or not all(map(context.is_local, context.parameters)):
        return None
    body = lines(function.body)
    n_docstring = int(function.get_docstring() is not None)
    shaped = _as_ifs(body[n_docstring:])
    main = _main_level(context, shaped)
    if main is None or not all(map(_is_simple, shaped)) or not _leaves(shaped):
        return None
    new = _loop(context, shaped, main)
    return function.with_changes(body=with_lines(function.body, [*body[:n_docstring], *new]))


def _loop(context: Context, body: list[Statement], main: _Level) -> list[Statement]:
    name, parameters = context.function.name.value, list(context.parameters)
    again = f"{name}({', '.join(parameters)})"
    pending, result, value = (context.fresh(stem) for stem in ("pending", "result", "value"))
    collects = main.value is not None
    bare = body[0].with_changes(leading_lines=())
    turned = _turned(context, [bare, *body[1:]], main, pending, result if collects else None, at_end=True)
    loop = statement(f"for _ in range({_TURNS}):\n    $$turned", turned=turned)
    if not collects:
        return [move_comments(body[0], loop), statement(f"return {again}")]
    assert isinstance(loop, cst.For)
    otherwise = cst.Else(cst.IndentedBlock([statement(f"{result} = {again}")]))
    made = [*statements(f"{pending} = []"), loop.with_changes(orelse=otherwise)]
    made += statements(
        f"for {value} in reversed({pending}):\n    {result} = $whole\nreturn {result}",
        whole=expression(main.pattern, value=value, result=result),
    )
    return [move_comments(body[0], made[0]), *made[1:]]


def _turned(
    context: Context, body: list[Statement], main: _Level, pending: str, result: str | None, *, at_end: bool
) -> list[Statement]:
    """The statements with their returns made into what one turn of the loop does.

    `at_end` says that the turn is over after them.
    """
    turned: list[Statement] = []
    for line in body:
        last = at_end and line is body[-1]
        if isinstance(line, cst.If):
            turned.append(_turned_if(context, line, main, pending, result, at_end=last))
            continue
        node = small(line)
        level = _level(context, node.value) if isinstance(node, cst.Return) and node.value else None
        if level is not None and level.pattern == main.pattern:
            new = statements(f"{pending}.append($value)", value=level.value) if level.value is not None else []
            new += _next_turn(context, level.call)
            new += [] if last else statements("continue")
        elif isinstance(node, cst.Return) and result is not None:
            new = statements(f"{result} = $value\nbreak", value=node.value or "None")
        else:
            new = [line]
        turned += [move_comments(line, new[0]), *new[1:]] if new else []
    return turned


def _turned_if(
    context: Context, branch: cst.If, main: _Level, pending: str, result: str | None, *, at_end: bool
) -> cst.If:
    then = _turned(context, list(lines(branch.body)), main, pending, result, at_end=at_end)
    orelse: cst.If | cst.Else | None = branch.orelse
    if isinstance(orelse, cst.If):
        orelse = _turned_if(context, orelse, main, pending, result, at_end=at_end)
    elif isinstance(orelse, cst.Else):
        inner = _turned(context, list(lines(orelse.body)), main, pending, result, at_end=at_end)
        orelse = orelse.with_changes(body=with_lines(orelse.body, inner))
    return branch.with_changes(body=with_lines(branch.body, then), orelse=orelse)


def _next_turn(context: Context, call: cst.Call) -> list[Statement]:
    """The parameters set to the arguments of the call, those that stay the same left out."""
    pairs = [
        (parameter, argument.value)
        for parameter, argument in zip(context.parameters, call.args, strict=True)
        if not match(argument.value, parameter)
    ]
    if not pairs:
        return []
    if len(pairs) == 1:
        return statements(f"{pairs[0][0]} = $value", value=pairs[0][1])
    targets = ", ".join(parameter for parameter, _ in pairs)
    values = cst.Tuple([cst.Element(value) for _, value in pairs], lpar=[], rpar=[])
    return statements(f"{targets} = $values", values=values)


def _main_level(context: Context, body: list[Statement]) -> _Level | None:
    """The last return that calls the function again; the loop turns on it, and on all of the same form."""
    levels = [
        level
        for line in body
        for node in walk(line)
        if isinstance(node, cst.Return) and node.value and (level := _level(context, node.value)) is not None
    ]
    return levels[-1] if levels else None


def _level(context: Context, value: cst.BaseExpression) -> _Level | None:
    name = context.function.name.value
    if isinstance(value, cst.Call) and match(value.func, name):
        return None if _calls_itself(value.args, name) else _Level(value, None, "$result")
    if not isinstance(value, cst.BinaryOperation) or not isinstance(value.operator, _OPERATORS):
        return None
    for call, other, sides in (
        (value.right, value.left, "$value {} $result"),
        (value.left, value.right, "$result {} $value"),
    ):
        is_call = isinstance(call, cst.Call) and bool(match(call.func, name))
        if is_call and not _calls_itself([other, *call.args], name):  # type: ignore[attr-defined]
            operator = cst.Module([]).code_for_node(value.operator).strip()
            return _Level(call, other, sides.format(operator))  # type: ignore[arg-type]
    return None


_OPERATORS = (cst.Add, cst.Subtract, cst.Multiply, cst.Modulo, cst.FloorDivide, cst.Divide)


def _calls_itself(nodes: Sequence[cst.CSTNode], name: str) -> bool:
    return any(name in names.reads(node.value if isinstance(node, cst.Arg) else node) for node in nodes)


def _as_ifs(body: tuple[Statement, ...]) -> list[Statement]:
    """The statements with `return a if test else b` at their end written out."""
    found = match_lines(body, "$$before\nreturn $a if $test else $b")
    if found is None:
        return list(body)
    written = statements("if $test:\n    return $a\nreturn $b", test=found.test, a=found.a, b=found.b)
    rest = _as_ifs(tuple(written[1:]))
    return [*found.before, move_comments(body[-1], written[0]), *rest]


def _is_simple(line: Statement) -> bool:
    """Whether a statement is a simple line, or `if`s of such."""
    if not isinstance(line, cst.If):
        return isinstance(line, cst.SimpleStatementLine)
    return all(_is_simple(inner) for block in _branches(line) for inner in block)


def _leaves(block: Sequence[Statement]) -> bool:
    """Whether the statements always end in a return or an exception."""
    last = block[-1]
    if isinstance(last, cst.If):
        return _has_else(last) and all(map(_leaves, _branches(last)))
    return isinstance(small(last), cst.Return | cst.Raise)


def _branches(branch: cst.If) -> list[tuple[Statement, ...]]:
    orelse = branch.orelse
    if isinstance(orelse, cst.If):
        return [lines(branch.body), *_branches(orelse)]
    return [lines(branch.body), *([lines(orelse.body)] if orelse else [])]


def _has_else(branch: cst.If) -> bool:
    return _has_else(branch.orelse) if isinstance(branch.orelse, cst.If) else branch.orelse is not None
