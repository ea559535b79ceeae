"""What is shown of other files beside the document: what fits, once, and in an order that stays."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.core.completion import Around, Chunk
from speedproof.suggest.completion.prompt import HEADING, SPARE_SHARE, around_for


def chunk(name: str, n_lines: int = 3) -> Chunk:
    """Of lines that no other one has."""
    return Chunk(f"{name}.py", "".join(f"{name} = {number}\n" for number in range(n_lines)))


def size(chunk: Chunk) -> int:
    return len(chunk.path) + len(chunk.text) + HEADING


A, B, C, D = (chunk(name) for name in "abcd")
TEXT = "import a\n\nx = 1\n"
ROOMY = 4000


def check(
    context: Sequence[Chunk],
    expected: Sequence[Chunk],
    *,
    before: Sequence[Chunk] = (),
    text: str = TEXT,
    offset: int = len(TEXT),
    budget: int = ROOMY,
    path: str = "main.py",
) -> None:
    """What is shown of `context` after `before` was shown for main.py."""
    previous = Around("main.py", text[:offset], text[offset:], tuple(before))
    around = around_for(path, text, offset, context, budget, previous)
    assert around.extra_context == tuple(expected)
    assert around.path == path


def tight(*chunks: Chunk, text: str = TEXT) -> int:
    """Just enough for these, with what is spared for the text to grow."""
    return int((len(text) + sum(map(size, chunks))) / (1 - SPARE_SHARE)) + 2


def test_without_anything_else_all_is_for_the_document() -> None:
    text = "x = 1\n" * 1000
    around = around_for("main.py", text, 3000, (), 2000)
    assert around.extra_context == ()
    assert 1500 < len(around.prefix) + len(around.suffix) <= 2000
    assert around_for("main.py", text, 3000, (), 20_000) == Around("main.py", text[:3000], text[3000:])


def test_a_long_document_leaves_some_room() -> None:
    text = "x = 1\n" * 1000
    around = around_for("main.py", text, 3000, [A, B], 2000)
    assert around.extra_context == (A, B)


class TestOrder:
    def test_the_given_one(self) -> None:
        check([A, B, C], [A, B, C])

    def test_what_was_shown_comes_first(self) -> None:
        check([A, B, C], [C, A, B], before=[C])

    def test_also_what_nobody_asks_for_any_more(self) -> None:
        check([A], [D, A], before=[D])

    def test_nothing_new(self) -> None:
        check([], [A, B], before=[A, B])

    def test_of_another_document(self) -> None:
        check([A, B], [A, B], before=[C, B], path="other.py")


class TestRoom:
    def test_what_does_not_fit_is_left_out(self) -> None:
        check([A, chunk("long", 400), B], [A, B])

    def test_just_enough(self) -> None:
        check([A, B, C], [A, B], budget=tight(A, B))
        check([A, B, C], [A, B, C], budget=tight(A, B, C))

    def test_what_was_shown_may_use_what_is_spared(self) -> None:
        check([A, B, C], [A, B, C], before=[A, B, C], budget=len(TEXT) + sum(map(size, (A, B, C))))

    def test_when_the_text_grows_the_last_one_goes(self) -> None:
        check([A, B, C], [A, B], before=[A, B, C], budget=len(TEXT) + sum(map(size, (A, B, C))) - 1)

    def test_a_full_context_that_is_half_in_use_stays(self) -> None:
        check([A, B, D], [C, A, B], before=[C, A, B], budget=tight(A, B, C))

    def test_a_full_context_that_is_hardly_in_use_is_laid_out_anew(self) -> None:
        check([D, chunk("e"), C], [D, chunk("e"), C], before=[A, B, C], budget=tight(A, B, C))

    def test_no_room_at_all(self) -> None:
        check([A, B], [], text="", offset=0, budget=0)


class TestOnce:
    @pytest.mark.parametrize(
        ("text", "is_shown"),
        [
            (A.text, False),
            (f"def f():\n    {A.text}", False),
            ("a = 0\n", True),
            ("a = 0\na = 1\n", False),
            ("", True),
        ],
    )
    def test_not_what_lies_in_the_window(self, text: str, is_shown: bool) -> None:
        check([A, B], [A, B] if is_shown else [B], text=text, offset=len(text))
        check([A, B], [A, B] if is_shown else [B], text=text, offset=0)

    def test_what_came_into_the_window_goes(self) -> None:
        check([A, B, C], [B, C], before=[A, B], text=A.text, offset=0)

    def test_but_not_what_lies_far_from_it(self) -> None:
        text = A.text + "x = 1\n" * 1000
        check([A], [A], text=text, offset=len(text))

    def test_a_docstring_closed_early(self) -> None:
        shown = Chunk("main.py", 'def f(a):\n    """What it does."""\n    ...\n')
        text = 'def f(a):\n    """What it does.\n\n    And how.\n    """\n    return a\n'
        check([shown], [], text=text, offset=0)

    @pytest.mark.parametrize(
        ("other", "is_shown"),
        [
            (Chunk("copy.py", A.text), False),
            (Chunk("copy.py", f"{A.text}a = 9\n"), False),
            (Chunk("copy.py", "a = 0\nz = 1\nz = 2\n"), True),
            (Chunk("empty.py", "\n \n...\n"), False),
        ],
    )
    def test_not_what_resembles_another(self, other: Chunk, is_shown: bool) -> None:
        check([A, other], [A, other] if is_shown else [A])

    def test_a_new_state_takes_the_place_of_an_old_one(self) -> None:
        new = Chunk(A.path, f"{A.text}a = 9\n")
        check([new, B], [B, new], before=[A, B])


POOL = [chunk(name, n_lines) for name, n_lines in zip("abcdefghij", [1, 2, 3, 5, 8, 3, 2, 9, 4, 1], strict=True)]
STEPS = st.lists(
    st.tuples(st.lists(st.sampled_from(POOL), max_size=8), st.text("xyz \n", max_size=60)), min_size=1, max_size=6
)


@given(STEPS, st.integers(0, 1500))
def test_as_the_text_grows_and_other_things_become_useful(steps: list[tuple[list[Chunk], str]], budget: int) -> None:
    text, previous = "start = 1\n", Around("main.py", "", "")
    for context, typed in steps:
        text += typed
        around = around_for("main.py", text + POOL[3].text, len(text), context, budget, previous)
        assert around == around_for("main.py", text + POOL[3].text, len(text), context, budget, previous)
        shown, before = around.extra_context, previous.extra_context
        assert len(around.prefix) + len(around.suffix) + sum(map(size, shown)) <= budget
        assert len(set(shown)) == len(shown)
        assert POOL[3] not in shown or POOL[3].text not in around.suffix
        assert set(shown) <= {*context, *before}
        if set(shown) - set(context):  # else it may have been laid out anew
            kept = [chunk for chunk in before if chunk in shown]
            assert list(shown[: len(kept)]) == kept
        previous = around
