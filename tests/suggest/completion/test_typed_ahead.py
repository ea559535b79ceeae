"""A suggestion goes on while it is typed, accepted in parts or taken back; and what became of it is told."""

import gc
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedproof.core.completion import Around
from speedproof.core.text import Edit, Span, apply_edits
from speedproof.suggest.completion import typed_ahead
from speedproof.suggest.completion.typed_ahead import Fate, Suggestions, after_accepting


def around(marked: str) -> Around:
    prefix, suffix = marked.split("$0")
    return Around("main.py", prefix, suffix)


def inserted(where: Around, new_text: str, n_replaced: int = 0) -> Edit:
    return Edit(Span(len(where.prefix), len(where.prefix) + n_replaced), new_text)


def applied(where: Around, edit: Edit) -> str:
    return apply_edits(where.prefix + where.suffix, [edit])


# A text, what was suggested there and how much behind the cursor it replaces, a later text, and what is still offered.
FOUND: dict[str, tuple[str, str, int, str, str | None]] = {
    "nothing typed": ("x = $0\n", "foo(1)", 0, "x = $0\n", "foo(1)"),
    "a character": ("x = $0\n", "foo(1)", 0, "x = f$0\n", "oo(1)"),
    "a word": ("x = $0\n", "foo(1)", 0, "x = foo$0\n", "(1)"),
    "all but one": ("x = $0\n", "foo(1)", 0, "x = foo(1$0\n", ")"),
    "all": ("x = $0\n", "foo(1)", 0, "x = foo(1)$0\n", None),
    "more than all": ("x = $0\n", "foo(1)", 0, "x = foo(1) $0\n", None),
    "something else": ("x = $0\n", "foo(1)", 0, "x = b$0\n", None),
    "something else behind it": ("x = $0\n", "foo(1)", 0, "x = fob$0\n", None),
    "one deleted before it": ("x = $0\n", "foo(1)", 0, "x =$0\n", None),
    "another line below": ("x = $0\n", "foo(1)", 0, "x = f$0\ny\n", None),
    "another line above": ("x = $0\n", "foo(1)", 0, "y\nx = f$0\n", None),
    "the cursor elsewhere": ("x = $0\n", "foo(1)", 0, "x $0= \n", None),
    "a line of several": ("if x:\n    $0\n", "a = 1\n    b = 2", 0, "if x:\n    a = 1$0\n", "\n    b = 2"),
    "across a line end": ("if x:\n    $0\n", "a = 1\n    b = 2", 0, "if x:\n    a = 1\n    $0\n", "b = 2"),
    "across a line end, half indented": ("if x:\n    $0\n", "a\n    b", 0, "if x:\n    a\n  $0\n", "  b"),
    "across a line end, indented too far": ("if x:\n    $0\n", "a\n    b", 0, "if x:\n    a\n      $0\n", None),
    "in the second line": ("if x:\n    $0\n", "a = 1\n    b = 2", 0, "if x:\n    a = 1\n    b$0\n", " = 2"),
    "a blank line": ("if x:\n    $0\n", "a\n\n    b", 0, "if x:\n    a\n$0\n", "\n    b"),
    "a blank line that the editor indented": ("if x:\n    $0\n", "a\n\n    b", 0, "if x:\n    a\n    $0\n", "\n    b"),
    "behind a header": ("if x:$0\n", "\n    a\n    b", 0, "if x:\n    $0\n", "a\n    b"),
    "a closer that it replaces": ("f($0)\n", "a, b)", 1, "f($0)\n", "a, b)"),
    "a closer that it replaces, half typed": ("f($0)\n", "a, b)", 1, "f(a, $0)\n", "b)"),
    "a closer that it replaces, all but that typed": ("f($0)\n", "a, b)", 1, "f(a, b$0)\n", None),
    "a closer that it replaces, typed over": ("f(g($0))\n", "a), b)", 2, "f(g(a)$0)\n", ", b)"),
    "a closer that it does not replace": ("f($0)\n", "a, b", 0, "f(a$0)\n", ", b"),
    "a bracket that the editor closed": ("x = $0\n", "foo(a, b)", 0, "x = foo($0)\n", "a, b)"),
    "a bracket that the editor closed, further on": ("x = $0\n", "foo(a, b)", 0, "x = foo(a, $0)\n", "b)"),
    "a bracket that the editor closed, all but that": ("x = $0\n", "foo(a, b)", 0, "x = foo(a, b$0)\n", None),
    "a bracket that the editor closed, typed over": ("x = $0\n", "foo(a) + b", 0, "x = foo(a)$0\n", " + b"),
    "two brackets that the editor closed": ("x = $0\n", "f([1, 2])", 0, "x = f([1$0])\n", ", 2])"),
    "a quote that the editor closed": ("x = $0\n", 'f("a b")', 0, 'x = f("a $0")\n', 'b")'),
    "closed by the editor within a closer that it replaces": ("p($0)\n", "f(a))", 1, "p(f($0))\n", "a))"),
    "a bracket that nothing closes": ("x = $0\n", "foo(a,", 0, "x = foo($0)\n", None),
    "another bracket than it closes": ("x = $0\n", "foo(a, b)", 0, "x = foo($0]\n", None),
    "something behind the cursor that is no bracket": ("x = $0\n", "foo(a, b)", 0, "x = foo($0y\n", None),
    "non-ASCII": ("é = $0\n", "'😀é'", 0, "é = '😀$0\n", "é'"),
}


