"""Tests without pytest: unittest's cases, and plain `test_…()` functions."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import types
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .alarm import TimeUp


def run(files: list[str], root: str, outcome: Any) -> None:
    """Run what `files` hold; `outcome` is what `suite` counts in."""
    for path in files:
        if outcome.is_over():
            break
        try:
            module = _load(Path(path))
        except (Exception, SystemExit) as error:  # unittest.SkipTest among them
            outcome.add_error(os.path.relpath(path, root), error)
            continue
        cases: list[Any] = list(_flattened(unittest.defaultTestLoader.loadTestsFromModule(module)))
        plain = [f for name, f in vars(module).items() if name.startswith("test") and _is_plain(f)]
        for case in cases + [unittest.FunctionTestCase(function) for function in plain]:
            if outcome.is_over():
                break
            result = _Result()
            with contextlib.suppress(TimeUp), outcome.around():
                case.run(result)
            if result.wasSuccessful():
                outcome.passed += not result.skipped
            else:
                outcome.failed += 1
                outcome.add_error(str(case), result.raised)


class _Result(unittest.TestResult):
    """Keeps the exception itself, not only its text."""

    raised: BaseException = AssertionError("an unexpected success")

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        self.raised = err[1]
        super().addError(test, err)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self.raised = err[1]
        super().addFailure(test, err)


def _load(path: Path) -> types.ModuleType:
    """Import a test file under the name that its packages give it, as pytest would."""
    folder, parts = path.parent, [path.stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(".".join(parts))


def _flattened(suite: Any) -> Iterator[Any]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flattened(test)
        else:
            yield test


def _is_plain(function: Any) -> bool:
    return isinstance(function, types.FunctionType) and function.__code__.co_argcount == 0
