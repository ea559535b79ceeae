"""Which part of a long text is shown: the cursor's surroundings, moving rarely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.suggest.completion.window import N_BLOCKS, N_NEAR_LINES, PREFIX_SHARE, windowed

TEXTS = st.text("ab \n", max_size=400)
SHORT_LINES = st.lists(st.text("ab ", max_size=15), max_size=40).map(lambda lines: "".join(f"{x}\n" for x in lines))
SIZES = st.integers(0, 300)
N = 160
"""Characters where lines of SHORT_LINES are shorter than a block."""
LINES = "".join(f"line {number:03}\n" for number in range(200))
"""Of nine characters each."""


@pytest.mark.parametrize(
    ("prefix", "suffix", "n_characters", "shown"),
    [
        ("", "", 10, ("", "")),
        ("", "", 0, ("", "")),
        ("ab", "cd", 4, ("ab", "cd")),
        ("ab", "cd", 0, ("", "")),
        # What one side leaves goes to the other.
        ("a" * 7 + "\n", "b", 9, ("a" * 7 + "\n", "b")),
        ("a", "b" * 8, 9, ("a", "b" * 8)),
        # Edges at line ends: from 19 to 17 characters of each side, in steps of three.
        ("one\ntwo\nthree\nfour", "", 16, ("two\nthree\nfour", "")),
        ("", "one\ntwo\nthree\nfour\n", 16, ("", "one\ntwo\nthree\n")),
        # A line that does not fit.
        ("x" * 100, "", 16, ("x" * 16, "")),
        ("x" * 101, "", 16, ("x" * 15, "")),
        ("", "x" * 100, 16, ("", "x" * 16)),
    ],
)
def test_what_is_shown(prefix: str, suffix: str, n_characters: int, shown: tuple[str, str]) -> None:
    assert windowed(prefix, suffix, n_characters) == shown


@given(TEXTS, TEXTS, SIZES, TEXTS)
def test_it_is_around_the_cursor_and_no_larger_than_allowed(
    prefix: str, suffix: str, n_characters: int, previous: str
) -> None:
    before, behind = windowed(prefix, suffix, n_characters)
    assert prefix.endswith(before)
    assert suffix.startswith(behind)
    assert len(before) + len(behind) <= n_characters
    before, behind = windowed(prefix, suffix, n_characters, previous_suffix=previous)
    assert prefix.endswith(before)
    assert suffix.startswith(behind) or behind == previous
    assert len(before) + len(behind) <= n_characters


@given(TEXTS, TEXTS, SIZES)
def test_the_cursors_line_is_whole_where_it_fits(prefix: str, suffix: str, n_characters: int) -> None:
    before, behind = windowed(prefix, suffix, n_characters)
    typed, (rest, newline, _) = prefix.rpartition("\n")[2], suffix.partition("\n")
    n_for_prefix = int(n_characters * PREFIX_SHARE)
    if len(typed) <= n_for_prefix:
        assert len(before) >= len(typed)
    if len(rest + newline) <= n_characters - n_for_prefix:
        assert behind.startswith(rest + newline)


@given(TEXTS, TEXTS, SIZES)
def test_much_of_what_is_allowed_is_used(prefix: str, suffix: str, n_characters: int) -> None:
    before, behind = windowed(prefix, suffix, n_characters)
    if (before, behind) != (prefix, suffix):
        assert len(before) + len(behind) >= n_characters - 4 * (n_characters // N_BLOCKS + 1)


@given(SHORT_LINES, SHORT_LINES)
def test_edges_are_at_line_ends(prefix: str, suffix: str) -> None:
    before, behind = windowed(prefix, suffix, N)
    assert before == prefix or prefix[: len(prefix) - len(before)].endswith("\n")
    assert behind == suffix or not behind or behind.endswith("\n")


@given(SHORT_LINES, SHORT_LINES, SHORT_LINES)
def test_typing_moves_the_start_once_a_block(prefix: str, typed: str, suffix: str) -> None:
    starts, shown, behind = [], [], ""
    for length in range(len(typed) + 1):
        text = prefix + typed[:length]
        before, behind = windowed(text, suffix, N, previous_suffix=behind)
        starts.append(len(text) - len(before))
        shown.append(behind)
    assert starts == sorted(starts)
    assert len(set(starts)) <= len(typed) / (N // N_BLOCKS) + 2
    # Also what is behind it, where the room for that becomes less.
    assert len(set(shown)) <= len(typed) / (N // N_BLOCKS) + 2


@given(SHORT_LINES, st.integers(0, 600), st.integers(0, 600))
def test_moving_the_cursor_moves_edges_once_a_block(text: str, one: int, other: int) -> None:
    places = range(min(one, other, len(text)), min(max(one, other), len(text)) + 1)
    windows = [windowed(text[:place], text[place:], N) for place in places]
    starts = {place - len(before) for place, (before, _) in zip(places, windows, strict=True)}
    ends = {place + len(behind) for place, (_, behind) in zip(places, windows, strict=True)}
    # Near to an end of the text the room for one side changes with the other, too.
    assert len(starts) <= 2 * len(places) / (N // N_BLOCKS) + 3
    assert len(ends) <= 2 * len(places) / (N // N_BLOCKS) + 3


@given(TEXTS, TEXTS, TEXTS)
def test_a_long_text_behind_stays_as_it_is_while_one_types(prefix: str, typed: str, suffix: str) -> None:
    prefix, suffix = LINES + prefix, suffix + LINES
    _, behind = windowed(prefix, suffix, N)
    assert windowed(prefix + typed, suffix, N, previous_suffix=behind)[1] == behind
    assert windowed(prefix + typed, suffix, N)[1] == behind


def _edited(text: str, **changes: str) -> str:
    """Lines, `line_7` for the seventh, replaced."""
    lines = text.split("\n")
    for name, line in changes.items():
        lines[int(name.removeprefix("line_"))] = line
    return "\n".join(lines)


SHOWN = LINES[: 40 * 9]
FAR = N_NEAR_LINES + 3


@pytest.mark.parametrize(
    ("previous", "is_kept"),
    [
        (SHOWN, True),
        (_edited(SHOWN, **{f"line_{FAR}": "was different"}), True),
        (_edited(SHOWN, **{f"line_{FAR + n}": "was different" for n in range(4)}), True),
        (_edited(SHOWN, **{f"line_{FAR + n}": "was different" for n in range(5)}), False),
        (_edited(SHOWN, line_0="was different"), False),
        (_edited(SHOWN, **{f"line_{N_NEAR_LINES - 1}": "was different"}), False),
        (SHOWN + "line 041\n", True),
        (SHOWN + "line 041\n" * 6, False),
        ("", False),
        # It does not fit.
        (_edited(SHOWN, **{f"line_{FAR}": "x" * 100}), False),
    ],
)
def test_a_suffix_that_is_slightly_out_of_date_is_kept(previous: str, is_kept: bool) -> None:
    n_characters = 4 * len(SHOWN) + 80
    _, behind = windowed(LINES * 2, SHOWN, n_characters, previous_suffix=previous)
    assert behind == (previous if is_kept else SHOWN)


def test_a_suffix_of_a_larger_window_is_not_kept() -> None:
    _, behind = windowed(LINES, LINES, 800)
    assert len(windowed(LINES, LINES, 400, previous_suffix=behind)[1]) <= 100
