"""What a solver proposes is an input like any other: it refutes where the sides part on it, and nothing else does.

A package of the scratch project stands in for CrossHair, with the few names of it that are used.
"""

from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.verdict import Verdict
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import refute

ORIGINAL = "def f(n: int) -> int:\n    return n if n < 10 else 10\n"
RARELY_WRONG = "def f(n: int) -> int:\n    return n if n < 10 else 10 if n * 31 != 31 * 987654321987 else 11\n"
RIGHT = "def f(n: int) -> int:\n    return min(n, 10)\n"
UNTYPED = "def f(n):\n    return n if n < 10 else 10\n"
TESTS = "import subject\n\ndef test():\n    for n in range(30):\n        subject.f(n)\n"
STAND_IN = {
    "__init__": "",
    "core_and_libs": "",
    "behavior_compare": "def flexible_equal(one, two):\n    return one == two\n",
    "statespace": "class RootNode:\n    pass\n",
    "options": """
class AnalysisOptionSet:
    def __init__(self, **options):
        pass

class DEFAULT_OPTIONS:
    def overlay(options):
        return options
""",
    "core": """
class Space:
    def detach_path(self):
        pass

class ExceptionFilter:
    user_exc = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.user_exc = error and (error, trace)
        return True

def deep_realize(value):
    return value

def explore_paths(run, signature, options, root, done):
    for value in PROPOSED:
        given, args = signature.bind(value), signature.bind(value)
        done(Space(), given, args, run(args), None, None)
    END
""",
}
# The original, the candidate, what is proposed, what comes after; whether it is refuted, and the inputs of that origin.
CASES: dict[str, tuple[str, str, str, str, float, bool, int]] = {
    "where the sides part": (ORIGINAL, RARELY_WRONG, "(3, 987654321987)", "pass", 2.0, True, 1),
    "found before its end": (ORIGINAL, RARELY_WRONG, "(987654321987,)", "import os; os._exit(1)", 2.0, True, 1),
    "before it hangs": (ORIGINAL, RARELY_WRONG, "(987654321987,)", "while True: pass", 0.2, True, 1),
    "nothing": (ORIGINAL, RIGHT, "(1, 2, 987654321987)", "pass", 2.0, False, 0),
    "a failure": (ORIGINAL, RIGHT, "()", "raise RuntimeError", 2.0, False, 0),
    "no hints": (UNTYPED, RARELY_WRONG.replace(": int", ""), "(987654321987,)", "pass", 2.0, False, 0),
    "not asked for": (ORIGINAL, RARELY_WRONG, "(987654321987,)", "pass", 0.0, False, 0),
}  # fmt: skip
FALSE_ALARM = "def flexible_equal(one, two):\n    return False\n"


def outcome(root: Path, original: str, candidate: str, seconds: float) -> tuple[str, int]:
    """The origin of the counterexample, or none; and how many inputs came from the solver."""
    path = root / "subject.py"
    path.write_text(original)
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (root / "test_subject.py").write_text(TESTS)
    target = find_target(path, original, "f")
    assert target is not None
    project = discover(path)
    settings = Settings(max_inputs=60, crosshair_seconds=seconds)
    with Profiler(project, settings, CancelToken()) as profiler:
        profiler.record([(path, original, ["f"])], project.tests)
        prepared = profiler.prepare(target)
        assert not isinstance(prepared, Verdict), prepared.reason
        verdict, evidence = refute(prepared, {**prepared.order, "after": candidate})
    example = verdict and verdict.counterexample
    return example.origin if example else "", evidence.inputs.get("crosshair", 0)


def stand_in(root: Path, proposed: str, end: str) -> Path:
    package = root / "crosshair"
    package.mkdir()
    for name, text in STAND_IN.items():
        (package / f"{name}.py").write_text(text.replace("PROPOSED", proposed).replace("END", end))
    return package


@pytest.mark.parametrize("name", CASES)
def test_what_is_proposed_is_tried(name: str, tmp_path: Path) -> None:
    original, candidate, proposed, end, seconds, is_refuted, count = CASES[name]
    stand_in(tmp_path, proposed, end)
    found = outcome(tmp_path, original, candidate, seconds)
    assert found == ("crosshair" if is_refuted else "", count)


def test_a_false_alarm_is_one_more_input(tmp_path: Path) -> None:
    package = stand_in(tmp_path, "(123456789, -987654321)", "pass")
    (package / "behavior_compare.py").write_text(FALSE_ALARM)
    assert outcome(tmp_path, ORIGINAL, RIGHT, 2.0) == ("", 2)


def test_without_the_package_there_is_no_such_attempt(tmp_path: Path) -> None:
    assert outcome(tmp_path, ORIGINAL, RARELY_WRONG, 2.0) == ("", 0)
