"""What a Python interpreter may read in the sandbox, and what of it is executed."""

import sys
from pathlib import Path

import pytest

from speedproof.core.errors import SandboxError
from speedproof.profiling.interpreter_files import default_readable, programs_to_execute


def check(python: Path, *, has: list[Path], lacks: list[Path], roots: list[Path] | None = None) -> None:
    readable = default_readable(python, roots or [])
    for path in has:
        assert any(path.is_relative_to(granted) for granted in readable), path
    for path in lacks:
        assert not any(path.is_relative_to(granted) for granted in readable), path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    for folder in (".ssh", "project", ".local/opt/python/bin", "lib/python3.13", "bin"):
        (home / folder).mkdir(parents=True)
    for python in (home / ".local/opt/python/bin/python3", home / "bin/python3"):
        python.touch()
    monkeypatch.setenv("HOME", str(home))
    return home


def test_interpreter_below_home(home: Path) -> None:
    prefix = home / ".local/opt/python"
    check(prefix / "bin/python3", has=[prefix / "lib"], lacks=[home / ".ssh", home / ".local/share"])


def test_virtual_environment(home: Path) -> None:
    """Its own folder and the installation that its interpreter is a link to."""
    base, environment = home / ".local/opt/python", home / "project/.venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "pyvenv.cfg").touch()
    (environment / "bin/python").symlink_to("python3")
    (environment / "bin/python3").symlink_to(base / "bin/python3")
    check(
        environment / "bin/python",
        has=[environment / "lib/python3.13/site-packages", base / "lib"],
        lacks=[home / "project/secrets.toml", home / ".ssh"],
    )


def test_interpreter_installed_into_home_itself(home: Path) -> None:
    check(home / "bin/python3", has=[home / "lib/python3.13"], lacks=[home / ".ssh", home / "project"])


def test_project_below_home(home: Path) -> None:
    project = home / "project"
    check(Path(sys.executable), roots=[project], has=[project / "module.py"], lacks=[home / ".ssh"])


@pytest.mark.parametrize("root", ["", "..", "project/.."])
def test_home_is_never_readable(home: Path, root: str) -> None:
    with pytest.raises(SandboxError, match="is or contains your home folder"):
        default_readable(Path(sys.executable), [home / root])


def test_secrets_of_the_system() -> None:
    secrets = ["/etc/shadow", "/etc/ssl/private/key", "/proc/1/environ", "/root/.ssh", "/home/somebody", "/run/secrets"]
    check(Path(sys.executable), has=[Path("/etc/ssl/certs/x")], lacks=[Path(secret) for secret in secrets])


def test_the_loader_is_executed_too() -> None:
    python, loader = programs_to_execute(Path(sys.executable))
    assert python == Path(sys.executable)
    assert loader.name.startswith("ld-")
    assert loader.exists()
