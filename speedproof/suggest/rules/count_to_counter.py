"""`xs.count(x)` asked again and again of a list that does not change: count everything once.

Why: each `count` goes through the whole list. Measured: 331-586× (catalogue 11).

Requires: the list is neither rebound nor changed in the loop. Of a string (or of what may be one), only characters that
come from going through it may be counted. Elements must be hashable, or TypeError. The guarded variant asks lists,
tuples and strings only, so that what has no `count` still says so.

Before:
    def unique(nums):
        return [n for n in nums if nums.count(n) == 1]
After:
    from collections import Counter


    def unique(nums):
        nums_counts = Counter(nums)
        return [n for n in nums if nums_counts[n] == 1]
After (guarded):
    from collections import Counter


    def unique(nums):
        nums_count = Counter(nums).__getitem__ if isinstance(nums, (list, tuple, str)) else nums.count
        return [n for n in nums if nums_count(n) == 1]
Try:
    ([1, 2, 2, 3],)
    ("abca",)
    ([],)
    ((1, True, 1.0, None),)

Before:
    def most(words: list[str], of: list[str]):
        best, n = None, 0
        for word in of:
            # Later words don't win ties.
            if words.count(word) > n:
                best, n = word, words.count(word)
        return best
After:
    from collections import Counter


    def most(words: list[str], of: list[str]):
        best, n = None, 0
        words_counts = Counter(words)
        for word in of:
            # Later words don't win ties.
            if words_counts[word] > n:
                best, n = word, words_counts[word]
        return best
Try:
    (["a", "b", "a"], ["b", "a", "c"])
    ([], ["a"])
    ([], [])

Before:
    def first_single(text):
        for i in range(len(text)):
            if text.count(text[i]) == 1:
                return i
        return -1
After:
    from collections import Counter


    def first_single(text):
        text_counts = Counter(text)
        for i in range(len(text)):
            if text_counts[text[i]] == 1:
                return i
        return -1
Try:
    ("aabc",)
    ("",)
    ([1, 1, 2],)

Unchanged: a substring
    def f(text, words):
        return [text.count(word) for word in words]

Unchanged: counted once
    def f(xs, x):
        return xs.count(x)

Unchanged: the list changes
    def f(xs):
        for x in list(xs):
            while xs.count(x) > 1:
                xs.remove(x)
        return xs

Unchanged: characters of something else
    def f(text, marks):
        return sum(text.count(mark) for mark in marks)

Unchanged: with bounds
    def f(xs: list[int]):
        return [xs.count(x, 1) for x in xs]
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.repeated import comes_from, place_before
from speedproof.suggest.syntax.pattern import expression, match, statement
from speedproof.suggest.syntax.tree import replace, walk
from speedproof.suggest.syntax.types import HASHABLE


def rewrite(context: Context) -> cst.FunctionDef | None:
    return _rewrite(context, guarded=False)


def rewrite_guarded(context: Context) -> cst.FunctionDef | None:
    return _rewrite(context, guarded=True)


def _rewrite(context: Context, *, guarded: bool) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        found = match(call, "$xs.count($x)")
        name = found and found.id("xs")
        if not found or not name or not context.is_local(name) or not _countable(context, name, found.x):
            continue
        known = context.is_a(found.xs, "list", "tuple", "str")
        if guarded and (known or not context.builtins("isinstance", "list", "tuple", "str")):
            continue
        place = place_before(context, call, found.xs)
        counter = context.imported("collections", "Counter") if place is not None else None
        if place is None or counter is None:
            continue
        new = context.fresh(f"{name}_count" if guarded else f"{name}_counts")
        if guarded:
            made = "$counter($xs).__getitem__ if isinstance($xs, (list, tuple, str)) else $xs.count"
        else:
            made = "$counter($xs)"
        changes: dict[cst.CSTNode, object] = {}
        for other in walk(place, into_functions=False):
            asked = match(other, f"{name}.count($x)") if isinstance(other, cst.Call) else None
            if asked and _countable(context, name, asked.x):
                form = "$new($x)" if guarded else "$new[$x]"
                changes[other] = expression(form, new=new, x=asked.x)
        before = statement(f"$new = {made}", new=new, xs=found.xs, counter=counter)
        return context.preceded(place, [before], replace(place, changes))
    return None


def _countable(context: Context, name: str, x: cst.BaseExpression) -> bool:
    """Whether `name.count(x)` is how many elements equal the hashable `x`, as far as one can see."""
    kinds = context.possible_types(name)
    kind = context.type_of(x)
    if kind is not None and kind.name not in (*HASHABLE, "tuple"):
        return False
    if all(known is not None and known.name in ("list", "tuple") for known in kinds):
        return True
    may_count = all(known is None or known.name in ("list", "tuple", "str") for known in kinds)
    return may_count and comes_from(context, x, name)
