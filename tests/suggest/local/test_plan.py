"""The planner: what of a cached sequence serves another, in sequences of letters that can be read."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.suggest.local.plan import Kept, align, missing, out_of_order
from speedproof.suggest.local.repair import Repair, Reuse, to_compute

BODY = "".join(random.Random(5).choices("abcdefghijklmnopqrstuvwxyz", k=400))
SEQUENCES = st.lists(st.integers(0, 3), max_size=60)
"""Of few different tokens, so that much is alike by chance."""


def tokens(text: str) -> list[int]:
    return [ord(letter) for letter in text]


CASES = {
    "nothing before": ("", "abc", []),
    "the same": ("abc", "abc", [(0, 0, 3)]),
    "one appended": ("abc", "abcd", [(0, 0, 3)]),
    "one inserted": (BODY, BODY[:200] + "!" + BODY[200:], [(0, 0, 200), (200, 201, 200)]),
    "one deleted": (BODY, BODY[:200] + BODY[201:], [(0, 0, 200), (201, 200, 199)]),
    "one replaced": (BODY, BODY[:200] + "!" + BODY[201:], [(0, 0, 200), (201, 201, 199)]),
    "at the start": (BODY, "!!" + BODY, [(0, 2, 400)]),
    "three places": (
        BODY,
        BODY[:100] + "!" + BODY[100:200] + BODY[220:300] + "????" + BODY[300:],
        [(0, 0, 100), (100, 101, 100), (220, 201, 80), (300, 285, 100)],
    ),
    "a window that slid": (BODY, BODY[50:] + "!", [(50, 0, 350)]),
    "a block moved down": (
        BODY,
        BODY[:100] + BODY[150:300] + BODY[100:150] + BODY[300:],
        [(0, 0, 100), (150, 100, 150), (100, 250, 50), (300, 300, 100)],
    ),
    "a block moved up": (
        BODY,
        BODY[:100] + BODY[250:300] + BODY[100:250] + BODY[300:],
        [(0, 0, 100), (250, 100, 50), (100, 150, 150), (300, 300, 100)],
    ),
    "chunks exchanged": (BODY, BODY[200:] + BODY[:200], [(200, 0, 200), (0, 200, 200)]),
    "other tokens around an edit": (BODY, BODY[:198] + "!?!" + BODY[203:], [(0, 0, 198), (203, 201, 197)]),
    "all new": ("abcdefghij" * 3, "klmnopqrst" * 3, []),
    "a short run far away is chance": (BODY, "!" * 99 + BODY[300:310] + "?" * 99, []),
    "repeated lines": ("ab\n" * 50, "ab\n" * 51, [(0, 0, 150)]),
}


@pytest.mark.parametrize("name", CASES)
def test_runs(name: str) -> None:
    old, new, expected = CASES[name]
    assert align(tokens(old), tokens(new)) == [Kept(*run) for run in expected]


@given(SEQUENCES, SEQUENCES, SEQUENCES)
def test_runs_are_equal_disjoint_and_in_order(one: list[int], two: list[int], three: list[int]) -> None:
    old, new = one + two + three, three + two + two + one
    kept = align(old, new)
    for run in kept:
        assert run.length > 0
        assert old[run.old : run.old + run.length] == new[run.new : run.end]
    assert all(one.end <= other.new for one, other in pairwise(kept))
    used = [place for run in kept for place in range(run.old, run.old + run.length)]
    assert len(used) == len(set(used))
    assert sorted(missing(kept, len(new)) + [p for run in kept for p in range(run.new, run.end)]) == [*range(len(new))]


@given(SEQUENCES, SEQUENCES.filter(bool), st.sampled_from(Reuse), st.integers(0, 40), st.integers(0, 40))
def test_never_more_than_prefix_reuse(
    old: list[int], new: list[int], reuse: Reuse, after_each: int, before_end: int
) -> None:
    kept, positions = to_compute(
        align(old, new), len(old), len(new), reuse, Repair(after_each, before_end=before_end, moved=after_each)
    )
    prefix = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    assert len(positions) <= max(1, len(new) - prefix)
    assert positions == sorted(set(positions))
    assert positions[-1] == len(new) - 1
    assert set(missing(kept, len(new))) <= set(positions)
    if reuse is Reuse.EXACT:
        assert positions == [*range(min(prefix, len(new) - 1), len(new))]


INSERTED = BODY[:200] + "!" + BODY[200:]
COMPUTED = [
    (BODY, BODY, Reuse.REPAIR, [399]),
    (BODY, BODY + "!", Reuse.REPAIR, [400]),
    (BODY, INSERTED, Reuse.ROTATE, [200, 400]),
    (BODY, INSERTED, Reuse.REPAIR, [*range(200, 209), *range(397, 401)]),
    (BODY, INSERTED, Reuse.EXACT, [*range(200, 401)]),
    (INSERTED, BODY, Reuse.ROTATE, [399]),
    (BODY, "?" + INSERTED, Reuse.REPAIR, [*range(6), *range(201, 207), *range(398, 402)]),
]


@pytest.mark.parametrize(("old", "new", "reuse", "expected"), COMPUTED)
def test_positions_to_compute(old: str, new: str, reuse: Reuse, expected: list[int]) -> None:
    repair = Repair(after_each=8, after_all=10, before_end=3, least=11, rows=1)
    _, positions = to_compute(align(tokens(old), tokens(new)), len(old), len(new), reuse, repair)
    assert positions == expected


def test_time_is_linear_where_much_is_alike() -> None:
    """Two edits far apart in a long text of few different lines: the worst case for anchors."""
    old = tokens("    return 1\n" * 3000)
    new = [1, *old, 2]
    start = time.process_time()
    kept = align(old, new)
    assert sum(run.length for run in kept) == len(old)
    assert time.process_time() - start < 2.0


def test_of_several_places_each_gets_its_share() -> None:
    new = tokens("?" + BODY[:100] + "!" + BODY[100:200] + "!" + BODY[200:])
    every = [1, 2, 102, 103, 203, 204]
    for each, of_all, expected in ((1, 24, every[::2]), (2, 24, every), (1, 2, [1, 102]), (8, 6, every), (0, 24, [])):
        repair = Repair(each, of_all, before_end=0, rows=1)
        kept, positions = to_compute(align(tokens(BODY), new), len(BODY), len(new), Reuse.REPAIR, repair)
        assert [place for place in positions if place not in missing(kept, len(new))] == [*expected, len(new) - 1]


@pytest.mark.parametrize(
    ("new", "count"),
    [
        (BODY[:200] + "!" + BODY[200:], 6),
        (BODY[:200] + BODY[220:], 3),
        (BODY[:200] + BODY[260:], 6),
        (BODY[:100] + BODY[220:], 12),
        (BODY[:200] + "!?" * 5 + BODY[200:], 15),
        (BODY + "!", 1),
    ],
)
def test_the_more_has_changed_the_more_is_repaired_and_passes_are_full(new: str, count: int) -> None:
    _, positions = to_compute(align(tokens(BODY), tokens(new)), len(BODY), len(new), Reuse.REPAIR, Repair())
    assert len(positions) == count


def test_a_block_that_moved_and_what_is_right_after_each_place() -> None:
    new = tokens(BODY[:100] + BODY[140:300] + BODY[100:140] + BODY[300:])
    for moved, expected in (
        (0, []),
        (30, [*range(260, 290)]),
        (60, [*range(100, 110), *range(260, 300), *range(300, 310)]),
    ):
        _, positions = to_compute(
            align(tokens(BODY), new), len(BODY), len(new), Reuse.REPAIR, Repair(0, before_end=0, rows=1, moved=moved)
        )
        assert positions == [*expected, 399]


MOVED = BODY[:100] + BODY[200:300] + BODY[100:200] + BODY[300:]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (BODY, BODY, []),
        (BODY, INSERTED, []),
        (BODY, BODY[:50] + BODY[90:], []),
        (BODY, BODY[:100] + BODY[140:300] + BODY[100:140] + BODY[300:], [Kept(100, 260, 40)]),
        (BODY, BODY[:100] + BODY[260:300] + BODY[100:260] + BODY[300:], [Kept(260, 100, 40)]),
    ],
)
def test_runs_that_moved_past_others(old: str, new: str, expected: list[Kept]) -> None:
    assert out_of_order(align(tokens(old), tokens(new))) == expected
