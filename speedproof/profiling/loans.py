"""Where our own copies lie of the packages that a project's interpreter may be lent (see worker/loan.py)."""

import importlib.metadata
import importlib.util
import sys
from functools import cache
from pathlib import Path

from packaging.specifiers import SpecifierSet

DISTRIBUTION_OF = {
    "pytest": "pytest",
    "_pytest": "pytest",
    "py": "pytest",
    "pluggy": "pluggy",
    "iniconfig": "iniconfig",
    "packaging": "packaging",
    "pygments": "pygments",
    "hypothesis": "hypothesis",
    "_hypothesis_globals": "hypothesis",
    "sortedcontainers": "sortedcontainers",
    "cloudpickle": "cloudpickle",
    "coverage": "coverage",
}
"""Pytest and Hypothesis and what they need, what pickles calls, what measures coverage: module → distribution."""

COMPILED = {"hypothesis"}
"""Distributions that do not work without their compiled part; only our own minor version of Python loads it."""


@cache
def available_paths(version: tuple[int, int] = sys.version_info[:2]) -> dict[str, str]:
    """Top-level module name → the file or folder to load it from, for `worker.loan.install`.

    `version` is that of the interpreter which borrows: what our copy does not support is left out.
    """
    usable = {name: place for name in DISTRIBUTION_OF if (place := _place(name)) is not None}
    supported = {distribution: _supports(distribution, version) for distribution in set(DISTRIBUTION_OF.values())}
    return {name: place for name, place in usable.items() if supported[DISTRIBUTION_OF[name]]}


def _supports(distribution: str, version: tuple[int, int]) -> bool:
    if distribution in COMPILED and version != sys.version_info[:2]:
        return False
    try:
        required = importlib.metadata.metadata(distribution)["Requires-Python"] or ""
    except importlib.metadata.PackageNotFoundError:
        return False
    return SpecifierSet(required).contains(".".join(map(str, version)))


def _place(name: str) -> str | None:
    """The file or package folder of an installed top-level module, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return None
    origin = Path(spec.origin)
    return str(origin.parent if origin.name == "__init__.py" else origin)
