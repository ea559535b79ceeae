"""Which call is the longest, where one look at each does not tell."""

import sys
from pathlib import Path

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.verdict import Verdict
from speedproof.profiling.lengths import measure_lengths
from speedproof.profiling.profiler import Profiler
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
    path = tmp_path.resolve() / "cases.py"
    path.write_text(ORIGINAL)
    (path.parent / "test_cases.py").write_text(TESTS)
    project = discover(path, python=sys.executable)
    target = find_target(path, ORIGINAL, "total")
    assert target is not None
    with Profiler(project, Settings(max_inputs=0), CancelToken()) as profiler:
        profiler.record([(path, ORIGINAL, ["total"])], project.tests)
        prepared = profiler.prepare(target)
        assert not isinstance(prepared, Verdict), prepared.reason
        for _ in prepared.gathered.stages():
            pass
        used = [timed.call for timed in timeable(prepared.gathered) if timed.origin == "recorded"]
        assert used[-1] == "total(3)"  # its time is the one of the import
        measure_lengths(prepared.zygote, prepared.order, prepared.gathered, 2.0)
        used = [timed.call for timed in timeable(prepared.gathered) if timed.origin == "recorded"]
        assert used[-1] == "total(5000)"
        assert workload(prepared.gathered)[0].call == "total(5000)"
