"""Hostile code, in the sandbox and, where that is harmless enough, outside it to see that it means business.

The attacks are in `hostile/`, one function each; what they are let loose on, and how damage is found, is in
`hostile/arena.py`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hostile import arena
from hostile.attack import ATTACKS, HONEST, Attack
from hostile.inside import BREACH, WENT_THROUGH

import speedproof
from speedproof.profiling import bubblewrap

AT_IMPORT = [attack for attack in ATTACKS if "import" in attack.stages]
IN_A_LEAF = [attack for attack in ATTACKS if "leaf" in attack.stages]
# Where the answer depends on Landlock: files, sockets, signals.
ON_OLD_KERNELS = [attack for attack in AT_IMPORT if attack.control or "kill" in attack.name]
BEHIND_A_WALL = [attack for attack in ATTACKS if attack.control or "kill" in attack.name or "fork" in attack.name]
CONTROLS = [attack for attack in ATTACKS if attack.control]
NOBODY = 65534


def check(attack: Attack, stage: str, folder: Path, *, abi: int | None = None, bubblewrap: bool = False) -> None:
    outcome = arena.attack_in_sandbox(attack, stage, folder, abi=abi, bubblewrap=bubblewrap)
    assert outcome.damage == [], outcome.output


@pytest.mark.parametrize("attack", AT_IMPORT, ids=lambda attack: attack.name)
def test_attack_at_import(attack: Attack, tmp_path: Path) -> None:
    check(attack, "import", tmp_path)


@pytest.mark.parametrize("attack", IN_A_LEAF, ids=lambda attack: attack.name)
def test_attack_in_a_leaf(attack: Attack, tmp_path: Path) -> None:
    check(attack, "leaf", tmp_path)


@pytest.mark.parametrize("attack", ON_OLD_KERNELS, ids=lambda attack: attack.name)
def test_attack_on_the_oldest_kernel(attack: Attack, tmp_path: Path) -> None:
    """Landlock as in Linux 5.13: neither truncation nor TCP, sockets or signals; seccomp has to do."""
    check(attack, "import", tmp_path, abi=1)


@pytest.mark.parametrize("attack", BEHIND_A_WALL, ids=lambda attack: attack.name)
def test_attack_behind_a_wall(attack: Attack, tmp_path: Path) -> None:
    """Where bubblewrap works, it is around everything; where it does not, nothing is left to try."""
    for stage in attack.stages if not bubblewrap.problem() else ():
        folder = tmp_path / stage
        folder.mkdir()
        check(attack, stage, folder, bubblewrap=True)


@pytest.mark.parametrize("attack", CONTROLS, ids=lambda attack: attack.name)
def test_attack_succeeds_without_a_sandbox(attack: Attack, tmp_path: Path) -> None:
    outcome = arena.attack_unconfined(attack, tmp_path)
    assert BREACH in outcome.output


@pytest.mark.parametrize("stage", ["import", "leaf"])
@pytest.mark.parametrize("program", HONEST, ids=lambda program: program.name)
def test_honest_code_works(program: Attack, stage: str, tmp_path: Path) -> None:
    outcome = arena.attack_in_sandbox(program, stage, tmp_path)
    assert outcome.damage == [], outcome.output
    assert WENT_THROUGH in outcome.output


def test_all_attacks_as_an_unprivileged_user() -> None:
    """Root has other rights to lose than a user has. Whoever runs this as a user has seen the rest already."""
    for python in _interpreters_for_anybody() if os.getuid() == 0 else ():
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            shutil.copytree(Path(speedproof.__file__).parent, Path(folder, "speedproof"))
            shutil.copytree(arena.HERE, Path(folder, "hostile"))
            result = subprocess.run(
                [python, "-B", "-m", "hostile.arena"],
                cwd=folder,
                user=NOBODY,
                group=NOBODY,
                extra_groups=[],
                env={"PATH": os.defpath},
                capture_output=True,
                text=True,
            )
        assert result.returncode == 0, result.stdout + result.stderr
        assert f"as user {NOBODY}, 0 not held" in result.stdout
        break


def _interpreters_for_anybody() -> list[str]:
    """New enough for us, and not in a folder that only root may enter."""
    found = []
    for python in (os.path.realpath(sys.executable), "/usr/local/bin/python3", "/usr/bin/python3"):
        ask = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(ask, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True).returncode == 0:
                found.append(python)
        except OSError:
            continue
    return found
