"""Runs the project's own tests inside this process, for the sake of the calls they make.

Whether a test passes does not matter here; that one which fails or hangs does not stop the others, does.
"""

from __future__ import annotations

import configparser
import contextlib
import importlib.util
import io
import os
import shlex
import sys
import time
import types
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ContextManager, Optional

from .alarm import TimeUp, alarm

# Plugins that reorder or repeat tests, run them in other processes, write files or take over the terminal.
PLUGINS_OFF = (
    "cacheprovider", "stepwise", "junitxml", "pastebin", "faulthandler", "randomly", "random_order",
    "random-order", "xdist", "xdist.looponfail", "forked", "pytest_cov", "testmon", "rerunfailures", "flakefinder",
    "repeat", "codspeed", "profiling", "memray", "html", "sugar", "instafail", "nengo",
)  # fmt: skip
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
GRACE_SECONDS = 0.5


def run_tests(
    files: list[str], root: str, seconds: float, around: Callable[[], ContextManager[None]] = contextlib.nullcontext
) -> dict[str, Any]:
    """Run the tests in `files` by pytest (the project's, or one lent), or by unittest where there is none.

    Each test, and each of its fixtures, runs in a context that `around` makes.

    Gives {"passed": n, "failed": n, "errors": [...], "ran": whether any test ran, "why": what kept them from it}.
    Stops between tests once `seconds` are over; a test that runs on is interrupted where Python allows it.
    """
    outcome = _Outcome(seconds, around)
    sys.dont_write_bytecode = True
    os.environ.pop("PYTEST_ADDOPTS", None)
    with _inside(root), _quiet(), outcome.interrupting():
        try:
            import pytest
        except Exception as error:
            outcome.why = "pytest cannot be imported (%s)" % _brief(error)
            _run_unittest(files, root, outcome)
        else:
            _run_pytest(pytest, files, root, outcome)
    return outcome.as_dict()


class _Outcome:
    """Counts results; as a pytest plugin, too."""

    def __init__(self, seconds: float, around: Callable[[], ContextManager[None]]) -> None:
        self.around = around
        self.deadline = time.monotonic() + seconds
        self.passed = 0
        self.failed = 0
        self.errors: list[str] = []
        self.why = ""
        self.session: Any = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "failed": self.failed,
            "errors": self.errors[:20],
            "ran": self.passed + self.failed > 0,
            "why": self.why,
        }

    def is_over(self) -> bool:
        return time.monotonic() > self.deadline

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

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.errors.append("%s: %s" % (report.nodeid, _last_line(str(report.longrepr))))
        self._stop_if_over()

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" and report.passed:
            self.passed += 1
        elif report.failed:
            self.failed += 1
            self.errors.append("%s: %s" % (report.nodeid, _last_line(str(report.longrepr))))

    def pytest_runtest_logfinish(self) -> None:
        self._stop_if_over()

    def _stop_if_over(self) -> None:
        if self.is_over() and self.session is not None:
            self.session.shouldstop = "the time for tests is over"


def _run_pytest(pytest: Any, files: list[str], root: str, outcome: _Outcome) -> None:
    # Plain asserts: who wants no explanations need not have tests and plugins compiled for them, seconds each time.
    arguments = ["-q", "--tb=line", "--assert=plain", "--continue-on-collection-errors", "--rootdir", root]
    arguments += ["-o", "addopts=" + " ".join(map(shlex.quote, _kept_options(root)))]
    for plugin in [*PLUGINS_OFF, *_idle_plugins(files, root)]:
        arguments += ["-p", "no:" + plugin]
    if importlib.util.find_spec("pytest_benchmark") is not None:
        arguments.append("--benchmark-disable")
    try:
        status = int(pytest.main([*arguments, *files], plugins=[outcome, _around_tests(pytest, outcome.around)]))
    except (Exception, SystemExit) as error:
        outcome.why = "pytest failed: %s" % _brief(error)
        return
    if outcome.passed + outcome.failed == 0:
        meanings = {
            3: "pytest had an internal error",
            4: "pytest refused its configuration",
            5: "no tests were found",
        }
        outcome.why = meanings.get(status, "no test ran")


def _idle_plugins(files: list[str], root: str) -> list[str]:
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


def _around_tests(pytest: Any, around: Callable[[], ContextManager[None]]) -> Any:
    """A plugin that puts the context around what belongs to the project: tests and fixtures, not pytest itself."""

    hook: Callable[[Any], Any] = pytest.hookimpl(hookwrapper=True)

    class AroundTests:
        @hook
        def pytest_runtest_call(self) -> Iterator[None]:
            with around():
                yield

        @hook
        def pytest_fixture_setup(self) -> Iterator[None]:
            with around():
                yield

    return AroundTests()


def _kept_options(root: str) -> list[str]:
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


def _run_unittest(files: list[str], root: str, outcome: _Outcome) -> None:
    """unittest's test cases, and plain `test_…()` functions without parameters."""
    for path in files:
        if outcome.is_over():
            break
        try:
            module = _load(Path(path))
        except (Exception, SystemExit) as error:  # unittest.SkipTest among them
            outcome.errors.append("%s: %s" % (os.path.relpath(path, root), _brief(error)))
            continue
        cases: list[Any] = list(_flattened(unittest.defaultTestLoader.loadTestsFromModule(module)))
        plain = [f for name, f in vars(module).items() if name.startswith("test") and _is_plain(f)]
        for case in cases + [unittest.FunctionTestCase(function) for function in plain]:
            if outcome.is_over():
                break
            result = unittest.TestResult()
            with outcome.around():
                case.run(result)
            if result.wasSuccessful():
                outcome.passed += not result.skipped
            else:
                outcome.failed += 1
                text = (result.errors + result.failures or [(case, "an unexpected success")])[0][1]
                outcome.errors.append("%s: %s" % (case, _last_line(text)))


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
    return _last_line("%s: %s" % (type(error).__name__, error))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