@pytest.mark.parametrize("name", FOUND)
def test_find(name: str) -> None:
    before, new_text, n_replaced, after, expected = FOUND[name]
    suggestions = Suggestions()
    suggestions.add(around(before), inserted(around(before), new_text, n_replaced))
    found = suggestions.find(around(after))
    assert (None if found is None else found.new_text) == expected
    if found is not None:
        whole = applied(around(before), inserted(around(before), new_text, n_replaced))
        result = applied(around(after), found)
        assert "\n".join(line.rstrip() for line in result.split("\n")) == whole


def test_what_was_taken_back_is_offered_again() -> None:
    suggestions = Suggestions()
    suggestions.add(around("x = $0\n"), inserted(around("x = $0\n"), "foo(1)"))
    offers = [suggestions.find(around(f"x = {typed}$0\n")) for typed in ("f", "fo", "fob", "fo", "f", "")]
    assert [offer and offer.new_text for offer in offers] == ["oo(1)", "o(1)", None, "o(1)", "oo(1)", "foo(1)"]


def test_the_newest_counts() -> None:
    suggestions = Suggestions()
    suggestions.add(around("x = $0\n"), inserted(around("x = $0\n"), "foo(1)"))
    suggestions.add(around("x = f$0\n"), inserted(around("x = f$0\n"), "oobar"))
    found = suggestions.find(around("x = fo$0\n"))
    assert found is not None
    assert found.new_text == "obar"
    found = suggestions.find(around("x = $0\n"))
    assert found is not None
    assert found.new_text == "foo(1)"


def test_the_rest_of_a_suggestion_is_no_other_suggestion() -> None:
    suggestions = Suggestions()
    first = suggestions.add(around("x = $0\n"), inserted(around("x = $0\n"), "foo(1)"))
    for typed, rest in (("f", "oo(1)"), ("fo", "o(1)")):
        where = around(f"x = {typed}$0\n")
        assert suggestions.add(where, inserted(where, rest)) is first
    assert len(suggestions) == 1


def test_a_suggestion_made_in_advance_is_found_after_accepting() -> None:
    before = around("print($0)\n")
    edit = inserted(before, "x)", 1)
    after = after_accepting(before, edit)
    assert (after.prefix, after.suffix) == ("print(x)", "\n")
    suggestions = Suggestions()
    suggestions.add(before, edit)
    ahead = suggestions.add(after, inserted(after, "\nprint(y)"), shown=False)
    fates = [ahead.fate]
    found = suggestions.find(after)
    assert found is not None
    assert found.new_text == "\nprint(y)"
    assert [*fates, ahead.fate] == [Fate.STORED, Fate.SHOWN]


def test_not_more_than_so_many_are_kept() -> None:
    suggestions = Suggestions()
    for n in range(2 * typed_ahead.MAX_SUGGESTIONS):
        where = around(f"x{n} = $0\n")
        suggestions.add(where, inserted(where, "1 + 1"))
    assert len(suggestions) == typed_ahead.MAX_SUGGESTIONS


