"""What an interpreter is, asked of itself, before any of the project's code runs in it."""

import errno
import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from speedproof.core.errors import ProjectError

OLDEST_VERSION = (3, 9)
ANSWER_SECONDS = 10.0
MAX_ANSWER_BYTES = 1_000_000

# Valid in Python 2 as well, so that an old interpreter can say how old it is. Options and first line together are
# -I for interpreters without it: nothing from the environment, the user's site or the current folder is imported.
# -S keeps .pth files from running, hence the environment's folders are worked out here as site.py would.
OPTIONS = ("-E", "-s", "-S")
QUESTION = r"""
import sys

sys.path[:] = [entry for entry in sys.path if entry]
import json, os, platform
answer = {
    "version": list(sys.version_info[:3]),
    "implementation": platform.python_implementation(),
    "executable": sys.executable,
    "base_prefix": getattr(sys, "base_prefix", sys.prefix),
}
if sys.version_info >= (3,):
    import site
    prefix, shared = sys.prefix, True
    folder = os.path.dirname(os.path.abspath(sys.executable))
    for place in (folder, os.path.dirname(folder)):
        config = os.path.join(place, "pyvenv.cfg")
        if os.path.isfile(config):
            with open(config, encoding="utf-8", errors="replace") as file:
                pairs = [line.partition("=") for line in file]
            options = {key.strip().lower(): value.strip().lower() for key, _, value in pairs}
            prefix, shared = place, options.get("include-system-site-packages") == "true"
            break
    answer["prefix"] = prefix
    prefixes = [prefix, sys.base_prefix] if shared and prefix != sys.base_prefix else [prefix]
    sys.prefix = prefix  # Debian's site looks there whether this is a virtual environment
    answer["sys_path"] = sys.path + site.getsitepackages(prefixes)
sys.stdout.write(json.dumps(answer))
"""


@dataclass(frozen=True, slots=True)
class InterpreterInfo:
    """`executable` is what it calls itself: behind a shim the real file, in an environment the environment's link.

    `sys_path` holds the standard library's folders and the site-packages, without what `.pth` files add.
    """

    executable: Path
    version: tuple[int, int, int]
    implementation: str
    prefix: Path
    base_prefix: Path
    sys_path: tuple[Path, ...]

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version))


def check_interpreter(python: Path) -> InterpreterInfo:
    """Asks the interpreter what it is; answers of an unchanged file are remembered.

    Raises ProjectError where the project's code cannot be run by it: no such file, not executable, not Python,
    not CPython, too old, or no answer within ANSWER_SECONDS.
    """
    try:
        stat = python.stat()
    except OSError as error:
        raise ProjectError(f"no such interpreter: {python} ({error.strerror})") from error
    if python.is_dir():
        raise ProjectError(f"{python} is a folder, not an interpreter")
    return _asked(python, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _asked(python: Path, _mtime_ns: int, _size: int) -> InterpreterInfo:
    answer = _parsed(python, _run(python))
    major, minor, micro = answer["version"]
    version = f"{major}.{minor}.{micro}"
    if answer["implementation"] != "CPython":
        raise ProjectError(f"{python} is {answer['implementation']} {version}; only CPython can be measured")
    if (major, minor) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise ProjectError(f"{python} is Python {version}; the project's interpreter must be {oldest} or newer")
    return InterpreterInfo(
        executable=Path(answer["executable"]),
        version=(major, minor, micro),
        implementation=answer["implementation"],
        prefix=Path(answer["prefix"]),
        base_prefix=Path(answer["base_prefix"]),
        sys_path=tuple(Path(entry) for entry in answer["sys_path"]),
    )


def _run(python: Path) -> tuple[int, str, str]:
    """Exit status, stdout, stderr. Files, not pipes: a grandchild could hold a pipe open for ever."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(
                [str(python), *OPTIONS, "-c", QUESTION],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=python.anchor or "/",
                start_new_session=True,
            )
        except OSError as error:
            raise ProjectError(_not_started(python, error)) from error
        try:
            status = process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ProjectError(f"{python} did not answer within {ANSWER_SECONDS:.0f} s: not Python?") from error
        finally:
            _end(process)
        return status, _start_of(out), _start_of(err)


def _not_started(python: Path, error: OSError) -> str:
    if error.errno == errno.EACCES:
        return f"{python} is not executable"
    if error.errno == errno.ENOEXEC:
        return f"{python} is not a program"
    return f"{python} could not be started: {error.strerror}"


def _parsed(python: Path, run: tuple[int, str, str]) -> dict[str, Any]:
    status, out, err = run
    try:
        answer = json.loads(out) if status == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "version" not in answer:
        said = (err.strip() or out.strip() or "nothing").splitlines()[-1][:200]
        raise ProjectError(f"{python} is not a working Python interpreter (exit status {status}, it said: {said})")
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def _start_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(MAX_ANSWER_BYTES).decode("utf-8", errors="replace")
