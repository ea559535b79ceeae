"""How values read in a counterexample."""

import itertools
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from speedproof.profiling.worker.encode import encode
from speedproof.profiling.worker.preview import preview


class Plain:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


class Countdown:
    def __init__(self) -> None:
        self.left = 3

    def __next__(self) -> int:
        raise NotImplementedError


class Slotted:
    __slots__ = ("x",)


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Named:
    def __repr__(self) -> str:
        return "Named!"


def used(iterator: Iterator[Any]) -> Iterator[Any]:
    next(iterator)
    return iterator


def caused(error: BaseException, cause: BaseException | None) -> BaseException:
    error.__cause__ = cause
    return error


PLAIN = f"<{__name__}.Plain object"
CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, "a", None], "[1, 'a', None]"),
        ((1,), "(1,)"),
        ((), "()"),
        ({"a": [True]}, "{'a': [True]}"),
        (iter([1, 2]), "iter([1, 2])"),
        ([iter([1]), map(str, iter("a"))], "[iter([1]), map(str, iter(['a']))]"),
        (enumerate({3: "c"}), "enumerate(iter([3]), 0)"),
        (iter(range(14)), "iter([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …])"),
        (used(iter((1, 2, 3))), "iter([2, 3])"),
        (used(iter({1})), "iter([])"),
        (reversed([1, 2]), "<list_reverseiterator>"),
        (itertools.count(), "count(0)"),
        ((n for n in [1]), "<generator>"),
        (Countdown(), f"<{__name__}.Countdown object: left=3>"),
        (Plain(), f"{PLAIN}>"),
        (Plain(seen=3, inner=Plain(x=iter(()))), f"{PLAIN}: seen=3, inner={PLAIN}: x=iter([])>>"),
        ([Plain(a=1)], f"[{PLAIN}: a=1>]"),
        (Slotted(), f"<{__name__}.Slotted object>"),
        ([Named(), {1}], "[Named!, {1}]"),
        (ValueError("a"), "ValueError('a')"),
        (caused(ValueError("a"), KeyError("b")), "ValueError('a') from KeyError('b')"),
        (caused(ValueError("a"), None), "ValueError('a') from None"),
        (CYCLE, "[[[[[...]]]]]"),
        (list(range(13)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"),
        (Silent(), "<Silent whose repr raises RuntimeError>"),
        ([Silent()], "<list whose repr raises RuntimeError>"),
    ],
)
def test_in_words(value: Any, expected: str) -> None:
    assert preview(value) == expected


def failing() -> Iterator[int]:
    yield 1
    raise ValueError("no")


def returning() -> Generator[int, None, str]:
    yield 1
    return "end"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (iter([1, 2]), "iter([1, 2])"),
        ({"a": (n for n in (1, 2))}, "{'a': <generator: 1, 2>}"),
        (failing(), "<generator: 1, raises ValueError('no')>"),
        (returning(), "<generator: 1, returns 'end'>"),
        ((n for n in [1] if n > 1), "<generator: nothing>"),
        (zip([1], iter("a"), strict=False), "<zip: (1, 'a')>"),
        ([iter([iter([1])])], "[iter([iter([1])])]"),
    ],
)
def test_iterators_that_have_been_read(value: Any, expected: str) -> None:
    assert preview(value, read=encode(value).read) == expected


@pytest.mark.parametrize(
    "make", [lambda: iter([1, 2]), lambda: map(str, [1, 2]), lambda: iter({1: 2}), lambda: iter({1})]
)
def test_looking_uses_nothing_up(make: Callable[[], Iterator[Any]]) -> None:
    iterator = make()
    preview([iterator])
    assert list(iterator) == list(make())


def test_shortened_in_the_middle() -> None:
    assert preview("a" * 100 + "b" * 100, 40) == "'" + "a" * 25 + " … " + "b" * 9 + "'"
    assert len(preview(Plain(**{f"a{n}": "x" * 50 for n in range(50)}))) < 170
    assert preview(10**5000).startswith("1000")


def test_a_number_of_many_digits_is_shown_and_the_limit_on_them_stays() -> None:
    limit = sys.get_int_max_str_digits()
    assert preview(10**5000).startswith("1000")
    assert sys.get_int_max_str_digits() == limit
