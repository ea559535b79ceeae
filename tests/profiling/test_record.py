"""Recording real calls: of whatever kind of function, as they were at entry, a sample of many, and harmless."""

import asyncio
import contextlib
import functools
import itertools
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speedproof.profiling.worker import inputs
from speedproof.profiling.worker.pickling import dumps
from speedproof.profiling.worker.record import Recorder, record

SENTINEL = object()


class Sink:
    def __init__(self, limit: int = 1000) -> None:
        self.calls: list[Any] = []
        self.limit = limit

    def add(self, qualname: str, origin: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        self.calls.append((args, kwargs))
        return len(self.calls) <= self.limit


def recorded(function: Any, work: Callable[[], object], limit: int = 50) -> list[Any]:
    sink = Sink()
    record({"f": function}, work, sink, limit, "recorded")
    return sink.calls


def plain(a: Any, b: Any = 2, *rest: Any, key: Any = None, **more: Any) -> Any:
    a = 0
    return a, b


def positional(a: Any, b: Any = 1, /, c: Any = 2) -> Any:
    return a, b, c


def with_sentinel(a: Any, default: Any = SENTINEL) -> Any:
    return default


def lazy(n: int) -> Any:
    for i in range(n):
        yield i * 2


async def later(n: int) -> int:
    await asyncio.sleep(0)
    return n


@functools.lru_cache
def cached(n: int) -> int:
    return n


def countdown(n: int) -> int:
    return countdown(n - 1) if n else 0


class Shape:
    def __init__(self, side: int) -> None:
        self.side = side

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and other.side == self.side

    __hash__ = None  # type: ignore[assignment]

    def grow(self, by: int) -> int:
        return self.side + by

    @property
    def area(self) -> int:
        return int(self.side**2)

    @classmethod
    def unit(cls) -> "Shape":
        return cls(1)

    @staticmethod
    def twice(n: int) -> int:
        return 2 * n


CASES: dict[str, tuple[Any, Callable[[], object], list[Any]]] = {
    "as at entry": (plain, lambda: plain(1), [((1,), {})]),
    "all kinds of arguments": (plain, lambda: plain(1, 3, 4, key=5, z=6), [((1, 3, 4), {"key": 5, "z": 6})]),
    "by keyword": (plain, lambda: plain(b=1, a=7), [((7, 1), {})]),
    "positional only": (positional, lambda: positional(5, 6), [((5, 6), {})]),
    "a default left out": (with_sentinel, lambda: with_sentinel(1), [((1,), {})]),
    "a default given": (with_sentinel, lambda: with_sentinel(1, None), [((1, None), {})]),
    "a generator, once": (lazy, lambda: list(lazy(3)), [((3,), {})]),
    "a coroutine, once": (later, lambda: asyncio.run(later(4)), [((4,), {})]),
    "below a decorator": (cached, lambda: (cached(1), cached(1), cached(2)), [((1,), {}), ((2,), {})]),
    "a method": (Shape.grow, lambda: Shape(2).grow(3), [((Shape(2), 3), {})]),
    "a property": (Shape.__dict__["area"], lambda: Shape(2).area, [((Shape(2),), {})]),
    "a class method": (Shape.__dict__["unit"], Shape.unit, [((Shape,), {})]),
    "a static method": (Shape.__dict__["twice"], lambda: Shape.twice(4), [((4,), {})]),
    "in another thread": (positional, lambda: in_thread(lambda: positional(1)), [((1,), {})]),
    "never called": (plain, lambda: positional(1), []),
}


def in_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("name", CASES)
def test_calls_are_recorded(name: str) -> None:
    function, work, expected = CASES[name]
    assert recorded(function, work) == expected


def test_what_the_program_raises_goes_through() -> None:
    sink = Sink()
    with pytest.raises(ZeroDivisionError), Recorder({"f": plain}, sink, 10) as recorder, recorder.active():
        plain(1 / 0)
    with contextlib.suppress(ZeroDivisionError):
        plain(3)
    assert sink.calls == []


def test_only_while_active() -> None:
    sink = Sink()
    with Recorder({"f": positional}, sink, 10) as recorder:
        positional(1)
        with recorder.active(), recorder.active():
            positional(2)
        positional(3)
        with recorder.active():
            positional(4)
    positional(5)
    assert [args for args, _ in sink.calls] == [(2,), (4,)]
    assert recorder.seen() == {"f": 2}


def test_a_sample_of_many_calls() -> None:
    def work() -> None:
        for n in range(5000):
            positional(n)
        for _ in range(20):
            positional("another type")

    calls = recorded(positional, work, limit=100)
    assert len(calls) <= 100
    assert calls[0] == ((0,), {})
    assert any(args[0] == "another type" for args, _ in calls)
    assert max(args[0] for args, _ in calls if isinstance(args[0], int)) > 1000


def test_calls_from_outside_before_recursive_ones() -> None:
    calls = recorded(countdown, lambda: [countdown(n) for n in range(30)], limit=40)
    assert {n for (n,), _ in calls} >= {5, 10, 19}


def test_arguments_that_object_do_no_harm() -> None:
    class Spiteful:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        def __reduce__(self) -> Any:
            raise RuntimeError

        def __len__(self) -> int:
            raise RuntimeError

        __hash__ = None  # type: ignore[assignment]

    recorded(positional, lambda: positional(Spiteful()))
    assert recorded(positional, lambda: positional("x" * 9_000_000)) == []


def failing() -> Any:
    yield 1
    raise ValueError("late")


def endless() -> Any:
    n = 0
    while True:
        yield n
        n += 1


GENERATORS: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "as it is": (lambda: (n for n in (1, 2, 3)), [1, 2, 3], [1, 2, 3]),
    "begun": (lambda: after_next(n for n in (1, 2, 3)), [2, 3], [2, 3]),
    "used up": (lambda: after_next(n for n in (1,)), [], []),
    "at its end": (lambda: after_next((n for n in (1,)), []), [], []),
    "in another iterator": (lambda: itertools.islice(map(str, (n for n in (1, 2, 3))), 2), ["1", "2"], ["1", "2"]),
    "endless": (endless, list(range(2000)), list(range(1000))),
    "that raises": (failing, [1, "ValueError('late')"], [1, "ValueError('late')"]),
}


