"""The interpreters that this machine has, of the versions whose projects can be optimized."""

import functools
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = [f"3.{minor}" for minor in range(9, 15)]
PLACES = (
    "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/python/*/bin", "~/.pyenv/versions/*/bin",
    "~/.local/share/uv/python/*/bin", "~/.local/bin",
)  # fmt: skip


@functools.cache
def interpreters() -> dict[str, str]:
    """Version → path; the running one is always there."""
    found = {f"3.{sys.version_info.minor}": sys.executable}
    for version in VERSIONS:
        name = f"python{version}"
        places = [folder / name for place in PLACES for folder in _folders(place)]
        for path in filter(None, [shutil.which(name), *map(str, places)]):
            if version not in found and _is_version(path, version):
                found[version] = path
    return dict(sorted(found.items(), key=lambda item: int(item[0].partition(".")[2])))


def _folders(place: str) -> list[Path]:
    path = Path(place).expanduser()
    return list(Path(path.anchor).glob(str(path.relative_to(path.anchor)))) if "*" in place else [path]


def _is_version(path: str, version: str) -> bool:
    if not Path(path).is_file():
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return False
    return done.stdout.startswith(f"Python {version}.")
