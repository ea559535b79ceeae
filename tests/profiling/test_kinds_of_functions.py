"""Every kind of function that Python has: a right and faster candidate is verified, a subtly wrong one is refuted.

All of them live in one module of a scratch project, whose tests use each as such functions are used.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import refute

SLOW = "total = 0\nfor x in xs:\n    pair = [total, x]\n    total = pair[0] + pair[1]\n"
FAST = "total = 0\nfor x in xs:\n    total = total + x\n"
WRONG = "total = 0\nfor x in xs:\n    total = total + (x if x != 13 else 12)\n"


@dataclass(frozen=True)
class Kind:
    """`text` has a line `SLOW` where the sides differ. `wrong` and `right` replace pieces of it beyond that."""

    qualname: str
    text: str
    use: str
    """What the test does, with `xs` a list of numbers."""
    right: tuple[tuple[str, str], ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    """Where given, the wrong side computes the right total, and is wrong in this."""


KINDS: dict[str, Kind] = {
    "a function": Kind("plain", "def plain(xs):\n    SLOW\n    return total", "plain(xs)"),
    "all kinds of parameters": Kind(
        "parameters",
        """
        def parameters(xs, /, offset=1, *rest, scale=1, **more):
            SLOW
            return total * scale + offset, rest, more
        """,
        "parameters(xs); parameters(xs, 2, 3, scale=4, other=5)",
        wrong=(("scale=1, **more", "scale=2, **more"),),
    ),
    "a method": Kind(
        "Counter_.add",
        """
        class Counter_:
            def __init__(self):
                self.total, self.calls = 0, []

            def add(self, xs):
                SLOW
                self.total += total
                self.calls.append(len(xs))
        """,
        "c = Counter_(); c.add(xs); c.add(xs[1:])",
        wrong=(("len(xs))", "len(xs) or -1)"),),
    ),
    "a private method": Kind(
        "Secretive.__add",
        """
        class Secretive:
            def __add(self, xs):
                SLOW
                return total

            def run(self, xs):
                return self.__add(xs)
        """,
        "Secretive().run(xs)",
    ),
    "a property": Kind(
        "Basket.total",
        """
        class Basket:
            def __init__(self, xs):
                self.xs = xs

            @property
            def total(self):
                xs = self.xs
                SLOW
                return total
        """,
        "Basket(xs).total",
    ),
    "a cached property": Kind(
        "Lazy.total",
        """
        class Lazy:
            def __init__(self, xs):
                self.xs = xs

            @functools.cached_property
            def total(self):
                xs = self.xs
                SLOW
                return total
        """,
        "Lazy(xs).total",
    ),
    "a class method": Kind(
        "Made.of",
        """
        class Made:
            count = 0

            def __init__(self, total):
                self.total = total

            @classmethod
            def of(cls, xs):
                SLOW
                cls.count += 1
                return cls(total)

        class MadeToo(Made):
            pass
        """,
        "Made.of(xs); MadeToo.of(xs)",
        wrong=(("cls.count += 1", "Made.count += 1"),),
    ),
    "a static method": Kind(
        "Tools.total",
        """
        class Tools:
            @staticmethod
            def total(xs):
                SLOW
                return total
        """,
        "Tools.total(xs)",
    ),
    "a method of a nested class": Kind(
        "Outer.Inner.total",
        """
        class Outer:
            class Inner:
                def total(self, xs):
                    SLOW
                    return total
        """,
        "Outer.Inner().total(xs)",
    ),
    "a method that calls super": Kind(
        "Derived.total",
        """
        class Basic:
            def total(self, xs):
                return 1

        class Derived(Basic):
            def total(self, xs):
                SLOW
                return total + super().total(xs)
        """,
        "Derived().total(xs)",
        wrong=(("super().total(xs)", "len(xs[:1])"),),
    ),
    "a method of a frozen dataclass": Kind(
        "Order.total",
        """
        @dataclasses.dataclass(frozen=True)
        class Order:
            xs: list
            rate: int = 2

            def total(self):
                xs = self.xs
                SLOW
                return total * self.rate
        """,
        "Order(xs).total()",
    ),
    "a method of a class with slots": Kind(
        "Slotted.total",
        """
        @dataclasses.dataclass(slots=True)
        class Slotted:
            xs: list
            last: int = 0

            def total(self):
                xs = self.xs
                SLOW
                self.last = total
                return total
        """,
        "Slotted(xs).total()",
        wrong=(("self.last = total", "self.last = total or 1"),),
    ),
    "a method of operators": Kind(
        "Vector.__eq__",
        """
        class Vector:
            def __init__(self, xs):
                self.xs = xs

            def __eq__(self, other):
                xs = self.xs
                SLOW
                return isinstance(other, Vector) and self.xs == other.xs and total is not None
        """,
        "Vector(xs) == Vector(list(xs)); Vector(xs) == Vector(xs[1:]); Vector(xs) == 3",
        wrong=(("isinstance(other, Vector) and", "not isinstance(other, Vector) or"),),
    ),
    "a cached function": Kind(
        "cached", "@functools.lru_cache(maxsize=None)\ndef cached(xs):\n    SLOW\n    return total", "cached(tuple(xs))"
    ),
    "below a decorator that registers": Kind(
        "registered",
        """
        registry = {}

        def register(function):
            assert function.__name__ not in registry, "exists already"
            registry[function.__name__] = function

            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)

            return wrapper

        @register
        def registered(xs):
            SLOW
            return total
        """,
        "registered(xs)",
    ),
    "a function with kinds by type": Kind(
        "generic",
        """
        @functools.singledispatch
        def generic(xs):
            SLOW
            return total

        @generic.register
        def _(xs: str):
            return len(xs)
        """,
        "generic(xs); generic('abc')",
    ),
    "a generator": Kind(
        "lazy",
        "def lazy(xs):\n    SLOW\n    yield total\n    for x in xs:\n        yield x",
        "list(lazy(xs))",
        wrong=(("yield total\n    for x in xs:\n        yield x", "yield total\n    yield from reversed(xs)"),),
    ),
    "a generator of a generator": Kind(
        "running",
        """
        def running(xs):
            total = 0
            for x in xs:
                pair = [total, x]
                total = pair[0] + pair[1]
                yield total
        """,
        "list(running(x for x in xs))",
        right=(("pair = [total, x]\n        total = pair[0] + pair[1]", "total = total + x"),),
        wrong=(("for x in xs:", "for x in list(xs):"),),
    ),
    "a generator that is sent to": Kind(
        "echo",
        """
        def echo(xs):
            SLOW
            got = yield total
            while got is not None:
                got = yield got + total
        """,
        "g = echo(xs); next(g); g.send(3); g.send(4)",
        wrong=(("got = yield got + total", "got = yield got - total"),),
    ),
    "a generator that is thrown at": Kind(
        "patient",
        """
        def patient(xs):
            SLOW
            try:
                yield total
            except KeyError as error:
                yield error.args[0]
        """,
        "g = patient(xs); next(g); g.throw(KeyError('k'))",
        wrong=(("yield error.args[0]", "yield error.args"),),
    ),
    "a coroutine": Kind(
        "later",
        "async def later(xs):\n    SLOW\n    await asyncio.sleep(0)\n    return total",
        "asyncio.run(later(xs))",
    ),
    "an asynchronous generator": Kind(
        "stream",
        "async def stream(xs):\n    SLOW\n    for x in xs:\n        yield x\n    yield total",
        "asyncio.run(collect(stream(xs)))",
    ),
    "an asynchronous method": Kind(
        "Client.fetch",
        """
        class Client:
            def __init__(self):
                self.asked = 0

            async def fetch(self, xs):
                SLOW
                self.asked += 1
                return total
        """,
        "asyncio.run(Client().fetch(xs))",
        wrong=(("self.asked += 1", "self.asked = 1 + bool(xs)"),),
    ),
    "a context manager": Kind(
        "opened",
        """
        @contextlib.contextmanager
        def opened(xs, log):
            SLOW
            log.append("in")
            try:
                yield total
            finally:
                log.append("out")
        """,
        "use_manager(opened, xs)",
        wrong=(("try:\n        yield total\n    finally:\n        log", "yield total\n    log"),),
    ),
    "entering a context": Kind(
        "Session.__enter__",
        """
        class Session:
            def __init__(self, xs):
                self.xs, self.log = xs, []

            def __enter__(self):
                xs = self.xs
                SLOW
                self.log.append(total)
                return self

            def __exit__(self, kind, value, trace):
                xs = self.xs
                SLOW_TOO
                self.log.append((total, kind))
                return kind is KeyError
        """,
        "use_session(Session, xs)",
        wrong=(("return self\n", "return self.xs and self\n"),),
    ),
    "leaving a context": Kind(
        "Leaving.__exit__",
        """
        class Leaving:
            def __init__(self, xs):
                self.xs, self.log = xs, []

            def __enter__(self):
                return self

            def __exit__(self, kind, value, trace):
                xs = self.xs
                SLOW
                self.log.append((total, kind))
                return kind is KeyError
        """,
        "use_session(Leaving, xs)",
        wrong=(("return kind is KeyError", "return kind is not None"),),
    ),
    "a factory of functions": Kind(
        "adder",
        """
        def adder(xs):
            SLOW
            def add(y):
                return total + y
            return add
        """,
        "add = adder(xs); add(1); add(-5)",
        wrong=(("return total + y", "return total + abs(y)"),),
    ),
    "a decorator": Kind(
        "counting",
        """
        def counting(function, xs):
            SLOW
            @functools.wraps(function)
            def wrapper(*args):
                wrapper.calls += 1
                return function(*args), total
            wrapper.calls = 0
            return wrapper
        """,
        "f = counting(len, xs); f([]); f(xs)",
        wrong=(("function(*args), total", "function(*args) or None, total"),),
    ),
    "a function that calls back": Kind(
        "mapped",
        "def mapped(xs, function):\n    SLOW\n    return total, [function(x) for x in xs]",
        "seen = []; mapped(xs, lambda x: -x); mapped(xs, str); mapped(xs, seen.append)",
        wrong=(("[function(x) for x in xs]", "[function(x) for x in reversed(xs)][::-1]"),),
    ),
    "an iterator's next": Kind(
        "Countdown.__next__",
        """
        class Countdown:
            def __init__(self, xs):
                self.xs = list(xs)

            def __iter__(self):
                return self

            def __next__(self):
                xs = self.xs
                SLOW
                if not xs:
                    raise StopIteration
                return total, xs.pop()
        """,
        "list(Countdown(xs[:5]))",
        wrong=(("raise StopIteration", "raise StopIteration(0)"),),
    ),
    "a function under an if": Kind(
        "chosen",
        "if functools:\n    def chosen(xs):\n        SLOW\n        return total\nelse:\n    chosen = None",
        "chosen(xs)",
    ),
    "a function that raises": Kind(
        "strict",
        """
        def strict(xs):
            SLOW
            if total < 0:
                raise ValueError(f"negative: {total}")
            return total
        """,
        "strict(xs)\\ntry:\\n    strict([-1])\\nexcept ValueError: pass",
        wrong=(("total < 0", "total <= 0"),),
    ),
}  # fmt: skip

PRELUDE = "import asyncio\nimport contextlib\nimport dataclasses\nimport functools\n"
TESTS = """
import asyncio
import pytest
from kinds import *
from kinds import _use

