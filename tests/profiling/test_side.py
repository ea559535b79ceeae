"""How many calls make a batch: by what a call takes when it is no longer the first one, and the same on both sides."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from speedproof.profiling.rounds import Batch
from speedproof.profiling.side import BATCH_SECONDS, SIMILAR_TIMES, Side, TimedInput
from speedproof.profiling.workers import Child

TIMED = TimedInput(place=7, origin="recorded", call="f(x)", seconds=1e-6, mutates=False, lazy=False, digest=None)


def side(
    monkeypatch: pytest.MonkeyPatch,
    child: Child,
    first: float,
    batch_first: float,
    each: float,
    known: dict[int, float] | None = None,
) -> Side:
    """One whose process takes `first` seconds more for its first call, and `batch_first` for that of every batch."""
    made = Side("baseline", child, [TIMED], {} if known is None else known, {}, 1.0, random.Random(1))
    batches = 0

    def run(index: int, order: Mapping[str, Any]) -> Batch:
        nonlocal batches
        batches += 1
        loops = order["loops"]
        seconds = (batch_first + loops * each + (first if batches == 1 else 0.0)) / loops
        return Batch(seconds, seconds, switched=False)

    monkeypatch.setattr(made, "_run", run)
    return made


@pytest.mark.parametrize("first", [0.0, 0.0002, 0.001, 0.004])
@pytest.mark.parametrize("batch_first", [0.0, 0.00006, 0.0003])
@pytest.mark.parametrize("each", [4e-7, 1e-5])
def test_what_first_calls_cost_does_not_make_batches_short(
    first: float, batch_first: float, each: float, monkeypatch: pytest.MonkeyPatch, no_child: Callable[[], Child]
) -> None:
    ours = side(monkeypatch, no_child(), first, batch_first, each)
    ours.warm_up([0])
    assert ours._loops[0] * each >= BATCH_SECONDS / 4


@pytest.mark.parametrize("heavy", [[0], []])
def test_what_first_calls_cost_does_not_pile_up(
    heavy: list[int], monkeypatch: pytest.MonkeyPatch, no_child: Callable[[], Child]
) -> None:
    known: dict[int, float] = {}
    for _ in range(5):
        ours = side(monkeypatch, no_child(), 0.003, 0.0, 5e-6, known)
        ours.warm_up(heavy)
        assert known[TIMED.place] == pytest.approx(5e-6)
        assert ours.batch(0).cpu == pytest.approx(5e-6)


def test_what_takes_long_is_run_once_or_twice_for_nothing(
    monkeypatch: pytest.MonkeyPatch, no_child: Callable[[], Child]
) -> None:
    ours = side(monkeypatch, no_child(), 0.0, 0.0, 0.01)
    ours.warm_up([0])
    assert ours._loops == [1]


@pytest.mark.parametrize(("ours", "theirs"), [(8, 8), (10, 39), (39, 10), (10, 41), (2000, 7)])
def test_similar_sides_have_the_same_batches(
    ours: int, theirs: int, monkeypatch: pytest.MonkeyPatch, no_child: Callable[[], Child]
) -> None:
    one, other = (side(monkeypatch, no_child(), 0.0, 0.0, 1e-6) for _ in range(2))
    one._loops, other._loops = [ours], [theirs]
    one.match(other)
    similar = max(ours, theirs) <= SIMILAR_TIMES * min(ours, theirs)
    assert (one._loops, other._loops) == (([max(ours, theirs)],) * 2 if similar else ([ours], [theirs]))


@pytest.fixture
def no_child() -> Callable[[], Child]:
    """Nobody talks to it."""
    return lambda: Child.__new__(Child)
