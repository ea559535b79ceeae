"""The table of what is equal and what is not, in every interpreter at hand: projects need not use ours."""

import subprocess
from pathlib import Path
from typing import Any

import array_cases
import pytest
from interpreters import interpreters

import speedproof
from speedproof.profiling.worker.encode import UNKNOWN, encode

CASES = Path(__file__).parent.parent / "data" / "equality" / "cases.py"
PROFILING = Path(speedproof.__file__).parent / "profiling"


@pytest.mark.parametrize("version", interpreters())
def test_values_in_every_version(version: str) -> None:
    done = subprocess.run(
        [interpreters()[version], "-I", "-B", "-W", "ignore", CASES, PROFILING],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    *surprises, total = done.stdout.splitlines() or [done.stderr]
    assert surprises == []
    assert int(total.removesuffix(" cases")) >= 240


def check(one: Any, other: Any, *, same: bool) -> None:
    first, second = encode(one()), encode(other())
    assert UNKNOWN not in (first.digest, second.digest)
    assert (first.digest == second.digest) is same


@pytest.mark.parametrize(("one", "other"), array_cases.APART.values(), ids=array_cases.APART)
def test_arrays_and_frames_that_differ(one: Any, other: Any) -> None:
    check(one, other, same=False)


@pytest.mark.parametrize("made", array_cases.SAME.values(), ids=array_cases.SAME)
def test_arrays_and_frames_that_are_the_same(made: Any) -> None:
    check(*(made if isinstance(made, tuple) else (made, made)), same=True)
