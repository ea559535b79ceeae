"""Inputs come in stages, and what told one candidate from the original is tried first on the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate, Target
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared

ORIGINAL = "def clipped(n):\n    return n if n < 100 else 100\n"
OFF_AT_THE_LIMIT = "def clipped(n):\n    return n if n < 100 else 99 if n == 100 else 100\n"
OFF_BY_ANOTHER = "def clipped(n):\n    return n if n < 100 else 98 if n == 100 else 100\n"
OFF_AT_ONCE = "def clipped(n):\n    return n + 1\n"
SLOWER = "def clipped(n):\n    for _ in range(500):\n        pass\n    return n if n < 100 else 100\n"
TESTS = "import subject\n\n\ndef test():\n    assert subject.clipped(3) == 3\n    assert subject.clipped(200) == 100\n"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "subject.py").write_text(ORIGINAL)
    (tmp_path / "test_subject.py").write_text(TESTS)
    found = find_target(tmp_path / "subject.py", ORIGINAL, "clipped")
    assert found is not None
    return found


@pytest.fixture
def profiler(target: Target) -> Iterator[Profiler]:
    with started(target) as running:
        yield running


def started(target: Target) -> Profiler:
    return Profiler(discover(target.path), Settings(max_inputs=120), CancelToken())


def prepared(profiler: Profiler, target: Target, earlier: tuple[str, ...] = ()) -> Prepared:
    profiler.record([(target.path, ORIGINAL, ["clipped"])], [target.path.with_name("test_subject.py")])
    found = profiler.prepare(target, earlier)
    assert isinstance(found, Prepared)
    return found


def judged(profiler: Profiler, preparation: Prepared, text: str) -> Verdict:
    return profiler.judge(preparation, Candidate(text, "given", ("it",)))


def test_what_fails_on_a_recorded_call_needs_no_others(profiler: Profiler, target: Target) -> None:
    verdict = judged(profiler, prepared(profiler, target), OFF_AT_ONCE)
    assert verdict.status is Status.DIFFERS
    assert set(verdict.evidence.inputs) == {"recorded"}


def test_what_told_one_candidate_apart_is_tried_first_on_the_next(profiler: Profiler, target: Target) -> None:
    preparation = prepared(profiler, target)
    first = judged(profiler, preparation, OFF_AT_THE_LIMIT)
    second = judged(profiler, preparation, OFF_BY_ANOTHER)
    assert [first.status, second.status] == [Status.DIFFERS, Status.DIFFERS]
    assert first.counterexample is not None
    assert second.counterexample is not None
    assert second.counterexample.call == first.counterexample.call == "clipped(100)"
    assert first.evidence.n_inputs > 2
    assert second.evidence.n_inputs == 1


def test_what_told_a_candidate_apart_serves_a_later_run(profiler: Profiler, target: Target) -> None:
    preparation = prepared(profiler, target)
    judged(profiler, preparation, OFF_AT_THE_LIMIT)
    kept = profiler.telling_inputs(preparation)
    assert len(kept) == 1
    with started(target) as later:
        verdict = judged(later, prepared(later, target, ("nonsense", *kept)), OFF_BY_ANOTHER)
    assert verdict.status is Status.DIFFERS
    assert verdict.evidence.inputs == {"earlier": 1, "recorded": 2}


def test_a_candidate_that_withstands_has_seen_all_stages(profiler: Profiler, target: Target) -> None:
    verdict = judged(profiler, prepared(profiler, target), SLOWER)
    assert verdict.status is Status.NOT_FASTER
    assert set(verdict.evidence.inputs) >= {"recorded", "mutated"}


def test_results_depend_on_what_was_imported_and_on_installed_packages(profiler: Profiler, target: Target) -> None:
    prepared(profiler, target)
    found = profiler.dependencies()
    assert {target.path, target.path.with_name("test_subject.py")} <= set(found)
    assert any(path.name in ("site-packages", "dist-packages") for path in found)
