# ruff: noqa: E501 - functions in a line each
"""Functions that no tool should have to run: each gets a verdict with a reason, and none harms its neighbours."""

import subprocess
import time
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target, targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler

SAME = (Status.NOT_FASTER,)
REFUSED = (Status.UNVERIFIABLE, Status.CRASHED, Status.TIMED_OUT)

# Name → body of `def NAME(n: int):`, the verdicts that are right for a candidate that does the same.
CASES: dict[str, tuple[str, tuple[Status, ...]]] = {
    "before": ("return list(range(n % 100))", SAME),
    "loops_forever": ("while True:\n        n += 1", REFUSED),
    "exits": ("import sys\n    sys.exit(n)", REFUSED),
    "ends_the_process": ("import os\n    os._exit(3)", REFUSED),
    "reads_stdin": ("return input() + str(n)", REFUSED),
    "writes_a_file": ("with open('left-behind.txt', 'a') as file:\n        file.write(str(n))\n    return n + 1", (*SAME, Status.UNVERIFIABLE)),
    "writes_elsewhere": ("with open('/etc/left-behind', 'w') as file:\n        file.write(str(n))\n    return n", REFUSED),
    "prints_without_end": ("for _ in range(100):\n        print('x' * 1_000_000)\n    return n + 1", (*SAME, *REFUSED)),
    "writes_raw_output": ("import os\n    for _ in range(100):\n        os.write(1, b'x' * 1_000_000)\n    return n", (*SAME, *REFUSED)),
    "allocates_without_end": ("kept = []\n    while True:\n        kept.append(bytearray(2**24))", REFUSED),
    "segfaults": ("import ctypes\n    return ctypes.string_at(n % 7)", REFUSED),
    "forks": ("import os\n    if os.fork() == 0:\n        import time\n        time.sleep(60)\n    return n", REFUSED),
    "starts_a_program": ("import subprocess\n    return subprocess.run(['sleep', '60']).returncode + n", REFUSED),
    "opens_a_socket": ("import socket\n    socket.create_connection(('127.0.0.1', 9), timeout=1)\n    return n", REFUSED),
    "is_random": ("import os\n    return [n, os.urandom(8)]", REFUSED),
    "tells_the_time": ("import time\n    return (n, time.perf_counter_ns())", REFUSED),
    "recurses_without_end": ("return recurses_without_end(n + 1) + 1", REFUSED),
    "kills_its_group": ("import os, signal\n    os.killpg(0, signal.SIGKILL)\n    return n", REFUSED),
    "after": ("return list(range(n % 100))", SAME),
}  # fmt: skip


def text(first: str = "") -> str:
    return "\n\n".join(f"def {name}(n: int):\n    {first}{body}\n" for name, (body, _) in CASES.items())


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    root = tmp_path_factory.mktemp("project")
    path = root / "odd.py"
    path.write_text(text())
    (root / "pyproject.toml").write_text("[project]\nname = 'odd'\n")
    calls = "\n".join(
        f"def test_{name}():\n    odd.{name}(3); odd.{name}(40)\n" for name in ("before", "after", "writes_a_file")
    )
    (root / "test_odd.py").write_text(f"import odd\n\n{calls}")
    before = sorted(root.rglob("*"))
    settings = Settings(call_seconds=0.5, memory_mb=512, budget_seconds=20)
    verdicts = {}
    marker = f"speedproof-{time.monotonic_ns()}"
    with Profiler(discover(path), settings, CancelToken()) as profiler:
        profiler.record(
            [(path, text(), [target.qualname for target in targets_in(path, text())])], [root / "test_odd.py"]
        )
        for name in CASES:
            target = find_target(path, text(), name)
            assert target is not None
            prepared = profiler.prepare(target)
            candidate = Candidate(text("n = n\n    "), "given", (marker,))
            verdicts[name] = prepared if isinstance(prepared, Verdict) else profiler.judge(prepared, candidate)
    assert sorted(root.rglob("*")) == before
    return verdicts


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str, judged: dict[str, Verdict]) -> None:
    verdict = judged[name]
    assert verdict.status in CASES[name][1], verdict.reason
    assert verdict.reason


def test_nothing_is_left(judged: dict[str, Verdict]) -> None:
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "bootstrap.py" not in listing or listing.count("bootstrap.py") == _others()
    assert not Path("/etc/left-behind").exists()


def _others() -> int:
    """Sandboxes of runs beside this one, which have another parent than this process."""
    time.sleep(0.5)
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return listing.count("bootstrap.py")
