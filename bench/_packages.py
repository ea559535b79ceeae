"""Well-known packages with their tests, at fixed versions, each in its own folder, and one environment for all."""

import hashlib
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from speedproof.analysis.files import python_files
from speedproof.analysis.targets import targets_in
from speedproof.core.source import read_source
from speedproof.core.target import Target


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    folder: str
    """Where its modules are, in its source distribution."""

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"


PACKAGES = (
    Package("more-itertools", "11.2.1", "more_itertools"),
    Package("boltons", "26.2.0", "boltons"),
    Package("toolz", "1.2.0", "toolz"),
    Package("networkx", "3.6.1", "networkx"),
    Package("python-dateutil", "4.0.0", "src/dateutil"),
)
TEST_TOOLS = ("pytest==9.2.0", "hypothesis==6.170.15", "freezegun==1.5.5", "attrs>=25")


def environment(work: Path) -> Path:
    """The interpreter of an environment in which every package and what its tests need is installed."""
    python = work / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(work / "venv")], check=True)
    requirements = [*(package.requirement for package in PACKAGES), *TEST_TOOLS]
    _pip(python, "install", "--no-compile", *requirements)
    return python


def sources(package: Package, python: Path, work: Path) -> Path:
    """The unpacked source distribution, which holds the tests that an installed package lacks."""
    folder = work / "src" / f"{package.name}-{package.version}"
    if not folder.exists():
        downloads = work / "sdist" / package.name
        _pip(
            python, "download", "--no-deps", "--no-binary", package.name, "--dest", str(downloads), package.requirement
        )
        [archive] = downloads.glob("*.tar.gz")
        unpacking = folder.with_name(f"{folder.name}.partial")
        with tarfile.open(archive) as tar:
            tar.extractall(unpacking, filter="data")
        [content] = unpacking.iterdir()
        content.rename(folder)
        unpacking.rmdir()
    return folder


def sample(package: Package, root: Path, count: int) -> list[Target]:
    """Always the same functions of the package, in the order of their files. Tests and dunder methods are left out."""
    files = [path for path in python_files(root / package.folder, root=root) if not _is_test(path.relative_to(root))]
    targets = [
        target
        for path in files
        for target in targets_in(path, read_source(path).text)
        if not target.name.startswith("test_") and not (target.name.startswith("__") and target.name.endswith("__"))
    ]
    chosen = Random(package.requirement).sample(targets, min(count, len(targets)))
    return sorted(chosen, key=lambda target: (target.path, target.span))


def fingerprint(folder: Path) -> str:
    """A digest of all names, contents, modes and link targets below `folder`."""
    digest = hashlib.sha256()
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = Path(parent, name)
            digest.update(f"{path.relative_to(folder)}\0{path.lstat().st_mode}\0".encode())
            if path.is_symlink():
                digest.update(str(path.readlink()).encode())
            elif path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_test(path: Path) -> bool:
    return bool({"tests", "test"} & set(path.parts)) or path.name.startswith(("test_", "conftest"))


def _pip(python: Path, *arguments: str) -> None:
    subprocess.run([str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)
