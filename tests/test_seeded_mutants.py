"""The benchmark of seeded faults: what its operators make of a function, and that a fault is seen as one."""

import ast
import importlib
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[1] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("_mutants")


@pytest.mark.parametrize(
    ("body", "operator", "mutant"),
    [
        ("return a < b", "comparison", "return a <= b"),
        ("return a == b", "comparison", "return a is b"),
        ("return a + b", "arithmetic", "return a - b"),
        ("return -a", "arithmetic", "return a"),
        ("return a and b", "and/or", "return a or b"),
        ("return a[1:b]", "off by one", "return a[1:b + 1]"),
        ("return range(b)", "off by one", "return range(b + 1)"),
        ("return a[3]", "off by one", "return a[2]"),
        ("return 'x'", "constant", "return ''"),
        ("return {1: a, 2: b}", "constant", "return {2: b, 1: a}"),
        ("return list(a)", "dropped copy", "return a"),
        ("return a[:]", "dropped copy", "return a"),
        ("return a.copy()", "dropped copy", "return a"),
        ("return [[0] for _ in range(b)]", "dropped copy", "return [[0]] * len(range(b))"),
        ("return a", "value returned", "return __import__('copy').copy(a)"),
        ("b.append(a)", "added copy", "b.append(__import__('copy').copy(a))"),
        ("return f(a, b)", "swapped arguments", "return f(b, a)"),
        ("return sorted(a, key=b)", "changed arguments", "return sorted(a)"),
        ("return sorted(a)", "changed arguments", "return sorted(a, reverse=True)"),
        ("return a.strip()", "other method", "return a.lstrip()"),
        ("return a.split()", "other method", "return a.split(' ')"),
        ("return a.pop()", "other method", "return a.pop(0)"),
        ("return min(a)", "other function", "return max(a)"),
        ("return [x for x in a]", "order of items", "return [x for x in reversed(list(a))]"),
        ("return [x for x in a if x]", "negated condition", "return [x for x in a if not x]"),
        ("raise ValueError('no')", "exception raised", "raise LookupError('no')"),
        ("raise ValueError('no')", "exception raised", "raise ValueError(str('no') + '!')"),
        ("try:\n    a()\nexcept KeyError:\n    b()", "exception caught", "try:\n    a()\nexcept Exception:\n    b()"),
        ("a()\nb()", "reordered effects", "b()\na()"),
        ("a()\nb()", "dropped statement", "b()"),
        ("a += b", "assignment", "a = a + b"),
        ("a = a + b", "assignment", "a += b"),
        (
            "for x in a:\n    if x:\n        break\n    b(x)",
            "left early",
            "for x in a:\n    if x:\n        continue\n    b(x)",
        ),
        ("if a:\n    b()", "negated condition", "if not a:\n    b()"),
        ("for x in a:\n    b(x)", "order of items", "for x in reversed(list(a)):\n    b(x)"),
    ],
)
def test_operators(bench: ModuleType, body: str, operator: str, mutant: str) -> None:
    text = _module(body)
    made = {(found.operator, found.text) for found in bench.mutants(text, "f")}
    assert (operator, _module(mutant)) in made


def test_mutants_are_valid_and_distinct(bench: ModuleType) -> None:
    text = (BENCH / "_mutants.py").read_text()
    for name in ("_replaced", "_find", "chosen"):
        made = [mutant.text for mutant in bench.mutants(text, name)]
        assert len(made) == len(set(made)) > 10
        assert text not in made
        for mutant in made:
            ast.parse(mutant)


def test_only_the_function_is_changed(bench: ModuleType) -> None:
    text = (
        "A = 1  # one\n\n\nclass C:\n    def f(self, x):\n        return x + 1\n\n    def g(self):\n        return 2\n"
    )
    for mutant in bench.mutants(text, "C.f"):
        assert mutant.text.startswith("A = 1  # one\n")
        assert "return 2" in mutant.text


def test_what_compiles_to_the_same_is_no_mutant(bench: ModuleType) -> None:
    """Negating twice and the like: the instructions are those of the original."""
    texts = [mutant.text for mutant in bench.mutants(_module("if not a:\n    return 1\nreturn 2"), "f")]
    assert not any("not not not a" in text for text in texts)
    assert not list(bench.mutants("def f():\n    '''Words.'''\n", "f"))


def test_every_operator_has_its_turn(bench: ModuleType) -> None:
    text = _module("total = 0\nfor x in list(a):\n    if x < b:\n        total += x\nreturn total")
    chosen = bench.chosen(text, "f", 9, Random(1))
    assert chosen == bench.chosen(text, "f", 9, Random(1)) != bench.chosen(text, "f", 9, Random(2))
    assert len({mutant.operator for mutant in chosen}) >= 8


def test_faults_are_found_and_equivalents_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """One function through the real comparison, with a closer look at what withstands it."""
    monkeypatch.syspath_prepend(str(BENCH))
    trials, all_cases, rows = map(importlib.import_module, ("_mutant_trials", "_mutant_cases", "_rows"))
    for name, seconds in (("SMALL_SECONDS", 2.0), ("LONG_SECONDS", 1.0)):
        monkeypatch.setattr(trials, name, seconds)
    row = rows.row_from(
        {
            "id": "case",
            "entry": "f",
            "original": "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n",
            "inputs": ["([1, 2],)", "([],)", "([3],)"],
        }
    )
    trial = trials.tried(all_cases.Case("case", "f", row=row), 12, 1)
    assert trial.problem is None
    fates = {outcome.change: outcome.fate for outcome in trial.outcomes}
    assert set(fates.values()) <= {"killed", "equivalent"}
    assert sum(fate == "killed" for fate in fates.values()) >= 8
    assert trials.Trial.from_json(trial.to_json()) == trial


def _module(body: str) -> Any:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    return f"def f(a, b):\n{indented}"
