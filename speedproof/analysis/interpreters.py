"""Which interpreter runs a project's code, found from files and the environment alone: nothing is started."""

import base64
import glob
import hashlib
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from speedproof.analysis.config import Table, table
from speedproof.core.errors import ProjectError

LIBRARY_FOLDERS = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the choice depends on besides the files: `config` is the project's pyproject.toml."""

    root: Path
    config: Table
    environ: Mapping[str, str]


def find_python(around: Surroundings, explicit: str = "") -> Path:
    """The interpreter for the project at `around.root`.

    `explicit` (a path to an interpreter or to an environment's folder, relative to the root, or a command's name)
    wins; raises ProjectError where it leads nowhere. Then the places in CONVENTIONS, in that order; the last
    resort is the interpreter that runs Speedproof. Links stay as they are: through a virtual environment's link
    its base interpreter would lose the environment's packages.
    """
    if explicit:
        return _named(around.root, explicit)
    for convention in CONVENTIONS:
        found = convention(around)
        if found is not None:
            return found
    return Path(sys.executable)


def _owner_of_library(around: Surroundings) -> Path | None:
    """An installed package belongs to the environment that it is installed in."""
    for folder in (around.root, *around.root.parents):
        if folder.name in LIBRARY_FOLDERS:
            # PREFIX/lib/python3.12/site-packages, or PREFIX\Lib\site-packages on Windows.
            prefixes = folder.parents[1:3]
            return next((python for prefix in prefixes if (python := _python_in(prefix))), None)
    return None


def _active_environment(around: Surroundings) -> Path | None:
    active = around.environ.get("VIRTUAL_ENV")
    return _python_in(Path(active)) if active else None


def _uv_environment(around: Surroundings) -> Path | None:
    """uv: relative to the workspace's root. https://docs.astral.sh/uv/concepts/projects/config/"""
    named = around.environ.get("UV_PROJECT_ENVIRONMENT")
    return _python_in(around.root / named) if named else None


def _environment_inside(around: Surroundings) -> Path | None:
    """`.venv` or `venv` in the project, or `.venv` in the workspace around it (a uv workspace has but one)."""
    for name in (".venv", "venv"):
        if python := _python_in(around.root / name):
            return python
    for ancestor in around.root.parents:
        if (ancestor / "uv.lock").is_file():
            return _python_in(ancestor / ".venv")
    return None


def _pdm_environment(around: Surroundings) -> Path | None:
    """PDM writes the chosen interpreter's path into `.pdm-python`."""
    try:
        named = (around.root / ".pdm-python").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return Path(named) if named and Path(named).is_file() else None


def _poetry_environment(around: Surroundings) -> Path | None:
    """Poetry: `<cache>/virtualenvs/<name>-<hash of the project's path>-py<minor>`, the newest minor first."""
    poetry = table(around.config, "tool", "poetry")
    name = table(around.config, "project").get("name") or poetry.get("name")
    if not isinstance(name, str) or not (poetry or (around.root / "poetry.lock").is_file()):
        return None
    cache = Path(around.environ.get("POETRY_CACHE_DIR") or platformdirs.user_cache_path("pypoetry", appauthor=False))
    folder = Path(around.environ.get("POETRY_VIRTUALENVS_PATH") or cache / "virtualenvs")
    stem = poetry_environment_name(name, around.root)
    chosen = _poetry_choice(folder / "envs.toml", stem)
    if chosen is not None and (python := _python_in(folder / f"{stem}-py{chosen}")):
        return python
    environments = sorted(folder.glob(f"{glob.escape(stem)}-py*"), key=_minor_version, reverse=True)
    return next((python for env in environments if (python := _python_in(env))), None)


def _conda_environment(around: Surroundings) -> Path | None:
    prefix = around.environ.get("CONDA_PREFIX")
    return _python_in(Path(prefix)) if prefix else None


CONVENTIONS: tuple[Callable[[Surroundings], Path | None], ...] = (
    _owner_of_library,
    _active_environment,
    _uv_environment,
    _environment_inside,
    _pdm_environment,
    _poetry_environment,
    _conda_environment,
)


def poetry_environment_name(project_name: str, root: Path) -> str:
    """The folder's name without its `-py3.x`, as Poetry's `EnvManager.generate_env_name` makes it."""
    sanitized = re.sub(r'[ $`!*@"\\\r\n\t]', "_", project_name.lower())[:42]
    path = os.path.normcase(os.path.realpath(root))
    digest = base64.urlsafe_b64encode(hashlib.sha256(path.encode()).digest()).decode()
    return f"{sanitized}-{digest[:8]}"


def _poetry_choice(envs_file: Path, stem: str) -> str | None:
    """What `poetry env use` chose last."""
    try:
        chosen = tomllib.loads(envs_file.read_text(encoding="utf-8")).get(stem, {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    minor = chosen.get("minor") if isinstance(chosen, dict) else None
    return minor if isinstance(minor, str) else None


def _minor_version(environment: Path) -> tuple[int, ...]:
    version = environment.name.rpartition("-py")[2]
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _named(root: Path, explicit: str) -> Path:
    path = root / Path(explicit).expanduser()
    if path.is_dir():
        if python := _python_in(path):
            return python
        raise ProjectError(f"no Python interpreter in the folder {path}")
    if path.exists():
        return path
    if os.sep not in explicit and "/" not in explicit and (found := shutil.which(explicit)):
        return Path(found)
    raise ProjectError(
        f"no such interpreter: {explicit}; name the one that runs your project, e.g. --python .venv/bin/python"
    )


def _python_in(environment: Path) -> Path | None:
    """The interpreter of the environment in this folder."""
    names = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")
    return next((path for name in names if (path := environment / name).is_file()), None)
