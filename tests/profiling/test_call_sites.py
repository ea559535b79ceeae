"""Calls that stand in the project's text, made in the sandbox: what they hand to the function is an input."""

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from speedproof.analysis.callsites import call_sites
from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.worker.callsites import make_calls

SOURCE = """
import asyncio, functools, time

def doubled(function):
    @functools.wraps(function)
    def wrapper(x):
        return function(x * 2)
    return wrapper

def plain(x, step=1):
    if x > 100:
        raise ValueError(x)
    return x + step

@doubled
def wrapped(x):
    return x

def lazy(xs):
    for x in xs:
        yield x

async def later(x):
    return x

def recursive(n):
    return n if n < 1 else recursive(n - 1)

def changed(xs):
    xs.append(1)
    print("changed")

def endless(x):
    while True:
        pass

class Shape:
    def __init__(self, side):
        self.side = side

    @property
    def area(self):
        return self.side ** 2

    @classmethod
    def unit(cls, side):
        return cls(side)
"""
CASES: dict[str, tuple[str, list[str], list[str]]] = {
    "arguments": ("plain", ["plain(1)", "plain(2, step=3)", "plain([n for n in (7,)][0])"],
                  ["(1,) {}", "(2, 3) {}", "(7,) {}"]),
    "one that raises": ("plain", ["plain(101)"], ["(101,) {}"]),
    "of a wrong type": ("plain", ["plain('a')", "plain()", "plain(missing)", "plain(1)"], ["(1,) {}"]),
    "what else fails": ("plain", ["plain(1 / 0)", "plain(2"], []),
    "below a decorator": ("wrapped", ["wrapped(2)"], ["(4,) {}"]),
    "a generator": ("lazy", ["lazy([1, 2])"], ["([1, 2],) {}"]),
    "a coroutine": ("later", ["later(3)"], ["(3,) {}"]),
    "calls of itself": ("recursive", ["recursive(1)"], ["(1,) {}", "(0,) {}"]),
    "as they were": ("changed", ["changed([])"], ["([],) {}"]),
    "without end": ("endless", ["endless(1)"], []),
}  # fmt: skip


class Sink:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def full(self, qualname: str, origin: str) -> bool:
        return False

    def add(self, qualname: str, origin: str, args: Any, kwargs: Any) -> bool:
        assert origin == "call_site"
        self.calls.append(f"{args} {kwargs}")
        return True


@pytest.mark.parametrize("name", CASES)
def test_calls_are_made(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    qualname, expressions, expected = CASES[name]
    module = types.ModuleType("called")
    exec(compile(SOURCE, "called.py", "exec"), vars(module))
    function = getattr(vars(module)[qualname], "__wrapped__", vars(module)[qualname])
    sink = Sink()
    make_calls(module, function, qualname, expressions, sink, 5.0)
    assert sink.calls == expected
    assert capsys.readouterr() == ("", "")


def test_receivers(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("called")
    monkeypatch.setitem(sys.modules, "called", module)
    exec(compile(SOURCE, "called.py", "exec"), vars(module))
    shape, read, made = vars(module)["Shape"], Sink(), Sink()
    make_calls(module, shape.area.fget, "Shape.area", ["(Shape(3)).area"], read, 5.0)
    make_calls(module, shape.unit.__func__, "Shape.unit", ["Shape.unit(4)"], made, 5.0)
    assert "called.Shape object" in read.calls[0]
    assert "called.Shape'>, 4) {}" in made.calls[0]


UNTESTED = """
def joined(parts, mark):
    text = ""
    for part in parts:
        text += part["name"].upper() + mark
    return text


if __name__ == "__main__":
    print(joined([{"name": "pear"}, {"name": "fig"}], mark="; "))
"""


def test_a_function_that_no_test_reaches_is_judged_on_them(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    path = tmp_path / "names.py"
    path.write_text(UNTESTED)
    target = find_target(path, UNTESTED, "joined")
    assert target is not None
    project = discover(path)
    wrong = Candidate(UNTESTED.replace(".upper() + mark", ".title() + mark"), "given", ("it",))
    with Profiler(project, Settings(max_inputs=80), CancelToken()) as profiler:
        prepared = profiler.prepare(target, call_sites=lambda: call_sites(target, project))
        assert not isinstance(prepared, Verdict), prepared.reason
        verdict = profiler.judge(prepared, wrong)
        assert path in profiler.dependencies()
    assert verdict.status is Status.DIFFERS
    assert verdict.counterexample is not None
    assert verdict.counterexample.origin == "call_site"
    assert verdict.evidence.inputs == {"call_site": 1}
