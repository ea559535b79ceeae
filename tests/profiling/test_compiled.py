"""The worker's bytecode: made once, whole, and only where it can be kept."""

import compileall
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from speedproof.profiling import compiled
from speedproof.profiling.compiled import WORKER_FOLDER, compiled_worker
from speedproof.profiling.interpreter import check_interpreter

INFO = check_interpreter(Path(sys.executable))


OTHER = replace(INFO, version=(INFO.version[0], 99, 0))
"""An interpreter for which nobody has left bytecode beside the sources."""


def test_a_copy_with_bytecode_of_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path))
    place = compiled_worker(OTHER)
    names = {source.stem for source in WORKER_FOLDER.glob("*.py")}
    assert place.is_relative_to(tmp_path)
    assert {source.stem for source in place.glob("*.py")} == names
    assert {file.name.partition(".")[0] for file in place.glob("__pycache__/*.pyc")} == names
    made = (place / "__pycache__").stat().st_mtime_ns
    assert compiled_worker(OTHER) == place
    assert (place / "__pycache__").stat().st_mtime_ns == made
    assert list(place.parent.iterdir()) == [place]


def test_without_a_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "taken"))
    assert compiled_worker(OTHER) == WORKER_FOLDER


def test_bytecode_that_an_installer_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "worker"
    sources.mkdir()
    for name in ("one.py", "two.py"):
        (sources / name).write_text("value = 1\n")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled, "WORKER_FOLDER", sources)
    compileall.compile_dir(sources, quiet=1)
    assert compiled_worker(INFO) == sources
    (sources / "two.py").write_text("value = 10\n")
    assert compiled_worker(INFO).is_relative_to(tmp_path / "cache")