def test_what_is_kept_does_not_grow_with_the_text() -> None:
    line = "value = total(items)  # größer 🐍\n"
    suggestions = Suggestions()
    gc.collect()
    tracemalloc.start()
    try:
        for n in range(typed_ahead.MAX_SUGGESTIONS):
            where = around(f"{n * line}x = $0\n{10_000 * line}")
            suggestions.add(where, inserted(where, "1 + 1"))
            taken = around(f"{n * line}x = 1 + 1$0\n{10_000 * line}")
            suggestions.typed(taken)
        del where, taken
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()


# What happens after a suggestion was shown: the texts that follow, and what each of them shows.
FATES: dict[str, tuple[str, str, list[tuple[str, Fate | None, int]]]] = {
    "accepted": ("x = $0\n", "foo(1)", [("x = foo(1)$0\n", Fate.ACCEPTED, 6)]),
    "accepted after a character": (
        "x = $0\n",
        "foo(1)",
        [("x = f$0\n", None, 0), ("x = foo(1)$0\n", Fate.ACCEPTED, 5)],
    ),
    "accepted word by word": (
        "x = $0\n",
        "foo(1) + bar",
        [
            ("x = foo$0\n", Fate.ACCEPTED_IN_PART, 3),
            ("x = foo(1)$0\n", Fate.ACCEPTED_IN_PART, 6),
            ("x = foo(1) + bar$0\n", Fate.ACCEPTED, 12),
        ],
    ),
    "accepted line by line": (
        "if x:\n    $0\n",
        "a = 1\n    b = 2",
        [("if x:\n    a = 1$0\n", Fate.ACCEPTED_IN_PART, 5), ("if x:\n    a = 1\n    b = 2$0\n", Fate.ACCEPTED, 15)],
    ),
    "typed out": ("x = $0\n", "ab", [("x = a$0\n", None, 0), ("x = ab$0\n", None, 0), ("x = abc$0\n", None, 0)]),
    "rejected": ("x = $0\n", "foo(1)", [("x = b$0\n", Fate.REJECTED, 0), ("x = ba$0\n", None, 0)]),
    "rejected after a character": (
        "x = $0\n",
        "foo(1)",
        [("x = f$0\n", None, 0), ("x = fa$0\n", Fate.REJECTED, 0)],
    ),
    "left": ("x = $0\ny\n", "foo(1)", [("x = \ny$0\n", Fate.REJECTED, 0)]),
    "a part, then something else": (
        "x = $0\n",
        "foo(1)",
        [("x = foo$0\n", Fate.ACCEPTED_IN_PART, 3), ("x = foo[$0\n", None, 0)],
    ),
    "taken back": ("x = $0\n", "foo(1)", [("x = f$0\n", None, 0), ("x = $0\n", None, 0), ("x = f$0\n", None, 0)]),
    "not to the end of a word": ("x = $0\n", "foobar", [("x = foob$0\n", None, 0)]),
}


@pytest.mark.parametrize("name", FATES)
def test_fate(name: str) -> None:
    before, new_text, steps = FATES[name]
    suggestions = Suggestions()
    shown = suggestions.add(around(before), inserted(around(before), new_text))
    for text, fate, n_accepted in steps:
        told = suggestions.typed(around(text))
        suggestions.find(around(text))
        assert told == ([] if fate is None else [shown])
        if fate is not None:
            assert (shown.fate, shown.n_accepted) == (fate, n_accepted)


@pytest.mark.parametrize(("text", "fate"), [("y = 2\nx = foo(1)\n", Fate.KEPT), ("x = foo(2)\n", Fate.CHANGED)])
def test_whether_it_was_kept(text: str, fate: Fate) -> None:
    suggestions = Suggestions()
    shown = suggestions.add(around("x = $0\n"), inserted(around("x = $0\n"), "foo(1)"))
    suggestions.typed(around("x = foo(1)$0\n"))
    assert suggestions.later(text) == [shown]
    assert shown.fate is fate
    assert suggestions.later(text) == []


