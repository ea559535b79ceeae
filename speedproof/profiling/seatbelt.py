"""The sandbox of macOS as a profile for sandbox-exec(1), and the command line that puts it around a process.

Nobody has tried it on a Mac yet, so nothing is run with it: `platforms.py` refuses, and what would have been tried is
shown unproved. It is here to be tried: there is no guard yet without Linux's system calls, no fresh process where a
fork is unsafe, and no attack was let loose on it. `wall` is to the launcher what bubblewrap's is.
Paths must be given as they really are: `/tmp` is `/private/tmp` there, and a rule on the link holds for nothing.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

PROGRAM = "/usr/bin/sandbox-exec"
"""Not looked for in PATH: what is found there first might be anybody's."""
_ALWAYS = """\
(version 1)
(deny default)
(import "bsd.sb")
(deny network*)
(deny process-exec)
(deny process-fork)
(deny signal)
(deny mach-lookup)
(deny sysctl-write)
(allow signal (target self))
(allow sysctl-read)
"""


def wall(interpreter: Path, readable: Iterable[Path], writable: Sequence[Path], *, forks: bool) -> list[str]:
    """The command to put before another one that runs `interpreter`, so that it runs under `profile`."""
    return [PROGRAM, "-p", profile(interpreter, readable, writable, forks=forks)]


def profile(interpreter: Path, readable: Iterable[Path], writable: Iterable[Path], *, forks: bool) -> str:
    """The profile's text: reading beneath `readable`, writing beneath `writable`, executing `interpreter` alone.

    `forks`: whether it is for the process that forks others. Raises ValueError for a path that no rule can name.
    """
    rules = [f"(allow process-exec (literal {_quoted(interpreter)}))"]
    if forks:
        rules.append("(allow process-fork)")
    rules += [f"(allow file-read* (subpath {_quoted(path)}))" for path in (interpreter, *readable, *writable)]
    rules += [f"(allow file-write* (subpath {_quoted(path)}))" for path in writable]
    return _ALWAYS + "\n".join(rules) + "\n"


def _quoted(path: Path) -> str:
    text = str(path.resolve())
    if not text.isprintable():
        raise ValueError(f"no rule can name {text!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
