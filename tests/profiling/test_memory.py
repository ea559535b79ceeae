"""Peak memory of functions whose need is known, by either way of measuring."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from judging import prepared_in

from speedproof.profiling.memory import MAX_COUNTED_SECONDS, measure_memory
from speedproof.profiling.refute import Prepared
from speedproof.profiling.workload import timeable

MB = 1_000_000
ORIGINAL = """\
def total(n):
    values = [bytes(1000) for _ in range(n)]
    return sum(map(len, values)) + sum(0 for _ in range(50 * n))
"""
FRUGAL = "def total(n):\n    return sum(len(bytes(1000)) for _ in range(n)) + sum(0 for _ in range(50 * n))\n"
TESTS = """\
from cases import total


def test_total():
    for n in (0, 1, 100, 40_000):
        assert total(n) == 1000 * n
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    with prepared_in(tmp_path_factory.mktemp("project"), ORIGINAL, TESTS, "total", max_inputs=20) as ready:
        yield ready


@pytest.mark.parametrize(
    ("call", "before", "tolerance"),
    [("total(100)", 0.1, 0.02), ("total(40000)", 41.0, 3.0)],
)
def test_the_peak_is_that_of_the_call(prepared: Prepared, call: str, before: float, tolerance: float) -> None:
    """In millions of bytes: the objects of a list of n texts of 1,000 bytes each."""
    [timed] = [timed for timed in timeable(prepared.gathered) if timed.call == call]
    assert (timed.seconds > MAX_COUNTED_SECONDS) is (before > 1)
    sides: list[Mapping[str, Any]] = [prepared.order, {**prepared.order, "after": FRUGAL}]
    memory = measure_memory(prepared.zygote, sides, [timed], 2.0)
    assert memory is not None
    assert memory.before_bytes / MB == pytest.approx(before, abs=tolerance)
    assert memory.after_bytes / MB < tolerance
