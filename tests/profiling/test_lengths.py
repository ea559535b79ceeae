"""Which call is the longest, where one look at each does not tell."""

from pathlib import Path

from judging import prepared_in

from speedproof.profiling.lengths import measure_lengths
from speedproof.profiling.workload import timeable, workload

ORIGINAL = """\
def total(n):
    if n == 3:
        import xml.dom.minidom

        n += xml.dom.minidom.EMPTY_NAMESPACE is not None
    return sum(range(n))
"""
TESTS = """\
from cases import total


def test_total():
    for n in (3, 2, 5000, 20):
        assert total(n) == n * (n - 1) // 2
"""


def test_a_call_that_imports_a_module_is_not_the_longest(tmp_path: Path) -> None:
    with prepared_in(tmp_path, ORIGINAL, TESTS, "total", max_inputs=0) as prepared:
        for _ in prepared.gathered.stages():
            pass
        used = [timed.call for timed in timeable(prepared.gathered) if timed.origin == "recorded"]
        assert used[-1] == "total(3)"  # its time is the one of the import
        measure_lengths(prepared.zygote, prepared.order, prepared.gathered, 2.0)
        used = [timed.call for timed in timeable(prepared.gathered) if timed.origin == "recorded"]
        assert used[-1] == "total(5000)"
        assert workload(prepared.gathered)[0].call == "total(5000)"
