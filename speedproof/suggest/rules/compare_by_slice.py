"""Two sequences compared item by item at an offset: one comparison of a slice.

Why: the comparison runs inside the interpreter.

Requires: the loop only sets a name to a constant and stops at the first difference, or is an `all(…)`; neither sequence
is known to be anything but a string; the position goes through the places where the part fits. Lists of what is not
equal to itself, for which it differs, are for the verdict to find.

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

Before:
    def find(items, part):
        n = len(part)
        for i in range(len(items) - n + 1):
            if all(items[i + j] == part[j] for j in range(n)):
                return i
        return None
After:
    def find(items, part):
        n = len(part)
        for i in range(len(items) - n + 1):
            if items[i : i + n] == part[:n]:
                return i
        return None
Try:
    ([1, 2, 3], [2, 3])
    ([], [1])
    ([1], [])

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
from speedproof.suggest.syntax.pattern import Found, expression, match, statement
from speedproof.suggest.syntax.tree import meaning, move_comments
from speedproof.suggest.syntax.types import STR

_LOOPS = tuple(
    f"for $j in range($size):\n    if {test}:\n        $flag = $value\n        break"
    for test in ("$text[$i + $j] != $part[$j]", "$part[$j] != $text[$i + $j]", "$text[$j + $i] != $part[$j]")
)


_ALL = tuple(
    f"all({test} for $j in range($size))"
    for test in ("$text[$i + $j] == $part[$j]", "$part[$j] == $text[$i + $j]", "$text[$j + $i] == $part[$j]")
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("range", "len", "all"):
        return None
    return _loops(context) or _generators(context)


def _loops(context: Context) -> cst.FunctionDef | None:
    for loop in context.find(cst.For):
        found = match(loop, *_LOOPS)
        if found is None or not variables_die(context, loop) or not isinstance(meaning(found.value), ast.Constant):
            continue
        if isinstance(found.flag, cst.Name) and _compares(context, loop, found):
            new = statement("if $text[$i : $i + $size] != $part[:$size]:\n    $flag = $value", **found.as_parts())
            return context.replaced(loop, move_comments(loop, new))
    return None


def _generators(context: Context) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        found = match(call, *_ALL)
        if found is not None and _compares(context, call, found):
            return context.replaced(call, expression("$text[$i : $i + $size] == $part[:$size]", **found.as_parts()))
    return None


def _compares(context: Context, whole: cst.CSTNode, found: Found) -> bool:
    """Whether it is two texts, and the position goes through the places where the part fits."""
    parts = (found.text, found.part, found.i, found.j)
    if not all(isinstance(part, cst.Name) for part in parts) or found.j.value in names.reads(found.size):
        return False
    if any(context.type_of(part) not in (None, STR) for part in (found.text, found.part)):
        return False
    text, outer = found.text.value, context.loop_around(whole)
    if not isinstance(outer, cst.For) or not match(outer.target, found.i.value):
        return False
    code = cst.Module([]).code_for_node
    fits = match(outer.iter, f"range(len({text}) - $size + 1)", "range($n - $size + 1)")
    if fits is None or code(fits.size) != code(found.size):
        return False
    n = fits.as_parts().get("n")
    measured = n is None or any(match(line, f"{code(n)} = len({text})") for line in context.find(cst.Assign))
    return measured and (n is None or context.n_stores(code(n)) == 1)
