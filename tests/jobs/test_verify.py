"""One file against another, with the real engine: each outcome, and what tells it."""

import subprocess
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.core.errors import UsageError
from speedproof.core.report import FunctionResult, Outcome
from speedproof.core.settings import Settings
from speedproof.jobs.verify import verify

SETTINGS = Settings(max_inputs=60, budget_seconds=60)
SAME = (Outcome.SAME, Outcome.SLOWER, Outcome.FASTER)
"""Where a loaded machine may have the last word on speed."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def judge(folder: Path, before: str, after: str, function: str | None = None) -> FunctionResult:
    (folder / "mod.py").write_text(before)
    (folder / "new.txt").write_text(after)
    project = discover(folder / "mod.py")
    (result,) = verify(folder / "mod.py", folder / "new.txt", function, project, SETTINGS).results
    return result


def check(folder: Path, before: str, after: str, outcomes: tuple[Outcome, ...], *words: str) -> None:
    result = judge(folder, before, after)
    assert result.outcome in outcomes, (result.outcome, result.verdict.reason)
    for word in words:
        assert word in " | ".join([result.verdict.reason, *result.notes])


COUNT = """
def count(words: list[str]) -> dict[str, int]:
    return {word: words.count(word) for _ in range(20) for word in words}
"""
COUNTED = """
from collections import Counter

def count(words: list[str]) -> dict[str, int]:
    return dict(Counter(words))
"""
TAKE = """
def take(items: list[int], n: int):
    seen = 0
    for item in items:
        if seen == n:
            return
        yield item
        seen += 1
    raise ValueError("too few")
"""
HELPED = """
LIMIT = 10

def helper(n: int) -> int:
    return n + LIMIT

def clip(n: int) -> int:
    return min(helper(n), LIMIT)
"""


@pytest.mark.parametrize(
    ("before", "after", "outcomes", "words"),
    [
        (COUNT, COUNTED, (Outcome.FASTER,), "same behaviour on"),
        # What takes a hundred times longer on a long input may not even come to its end.
        (COUNTED, COUNT, (Outcome.SLOWER, Outcome.TIMED_OUT), ""),
        (
            COUNTED,
            COUNTED.replace("Counter(words)", "Counter(list(Counter(words).elements()))"),
            (Outcome.SLOWER,),
            "slower",
        ),
        (COUNT, COUNT.replace("word: words", "word: 0 + words"), SAME, ""),
        (COUNT, COUNT.replace("count(word)", "count(word) + (word == '')"), (Outcome.DIFFERS,), "result differs on"),
        # What comes after the last item is part of what an iterator does, under the clock as well.
        (TAKE, TAKE.replace("seen += 1", "seen = 1 + seen"), SAME, ""),
        (TAKE, TAKE.replace("too few", "not enough"), (Outcome.DIFFERS,), "differs on take("),
        (HELPED, HELPED.replace("min(helper(n), LIMIT)", "min(LIMIT, helper(n))"), SAME, ""),
        (HELPED, HELPED.replace("    return min(helper(n), LIMIT)", "    return min(n + LIMIT, LIMIT)"), SAME, ""),
    ],
)
def test_each_outcome(folder: Path, before: str, after: str, outcomes: tuple[Outcome, ...], words: str) -> None:
    check(folder, before, after, outcomes, words)


@pytest.mark.parametrize(
    "after",
    [
        HELPED.replace("LIMIT = 10\n", ""),
        HELPED.replace("LIMIT = 10", "from mod2 import LIMIT"),
        HELPED.replace("LIMIT = 10", "LIMIT = 1 / 0"),
        HELPED.replace("LIMIT = 10", "LIMIT = 10.0"),
        HELPED.replace("def helper", "def other"),
    ],
)
def test_what_would_break_the_module_is_never_the_same(folder: Path, after: str) -> None:
    result = judge(folder, HELPED, after, function="clip")
    assert result.outcome in (Outcome.DIFFERS, Outcome.UNVERIFIABLE, Outcome.CRASHED), result.verdict.reason


@pytest.mark.parametrize(
    ("parameters", "call"),
    [
        ("n: int, /", "clip(n=…)"),
        ("n: int, m: int", "clip(n=…)"),
        ("n: int, *, m: int", "clip(n=…)"),
    ],
)
def test_calls_that_it_no_longer_takes(folder: Path, parameters: str, call: str) -> None:
    after = HELPED.replace("clip(n: int)", f"clip({parameters})")
    check(
        folder, HELPED, after, (Outcome.DIFFERS,), f"it no longer takes {call}", "its parameters changed from (n: int)"
    )


@pytest.mark.parametrize(
    ("caller", "outcomes"),
    [("clip(3)", SAME), ("clip(n=3)", (Outcome.DIFFERS,)), ("clip(**OPTIONS)", (Outcome.DIFFERS,))],
)
def test_another_name_matters_to_callers_that_use_it(folder: Path, caller: str, outcomes: tuple[Outcome, ...]) -> None:
    (folder / "caller.py").write_text(f"from subject import clip\n\nOPTIONS = {{'n': 3}}\nCLIPPED = {caller}\n")
    after = HELPED.replace("clip(n: int)", "clip(m: int)").replace("helper(n)", "helper(m)")
    check(folder, HELPED, after, outcomes, "", "its parameters changed from (n: int)")


def test_parameters_that_take_more_are_fine(folder: Path) -> None:
    check(folder, HELPED, HELPED.replace("clip(n: int)", "clip(n: int, m: int = 0)"), SAME, "its parameters changed")


def test_only_the_function_that_was_named(folder: Path) -> None:
    after = HELPED.replace("n + LIMIT", "LIMIT + n").replace("min(helper(n), LIMIT)", "min(LIMIT, helper(n))")
    assert judge(folder, HELPED, after, function="helper").function == "helper"
    with pytest.raises(UsageError, match="there is no function 'nope'"):
        judge(folder, HELPED, after, function="nope")


def test_a_diff_of_the_function_alone_that_can_be_applied(folder: Path) -> None:
    after = COUNT.replace("return {", "return {  # fast\n        ") + "\n\nX = 1\n"
    (folder / "mod.py").write_text("# First.\n" + COUNT)
    text = judge(folder, "# First.\n" + COUNT, "# First.\n" + after, function="count").diff or ""
    assert "X = 1" not in text
    patch = text.replace((folder / "mod.py").as_posix(), "mod.py").replace("a//", "a/").replace("b//", "b/")
    subprocess.run(["git", "apply", "--check", "-p1", "-"], cwd=folder, input=patch, text=True, check=True)
