"""The development cases: reading them, making a small project of one, and scoring an edit against one.

A case (a row of JSONL) holds a module with a function that may be slow. The project made of it is the module and a
pytest file with a few calls, which is all that the engine gets to know; the rest of the row is for the scorer.
"""

import ast
import builtins
import json
import subprocess
import sys
from ast import literal_eval
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCORER = Path(__file__).with_name("_score.py")
SCORER_SECONDS = 30.0
RESOURCE_FAILURE = "resource failure"
TEST_HEADER = """\
import itertools
import math
from collections import *

import pytest

import subject


"""
DRAINING = "list(itertools.islice(result, 20_000))"
SEED = 20_240_517


@dataclass(frozen=True, slots=True)
class Row:
    """One case. `calls` and `large`, the first large one, make the project's tests; the rest is for the scorer."""

    id: str
    set: str
    family: str
    """The problem that it solves; others may solve the same one."""
    entry: str
    original: str
    candidate: str | None
    tier: str
    seconds: float | None
    """What the original takes for a large call, as it was measured when the case was made."""
    calls: tuple[str, ...]
    large: str | None
    witness: tuple[str, ...]
    driver: str | None
    others: tuple[str, ...]
    precondition: str | None


def read_rows(path: Path) -> list[Row]:
    return [row_from({**json.loads(line), "set": path.stem}) for line in path.read_text(encoding="utf-8").splitlines()]


def make_project(row: Row, folder: Path) -> Path:
    """Write the module and its tests into `folder`. Returns the module's path."""
    module = folder / "subject.py"
    module.write_text(row.original, encoding="utf-8")
    calls = [*row.calls, *([row.large] if row.large else [])]
    tests = [_test(row, number, call) for number, call in enumerate(calls)]
    (folder / "test_subject.py").write_text(TEST_HEADER + "\n\n".join(tests), encoding="utf-8")
    return module


def refuted(row: Row, candidate: str) -> str | None:
    """Which of the row's witness and other inputs shows that the edit is wrong, and how; None where none does."""
    calls = [[call] for call in row.others]
    groups = [list(row.witness), *calls] if row.witness else calls
    expected = _outcomes(row, row.original, groups)
    actual = _outcomes(row, candidate, groups)
    if expected is None:
        return None
    if actual is None:
        return "the edit dies or hangs where the original does not"
    names = [*(["witness"] if row.witness else []), *(call for [call] in calls), "driver"]
    for name, ours, theirs in zip(names, expected, actual, strict=False):
        for original, edited in zip(ours, theirs, strict=True):
            if original not in (edited, RESOURCE_FAILURE):
                return f"{name}: original {_short(original)}, edit {_short(edited)}"
    return None


def row_from(values: dict[str, Any]) -> Row:
    inputs = values.get("inputs") or []
    perf = values.get("perf") or []
    precondition = values.get("precondition")
    seeds = _meeting(precondition, inputs)[:5] if inputs else values.get("seed_inputs") or []
    return Row(
        id=values["id"],
        set=values.get("set") or "",
        family=values.get("family") or "",
        entry=values["entry"],
        original=values["original"],
        candidate=values.get("candidate"),
        tier=values.get("tier") or "",
        seconds=(values.get("measured") or {}).get("slow_s"),
        calls=tuple(seeds),
        large=perf[0] if perf else None,
        witness=tuple(values.get("witness") or ()),
        driver=values.get("driver"),
        others=tuple(_meeting(precondition, [*inputs, *(values.get("agree_inputs") or []), *perf])),
        precondition=precondition,
    )


def _meeting(precondition: str | None, calls: Sequence[str]) -> list[str]:
    """The calls for which equivalence is claimed."""
    if precondition is None:
        return list(calls)
    return [call for call in calls if "def gen(" in call or eval(precondition, {"a": eval(call.removeprefix("expr:"))})]


def _outcomes(row: Row, code: str, groups: list[list[str]]) -> list[list[str]] | None:
    """What every call comes to with `code` as the module; None where the process dies or takes too long."""
    task = {"code": code, "entry": row.entry, "groups": groups, "driver": row.driver}
    try:
        done = _scored(task, hash_seed="0")
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    outcomes: list[list[str]] = json.loads(done.stdout)
    return outcomes


def _expected(row: Row, call: str) -> tuple[str, str] | None:
    """What the original does with `call` whatever the hash seed: ("returns", a literal) or ("raises", a class).

    None where it does neither in a way that a test can write down.
    """
    code = f"{row.original}\n\ndef _entry(*args):\n    return repr({row.entry}(*args))\n"
    task = {"code": code, "entry": "_entry", "groups": [[call]], "driver": None}
    seen = set()
    for seed in ("0", "1"):
        try:
            done = _scored(task, hash_seed=seed)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
        seen.add(json.loads(done.stdout)[0][0].partition(" | arguments ")[0])
    outcome = seen.pop()
    kind, _, text = outcome.partition(" ")
    if seen or outcome == RESOURCE_FAILURE:
        return None
    if kind == "raises":
        return "raises", text if isinstance(getattr(builtins, text, None), type) else "Exception"
    try:
        text = str(literal_eval(text))
        value = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return ("returns", text) if value == value and repr(value) == text else None


def _scored(task: dict[str, Any], *, hash_seed: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-I", str(SCORER)],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        timeout=SCORER_SECONDS,
        env={"PYTHONHASHSEED": hash_seed},
        check=False,
    )


def _test(row: Row, number: int, call: str) -> str:
    """A pytest function that makes the call and asserts what came of it when the original made it."""
    lines = [f"def test_{row.entry}_{number}():"]
    own_names = sorted(_names(ast.parse(call.removeprefix("expr:"))) & _defined(ast.parse(row.original)))
    if own_names:
        lines.append(f"    from subject import {', '.join(own_names)}")
    if "def gen(" in call:
        lines += [f"    {line}" for line in ["import random", f"random.seed({SEED})", *call.splitlines()]]
        arguments = f"gen(random.Random({SEED}))"
    else:
        arguments = call.removeprefix("expr:")
    invocation = f"subject.{row.entry}(*{arguments})"
    match _expected(row, call):
        case "returns", literal:
            lines.append(f"    assert {invocation} == {literal}")
        case "raises", error:
            lines += [f"    with pytest.raises({error}):", f"        {invocation}"]
        case _:
            lines += [f"    result = {invocation}", '    if hasattr(result, "__next__"):', f"        {DRAINING}"]
    return "\n".join(lines) + "\n"


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _defined(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:80]} … {text[-30:]}"
