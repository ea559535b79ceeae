"""Why inputs that were found do not count, in words of their own for each."""

from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler

MODULE = """
import time, zlib


def compressing(x: int):
    return [x, zlib.compressobj()]


def handing_out(x: int, held: list):
    held.append(zlib.compressobj())
    return x


def timed(x: int):
    return time.perf_counter_ns()
"""
CASES = {
    "compressing": "whose result cannot be compared: zlib.Compress",
    "handing_out": "whose arguments cannot be compared: zlib.Compress",
    "timed": "not the same when run twice",
}


@pytest.mark.parametrize("name", CASES)
def test_reasons(name: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.py"
    path.write_text(MODULE)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    target = find_target(path, MODULE, name)
    assert target is not None
    with Profiler(discover(path), Settings(max_inputs=60), CancelToken()) as profiler:
        verdict = profiler.prepare(target)
    assert isinstance(verdict, Verdict)
    assert verdict.status is Status.UNVERIFIABLE
    assert [reason for reason in CASES.values() if reason in verdict.reason] == [CASES[name]]
