"""What an interpreter is asked, and how each unusable one is told apart."""

import sys
import time
from pathlib import Path

import pytest

from speedproof.core.errors import ProjectError
from speedproof.profiling import interpreter
from speedproof.profiling.interpreter import check_interpreter


def script(folder: Path, text: str, mode: int = 0o755) -> Path:
    path = folder / "python"
    path.write_text(text)
    path.chmod(mode)
    return path


def answering(folder: Path, implementation: str, version: str) -> Path:
    """A program that answers as such an interpreter would."""
    answer = f'{{"version": [{version}], "implementation": "{implementation}"}}'
    return script(folder, f"#!/bin/sh\necho '{answer}'\n")


def check_refused(python: Path, *words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        check_interpreter(python)
    assert str(python) in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_our_own() -> None:
    info = check_interpreter(Path(sys.executable))
    assert info.version == sys.version_info[:3]
    assert (info.prefix, info.base_prefix) == (Path(sys.prefix), Path(sys.base_prefix))
    ours = {Path(entry) for entry in sys.path}
    assert {path for path in info.sys_path if path.exists()} <= ours
    assert any(path.name == "site-packages" for path in info.sys_path)


def test_a_virtual_environment_that_shares_the_packages_of_its_base(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    config = tmp_path / "pyvenv.cfg"
    home = Path(sys.base_prefix) / "bin"
    counts = []
    for shared in ("false", "true"):
        config.write_text(f"home = {home}\nInclude-System-Site-Packages = {shared}\n")
        interpreter._asked.cache_clear()
        info = check_interpreter(python)
        assert info.prefix == tmp_path
        counts.append(len(info.sys_path))
    assert counts[0] < counts[1]


def test_nothing_of_the_environment_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sitecustomize.py", "json.py", "site.py"):
        (tmp_path / name).write_text("raise SystemExit('ran')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    interpreter._asked.cache_clear()
    assert check_interpreter(Path(sys.executable)).version == sys.version_info[:3]


def test_it_is_asked_once(tmp_path: Path) -> None:
    python = script(tmp_path, f'#!/bin/sh\necho x >> {tmp_path}/asked\nexec {sys.executable} "$@"\n')
    assert check_interpreter(python) == check_interpreter(python)
    assert (tmp_path / "asked").read_text() == "x\n"


def test_a_missing_file(tmp_path: Path) -> None:
    check_refused(tmp_path / "nope", "no such interpreter")


def test_a_folder(tmp_path: Path) -> None:
    check_refused(tmp_path, "is a folder")


def test_a_file_that_is_not_executable(tmp_path: Path) -> None:
    check_refused(script(tmp_path, "#!/bin/sh\n", mode=0o644), "is not executable")


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    check_refused(script(tmp_path, "\0 whatever"), "is not a program")


def test_another_program() -> None:
    check_refused(Path("/bin/ls"), "not a working Python interpreter", "exit status")


def test_a_program_that_prints_something_else(tmp_path: Path) -> None:
    check_refused(script(tmp_path, "#!/bin/sh\necho '[1]'\n"), "not a working Python interpreter", "[1]")


@pytest.mark.parametrize("version", ["2, 7, 18", "3, 6, 15", "3, 8, 20"])
def test_too_old(tmp_path: Path, version: str) -> None:
    check_refused(answering(tmp_path, "CPython", version), version.replace(", ", "."), "must be 3.9 or newer")


def test_another_implementation(tmp_path: Path) -> None:
    check_refused(answering(tmp_path, "PyPy", "3, 11, 1"), "PyPy 3.11.1", "only CPython")


def test_one_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "ANSWER_SECONDS", 0.3)
    python = script(tmp_path, f"#!/bin/sh\nsleep 60 & echo $! > {tmp_path}/pid\nsleep 60\n")
    check_refused(python, "did not answer")
    pid = (tmp_path / "pid").read_text().strip()
    for _ in range(100):  # the killed process is gone as soon as its new parent has noticed
        if not _is_running(pid):
            break
        time.sleep(0.01)
    assert not _is_running(pid)


def _is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
