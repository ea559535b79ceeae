"""A dict of counts filled by hand: `collections.Counter`.

Why: `Counter` counts inside the interpreter. Measured: 1.7-2.6× (catalogue 12).

Requires: the dict starts empty right before the loop, which does nothing but count into it. The result is made a plain
dict again, with its keys in the same order.

Before:
    def tally(words):
        counts = {}
        for word in words:
            if word in counts:
                counts[word] += 1
            else:
                counts[word] = 1
        return counts
After:
    from collections import Counter


    def tally(words):
        counts = dict(Counter(words))
        return counts
Try:
    (["b", "a", "b"],)
    ("hello",)
    ([],)
    ([[]],)

Before:
    def letters(text):
        counts = dict()
        for char in text:
            if char.isalpha():
                counts[char.lower()] = counts.get(char.lower(), 0) + 1
        return counts
After:
    from collections import Counter


    def letters(text):
        counts = dict(Counter([char.lower() for char in text if char.isalpha()]))
        return counts
Try:
    ("Hello, you",)
    ("",)

Before:
    def tally(values):
        counts = {}
        for value in values:
            if value not in counts:
                counts[value] = 0
            counts[value] += 1
        return counts
After:
    from collections import Counter


    def tally(values):
        counts = dict(Counter(values))
        return counts
Try:
    ([2, 1, 2],)

Unchanged: something else is done
    def f(words):
        counts = {}
        for word in words:
            if word in counts:
                counts[word] += 1
            else:
                counts[word] = 1
                print(word)
        return counts

Unchanged: counting on
    def f(words, counts):
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        return counts

Unchanged: by two
    def f(words):
        counts = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 2
        return counts
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import is_pure
from speedproof.suggest.rules.loops import comprehension, has_comments, safe_from_handlers, start_of, variables_die
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import Found, match, match_lines, same, statement
from speedproof.suggest.syntax.tree import Statement, lines, move_comments

_FORMS = (
    "if $key in $counts:\n    $counts[$key] += 1\nelse:\n    $counts[$key] = 1",
    "if $key not in $counts:\n    $counts[$key] = 1\nelse:\n    $counts[$key] += 1",
    "if $key not in $counts:\n    $counts[$key] = 0\n$counts[$key] += 1",
    "$counts[$key] = $counts.get($key, 0) + 1",
    "$counts[$key] = 1 + $counts.get($key, 0)",
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    for loop in context.find(cst.For):
        found, test = _tallied(loop)
        name = found and found.id("counts")
        if not found or not name or not context.is_local(name) or loop.orelse or loop.asynchronous:
            continue
        start = start_of(context, loop, name)
        plain = start is not None and match(start[1], "{}", "dict()") is not None and context.is_builtin("dict")
        if start is None or not plain or has_comments(loop) or not variables_die(context, loop):
            continue
        if name in names.mentions(found.key) or (test is not None and name in names.mentions(test)):
            continue
        if not safe_from_handlers(context, loop, name) or not is_pure(context, found.key):
            continue
        counter = context.imported("collections", "Counter")
        counted = loop.iter if test is None and same(found.key, loop.target) else comprehension(loop, found.key, test)
        if counter is None or counted is None:
            continue
        new = statement(f"{name} = dict({counter}($counted))", counted=counted)
        return context.replaced_all({start[0]: move_comments(start[0], new), loop: None})
    return None


def _tallied(loop: cst.For) -> tuple[Found | None, cst.BaseExpression | None]:
    """What is counted where, and the condition under which, of a loop that only counts."""
    body: tuple[Statement, ...] = lines(loop.body)
    found = match_lines(body, *_FORMS)
    if found is not None:
        return found, None
    filtered = match_lines(body, "if $test:\n    $$then")
    return (match_lines(filtered.then, *_FORMS), filtered.test) if filtered else (None, None)
