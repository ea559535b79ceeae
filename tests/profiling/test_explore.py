"""The search for inputs: what it finds, that it ends in time whatever the function does, and leaves its seeds alone."""

import itertools
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from naming import shown
from values import CALLS, SAMPLES, Call, digest

from speedproof.profiling.worker.explore import explore
from speedproof.profiling.worker.features import extents
from speedproof.profiling.worker.mutate_context import Context, Pace
from speedproof.profiling.worker.mutate_values import mutated
from speedproof.profiling.worker.recast import OneShot
from speedproof.profiling.worker.vocabulary import Vocabulary


def found(
    function: Callable[..., Any], seeds: list[Call], count: int = 100, seconds: float = 0.5, of_candidate: bool = False
) -> list[Call]:
    """The inputs that were kept; checks what holds of every search."""
    kept: list[Call] = []

    def keep(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        kept.append((args, kwargs))
        return True

    before = digest(seeds)
    trace, start, processor = sys.gettrace(), time.monotonic(), time.process_time()
    counts = explore(function, seeds, random.Random(1), keep, count, seconds, of_candidate)  # type: ignore[arg-type]
    assert time.process_time() - processor < seconds + 1.0
    assert time.monotonic() - start < 8 * seconds + 3.0
    assert digest(seeds) == before
    assert sys.gettrace() is trace or trace is not None
    assert counts["kept"] == len(kept) <= count
    return kept


def constant(n: int) -> str:
    return "rare" if n == 4711 else "usual"


def boundary(xs: list[int]) -> str:
    total = 0
    for x in xs:
        total += x
        if total < 0:
            return "rare"
    return "usual"


def empty(xs: list[int]) -> str:
    return "usual" if xs else "rare"


def letters(text: str) -> str:
    return "rare" if text.startswith("#!") and text.endswith("\n") else "usual"


def turns(n: int) -> str:
    count = 0
    while n != 1 and count < 200:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return "rare" if count > 30 else "usual"


def equal(xs: list[int], ys: list[int]) -> str:
    return "rare" if xs == ys and len(xs) > 1 else "usual"


def one_object(xs: list[int], ys: list[int]) -> str:
    return "rare" if xs is ys else "usual"


def of_mapping(mapping: dict[str, int], key: str) -> str:
    return "rare" if mapping.get(key, 0) < 0 else "usual"


RARE: list[tuple[Callable[..., str], list[tuple[Any, ...]]]] = [
    (constant, [(1,), (30,)]),
    (boundary, [([1, 2, 3],), ([4, 5],)]),
    (empty, [([1],), ([1, 2],)]),
    (letters, [("abc",), ("hello world",)]),
    (turns, [(6,), (11,)]),
    (equal, [([1, 2], [3]), ([5], [])]),
    (one_object, [([1, 2], [3]), ([5], [])]),
    (of_mapping, [({"a": 1, "b": 2}, "a"), ({"x": 5}, "y")]),
]


@pytest.mark.parametrize(("function", "seeds"), RARE)
def test_rare_behaviour_is_found(function: Callable[..., str], seeds: list[tuple[Any, ...]]) -> None:
    kept = found(function, [(args, {}) for args in seeds], seconds=1.0)
    assert "rare" in {function(*args, **kwargs) for args, kwargs in kept}


def raises(x: Any) -> Any:
    raise ValueError(x)


def exits(x: Any) -> Any:
    sys.exit(str(x))


def endless(x: Any) -> Any:
    while True:
        pass


def stubborn(x: Any) -> Any:
    while True:
        try:
            while True:
                pass
        except Exception:
            continue


def lazy(x: Any) -> Any:
    while True:
        yield x


def spoils(x: Any) -> Any:
    if isinstance(x, list):
        x.clear()
    elif isinstance(x, dict):
        x["more"] = x
    return x


def prints(x: Any) -> Any:
    print(x)
    print(x, file=sys.stderr)


def recurses(x: Any) -> Any:
    return recurses(x)


def unhooks(x: Any) -> Any:
    sys.settrace(None)
    return x


MISBEHAVED: list[Callable[[Any], Any]] = [
    raises, exits, endless, stubborn, lazy, spoils, prints, recurses, unhooks,
]  # fmt: skip


# An alarm that rings in a collector's callback is lost there; the next one is not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("function", MISBEHAVED)
def test_whatever_the_function_does(function: Callable[[Any], Any], capsys: pytest.CaptureFixture[str]) -> None:
    found(function, [(([1, 2, 3],), {}), (({"a": 1},), {}), ((5,), {})], count=30, seconds=0.3)
    assert capsys.readouterr() == ("", "")


def anything(*args: Any, **kwargs: Any) -> Any:
    return [*args, *kwargs.values()]


@pytest.mark.parametrize("value", SAMPLES, ids=shown)
def test_seeds_of_every_type(value: Any) -> None:
    found(anything, [((value, value), {"key": value})], count=10, seconds=0.1)


@settings(max_examples=25, deadline=None)
@given(CALLS, CALLS)
def test_arbitrary_seeds(one: Call, other: Call) -> None:
    found(anything, [one, other], count=10, seconds=0.02)


def test_without_seeds_or_arguments() -> None:
    assert found(anything, []) == []
    assert found(anything, [((), {})], seconds=0.1) == []


def test_what_cannot_be_copied_is_left_out() -> None:
    generator = (x for x in [1])
    nothing = explore(anything, [((generator,), {})], random.Random(1), lambda args, kwargs: True, 10, 0.1)  # type: ignore[arg-type]
    assert nothing == {"tried": 0, "new": 0, "kept": 0}
    assert list(generator) == [1]


def once(xs: list[int]) -> int:
    return sum(x * x for x in xs)


def twice(xs: list[int]) -> tuple[int, int]:
    return len([x for x in xs if x > 0]), len([x for x in xs if x < 0])


def by_index(xs: list[int]) -> list[int]:
    return [xs[place] for place in range(len(xs))]


READERS: list[tuple[Callable[..., Any], bool]] = [(once, True), (twice, False), (by_index, False)]


@pytest.mark.parametrize(("function", "takes_iterators"), READERS)
def test_another_type_where_it_makes_no_difference(function: Callable[..., Any], takes_iterators: bool) -> None:
    seeds: list[Call] = [(([3, -1, 2],), {}), (([5, 6, -7, 8],), {})]
    kept = found(function, seeds, seconds=1.0)
    assert any(isinstance(args[0], OneShot) for args, _ in kept) is takes_iterators
    assert not any(isinstance(args[0], OneShot) for args, _ in found(function, seeds, of_candidate=True))


def test_most_of_the_inputs_return() -> None:
    def picky(n: int) -> int:
        if n % 10:
            raise ValueError(n)
        return n

    kept = found(picky, [((10,), {}), ((20,), {})], seconds=1.0)
    assert sum(args[0] % 10 == 0 for args, _ in kept) > len(kept) / 3


class Barrel(list[Any]):
    """A list whose items are in a field: a shallow copy of it never ends."""

    def __init__(self) -> None:
        self.parts: list[list[int]] = [[]]

    def __iter__(self) -> Any:
        return itertools.chain.from_iterable(self.parts)

    def append(self, item: int) -> None:
        self.parts[-1].append(item)

    def __len__(self) -> int:
        return sum(map(len, self.parts))


def test_receivers_that_resist() -> None:
    """They are looked at, copied and changed by methods of their own; all of that fails or hangs at times."""
    barrel = Barrel()
    barrel.append(3)
    found(Barrel.append, [((barrel, 5), {}), ((Barrel(), 1), {})], seconds=1.0)


@pytest.mark.parametrize("seeds", [[(3,), (20,)], [(3, 10**6), (20, 10**9)]], ids=["alone", "beside one that is free"])
def test_a_loop_in_c_is_not_let_run_away(seeds: list[tuple[int, ...]]) -> None:
    """Nothing interrupts it, so its numbers may grow in steps only; below zero it has no turns, which says nothing."""
    counts = []

    def f(n: int, _m: int = 0) -> int:
        counts.append(n)
        return sum(range(min(n, 10**7)))

    found(f, [(args, {}) for args in seeds])
    assert 10**5 < max(counts) <= 10**8


def test_no_number_is_a_leap() -> None:
    context = Context(random.Random(1), Vocabulary(), mutated)
    assert list(context.steps_to(10**6, 0)) == [10**4, 10**5]
    assert list(context.steps_to(-(10**6), 0)) == [-(10**4), -(10**5)]
    context.adapt(Pace(0.0001, True, False), extents((10**5,), {}), False)
    context.adapt(Pace(0.0001, True, False), extents((-(10**4),), {}), False)
    assert list(context.steps_to(10**6, 0)) == []
    assert list(context.steps_to(-(10**6), 0)) == [-(10**5)]
