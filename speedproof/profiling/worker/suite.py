"""Runs the project's own tests inside this process, for the sake of the calls they make.

Whether a test passes does not matter here; that one which fails or hangs does not stop the others, does.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ContextManager

from . import suite_options, suite_unittest
from .alarm import TimeUp, alarm
from .lacks import lack

GRACE_SECONDS = 0.5
MAX_SHARE_OF_A_TEST = 0.2
MIN_SECONDS_PER_TEST = 2.0
MAX_ERRORS = 20
_INTERNAL_ERROR, _USAGE_ERROR, _NO_TESTS = 3, 4, 5
"""What pytest.main returns."""


def run_tests(
    files: list[str],
    root: str,
    seconds: float,
    around: Callable[[], ContextManager[None]] = contextlib.nullcontext,
    is_enough: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Run the tests in `files` by pytest (the project's, or one lent), or by unittest where there is none.

    Each test, and each of its fixtures, runs in a context that `around` makes.

    Gives {"passed": n, "failed": n, "errors": [...], "ran": whether any test ran, "why": what kept them from it,
    "lacks": {what tests lacked: how many of them}}. Stops between tests once `seconds` are over or `is_enough` says so;
    a test that runs on is interrupted where Python allows it, and so is one that takes too large a part of the time.
    """
    outcome = _Outcome(seconds, around, is_enough)
    sys.dont_write_bytecode = True
    os.environ.pop("PYTEST_ADDOPTS", None)
    with _inside(root), _quiet(), outcome.interrupting():
        try:
            import pytest
        except Exception as error:
            outcome.why = "pytest cannot be imported (%s)" % _brief(error)
            suite_unittest.run(files, root, outcome)
        else:
            # Without plugins tests are quicker and do less; but some configurations cannot do without.
            if not _run_pytest(pytest, files, root, outcome, with_plugins=False):
                _run_pytest(pytest, files, root, outcome, with_plugins=True)
    return outcome.as_dict()


class _Outcome:
    """Counts results; as a pytest plugin, too."""

    def __init__(
        self, seconds: float, around: Callable[[], ContextManager[None]], is_enough: Callable[[], bool]
    ) -> None:
        self.context = around
        self.deadline = time.monotonic() + seconds
        self.seconds_per_test = max(MIN_SECONDS_PER_TEST, MAX_SHARE_OF_A_TEST * seconds)
        self.is_enough = is_enough
        self.passed = 0
        self.failed = 0
        self.errors: list[str] = []
        self.lacks: Counter[str] = Counter()
        self.why = ""
        self.session: Any = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "failed": self.failed,
            "errors": self.errors[:MAX_ERRORS],
            "lacks": dict(self.lacks.most_common(3)),
            "ran": self.passed + self.failed > 0,
            "why": self.why,
        }

    def is_over(self) -> bool:
        return time.monotonic() > self.deadline or self.is_enough()

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """What a test runs in."""
        with alarm(self.seconds_per_test, GRACE_SECONDS), self.context():
            yield

    def add_error(self, place: str, error: BaseException) -> None:
        what = "it took too long" if isinstance(error, TimeUp) else _brief(error)
        self.errors.append("%s: %s" % (place, what))
        self.lacks.update(found for found in [lack(error)] if found is not None)

    @contextlib.contextmanager
    def interrupting(self) -> Iterator[None]:
        """Some time after the deadline the block is interrupted where it stands, again and again until it ends."""
        with (
            contextlib.suppress(TimeUp),
            alarm(max(0.01, self.deadline - time.monotonic()) + GRACE_SECONDS, GRACE_SECONDS),
        ):
            yield

    # The hooks of pytest.

    def pytest_sessionstart(self, session: Any) -> None:
        self.session = session

    def pytest_exception_interact(self, node: Any, call: Any) -> None:
        """Something has raised: a test, a fixture, or a file of tests as it was imported."""
        self.add_error(str(node.nodeid), call.excinfo.value)

    def pytest_internalerror(self, excinfo: Any) -> None:
        self.why = "pytest had an internal error: %s" % _brief(excinfo.value)

    def pytest_collectreport(self) -> None:
        self._stop_if_over()

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.passed += report.when == "call" and report.passed
        self.failed += report.failed

    def pytest_runtest_logfinish(self) -> None:
        self._stop_if_over()

    def _stop_if_over(self) -> None:
        if self.is_over() and self.session is not None:
            self.session.shouldstop = "there is enough, or no more time"


def _run_pytest(pytest: Any, files: list[str], root: str, outcome: _Outcome, *, with_plugins: bool) -> bool:
    """Whether pytest came as far as the tests, or would not come further at a second attempt."""
    words = suite_options.arguments(files, root, with_plugins=with_plugins)
    outcome.why = ""
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            status = int(pytest.main(words, plugins=[outcome, _around_tests(pytest, outcome)]))
    except (Exception, SystemExit) as error:
        outcome.why = "pytest failed: %s" % _brief(error)
        return with_plugins
    if outcome.passed + outcome.failed or outcome.is_over():
        return True
    if status == _USAGE_ERROR:
        outcome.why = "pytest refused its configuration: %s" % _last_line(errors.getvalue())
    elif status == _NO_TESTS:
        outcome.why = "no tests were found"
    elif not outcome.why:
        outcome.why = "no test ran"
    if outcome.errors:
        outcome.why += "; " + outcome.errors[0]
    return status not in (_INTERNAL_ERROR, _USAGE_ERROR)


def _around_tests(pytest: Any, outcome: _Outcome) -> Any:
    """A plugin that puts the context around what belongs to the project: tests and fixtures, not pytest itself."""

    hook: Callable[[Any], Any] = pytest.hookimpl(hookwrapper=True)

    class AroundTests:
        @hook
        def pytest_runtest_call(self) -> Iterator[None]:
            with outcome.around():
                yield

        @hook
        def pytest_fixture_setup(self) -> Iterator[None]:
            with outcome.context():
                yield

    return AroundTests()


@contextlib.contextmanager
def _inside(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _brief(error: BaseException) -> str:
    if type(error).__name__ == "CollectError":  # whose text ends in that of the exception behind it
        return _last_line(str(error)).lstrip("E ")
    return _last_line("%s: %s" % (type(error).__name__, error))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
