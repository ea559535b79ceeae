"""A short list that is appended to and popped at its front in every turn of a loop: one name for each element.

Why: names cost less to read and to move than list elements, and `pop(0)` moves the others.

Requires: the list is made here of a few elements and held by nothing else; in the loop it is only read at constant
indexes, appended to and popped at its front once each, one right after the other.

Before:
    def fib4(n):
        last = [0, 0, 2, 0]
        if n < 4:
            return last[n]
        for _ in range(4, n + 1):
            # The next one.
            last.append(last[-1] + last[-2] + last[-3] + last[0])
            last.pop(0)
        return last[-1]
After:
    def fib4(n):
        last = [0, 0, 2, 0]
        if n < 4:
            return last[n]
        last_0, last_1, last_2, last_3 = last
        for _ in range(4, n + 1):
            # The next one.
            last_0, last_1, last_2, last_3 = last_1, last_2, last_3, last_3 + last_2 + last_1 + last_0
        last = [last_0, last_1, last_2, last_3]
        return last[-1]
Try:
    (0,)
    (4,)
    (20,)
    (-9,)
    (4.0,)

Unchanged: read at an index that is not known
    def f(n):
        last = [0, 1]
        for i in range(n):
            last.append(last[i % 2])
            last.pop(0)
        return last

Unchanged: it grows
    def f(n):
        last = [0, 1]
        for i in range(n):
            last.append(last[-1] + last[-2])
        return last

Unchanged: held elsewhere
    def f(n, out):
        last = [0, 1]
        out.append(last)
        for i in range(n):
            last.append(last[-1] + last[-2])
            last.pop(0)

Unchanged: an index that fails
    def f(n):
        last = [0, 1]
        for i in range(n):
            last.append(last[2])
            last.pop(0)
"""

from itertools import pairwise

import libcst as cst

from speedproof.suggest.rules.base import Context, Loop
from speedproof.suggest.rules.lists import is_own_list
from speedproof.suggest.rules.loops import safe_from_handlers
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import move_comments, replace, walk, with_lines

_MOST_ELEMENTS = 8


def rewrite(context: Context) -> cst.FunctionDef | None:
    for block, body in context.blocks():
        for first, second in pairwise(body):
            appended = match(first, "$xs.append($value)")
            name = appended and appended.id("xs")
            loop = context.loop_around(first)
            if not appended or not name or loop is None or not match(second, f"{name}.pop(0)"):
                continue
            size = _size(context, loop, name)
            if size is None or not is_own_list(context, name) or not safe_from_handlers(context, loop, name):
                continue
            reads = _reads(loop, name, size)
            if names.count(loop, name) != len(reads) + 2:
                continue
            elements = [context.fresh(f"{name}_{i}") for i in range(size)]
            changes = {read: cst.Name(elements[at]) for read, at in reads.items()}
            value = replace(first, changes)
            found = match(value, "$xs.append($value)")
            assert found is not None
            new_values = [cst.Element(cst.Name(element)) for element in elements[1:]] + [cst.Element(found.value)]
            row = ", ".join(elements)
            shift = statement(f"{row} = $values", values=cst.Tuple(new_values, lpar=[], rpar=[]))
            rest = [replace(line, changes) for line in body if line is not second]
            at = body.index(first)
            rest[at] = move_comments(first, shift)
            new_loop = replace(loop, {block: with_lines(block, rest), **changes})
            before = statement(f"{row} = {name}").with_changes(leading_lines=loop.leading_lines)
            after = statement(f"{name} = [{row}]")
            return context.replaced(loop, [before, new_loop.with_changes(leading_lines=()), after])
    return None


def _size(context: Context, loop: Loop, name: str) -> int | None:
    """How many elements the list surely has when the loop begins."""
    before, _ = context.siblings(loop)
    for line in reversed(before):
        made = match(line, f"{name} = $value")
        if made and isinstance(made.value, cst.List):
            plain = all(isinstance(element, cst.Element) for element in made.value.elements)
            return len(made.value.elements) if plain and 1 < len(made.value.elements) <= _MOST_ELEMENTS else None
        only_read = all(use.kind == "item" for use in names.uses(line, name))
        if name in names.writes(line) or not only_read:
            return None
    return None


def _reads(loop: Loop, name: str, size: int) -> dict[cst.Subscript, int]:
    """The reads of the list at constant indexes within it, each with its place from the left."""
    found = {}
    for node in walk(loop, into_functions=False):
        item = match(node, f"{name}[$i]") if isinstance(node, cst.Subscript) else None
        if item is not None and isinstance(node, cst.Subscript):
            negative = match(item.i, "-$i")
            number = negative.i if negative else item.i
            if isinstance(number, cst.Integer):
                at = size - number.evaluated_value if negative else number.evaluated_value
                if 0 <= at < size:
                    found[node] = at
    return found
