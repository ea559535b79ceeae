"""A string grown at its front in a loop: collect the pieces and join them backwards once.

Why: `s = piece + s` copies all of `s` each time; nothing in CPython avoids that.

Requires: as for `str-concat-in-loop`: a local name that starts as a string literal right before the loop, which only
adds to it at its front, and no exception handler that could see it half built.

Before:
    def digits(n, base):
        text = ""
        while n > 0:
            text = str(n % base) + text
            n //= base
        return text
After:
    def digits(n, base):
        text_parts = []
        while n > 0:
            text_parts.append(str(n % base))
            n //= base
        text = "".join(reversed(text_parts))
        return text
Try:
    (10, 2)
    (0, 2)
    (10, 0)
    ("x", 2)

Before:
    def backwards(words):
        text = "."
        for word in words:
            text = word + " " + text
        return text
After:
    def backwards(words):
        text_parts = ["."]
        for word in words:
            text_parts.append(word + " ")
        text = "".join(reversed(text_parts))
        return text
Try:
    (["a", "b"],)
    ([],)

Before:
    def spelled(n):
        text = ""
        while n:
            text = f"{n % 10}{text}"
            n //= 10
        return text
After:
    def spelled(n):
        text_parts = []
        while n:
            text_parts.append(f"{n % 10}")
            n //= 10
        text = "".join(reversed(text_parts))
        return text
Try:
    (120,)
    (0,)

Unchanged: the loop looks at its length
    def f(n):
        text = ""
        while len(text) < 8:
            text = str(n % 2) + text
            n //= 2
        return text

Unchanged: both ends
    def f(words):
        text = ""
        for word in words:
            text = word + text + word
        return text

Unchanged: a sum
    def f(values):
        total = 0
        for value in values:
            total = value + total
        return total
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import safe_from_handlers, start_of
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import move_comments, replace, small, walk


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.is_builtin("reversed"):
        return None
    for loop in context.loops():
        for name in sorted(names.writes(loop)):
            start = start_of(context, loop, name) if context.is_local(name) else None
            if start is None or not context.is_a(start[1], "str", "bytes"):
                continue
            if not isinstance(start[1], cst.SimpleString) or not safe_from_handlers(context, loop, name):
                continue
            pieces = {
                node: piece
                for node in walk(loop, into_functions=False)
                if isinstance(node, cst.Assign) and (piece := _piece(node, name)) is not None
            }
            known = all(context.type_of(p) is None or context.is_a(p, "str", "bytes") for p in pieces.values())
            if not pieces or not known or names.count(loop, name) != 2 * len(pieces):
                continue
            parts = context.fresh(f"{name}_parts")
            empty = 'b""' if context.is_a(start[1], "bytes") else '""'
            first = statement(
                "$parts = [$value]" if start[1].evaluated_value else "$parts = []", parts=parts, value=start[1]
            )
            appends = {n: small(statement("$parts.append($piece)", parts=parts, piece=p)) for n, p in pieces.items()}
            join = statement(f"{name} = {empty}.join(reversed($parts))", parts=parts)
            return context.replaced_all(
                {start[0]: move_comments(start[0], first), loop: [replace(loop, appends), join]}
            )
    return None


def _piece(node: cst.Assign, name: str) -> cst.BaseExpression | None:
    """What an assignment puts before the string that `name` has so far, if that is what it does."""
    found = match(node, f"{name} = $piece + {name}")
    if found and name not in names.mentions(found.piece):
        return found.piece  # type: ignore[no-any-return]
    formatted = match(node, f"{name} = $text")
    if formatted and isinstance(formatted.text, cst.FormattedString) and len(formatted.text.parts) > 1:
        *before, last = formatted.text.parts
        if not isinstance(last, cst.FormattedStringExpression) or last.conversion or last.format_spec:
            return None
        if match(last.expression, name):
            piece: cst.FormattedString = formatted.text.with_changes(parts=before)
            return piece if name not in names.mentions(piece) else None
    return None