def after_next(source: Any, *default: Any) -> Any:
    next(source)
    next(source, *default) if default else None
    return source


def read(source: Any) -> list[Any]:
    items: list[Any] = []
    try:
        for item in source:
            items.append(item)
            if len(items) == 2000:
                break
    except ValueError as error:
        items.append(repr(error))
    return items


def reads(source: Any, *more: Any) -> list[Any]:
    return [read(item) for item in (source, *more)]


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_is_kept_and_the_call_still_gets_all_of_it(name: str) -> None:
    make, given, kept = GENERATORS[name]
    pickles: list[bytes] = []

    class Keeping(Sink):
        def add(self, qualname: str, origin: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
            pickles.append(dumps(args))
            return True

    got: list[Any] = []
    record({"f": reads}, lambda: got.append(reads(make(), make())), Keeping(), 5, "recorded")
    assert got == [[given, given]]
    assert [read(source) for source in pickle.loads(pickles[0])] == [kept, kept]
    assert [read(source) for source in pickle.loads(pickles[0])] == [kept, kept]


def test_looking_at_a_call_uses_nothing_up(tmp_path: Path) -> None:
    sink = inputs.Sink(str(tmp_path), {"recorded": 5})
    got: list[Any] = []
    record({"f": reads}, lambda: got.append(reads(iter([1, 2]), map(str, [3]))), sink, 5, "recorded")
    assert got == [[[1, 2], ["3"]]]
    [(_, blob)] = inputs.read(str(tmp_path), "f")
    assert [read(source) for source in pickle.loads(blob)[0]] == got[0]


def test_why_calls_were_not_kept(tmp_path: Path) -> None:
    sink = inputs.Sink(str(tmp_path), {"recorded": 5})
    record({"f": positional}, lambda: positional([(n for n in [1])]), sink, 5, "recorded")
    assert sink.refused == {"f": {"they hold a generator": 1}}
