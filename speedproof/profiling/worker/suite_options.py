"""How the project's pytest is called when its tests only serve to make calls."""

from __future__ import annotations

import configparser
import contextlib
import importlib
import importlib.util
import os
import shlex
from pathlib import Path
from typing import Any, Optional

# Plugins that reorder or repeat tests, run them in other processes, write files or take over the terminal.
PLUGINS_OFF = (
    "cacheprovider", "stepwise", "junitxml", "pastebin", "faulthandler", "randomly", "random_order",
    "random-order", "xdist", "xdist.looponfail", "forked", "pytest_cov", "testmon", "rerunfailures", "flakefinder",
    "repeat", "codspeed", "profiling", "memray", "html", "sugar", "instafail", "nengo",
)  # fmt: skip
# Those of them that stay off where a project's configuration cannot do without the others.
PLUGINS_OFF_FOR_SURE = ("cacheprovider", "stepwise", "junitxml", "pastebin", "randomly", "random_order", "random-order")
# Plugins that take long to load, and the word in tests or in their conftest.py without which they do nothing for them.
PLUGINS_ON_DEMAND = {
    "hypothesispytest": None,  # options and statistics; @given works without
    "pytest-lsp": b"lsp",
    "anyio": b"anyio",
    "asyncio": b"async",
    "typeguard": b"typeguard",
    "faker": b"faker",
}
# Options in the project's `addopts` without which its tests may not be found or would run too long; others go.
OPTIONS_KEPT = (
    "-p",
    "-m",
    "-k",
    "-c",
    "--import-mode",
    "--ds",
    "--dc",
    "--asyncio-mode",
    "--ignore",
    "--deselect",
)
# Markers, options and versions of plugins that are missing here are no reason to run no test at all: a warning of
# pytest about them is an error where the project's `filterwarnings` says so, and then it ends the whole run.
LENIENT = (
    "-W", "ignore::pytest.PytestWarning", "-o", "strict=false", "-o", "strict_markers=false",
    "-o", "strict_config=false", "-o", "required_plugins=",
)  # fmt: skip


def arguments(files: list[str], root: str, *, with_plugins: bool) -> list[str]:
    """The command line. `with_plugins`: for configurations that fail without what is off otherwise."""
    # Plain asserts: who wants no explanations need not have tests and plugins compiled for them, seconds each time.
    words = ["-q", "--tb=line", "--assert=plain", "--continue-on-collection-errors", "--rootdir", root, *LENIENT]
    words += ["-o", "addopts=" + " ".join(map(shlex.quote, kept_options(root)))]
    off = PLUGINS_OFF_FOR_SURE if with_plugins else (*PLUGINS_OFF, *idle_plugins(files, root))
    for plugin in off:
        words += ["-p", "no:" + plugin]
    if importlib.util.find_spec("pytest_benchmark") is not None:
        words.append("--benchmark-disable")
    return [*words, *files]


def idle_plugins(files: list[str], root: str) -> list[str]:
    """Those of PLUGINS_ON_DEMAND that these tests have no use for."""
    read = [*files, *(os.path.join(root, name) for name in ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"))]
    folders = {folder for file in files for folder in Path(file).parents if folder.is_relative_to(root)}
    read += [os.path.join(folder, "conftest.py") for folder in folders]
    text = b""
    for file in read:
        with contextlib.suppress(OSError), open(file, "rb") as opened:
            text += opened.read()
    if b"pytest_plugins" in text:  # fixtures from elsewhere, which may use anything
        return []
    return [plugin for plugin, word in PLUGINS_ON_DEMAND.items() if word is None or word not in text]


def kept_options(root: str) -> list[str]:
    """Those of the project's own `addopts` that still hold when its tests only serve to make calls."""
    try:
        words = iter(shlex.split(_addopts(root)))
    except ValueError:
        return []
    kept = []
    for word in words:
        name, equals, _ = word.partition("=")
        if name in OPTIONS_KEPT:
            kept.append(word)
            if not equals:
                kept.extend(w for w in [next(words, None)] if w is not None)
        elif word[:2] == "-p" and not word.startswith("-pno"):
            kept.append(word)
    return kept


def _addopts(root: str) -> str:
    """What the first configuration file that pytest would read says, in pytest's order of files."""
    for name, section in (
        ("pytest.ini", "pytest"),
        (".pytest.ini", "pytest"),
        ("pyproject.toml", ""),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        path = Path(root, name)
        if not path.is_file():
            continue
        try:
            value = _toml_addopts(path) if not section else _ini_addopts(path, section)
        except Exception:  # whatever is wrong with the file, pytest will say it
            return ""
        if value is not None:
            return value if isinstance(value, str) else " ".join(map(shlex.quote, value))
    return ""


def _ini_addopts(path: Path, section: str) -> Optional[str]:
    parser = configparser.RawConfigParser(strict=False)
    parser.read(path, encoding="utf-8")
    return parser.get(section, "addopts", fallback="") if parser.has_section(section) else None


def _toml_addopts(path: Path) -> Any:
    try:
        toml: Any = importlib.import_module("tomllib")
    except ImportError:  # before 3.11; pytest itself then depends on tomli
        toml = importlib.import_module("tomli")
    with path.open("rb") as file:
        tables = toml.load(file).get("tool", {}).get("pytest", {})
    options = tables.get("ini_options", tables or None)
    return None if options is None else options.get("addopts", "")
