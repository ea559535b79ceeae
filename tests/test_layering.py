"""The direction of imports, and other rules that hold for every file of the package.

server, cli  →  jobs  →  { analysis | suggest | profiling }  →  core          report  →  core
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "speedproof"
MODULES = sorted(PACKAGE.rglob("*.py"))
WORKER = sorted((PACKAGE / "profiling" / "worker").rglob("*.py"))
MAX_LINES = 500

MAY_IMPORT: dict[str, set[str]] = {
    "core": {"core"},
    "analysis": {"analysis", "core"},
    "suggest": {"suggest", "core"},
    "profiling": {"profiling", "core"},
    "report": {"report", "core"},
    "jobs": {"jobs", "analysis", "suggest", "profiling", "core"},
    "server": {"server", "jobs", "analysis", "report", "core"},
    "commands": {"commands", "cli", "server", "jobs", "analysis", "profiling", "report", "core"},
    "cli": {"commands", "server", "jobs", "analysis", "profiling", "report", "core"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""Which parts of the package each part may import. `cli` and its `commands` are one part in two places; they also ask
`profiling` what interpreter and what sandbox there is.
"""

ONLY_UNDER: dict[str, Path] = {
    "lsprotocol": PACKAGE / "server",
    "pygls": PACKAGE / "server",
    "torch": PACKAGE / "suggest" / "local",
    "transformers": PACKAGE / "suggest" / "local",
    "httpx": PACKAGE / "suggest" / "remote",
    "libcst": PACKAGE / "suggest",
    "tree_sitter": PACKAGE / "analysis",
    "ray": PACKAGE / "jobs" / "cluster.py",
    "diskcache": PACKAGE / "core" / "store.py",
}
HEAVY = ("ray", "torch", "transformers", "libcst", "hypothesis", "pytest")


def test_imports_point_downwards() -> None:
    assert [
        f"{path.relative_to(PACKAGE)}:{line}: {_part(path)} must not import {name}"
        for path in MODULES
        for line, name in _imports(path)
        if name.partition(".")[0] == "speedproof"
        if (imported := name.partition(".")[2].partition(".")[0])  # the bare package holds its version
        if imported not in MAY_IMPORT[_part(path)]
    ] == []


@pytest.mark.parametrize("library", ONLY_UNDER)
def test_a_library_stays_where_it_belongs(library: str) -> None:
    assert [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in MODULES
        if not path.is_relative_to(ONLY_UNDER[library])
        for line, name in _imports(path)
        if name.partition(".")[0] == library
    ] == []


def test_the_worker_imports_only_the_standard_library_and_itself() -> None:
    """It runs under the project's interpreter, where nothing of ours is installed.

    What a function of it imports when called may be a package lent to it or found there, in a try block.
    """
    own = {path.stem for path in WORKER}
    assert [
        f"{path.name}:{line}: {name}"
        for path in WORKER
        for line, name in _imports(path, top_level_only=True)
        if not name.startswith("speedproof.profiling.worker")
        if name.partition(".")[0] not in sys.stdlib_module_names | own
    ] == []


def test_the_worker_has_the_syntax_of_the_oldest_interpreter() -> None:
    for path in WORKER:
        ast.parse(path.read_text(encoding="utf-8"), path, feature_version=(3, 9))


def test_files_stay_small() -> None:
    lengths = {path.relative_to(PACKAGE): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length >= MAX_LINES} == {}


@pytest.mark.parametrize(("module", "heavy"), [("server.app", HEAVY), ("commands.verify", {"libcst", "pygls"})])
def test_what_starts_light(module: str, heavy: set[str]) -> None:
    program = f"import speedproof.{module}, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint(heavy)


def test_no_heavy_import_anywhere_at_module_level() -> None:
    """Importing every other module loads no model library: that comes with the first local completion."""
    left_out = {*WORKER, *(PACKAGE / "suggest" / "local").glob("*.py")}
    names = [_module_name(path) for path in MODULES if path not in left_out and path.stem != "__main__"]
    program = (
        f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def _imports(path: Path, *, top_level_only: bool = False) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every module that the file imports, relative imports resolved."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    package = list(path.relative_to(PACKAGE.parent).parent.parts)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            if name == "speedproof" or not node.module:
                yield from (
                    (node.lineno, f"{name}.{alias.name}") for alias in node.names if alias.name != "__version__"
                )
            else:
                yield node.lineno, name


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
