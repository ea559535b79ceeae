"""Runs whole programs of a project in the sandbox: its tests, or a workload that the user names.

with ProgramRuns(project, settings, cancel) as runs:
    profile = runs.profile("pytest -q", seconds=60)    # where its time goes
    ran = runs.run("pytest -q", seconds=60, texts={})  # how it ends, with other texts in some files
"""

import json
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.hotspot import FunctionTime, Profile
from speedproof.core.project import Project
from speedproof.core.settings import Settings
from speedproof.core.source import encoded
from speedproof.profiling import sandbox
from speedproof.profiling.compiled import compiled_worker
from speedproof.profiling.interpreter import check_interpreter
from speedproof.profiling.overlay import make_overlay, remove_tree

POLL_SECONDS = 0.05
MAX_PROFILE_BYTES = 64 * 2**20
MAX_WORDS = 400
"""Of a program's last words that are told."""
_SCRIPT_HEAD_BYTES = 200


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a program. `status` is its exit status, None where it was ended because its time was up."""

    status: int | None
    seconds: float
    output: str
    """The end of what it wrote."""

    @property
    def problem(self) -> str:
        """Nothing where it ended well."""
        if self.status == 0:
            return ""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        last = lines[-1][:MAX_WORDS] if lines else "it wrote nothing"
        how = "did not end in time" if self.status is None else f"ended with status {self.status}"
        return f"it {how}: {last}"


class ProgramRuns:
    """A copy of the project to run programs in, for as long as the `with` block lasts."""

    def __init__(self, project: Project, settings: Settings, cancel: CancelToken) -> None:
        self._project = project
        self._settings = settings
        self._cancel = cancel

    def __enter__(self) -> Self:
        """Copies the project. Raises SandboxError where there is no sandbox, ProjectError, Cancelled."""
        self._info = check_interpreter(self._project.python)
        sandbox.layers()
        self._folder = Path(tempfile.mkdtemp(prefix="speedproof-"))
        try:
            self._files = make_overlay(self._project.root, self._tree, self._settings.exclude, self._cancel)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        remove_tree(self._folder)

    @property
    def _tree(self) -> Path:
        return self._folder / "tree"

    def profile(self, workload: str, seconds: float) -> Profile:
        """Where the time of one run goes. Raises UsageError where it is no Python program, SandboxError, Cancelled."""
        result = self._folder / "hotspots.json"
        result.unlink(missing_ok=True)
        ran = self._run(python_words(workload, self._project.python), seconds, result)
        total, functions = self._read(result)
        return Profile(workload, total, functions, ran.problem)

    def run(self, workload: str, seconds: float, texts: Mapping[Path, str] | None = None) -> Ran:
        """One run, for at most `seconds`, with `texts` in place of the files' own. Raises as `profile` does."""
        words = python_words(workload, self._project.python)
        kept = {path: self._inside(path) for path in texts or {}}
        for path, place in kept.items():
            place.unlink(missing_ok=True)  # it may be a link to the user's file
            place.write_bytes(encoded((texts or {})[path]))
        try:
            return self._run(words, seconds, None)
        finally:
            for path, place in kept.items():
                shutil.copyfile(path, place)

    def _run(self, words: list[str], seconds: float, result: Path | None) -> Ran:
        worker = compiled_worker(self._info)
        roots = os.pathsep.join(str(self._inside(root)) for root in self._project.import_roots)
        script = [str(self._project.python), "-B", "-s", str(worker / "hotspots.py")]
        command = [*script, str(result or ""), str(self._tree), roots, *words]
        readable = (*sandbox.default_readable(self._project.python, (self._project.root,)), worker)
        memory = self._settings.memory_mb * sandbox.MIB
        policy = sandbox.Policy(readable=readable, writable=(self._folder,), memory_bytes=memory)
        start = time.perf_counter()
        with sandbox.start(command, policy, cwd=self._tree) as confined:
            status: int | None = None
            while status is None and time.perf_counter() - start < seconds:
                self._cancel.check()
                with suppress(TimeoutError):
                    status = confined.wait(min(POLL_SECONDS, max(seconds, 0.0)))
            took, output = time.perf_counter() - start, confined.output()
        return Ran(status, took, output)

    def _read(self, result: Path) -> tuple[float, tuple[FunctionTime, ...]]:
        """What the run wrote. It is foreign code's word: whatever has another form is left out."""
        try:
            if result.is_symlink() or result.stat().st_size > MAX_PROFILE_BYTES:
                return 0.0, ()
            told = json.loads(result.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return 0.0, ()
        match told:
            case {"seconds": float(total), "functions": list(rows)}:
                return total, tuple(time for row in rows if (time := self._function(row)) is not None)
        return 0.0, ()

    def _function(self, row: Any) -> FunctionTime | None:
        match row:
            case [str(file), int(line), str(name), int(n_calls), float(own), float(seconds)]:
                path = Path(file)
                if path.is_relative_to(self._tree):
                    place = self._project.root / path.relative_to(self._tree)
                    return FunctionTime(place, line, name, n_calls, own, seconds)
        return None

    def _inside(self, path: Path) -> Path:
        """Where the copy has a file or folder of the project."""
        return self._tree / path.relative_to(self._project.root)


def python_words(workload: str, python: Path) -> list[str]:
    """What an interpreter is to be given to run a command line of a Python program. Raises UsageError.

    `python -m app x`, `python app.py`, `app.py x`, `pytest -q`, or another program that the environment has.
    """
    try:
        words = shlex.split(workload)
    except ValueError as error:
        raise UsageError(f"workload {workload!r}: {error}") from error
    if not words:
        raise UsageError("the workload is empty; it is a command line such as 'pytest -q' or 'python -m app'")
    name = Path(words[0]).name
    if name.startswith("python") and not name.endswith(".py"):
        words = words[1:]
        if not words or (words[0].startswith("-") and words[0] not in ("-m", "-c")) or words in (["-m"], ["-c"]):
            raise UsageError(f"workload {workload!r}: after python comes -m MODULE, -c CODE or a file")
        return words
    if name.endswith(".py"):
        return words
    if name in ("pytest", "py.test"):
        return ["-m", "pytest", "-p", "no:cacheprovider", *words[1:]]
    if name == "unittest":
        return ["-m", *words]
    script = python.parent / name
    with suppress(OSError):
        head = script.read_bytes()[:_SCRIPT_HEAD_BYTES]
        if head.startswith(b"#!") and b"python" in head:
            return [str(script), *words[1:]]
    raise UsageError(
        f"workload {workload!r}: {words[0]} is no Python program of the environment of {python}; "
        "write 'python -m MODULE …' or 'python FILE …'"
    )
