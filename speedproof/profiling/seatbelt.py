"""The sandbox of macOS as a profile for sandbox-exec(1).

Nobody has tried it on a Mac yet, so nothing is run with it: `platforms.py` refuses. It is here to be tried: there is
no guard yet without Linux's system calls, no fresh process where a fork is unsafe, and no attack was let loose on it.
Paths must be given as they really are: `/tmp` is `/private/tmp` there, and a rule on the link holds for nothing.
"""

from collections.abc import Iterable
from pathlib import Path

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
