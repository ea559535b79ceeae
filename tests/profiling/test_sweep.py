"""Thousands of calls told by digests: what a rare one shows, and that the same code never seems to differ."""

import collections
import itertools
import math
import pickle
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from judging import Case, Judged, check
from values import Call, digest

from speedproof.core.verdict import Status
from speedproof.profiling.worker import sweep
from speedproof.profiling.worker.many_calls import LONG, counted, long
from speedproof.profiling.worker.mutate_context import MAX_REACH
from speedproof.profiling.worker.vocabulary import Vocabulary, new_constants

Seeds = list[tuple[Any, ...]]


def differing(
    original: Callable[..., Any], candidate: Callable[..., Any], seeds: Seeds, count: int = 8000
) -> list[tuple[Any, ...]]:
    """The arguments of the calls that seem to differ; ended by the number of calls, not by the clock."""
    calls: list[Call] = [(args, {}) for args in seeds]
    blobs, ours = swept(original, calls, count)
    theirs = list(sweep.repeated(candidate, blobs, 100.0))  # type: ignore[arg-type]
    assert len(ours) == len(blobs) == len(theirs)
    pairs = zip(blobs, ours, theirs, strict=True)
    return [pickle.loads(blob)[0] for blob, one, other in pairs if one != other and one != sweep.UNDECIDED]


def swept(function: Any, calls: list[Call], count: int) -> tuple[list[bytes], list[bytes]]:
    words = Vocabulary.of(calls, function.__code__)
    return sweep.made(function, calls, random.Random(1), words, lambda args, kwargs: True, count, 100.0)


def is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def is_prime_by_fermat(n: int) -> bool:
    return n == 2 or (n > 1 and pow(2, n - 1, n) == 1)


def is_power(n: int, base: int) -> bool:
    while n > 1 and base > 1 and n % base == 0:
        n //= base
    return n == 1


def is_power_but_of_six(n: int, base: int) -> bool:
    return is_power(n, base) and (n, base) != (36, 6)


def is_square(n: int) -> bool:
    low, high = 0, max(n, 0) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle * middle <= n else (low, middle)
    return low * low == n


def is_square_of_float(n: int) -> bool:
    return n >= 0 and int(n**0.5) ** 2 == n


def summed(xs: list[int]) -> int:
    total = 0
    for x in xs:
        total += x
    return total


def summed_by_recursion(xs: list[int]) -> int:
    def rest(start: int) -> int:
        return xs[start] + rest(start + 1) if start < len(xs) else 0

    return rest(0)


def depth(parents: list[int]) -> int:
    count = node = 0
    while node < len(parents) - 1 and parents[node + 1] == node:
        node += 1
        count += 1
    return count


def depth_up_to_a_thousand(parents: list[int]) -> int:
    return min(depth(parents), 1000)


def has_negative(xs: Any) -> bool:
    found = False
    for x in xs:
        found |= x < 0
    return found


def has_negative_early(xs: Any) -> bool:
    return any(x < 0 for x in xs)


def greeting(name: str) -> None:
    print("hello", name)


def greeting_of_strangers(name: str) -> None:
    if name != "aa":
        print("hello", name)


def percentile(xs: list[int], share: int) -> int:
    place = 0
    while (place + 1) * 100 < share * len(xs):
        place += 1
    return sorted(xs)[place]


def percentile_by_floats(xs: list[int], share: int) -> int:
    return sorted(xs)[max(math.ceil(share / 100 * len(xs)) - 1, 0)]


RARE: dict[str, tuple[Callable[..., Any], Callable[..., Any], Seeds]] = {
    "a number in hundreds": (is_prime, is_prime_by_fermat, [(2,), (9,)]),
    "two numbers that belong together": (is_power, is_power_but_of_six, [(8, 2), (9, 4)]),
    "a share of as many items as the code names": (percentile, percentile_by_floats, [([4, 9, 2], 50), ([1, 5], 9)]),
    "a square too large for a float": (is_square, is_square_of_float, [(9,), (17,)]),
    "a recursion that is too deep": (summed, summed_by_recursion, [([1, 2],), ([4, 4, 5],)]),
    "a long list in a row": (depth, depth_up_to_a_thousand, [([-1, 0, 0],), ([-1, 0, 1, 2],)]),
    "how far an iterator was read": (has_negative, has_negative_early, [(iter([1, 2]),), ([1],)]),
    "what is printed": (greeting, greeting_of_strangers, [("Ada",)]),
}


@pytest.mark.parametrize("name", RARE)
def test_rare_differences_show(name: str) -> None:
    assert differing(*RARE[name])


def uses_sets(xs: list[int]) -> Any:
    return set(xs), frozenset(xs)


def uses_sets_another_way(xs: list[int]) -> Any:
    return set(xs + xs), frozenset(sorted(xs))


def yields(xs: list[int]) -> Iterator[int]:
    yield from xs[:3]
    yield from xs[3:]


