"""What the tests of the sandbox share."""

import contextlib
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

from speedproof.profiling import sandbox

PYTHON = Path(sys.executable)
PATIENCE_SECONDS = 20.0


def policy_for(
    scratch: Path, python: Path = PYTHON, roots: Sequence[Path] = (), *, bubblewrap: bool = False
) -> sandbox.Policy:
    """By default without bubblewrap: what the sandbox promises, it must keep without."""
    return sandbox.Policy(sandbox.default_readable(python, roots), (scratch,), bubblewrap=bubblewrap)


def start(code: str, scratch: Path, **options: object) -> sandbox.Confined:
    return sandbox.start([str(PYTHON), "-c", textwrap.dedent(code)], policy_for(scratch), **options)  # type: ignore[arg-type]


def await_output(confined: sandbox.Confined, text: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while text not in confined.output():
        assert time.monotonic() < deadline, confined.output()
        assert confined.returncode is None, confined.output()
        time.sleep(0.005)


def await_end(pids: Sequence[int], seconds: float) -> None:
    """A dead process that its new parent has not waited for yet counts as ended."""

    def alive(pid: int) -> bool:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        return False

    deadline = time.monotonic() + seconds
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < deadline, f"left: {left}"
        time.sleep(0.01)
