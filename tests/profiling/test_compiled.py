"""The worker's bytecode: made once, whole, and only where it can be kept."""

import sys
from pathlib import Path

import pytest

from speedproof.profiling.compiled import WORKER_FOLDER, compiled_worker
from speedproof.profiling.interpreter import check_interpreter

INFO = check_interpreter(Path(sys.executable))


def test_a_copy_with_bytecode_of_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path))
    place = compiled_worker(INFO)
    names = {source.stem for source in WORKER_FOLDER.glob("*.py")}
    assert place.is_relative_to(tmp_path)
    assert {source.stem for source in place.glob("*.py")} == names
    assert {file.name.partition(".")[0] for file in place.glob("__pycache__/*.pyc")} == names
    made = (place / "__pycache__").stat().st_mtime_ns
    assert compiled_worker(INFO) == place
    assert (place / "__pycache__").stat().st_mtime_ns == made
    assert list(place.parent.iterdir()) == [place]


def test_without_a_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "taken"))
    assert compiled_worker(INFO) == WORKER_FOLDER
