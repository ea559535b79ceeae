"""Lends a few packages of Speedproof's own environment to a project's interpreter that lacks them.

Only the packages named, and only after the project's own path has been searched in vain: whatever else lies beside
them stays out of reach, so a dependency missing from the project stays missing, and its metadata and entry points
(pytest plugins) stay unknown.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Optional


def install(paths: dict[str, str]) -> None:
    """`paths` maps top-level module names to the file, or the package's folder, to load each from.

    Installing again replaces what was lent before. Modules already imported stay.
    """
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Lender)]
    sys.meta_path.append(_Lender(paths))


class _Lender:
    """Submodules need no help: a package once found searches its own folder."""

    def __init__(self, paths: dict[str, str]) -> None:
        self.paths = dict(paths)

    def find_spec(
        self, fullname: str, _path: Optional[Sequence[str]] = None, _target: Any = None
    ) -> Optional[ModuleSpec]:
        place = self.paths.get(fullname)
        if place is None:
            return None
        if Path(place).is_dir():
            return importlib.util.spec_from_file_location(
                fullname, Path(place, "__init__.py"), submodule_search_locations=[place]
            )
        return importlib.util.spec_from_file_location(fullname, place)
