"""Where there is no boundary that holds, or nothing that can be confined, nothing runs."""

import os
from pathlib import Path

import pytest
from confining import PYTHON, policy_for, start

from speedproof.core.errors import SandboxError
from speedproof.profiling import bubblewrap, sandbox


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("/no/such/python", "cannot read the interpreter /no/such/python"),
        (__file__, "is not a 64-bit Linux program"),
        ("{scratch}/shim", "is a script: name the interpreter itself"),
        ("{scratch}", "cannot read the interpreter"),
    ],
)
def test_unusable_interpreters(command: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "shim").write_text("#!/bin/sh\nexec python3")
    with pytest.raises(SandboxError, match=message):
        sandbox.start([command.format(scratch=tmp_path)], policy_for(tmp_path))


def test_a_program_that_the_kernel_cannot_run(tmp_path: Path) -> None:
    """The launcher's own failures come back as text, and its process does not stay."""
    broken = tmp_path / "python"
    broken.write_bytes(b"\x7fELF\x02" + bytes(1000))
    broken.chmod(0o755)
    with pytest.raises(SandboxError, match=r"cannot confine .*: "):
        sandbox.start([str(broken)], policy_for(tmp_path))


def test_session_zero_is_nobodys_sandbox() -> None:
    """Its members are the kernel's own threads and whatever started the machine."""
    with pytest.raises(AssertionError):
        sandbox.Confined(0, *[None] * 3)  # type: ignore[arg-type]


def test_working_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="cannot start the sandbox"):
        start("pass", tmp_path, cwd=tmp_path / "missing")


def test_layers_are_named() -> None:
    layers = sandbox.layers()
    assert layers.active[0] == f"landlock (ABI {sandbox.available_abi()})"
    walls = set() if bubblewrap.problem() else {"bubblewrap"}
    assert set(layers.active[1:]) == {"seccomp", "resource limits", "guard process"} | walls
    assert any("bubblewrap" in line for line in layers.missing) != bool(walls)
    assert any("root" in line for line in layers.missing) == (os.geteuid() == 0)


def test_a_sandbox_that_leaks_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "default_readable", lambda python, roots: (Path("/"),))
    with pytest.raises(SandboxError, match="It was possible to: read a foreign file"):
        sandbox._try_to_escape()


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        ("speedproof.profiling.worker.landlock.abi", lambda: 0, "Landlock"),
        ("sys.platform", "darwin", "no sandbox on darwin yet"),
        ("sys.platform", "win32", "WSL2"),
    ],
)
def test_no_boundary_no_sandbox(
    where: str, value: object, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = policy_for(tmp_path)
    monkeypatch.setattr(where, value)
    with pytest.raises(SandboxError, match=message):
        sandbox.start([str(PYTHON), "-c", "pass"], policy)
    with pytest.raises(SandboxError, match=message):
        sandbox.available_abi()
