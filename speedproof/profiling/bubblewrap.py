"""bubblewrap, where it works: a wall more around the sandbox, of the kernel's namespaces.

Inside there is no network, no process but one's own, and no file but those that may be read, not even its name. What
holds without it holds inside it as well: this is never the only wall. Ubuntu and others refuse unprivileged
namespaces, so that it is tried once before it is used.
"""

import functools
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from speedproof.core.errors import SandboxError
from speedproof.profiling.interpreter_files import default_readable

PROBE_SECONDS = 5.0
_NAMESPACES = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--disable-userns",
)


@functools.cache
def problem() -> str:
    """Why bubblewrap is not used here; nothing where it is. Takes about 50 ms, once."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap)"
    command = [*wall((), (), Path("/")), sys.executable, "-I", "-S", "-c", "import os; print(os.getpid())"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not run ({error})"
    if done.returncode or not done.stdout.strip().isdigit() or int(done.stdout) > 10:
        why = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        return f"bubblewrap does not work here ({why[0]}); on Ubuntu, an AppArmor profile for it would help"
    return ""


def wall(readable: Iterable[Path], writable: Sequence[Path], folder: Path) -> list[str]:
    """The command to put before another one, which is to start in `folder`, so that it runs behind the wall.

    What Speedproof's own interpreter needs can be read as well: it starts there first, and puts on the other walls.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError("bubblewrap is not installed")
    command = [
        program,
        *_NAMESPACES,
        "--die-with-parent",
        "--cap-drop",
        "ALL",
        "--hostname",
        "sandbox",
        "--unsetenv",
        "PWD",
    ]
    for path in _with_targets((*default_readable(Path(sys.executable), ()), *readable)):
        if not path.is_relative_to("/proc"):
            command += ["--ro-bind-try", str(path), str(path)]
    command += ["--dev", "/dev", "--proc", "/proc"]
    for path in _with_targets(writable):
        command += ["--bind", str(path), str(path)]
    return [*command, "--chdir", str(folder), "--"]


def _with_targets(paths: Iterable[Path]) -> list[Path]:
    """Each path as it is named and as it really is, those that contain others first."""
    found = {place for path in paths for place in (path.absolute(), path.resolve())}
    return sorted(found, key=lambda path: len(path.parts))
