"""Runs the examples in docstrings, for the sake of the calls they make."""

from __future__ import annotations

import doctest
import io
import time
import types
from typing import Any

from .record import record

MAX_CALLS = 100


def examples(module: types.ModuleType, functions: dict[str, Any], sink: Any, seconds: float) -> dict[str, int]:
    """Run the docstring examples of `module`, recording calls of `functions` (by qualname), with origin "doctest".

    Gives the calls seen by qualname. Examples that fail or are wrong do not matter. Stops between examples once
    `seconds` are over.
    """
    deadline = time.monotonic() + seconds

    def run() -> None:
        for test in _found(module, functions):
            try:
                _Runner(deadline).run(test, out=io.StringIO().write)
            except _TimeUp:
                break
            except Exception:  # an example may break even the runner: it may patch sys.stdout
                continue

    return record(functions, run, sink, MAX_CALLS, "doctest")


class _TimeUp(BaseException):
    """The time for examples is over."""


class _Runner(doctest.DocTestRunner):
    def __init__(self, deadline: float) -> None:
        super().__init__(verbose=False, optionflags=doctest.ELLIPSIS)
        self.deadline = deadline

    def report_start(self, *_: Any) -> None:
        if time.monotonic() > self.deadline:
            raise _TimeUp


def _found(module: types.ModuleType, functions: dict[str, Any]) -> list[doctest.DocTest]:
    """The tests of the module, those in the functions' own docstrings first."""
    try:
        tests = doctest.DocTestFinder(parser=_Parser()).find(module, module.__name__)
    except Exception:  # it asks objects of the project for attributes, and those may do anything
        tests = []
    own = {"%s.%s" % (module.__name__, qualname): function for qualname, function in functions.items()}
    found = {test.name for test in tests if test.examples}
    for name, function in own.items():
        text = getattr(function, "__doc__", None)
        if name not in found and isinstance(text, str):  # a decorator may hide it from the finder
            tests.append(_Parser().get_doctest(text, dict(vars(module)), name, getattr(module, "__file__", None), 0))
    return sorted((test for test in tests if test.examples), key=lambda test: test.name not in own)


class _Parser(doctest.DocTestParser):
    def get_doctest(self, string: str, globs: dict[str, Any], name: str, filename: Any, lineno: Any) -> doctest.DocTest:
        """A docstring that is malformed has no examples; the others of the module keep theirs."""
        try:
            return super().get_doctest(string, globs, name, filename, lineno)
        except ValueError:
            return doctest.DocTest([], globs, name, filename, lineno, string)
