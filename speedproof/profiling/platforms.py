"""Which platforms have a boundary that somebody has tried. Where there is none, nothing runs, and this is what is said.

What would have been tried there is shown as static suggestions, neither run nor proved (`jobs/optimize.py`).

    platform       boundary                       state
    Linux          Landlock, seccomp, limits      tested, x86-64 by attacks, aarch64 by its tables of system calls
    macOS          sandbox-exec                   a profile is written (`seatbelt.py`), nobody has tried it: refused
    Windows        job object, restricted token   protects writes only; reading and the network stay open: refused
    others         -                              refused

A person's consent does not make a boundary: it is not asked for.
"""

import os
import sys

from speedproof.core.errors import SandboxError
from speedproof.profiling.worker import landlock, syscalls

_ADVICE = {
    "darwin": "run Speedproof in a Linux container or virtual machine (the profile for sandbox-exec is untested)",
    "win32": "run Speedproof in WSL2, where the project's tests run as well",
}
_ELSEWHERE = "run Speedproof on Linux"


def available_abi() -> int:
    """The version of Landlock here. Raises SandboxError where there is no boundary that the kernel keeps."""
    problem = refusal(sys.platform, os.uname().machine if hasattr(os, "uname") else "", sys.maxsize.bit_length() + 1)
    if problem is not None:
        raise SandboxError(problem)
    abi = landlock.abi()
    if not abi:
        raise SandboxError(
            "no sandbox: this kernel has Landlock switched off or is older than 5.13. "
            "Add `landlock` to the boot parameter lsm=, or use a newer kernel; in a container, allow its system calls"
        )
    return abi


def refusal(platform: str = sys.platform, machine: str = "", bits: int = 64) -> str | None:
    """Why nothing may run on this platform, with what would help; None where the kernel is to be asked."""
    if platform != "linux":
        return f"no sandbox on {platform} yet: {_ADVICE.get(platform, _ELSEWHERE)}"
    if machine not in syscalls.MACHINES:
        return f"no sandbox on {machine} processors yet: only {' and '.join(sorted(syscalls.MACHINES))}"
    if bits != 64:
        return "no sandbox for 32-bit interpreters: use a 64-bit one"
    return None
