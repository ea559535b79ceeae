"""Two sequences compared item by item at an offset: one comparison of a slice.

Why: the comparison runs inside the interpreter.

Requires: the loop only sets a name to a constant and stops at the first difference; neither sequence is known to be
anything but a string; the position goes through the places where the part fits. Lists of what is not equal to itself,
for which it differs, are for the verdict to find.

Before:
    def places(text: str, part: str) -> list:
        size = len(part)
        found = []
        for i in range(len(text) - size + 1):
            same = True
            for j in range(size):
                if text[i + j] != part[j]:
                    same = False
                    break
            if same:
                found.append(i)
        return found
After:
    def places(text: str, part: str) -> list:
        size = len(part)
        found = []
        for i in range(len(text) - size + 1):
            same = True
            if text[i : i + size] != part[:size]:
                same = False
            if same:
                found.append(i)
        return found
Try:
    ("abcabd", "ab")
    ("abc", "")
    ("a", "ab")
    ("", "")

Unchanged: floats, which may be NaN
    def f(text: list[float], part: list[float]):
        for i in range(len(text) - len(part) + 1):
            same = True
            for j in range(len(part)):
                if text[i + j] != part[j]:
                    same = False
                    break
            if same:
                return i
        return -1

Unchanged: where it differs is used
    def f(text: str, part: str, i: int):
        for j in range(len(part)):
            if text[i + j] != part[j]:
                same = False
                break
        return j

Unchanged: it may go beyond the end
    def f(text: str, part: str, i: int):
        same = True
        for j in range(len(part)):
            if text[i + j] != part[j]:
                same = False
                break
        return same
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, statement
from speedproof.suggest.syntax.tree import meaning, move_comments
from speedproof.suggest.syntax.types import STR

_LOOPS = tuple(
    f"for $j in range($size):\n    if {test}:\n        $flag = $value\n        break"
    for test in ("$text[$i + $j] != $part[$j]", "$part[$j] != $text[$i + $j]", "$text[$j + $i] != $part[$j]")
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "len"):
        return None
    for loop in context.find(cst.For):
        found = match(loop, *_LOOPS)
        if found is None or not variables_die(context, loop) or not isinstance(meaning(found.value), ast.Constant):
            continue
        parts = (found.text, found.part, found.i, found.flag)
        if not all(isinstance(part, cst.Name) for part in parts) or not _is_within(context, loop, found.i, found.text):
            continue
        if any(context.type_of(part) not in (None, STR) for part in (found.text, found.part)):
            continue
        if found.j.value in names.reads(found.size):
            continue
        new = statement("if $text[$i : $i + $size] != $part[:$size]:\n    $flag = $value", **found.as_parts())
        return context.replaced(loop, move_comments(loop, new))
    return None


def _is_within(context: Context, loop: cst.For, i: cst.Name, text: cst.Name) -> bool:
    """Whether the position goes through the places where the part fits: `range(len(text) - … + 1)`."""
    outer = context.loop_around(loop)
    size = match(loop.iter, "range($size)")
    if not isinstance(outer, cst.For) or not match(outer.target, i.value) or size is None:
        return False
    code = cst.Module([]).code_for_node
    fits = match(outer.iter, f"range(len({text.value}) - $size + 1)", "range($n - $size + 1)")
    if fits is None or code(fits.size) != code(size.size):
        return False
    n = fits.as_parts().get("n")
    measured = n is None or any(match(line, f"{code(n)} = len({text.value})") for line in context.find(cst.Assign))
    return measured and (n is None or context.n_stores(code(n)) == 1)