def yields_another_way(xs: list[int]) -> Iterator[int]:
    for place in range(len(xs)):
        yield xs[place]


def shares(xs: list[int]) -> Any:
    return [xs, xs], str(len(xs)) * 2


def copies_text(xs: list[int]) -> Any:
    return [xs, xs], "".join([str(len(xs))] * 2)


def draws(n: int) -> Any:
    return n if n < 5 else float("nan")


def counts(text: str) -> Any:
    return collections.Counter(text)


def refuses(xs: list[int]) -> Any:
    if len(xs) > 1:
        raise ValueError(len(xs))
    return xs[0]


def refuses_in_other_words(xs: list[int]) -> Any:
    if len(xs) < 2:
        return xs[0]
    raise ValueError(xs)


def ends_sometimes(n: int) -> int:
    while n < 0:
        pass
    return n


SAME: dict[str, tuple[Callable[..., Any], Callable[..., Any], Seeds]] = {
    "sets made in another order": (uses_sets, uses_sets_another_way, [([3, 11, 19, 4],)]),
    "a generator": (yields, yields_another_way, [([3, 1],)]),
    "a text met twice": (shares, copies_text, [([3, 1],)]),
    "nan": (draws, draws, [(3,), (9,)]),
    "a class of dict": (counts, counts, [("abc",)]),
    "an exception in other words": (refuses, refuses_in_other_words, [([3, 1],), ([2],)]),
    "no end": (ends_sometimes, ends_sometimes, [(3,)]),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_does_not_seem_to_differ(name: str) -> None:
    assert differing(*SAME[name], count=500) == []


def wants_text(value: Any) -> Any:
    return value.upper() if value else ""


def test_what_the_original_refuses_says_nothing() -> None:
    _, digests = swept(wants_text, [((5,), {})], 50)
    assert sweep.UNDECIDED in digests


def test_calls_are_those_that_were_written(tmp_path: Path) -> None:
    blobs = [b"", b"a", bytes(70_000)]
    sweep.write(str(tmp_path / "calls"), blobs)
    assert sweep.read(str(tmp_path / "calls")) == blobs


def test_numbers_are_counted_up_together() -> None:
    made = [args for args, _ in itertools.islice(counted([((5, "a", 7), {})]), 3000)]
    assert {(0, "a", 0), (0, "a", 300), (300, "a", 0), (16, "a", 16)} <= set(made)
    assert len(set(made)) == len(made)
    assert [args for args, _ in itertools.islice(counted([((5,), {})]), 4)] == [(0,), (1,), (2,), (3,)]
    assert list(counted([(("a",), {})])) == []


def test_known_calls_are_grown_beyond_the_depth_of_recursion() -> None:
    seeds: Any = [(([3, 1, 2], "ab"), {})]
    before = digest(seeds)
    made = list(long(seeds, random.Random(1)))
    assert max(len(args[0]) for args, _ in made) > LONG[0]
    assert ([*range(3, 3 + LONG[0])], "ab") in [args for args, _ in made]
    assert digest(seeds) == before


def test_constants_of_a_candidate() -> None:
    after = "TABLE = (6, 28, 496)\ndef f(n):\n    return n in TABLE or n == 7\n"
    assert sorted(new_constants("def f(n):\n    return n == 7\n", after)) == [6, 28, 496]


def test_squares_of_what_a_float_cannot_hold_are_reached() -> None:
    assert MAX_REACH > 2**106


CASES = {
    "a recursion that is too deep": Case(
        "def f(xs):\n    total = 0\n    for x in xs:\n        total = total * 2 + x\n    return total",
        "f([1, 2, 3])\nf([5])\nf([])",
        """
        def f(xs):
            def go(place, total):
                return go(place + 1, total * 2 + xs[place]) if place < len(xs) else total
            return go(0, 0)
        """,
        (Status.DIFFERS,),
        clock=False,
    ),
    "an end of the process, on a long list": Case(
        "def f(xs):\n    total = 0\n    for x in xs:\n        total = total * 2 + x\n    return total",
        "f([1, 2, 3])\nf([5])\nf([])",
        """
        import os

        def f(xs):
            total = 0
            for place, x in enumerate(xs):
                total = total + total + x
                if place > 1000:
                    os._exit(3)
            return total
        """,
        (Status.CRASHED,),
        clock=False,
    ),
    "the same": Case(
        "def f(xs):\n    total = 0\n    for x in xs:\n        total = total * 3 + x\n    return total",
        "f([1, 2, 3])\nf([5])\nf([])",
        "def f(xs):\n    total = 0\n    for x in xs:\n        total += total + total + x\n    return total",
        (Status.NOT_FASTER,),
        clock=False,
    ),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    with Judged(CASES, tmp_path_factory.mktemp("sweep")) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_verdicts(judged: Judged, name: str) -> None:
    check(CASES[name], judged.verdict(name))