PIECES = ["a", "b", "é", "(", ")", "[", "]", '"', "\n", "    ", " ", ":"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
NEW_TEXTS = TEXTS.filter(lambda text: bool(text.strip()))


@settings(max_examples=300, deadline=None)
@given(prefix=TEXTS, suffix=TEXTS, new_text=NEW_TEXTS, n_replaced=st.integers(0, 3))
def test_every_keystroke_that_agrees_is_a_hit(prefix: str, suffix: str, new_text: str, n_replaced: int) -> None:
    """What is typed, a character at a time, gets what is left, to the last one that is not blank."""
    n_replaced = min(n_replaced, len(suffix))
    where = Around("main.py", prefix, suffix)
    edit = inserted(where, new_text, n_replaced)
    suggestions = Suggestions()
    suggestions.add(where, edit)
    for n in range(len(new_text) + 1):
        now = Around("main.py", prefix + new_text[:n], suffix)
        found = suggestions.find(now)
        left = new_text[n:]
        if left.strip() and left != suffix[:n_replaced]:
            assert found is not None
            assert applied(now, found) == applied(where, edit)
        else:
            assert found is None


class ClosingEditor:
    """Closes brackets and quotes when they are opened, and lets its own closers be typed over."""

    CLOSERS = {"(": ")", "[": "]", '"': '"'}  # noqa: RUF012

    def __init__(self, where: Around) -> None:
        self.prefix, self.suffix = where.prefix, where.suffix
        self._own = 0

    def type(self, character: str) -> None:
        if self._own and self.suffix.startswith(character) and character in ')]"':
            self.suffix = self.suffix[1:]
            self._own -= 1
        elif character in self.CLOSERS:
            self.suffix = self.CLOSERS[character] + self.suffix
            self._own += 1
        self.prefix += character


NESTED = st.recursive(
    st.sampled_from(["a", "b + c", "d.e", "1"]),
    lambda inner: st.one_of(
        inner.map(lambda text: f"f({text})"),
        inner.map(lambda text: f"[{text}, 2]"),
        st.tuples(inner, inner).map(" * ".join),
        st.just('"g h"'),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(before=st.sampled_from(["x = $0\n", "print($0)\n", "p(q[$0])\n"]), new_text=NESTED, closes=st.booleans())
def test_every_keystroke_is_a_hit_in_an_editor_that_closes_brackets(before: str, new_text: str, closes: bool) -> None:
    where = around(before)
    tail = where.suffix.removesuffix("\n") if closes else ""
    edit = inserted(where, new_text + tail, len(tail))
    editor = ClosingEditor(where)
    suggestions = Suggestions()
    suggestions.add(where, edit)
    for character in new_text:
        editor.type(character)
        now = Around("main.py", editor.prefix, editor.suffix)
        found = suggestions.find(now)
        if found is not None:
            assert applied(now, found) == applied(where, edit)
        else:
            assert editor.prefix + editor.suffix == applied(where, edit)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_what_is_found_leads_to_what_was_suggested(data: st.DataObject) -> None:
    """Through any typing, deleting and moving, with any suggestions in between."""
    prefix, suffix = "a(", ")\n"
    suggestions, results = Suggestions(), set()
    for _ in range(data.draw(st.integers(1, 12))):
        now = Around("main.py", prefix, suffix)
        found = suggestions.find(now)
        if found is not None:
            result = applied(now, found)
            assert "\n".join(line.rstrip(" ") for line in result.split("\n")) in results
        else:
            edit = inserted(now, data.draw(NEW_TEXTS), data.draw(st.integers(0, min(2, len(suffix)))))
            suggestions.add(now, edit)
            results.add("\n".join(line.rstrip(" ") for line in applied(now, edit).split("\n")))
        action = data.draw(st.sampled_from(["type", "type", "delete", "move", "accept"]))
        if action == "type":
            prefix += data.draw(st.sampled_from(PIECES))
        elif action == "delete":
            prefix = prefix[:-1]
        elif action == "move" and prefix:
            prefix, suffix = prefix[:-1], prefix[-1] + suffix
        elif action == "accept" and found is not None:
            accepted = after_accepting(now, found)
            prefix, suffix = accepted.prefix, accepted.suffix


def test_looking_one_up_does_not_take_long_in_a_long_file() -> None:
    """The target is a millisecond on a quiet machine; here the best of many counts, with room."""
    above = "    value = compute(value, 1)\n" * 5000
    suggestions = Suggestions()
    for n in range(typed_ahead.MAX_SUGGESTIONS):
        where = Around("main.py", f"{above}x{n % 10} = ", f"\n{above}")
        suggestions.add(where, inserted(where, f"foo({n})"))
    miss = Around("main.py", f"{above}x = f", f"\n{above}")
    hit = Around("main.py", f"{above}x3 = f", f"\n{above}")
    assert suggestions.find(hit) is not None
    assert suggestions.find(miss) is None
    times = []
    for _ in range(50):
        start = time.perf_counter()
        suggestions.find(hit)
        suggestions.find(miss)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.005
