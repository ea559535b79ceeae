"""How time grows with size, measured: on functions whose growth is known."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.verdict import Verdict
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared
from speedproof.profiling.scaling import LargerDiffers, measure_scaling
from speedproof.profiling.workload import growing

ORIGINAL = """\
def unique(items):
    kept = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept
"""
LINEAR = "def unique(items):\n    return list(dict.fromkeys(items))\n"
FASTER_ALIKE = (
    "def unique(items):\n    kept = []\n    [kept.append(x) for x in items if x not in kept]\n    return kept\n"
)
RIGHT_WHEN_SHORT = "def unique(items):\n    return list(dict.fromkeys(items))[:300]\n"
TESTS = """\
from cases import unique


def test_unique():
    assert unique([]) == []
    for n in (1, 2, 20, 40):
        assert unique(list(range(n))) == list(range(n))
"""


COUNTS_ONES = "def ones(cells):\n    return len([cell for cell in cells if cell])\n"
ADDS_ONES = "def ones(cells):\n    return sum(cells)\n"
TESTS_OF_ONES = """\
from cases import ones


def test_ones():
    assert ones([0, 1] * 10) == ones([1] * 10) == 10
    assert ones([1, 0]) == 1
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    with ready(tmp_path_factory.mktemp("project").resolve(), "unique", ORIGINAL, TESTS) as found:
        yield found


@contextmanager
def ready(root: Path, name: str, original: str, tests: str) -> Iterator[Prepared]:
    path = root / "cases.py"
    path.write_text(original)
    (root / "test_cases.py").write_text(tests)
    project = discover(path, python=sys.executable)
    target = find_target(path, original, name)
    assert target is not None
    with Profiler(project, Settings(max_inputs=40), CancelToken()) as profiler:
        profiler.record([(path, original, [name])], project.tests)
        found = profiler.prepare(target)
        assert not isinstance(found, Verdict), found.reason
        yield found


def orders(prepared: Prepared, candidate: str) -> dict[str, Mapping[str, Any]]:
    return {"baseline": prepared.order, "candidate": {**prepared.order, "after": candidate}}


def test_another_exponent_is_shown(prepared: Prepared) -> None:
    scaling = measure_scaling(prepared.zygote, orders(prepared, LINEAR), growing(prepared.gathered), 2.0)
    assert scaling is not None
    assert 1.5 < scaling.before < 2.4
    assert 0.6 < scaling.after < 1.4
    assert scaling.sizes[0] >= 16
    assert all(later >= 2 * earlier for earlier, later in pairwise(scaling.sizes))


@pytest.mark.parametrize("candidate", [ORIGINAL, FASTER_ALIKE])
def test_what_grows_alike_is_not_mentioned(prepared: Prepared, candidate: str) -> None:
    assert measure_scaling(prepared.zygote, orders(prepared, candidate), growing(prepared.gathered), 2.0) is None


def test_what_is_wrong_on_large_inputs_only_is_found(prepared: Prepared) -> None:
    with pytest.raises(LargerDiffers, match="of size"):
        measure_scaling(prepared.zygote, orders(prepared, RIGHT_WHEN_SHORT), growing(prepared.gathered), 2.0)


def test_what_does_not_keep_to_the_habits_of_real_calls_is_not_grown(tmp_path: Path) -> None:
    """Larger versions of [1, 0], whose items are distinct, hold more than zeros and ones."""
    with ready(tmp_path, "ones", COUNTS_ONES, TESTS_OF_ONES) as prepared:
        sides = orders(prepared, ADDS_ONES)
        short = [timed for timed in growing(prepared.gathered) if timed.call == "ones([1, 0])"]
        assert short
        assert measure_scaling(prepared.zygote, sides, short, 2.0) is None


@pytest.mark.parametrize("end", ["while n > 1000:\n        pass", "if n > 1000:\n        os._exit(3)"])
def test_what_becomes_of_the_original_on_larger_inputs_says_nothing_of_the_rewrite(end: str, tmp_path: Path) -> None:
    original = f"import os\n\n\ndef total(n):\n    {end}\n    return sum([k for k in range(n)])\n"
    tests = "from cases import total\n\n\ndef test():\n    assert [total(n) for n in (2, 20)] == [1, 190]\n"
    with ready(tmp_path, "total", original, tests) as prepared:
        sides = orders(prepared, "def total(n):\n    return sum(range(n))\n")
        measure_scaling(prepared.zygote, sides, growing(prepared.gathered), 2.0)


def test_nothing_to_grow_is_no_measurement(prepared: Prepared) -> None:
    assert measure_scaling(prepared.zygote, orders(prepared, LINEAR), [], 2.0) is None
