"""Profiles of other tools: the same program gives the same order, whoever has looked at it."""

import cProfile
import importlib.util
import json
from pathlib import Path

import pytest

from speedproof.analysis.profiles import read_profile
from speedproof.core.errors import UsageError
from speedproof.core.hotspot import FunctionTime, Profile

MODULE = """
def leaf(n):
    return sum(range(n))


def twice(n):
    return leaf(n) + leaf(n)


def main():
    return [twice(20_000) for _ in range(20)]
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    place = tmp_path / "shop" / "prices.py"
    place.parent.mkdir()
    place.write_text(MODULE)
    return place


def by_name(profile: Profile) -> dict[str, FunctionTime]:
    return {time.name: time for time in profile.functions}


def check(file: Path, module: Path) -> dict[str, FunctionTime]:
    profile = read_profile(file, [module, module.with_name("other.py")])
    times = by_name(profile)
    assert {"leaf", "twice", "main"} <= times.keys()
    assert times["leaf"].own_seconds > 5 * times["twice"].own_seconds
    assert times["main"].seconds >= times["twice"].seconds >= times["leaf"].seconds > 0
    assert profile.seconds >= times["main"].seconds
    assert {time.path for time in profile.functions} == {module}
    return times


def test_pstats(module: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("prices", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    profile = cProfile.Profile()
    profile.runcall(loaded.main)
    profile.dump_stats(tmp_path / "out.pstats")
    times = check(tmp_path / "out.pstats", module)
    assert (times["leaf"].n_calls, times["leaf"].line) == (40, 2)


FRAMES = [
    {"name": "<module>", "file": "run.py", "line": 1},
    {"name": "main", "file": "shop/prices.py", "line": 11},
    {"name": "twice", "file": "shop/prices.py", "line": 7},
    {"name": "leaf", "file": "shop/prices.py", "line": 3},
    {"name": "sum"},
]


def test_speedscope_samples(module: Path, tmp_path: Path) -> None:
    sampled = {"type": "sampled", "unit": "milliseconds", "samples": [[0, 1, 2, 3, 4], [0, 1, 2]], "weights": [90, 10]}
    (tmp_path / "p.json").write_text(json.dumps({"shared": {"frames": FRAMES}, "profiles": [sampled]}))
    times = check(tmp_path / "p.json", module)
    assert times["leaf"].own_seconds == pytest.approx(0.09)
    assert times["main"].seconds == pytest.approx(0.1)


def test_speedscope_events(module: Path, tmp_path: Path) -> None:
    def event(kind: str, frame: int, at: float) -> dict[str, object]:
        return {"type": kind, "frame": frame, "at": at}

    events = [
        *(event("O", 1, 0), event("O", 2, 1), event("O", 3, 2), event("C", 3, 50)),
        *(event("O", 3, 50), event("C", 3, 99), event("C", 2, 100), event("C", 1, 101)),
    ]
    evented = {"type": "evented", "unit": "microseconds", "events": events}
    (tmp_path / "p.json").write_text(json.dumps({"shared": {"frames": FRAMES}, "profiles": [evented]}))
    times = check(tmp_path / "p.json", module)
    assert times["leaf"].n_calls == 2
    assert times["leaf"].own_seconds == pytest.approx(97e-6)


def test_py_spy_raw(module: Path, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text(
        "<module> (run.py:1);main (shop/prices.py:11);twice (shop/prices.py:7);leaf (shop/prices.py:3) 97\n"
        "<module> (run.py:1);main (shop/prices.py:11);twice (shop/prices.py:7) 3\n"
    )
    assert check(tmp_path / "p.txt", module)["main"].seconds == 100


def test_scalene(module: Path, tmp_path: Path) -> None:
    functions = [
        {"line": "leaf", "lineno": 2, "n_cpu_percent_python": 20.0, "n_cpu_percent_c": 60.0, "n_sys_percent": 1.0},
        {"line": "Shop.twice", "lineno": 6, "n_cpu_percent_python": 5.0, "n_cpu_percent_c": 0.0, "n_sys_percent": 0.0},
    ]
    document = {"elapsed_time_sec": 2.0, "files": {str(module): {"functions": functions, "lines": []}}}
    (tmp_path / "p.json").write_text(json.dumps(document))
    times = by_name(read_profile(tmp_path / "p.json", [module]))
    assert times["leaf"].own_seconds == pytest.approx(1.62)
    assert times["twice"].own_seconds == pytest.approx(0.1)


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff", b"{}", b"[1]", b"just words\n", b'{"shared": {"frames": [1]}, "profiles": [2]}']
)
def test_what_is_no_profile(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(data)
    with pytest.raises(UsageError, match="not a profile that can be read"):
        read_profile(tmp_path / "p", [])


def test_a_name_that_fits_two_files_is_none(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("f (prices.py:3) 5\n")
    assert read_profile(tmp_path / "p", [tmp_path / "a" / "prices.py", tmp_path / "b" / "prices.py"]).functions == ()
