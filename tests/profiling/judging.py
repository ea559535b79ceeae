"""What tests of verdicts share: many originals in one module of a scratch project, each with one candidate, judged."""

import re
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target, targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared, refute

SAME = (Status.VERIFIED, Status.NOT_FASTER)
"""What a candidate that behaves the same may get, the clock apart."""
REFUSED = (Status.DIFFERS, Status.UNVERIFIABLE, Status.CRASHED, Status.TIMED_OUT)


@dataclass(frozen=True)
class Case:
    """In `original` and `candidate` the function is `f`, a class of its own `K`; each case gets names of its own.

    `calls` are what its tests do, one call per line. `aspect` is what the counterexample names.
    """

    original: str
    calls: str
    candidate: str
    allowed: tuple[Status, ...]
    aspect: str = ""
    reason: str = ""
    target: str = "f"
    clock: bool = True
    """Without it, behaviour alone is compared, which is all of a verdict that the case is about."""


class Judged:
    """The verdicts on `cases`, reached one after the other by one Profiler when they are first asked for."""

    def __init__(self, cases: Mapping[str, Case], root: Path, header: str = "", **settings: float) -> None:
        self.cases = dict(cases)
        self.header = header
        self.path = root / "cases.py"
        (root / "pyproject.toml").write_text("[project]\nname = 'cases'\n")
        self.text = self.text_with("")
        self.path.write_text(self.text)
        (root / "test_cases.py").write_text(self._tests())
        self._settings = Settings(**{"budget_seconds": 30, "call_seconds": 1.0, **settings})  # type: ignore[arg-type]
        self._project = discover(self.path)
        self._verdicts: dict[str, Verdict] = {}
        self.profiler: Profiler | None = None

    def __enter__(self) -> "Judged":
        self.profiler = Profiler(self._project, self._settings, CancelToken()).__enter__()
        qualnames = [target.qualname for target in targets_in(self.path, self.text)]
        self.profiler.record([(self.path, self.text, qualnames)], self._project.tests)
        return self

    def __exit__(self, *error: object) -> None:
        assert self.profiler is not None
        self.profiler.__exit__(None, None, None)

    def verdict(self, name: str) -> Verdict:
        if name not in self._verdicts:
            self._verdicts[name] = self.judge(name, self.text_with(name))
        return self._verdicts[name]

    def judge(self, name: str, candidate: str) -> Verdict:
        """Anew, with `candidate` as the whole module."""
        assert self.profiler is not None
        target = find_target(self.path, self.text, self._named(self.cases[name].target, name))
        assert target is not None
        prepared = self.profiler.prepare(target)
        if isinstance(prepared, Verdict):
            return prepared
        if self.cases[name].clock:
            return self.profiler.judge(prepared, Candidate(candidate, "given", (name,)))
        refuted, evidence = refute(prepared, {**prepared.order, "after": candidate}, time.monotonic() + 30)
        return refuted or Verdict(Status.NOT_FASTER, "behaves the same, and was not timed", evidence)

    def text_with(self, replaced: str) -> str:
        parts = [
            self._named(textwrap.dedent(case.candidate if name == replaced else case.original).strip(), name)
            for name, case in self.cases.items()
        ]
        return self.header + "\n\n\n".join(parts) + "\n"

    def _named(self, text: str, name: str) -> str:
        number = list(self.cases).index(name)
        return re.sub(r"\b([fK])\b(?!['\"])", rf"\g<1>{number}", text)

    def _tests(self) -> str:
        lines = [HELPER, "from cases import *", "import cases", ""]
        for name, case in self.cases.items():
            calls = self._named(textwrap.dedent(case.calls).strip(), name).splitlines()
            body = "\n".join(f"    call(lambda: {call})" for call in calls) or "    pass"
            lines.append(f"def test_{list(self.cases).index(name)}():\n{body}\n")
        return "\n".join(lines)


@contextmanager
def prepared_in(folder: Path, text: str, tests: str, qualname: str, **settings: float) -> Iterator[Prepared]:
    """One function of a scratch project in `folder`, ready for candidates: `text` is its module, `cases`."""
    path = folder.resolve() / "cases.py"
    path.write_text(text)
    (path.parent / "test_cases.py").write_text(tests)
    project = discover(path, python=sys.executable)
    target = find_target(path, text, qualname)
    assert target is not None
    with Profiler(project, Settings(**settings), CancelToken()) as profiler:  # type: ignore[arg-type]
        profiler.record([(path, text, [qualname])], project.tests)
        ready = profiler.prepare(target)
        assert not isinstance(ready, Verdict), ready.reason
        yield ready


HELPER = """
import asyncio, collections, datetime, decimal, inspect, io

def call(work):
    try:
        result = work()
        if inspect.iscoroutine(result):
            asyncio.run(result)
        elif inspect.isgenerator(result):
            list(result)
    except (Exception, SystemExit):
        pass
"""


def check(case: Case, verdict: Verdict) -> None:
    assert verdict.status in case.allowed, f"{verdict.status}: {verdict.reason}"
    assert case.reason in verdict.reason
    if case.aspect:
        assert verdict.counterexample is not None, verdict.reason
        assert verdict.counterexample.aspect == case.aspect