XS = [[], [1], [13], [0, 5], list(range(10)), [-3, 4, 13, 13], list(range(300)), [7] * 50, [2, 13, 2], [1, 2], [3, 1]]


async def collect(source):
    return [item async for item in source]


def use_manager(manager, xs):
    with manager(xs, []) as total:
        assert total is not None
    with pytest.raises(KeyError), manager(xs, []):
        raise KeyError(3)


def use_session(kind, xs):
    with kind(xs):
        pass
    with kind(xs):
        raise KeyError(1)
    with pytest.raises(ValueError), kind(xs):
        raise ValueError(2)

"""


def module_text(side: str = "original", name: str = "") -> str:
    parts = [PRELUDE, "_use = None\n"]
    for other, kind in KINDS.items():
        text = textwrap.dedent(kind.text).strip()
        if other == name:
            for old, new in kind.right if side == "right" else kind.wrong:
                assert old in text, (name, old)
                text = text.replace(old, new)
        mine = side if other == name else "original"
        parts.append(
            _filled(text, SLOW if mine == "original" else WRONG if mine == "wrong" and not kind.wrong else FAST)
        )
    return "\n\n\n".join(parts) + "\n"


def _filled(text: str, code: str) -> str:
    lines = []
    for line in text.splitlines():
        indentation = line[: len(line) - len(line.lstrip())]
        if line.strip() in ("SLOW", "SLOW_TOO"):
            used = SLOW if line.strip() == "SLOW_TOO" else code
            lines += [indentation + part for part in used.rstrip().splitlines()]
        else:
            lines.append(line)
    return "\n".join(lines)


def text_of_tests() -> str:
    parts = [TESTS]
    for number, kind in enumerate(KINDS.values()):
        use = kind.use.replace("\\n", "\n").replace("; ", "\n")
        parts.append(f"@pytest.mark.parametrize('xs', XS)\ndef test_{number}(xs):\n{textwrap.indent(use, '    ')}\n")
    return "\n\n".join(parts)


@pytest.fixture(scope="module")
def profiler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Profiler, Path]]:
    root = tmp_path_factory.mktemp("project")
    (root / "pyproject.toml").write_text("[project]\nname = 'kinds'\n")
    path = root / "kinds.py"
    path.write_text(module_text())
    (root / "test_kinds.py").write_text(text_of_tests())
    project = discover(path)
    with Profiler(project, Settings(budget_seconds=60, max_inputs=60), CancelToken()) as made:
        made.record([(path, module_text(), [kind.qualname for kind in KINDS.values()])], project.tests)
        yield made, path


@pytest.mark.parametrize("name", KINDS)
def test_right_and_wrong(name: str, profiler: tuple[Profiler, Path]) -> None:
    made, path = profiler
    target = find_target(path, module_text(), KINDS[name].qualname)
    assert target is not None
    prepared = made.prepare(target)
    assert not isinstance(prepared, Verdict), prepared.reason
    wrong, _ = refute(prepared, {**prepared.order, "after": module_text("wrong", name)})
    assert wrong is not None
    assert wrong.status is Status.DIFFERS, wrong.reason
    right, evidence = refute(prepared, {**prepared.order, "after": module_text("right", name)})
    assert right is None, right.reason
    assert evidence.inputs["recorded"] > 0
