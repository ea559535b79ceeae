"""What is lent to a project's interpreter, and that nothing else comes along."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import speedproof
from speedproof.profiling.loans import COMPILED, DISTRIBUTION_OF, available_paths

WORKER = Path(speedproof.__file__).parent / "profiling" / "worker"
PROGRAM = """
import importlib, importlib.metadata, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("loan", sys.argv[1])
loan = importlib.util.module_from_spec(spec)
spec.loader.exec_module(loan)
loan.install(json.loads(sys.argv[2]))
loan.install(json.loads(sys.argv[2]))
found = {}
for name in sys.argv[3:]:
    try:
        found[name] = importlib.import_module(name).__file__
    except ImportError:
        found[name] = None
distributions = sorted({d.metadata["Name"] for d in importlib.metadata.distributions()})
finders = sum(type(finder).__name__ == "_Lender" for finder in sys.meta_path)
print(json.dumps([found, distributions, finders]))
"""


def borrowed(paths: dict[str, str], names: list[str], folder: Path) -> tuple[dict[str, str | None], list[str], int]:
    """What an interpreter without packages can import of `names`; the distributions it knows; finders installed."""
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(WORKER / "loan.py"), json.dumps(paths), *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    found, distributions, finders = json.loads(done.stdout)
    return found, distributions, finders


def test_what_is_named_is_lent_and_nothing_else(tmp_path: Path) -> None:
    names = ["pytest", "_pytest.config", "hypothesis.strategies", "cloudpickle", "libcst", "rich", "pygls"]
    found, distributions, finders = borrowed(available_paths(), names, tmp_path)
    assert {name for name, file in found.items() if file is None} == {"libcst", "rich", "pygls"}
    assert distributions == []
    assert finders == 1


def test_what_the_project_has_comes_first(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("")
    (tmp_path / "single.py").write_text("")
    paths = {"json": str(tmp_path / "json"), "single": str(tmp_path / "single.py")}
    found, _, _ = borrowed(paths, ["json", "single", "single.part"], tmp_path)
    assert found["json"] is not None
    assert not found["json"].startswith(str(tmp_path))
    assert found["single"] == str(tmp_path / "single.py")
    assert found["single.part"] is None


@pytest.mark.parametrize("name", DISTRIBUTION_OF)
def test_every_loan_can_be_found_here(name: str) -> None:
    assert importlib.util.find_spec(name) is not None


def test_older_interpreters_borrow_less() -> None:
    assert set(available_paths()) == set(DISTRIBUTION_OF)
    for version in ((3, 9), (3, 10)):
        borrowed_of = {DISTRIBUTION_OF[name] for name in available_paths(version)}
        assert "cloudpickle" in borrowed_of
        assert not borrowed_of & COMPILED
