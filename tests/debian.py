"""Programs that tests need and that come from Debian."""

import os
import shutil
import subprocess


def install(program: str, *packages: str) -> str:
    """The path of `program`; installed first where it is missing. Raises RuntimeError where that cannot be done."""
    found = shutil.which(program)
    if found is not None:
        return found
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise RuntimeError(
            f"{program} is missing, and cannot be installed by whoever runs this: apt install {packages[0]}"
        )
    command = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *packages]
    if subprocess.run(command, capture_output=True).returncode:  # on a fresh machine apt has no lists yet
        subprocess.run(["apt-get", "-qq", "update"], check=True)
        subprocess.run(command, check=True, capture_output=True)
    found = shutil.which(program)
    if found is None:
        raise RuntimeError(f"{packages[0]} was installed, and has no {program}")
    return found
