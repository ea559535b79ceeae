"""The rewrites of bench/timing.py: the same code under other names, and functions that are slower by a known share."""

import importlib
import time
from pathlib import Path
from types import ModuleType

import pytest

from speedproof.analysis.targets import find_target
from speedproof.core.target import Target
from speedproof.profiling.samecode import same_code

BENCH = Path(__file__).resolve().parents[1] / "bench"

FUNCTIONS = {
    "a loop": "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n",
    "a comprehension and an inner function": (
        "def f(n):\n    step = 2\n\n    def inner(k):\n        return k * step\n\n"
        "    return [inner(j) for j in range(n)]\n"
    ),
    "names bound in other ways": (
        "def f(n):\n    import math as m\n    try:\n        value = m.sqrt(n)\n    except ValueError as error:\n"
        "        value = error\n    global kept\n    kept = value\n    return value\n"
    ),
    "an early return": "def f(n):\n    if n < 3:\n        return None\n    text = 'x' * n\n    return text\n",
    "no return": 'def f(n):\n    """Says nothing."""\n    things = [n]\n    things.append(n)\n',
}
METHOD = "class A:\n    def f(self, n):\n        x = n + 1\n        return x\n"


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("_effects")


def target_of(text: str, qualname: str = "f") -> Target:
    target = find_target(Path("module.py"), text, qualname)
    assert target is not None
    return target


@pytest.mark.parametrize("name", FUNCTIONS)
def test_renamed_code_is_the_same_code(name: str, effects: ModuleType) -> None:
    text = FUNCTIONS[name]
    renamed = effects.renamed(target_of(text), 3)
    assert same_code(text, renamed)


def test_what_is_renamed_has_other_names(effects: ModuleType) -> None:
    assert "total_3 = 0" in effects.renamed(target_of(FUNCTIONS["a loop"]), 3)
    assert "x_1 = n + 1" in effects.renamed(target_of(METHOD, "A.f"), 1)
    assert same_code(METHOD, effects.renamed(target_of(METHOD, "A.f"), 1))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_slowed_code_returns_the_same(name: str, share: float, effects: ModuleType) -> None:
    plain: dict[str, object] = {}
    slow: dict[str, object] = {}
    exec(FUNCTIONS[name], plain)
    exec(effects.slowed(target_of(FUNCTIONS[name]), share), slow)
    for n in (0, 2, 9):
        assert slow["f"](n) == plain["f"](n)  # type: ignore[operator]


def test_slowed_code_takes_longer(effects: ModuleType) -> None:
    slow: dict[str, object] = {}
    exec(effects.slowed(target_of(FUNCTIONS["a loop"]), 3.0), slow)
    plain: dict[str, object] = {}
    exec(FUNCTIONS["a loop"], plain)
    seconds = []
    for namespace in (plain, slow):
        start = time.thread_time()
        namespace["f"](200_000)  # type: ignore[operator]
        seconds.append(time.thread_time() - start)
    assert seconds[1] > 2 * seconds[0]


@pytest.mark.parametrize(
    "text",
    ["def f(n):\n    yield n\n", "async def f(n):\n    return n\n", "def f(n):\n    return n and f(n - 1)\n"],
)
def test_what_works_after_the_call_or_inside_of_itself_is_not_slowed(text: str, effects: ModuleType) -> None:
    assert effects.slowed(target_of(text), 0.1) is None


@pytest.mark.parametrize(
    ("found", "n", "low", "high"),
    [(0, 300, 0.0099, 0.01), (0, 1, 0.94, 0.96), (3, 300, 0.025, 0.026), (5, 5, 1.0, 1.0)],
)
def test_the_bound_is_exact(found: int, n: int, low: float, high: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    bound = importlib.import_module("timing").upper_bound(found, n)
    assert low <= bound <= high
