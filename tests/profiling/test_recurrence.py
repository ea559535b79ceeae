"""Results kept between calls: wherever a candidate keeps them, it is not called faster for it.

The original sums in a loop; each candidate does the same, and remembers. The last ones are honest.
"""

import sys
import textwrap
import time
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate, Target
from speedproof.core.verdict import Evidence, Status, Verdict
from speedproof.profiling.judge import compare_times, sides_of
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.recurrence import Recurrence
from speedproof.profiling.refute import Prepared

ORIGINAL = """\
import functools, os, re, sys, threading, weakref


def work(n, text):
    total = 0
    for i in range(n):
        total += i * len(text)
    return total


@functools.lru_cache(maxsize=None)
def kept(n, text):
    total = 0
    for i in range(n):
        total += i * len(text)
    return total
"""
TESTS = """\
import pytest
from cases import kept, work


@pytest.mark.parametrize("n", [0, 1, 5, 100, 3000, 60000])
def test_work(n):
    assert work(n, "ab") == kept(n, "ab") == sum(range(n)) * 2
"""

REMEMBERING = {
    "a dictionary of the module": ("_cache = {}", "_cache"),
    "a default": ("", "_cache", "_cache={}"),
    "an attribute of the function": ("", "work.__dict__.setdefault('cache', {})"),
    "an attribute of an object": (
        "class _Store:\n    __slots__ = ('content',)\n\n_store = _Store()\n_store.content = {}",
        "_store.content",
    ),
    "a dictionary behind a weak reference": (
        "class _Key:\n    pass\n\n_key = _Key()\n_caches = weakref.WeakKeyDictionary()",
        "_caches.setdefault(_key, {})",
    ),
    "another module": ("", "re.__dict__.setdefault('_work_cache', {})"),
    "sys": ("", "sys.__dict__.setdefault('_work_cache', {})"),
    "built-in names": ("import builtins", "builtins.__dict__.setdefault('_work_cache', {})"),
    "the thread": ("_local = threading.local()", "_local.__dict__.setdefault('cache', {})"),
}
OTHERS = {
    "a closure": """
        def _make():
            cache = {}

            def inner(n, text):
                if (n, text) not in cache:
                    cache[n, text] = sum(range(n)) * len(text)
                return cache[n, text]

            return inner

        _inner = _make()

        def work(n, text):
            return _inner(n, text)
        """,
    "a cached helper": """
        @functools.lru_cache(None)
        def _sum(n, text):
            return sum(range(n)) * len(text)

        def work(n, text):
            return _sum(n, text)
        """,
    "a cache around it": """
        @functools.lru_cache(None)
        def work(n, text):
            return sum(range(n)) * len(text)
        """,
    "the environment": """
        def work(n, text):
            key = f"WORK_{n}_{len(text)}"
            if key not in os.environ:
                os.environ[key] = str(sum(range(n)) * len(text))
            return int(os.environ[key])
        """,
    "a file": """
        def work(n, text):
            name = f"work-{n}-{len(text)}"
            if not os.path.exists(name):
                with open(name, "w") as file:
                    file.write(str(sum(range(n)) * len(text)))
            with open(name) as file:
                return int(file.read())
        """,
    "the last result alone": """
        def work(n, text):
            kept = re.__dict__.setdefault("_work_last", [None, None])
            if kept[0] != (n, text):
                kept[:] = (n, text), sum(i * len(text) for i in range(n))
            return kept[1]
        """,
    "a generator": """
        def _keeping():
            cache, answer = {}, None
            while True:
                n, text = yield answer
                if (n, text) not in cache:
                    cache[n, text] = sum(i * len(text) for i in range(n))
                answer = cache[n, text]

        _keeper = _keeping()
        next(_keeper)

        def work(n, text):
            return _keeper.send((n, text))
        """,
}
HIDDEN = (
    "a dictionary behind a weak reference",
    "another module",
    "sys",
    "the thread",
    "a generator",
    "the last result alone",
)
"""Places that no comparison of behaviour looks at."""
HONEST = {
    "work": "def work(n, text):\n    return n * (n - 1) // 2 * len(text) if n > 0 else 0\n",
    "kept": "@functools.lru_cache(maxsize=None)\ndef kept(n, text):\n"
    "    return n * (n - 1) // 2 * len(text) if n > 0 else 0\n",
}


def remembering(before: str, cache: str, parameter: str = "") -> str:
    """The original with a cache, which is made by statements of the module or found by an expression."""
    return f"""{before}


def work(n, text{f", *, {parameter}" if parameter else ""}):
    cache = {cache}
    if (n, text) in cache:
        return cache[n, text]
    total = 0
    for i in range(n):
        total += i * len(text)
    cache[n, text] = total
    return total
"""


CANDIDATES = {
    **{name: ("work", remembering(*parts)) for name, parts in REMEMBERING.items()},
    **{name: ("work", textwrap.dedent(text)) for name, text in OTHERS.items()},
    **{f"none: {name}": (name, text) for name, text in HONEST.items()},
}


def replaced(target: Target, text: str) -> str:
    return target.text[: target.span.start] + text.strip("\n") + target.text[target.span.end :]


SET_UP_ONCE = """
_ready = []

def work(n, text):
    if n > 5 and not _ready:
        _ready.append(sum(range(2_000_000)))
    return n * (n - 1) // 2 * len(text) if n > 0 else 0
"""
"""At the first call of a kind: no result is kept. The inputs that warm a process up are all of another kind."""


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    root = tmp_path_factory.mktemp("project").resolve()
    path = root / "cases.py"
    path.write_text(ORIGINAL)
    (root / "test_cases.py").write_text(TESTS)
    project = discover(path, python=sys.executable)
    found = {}
    with Profiler(project, Settings(max_inputs=60), CancelToken()) as profiler:
        profiler.record([(path, ORIGINAL, ["work", "kept"])], project.tests)
        targets = {name: find_target(path, ORIGINAL, name) for name in ("work", "kept")}
        prepared = {name: profiler.prepare(target) for name, target in targets.items() if target is not None}
        for name, (function, text) in CANDIDATES.items():
            target, ready = targets[function], prepared[function]
            assert target is not None
            assert not isinstance(ready, Verdict), ready.reason
            candidate = Candidate(replaced(target, text), "given", (name,))
            found[name] = profiler.judge(ready, candidate)
            if name in HIDDEN:
                found[f"{name}, timed"] = timed(ready, candidate)
        target, ready = targets["work"], prepared["work"]
        assert target is not None
        assert not isinstance(ready, Verdict), ready.reason
        found["set up once"] = timed(ready, Candidate(replaced(target, SET_UP_ONCE), "given", ("set up once",)))
    return found


def timed(prepared: Prepared, candidate: Candidate) -> Verdict:
    """By the clock alone, without a comparison of behaviour."""
    sides = sides_of(prepared, candidate, None)
    return compare_times(prepared, Evidence(), sides, deadline=time.monotonic() + 30)


@pytest.mark.parametrize("name", CANDIDATES)
def test_only_what_forgets_is_faster(name: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[name].verified is name.startswith("none"), verdicts[name].reason


@pytest.mark.parametrize("name", ["a dictionary of the module", "a cached helper"])
def test_who_allows_caches_gets_them(name: str, tmp_path: Path) -> None:
    path = tmp_path.resolve() / "cases.py"
    path.write_text(ORIGINAL)
    (path.parent / "test_cases.py").write_text(TESTS)
    project = discover(path, python=sys.executable)
    target = find_target(path, ORIGINAL, "work")
    assert target is not None
    candidate = Candidate(replaced(target, CANDIDATES[name][1]), "given", (name,))
    with Profiler(project, Settings(max_inputs=30, allow_caches=True), CancelToken()) as profiler:
        profiler.record([(path, ORIGINAL, ["work"])], project.tests)
        prepared = profiler.prepare(target)
        assert not isinstance(prepared, Verdict)
        verdict = profiler.judge(prepared, candidate)
    assert verdict.verified, verdict.reason


@pytest.mark.parametrize("name", HIDDEN)
def test_the_clock_alone_finds_it_out(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[f"{name}, timed"]
    assert verdict.status is Status.NOT_FASTER
    assert verdict.reason.startswith("it keeps results between calls")


def test_what_is_set_up_once_is_no_kept_result(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["set up once"].verified, verdicts["set up once"].reason


@pytest.mark.parametrize(
    ("measured", "unseen", "seen", "baseline_seconds", "kept_per_call", "remembers"),
    [
        (1.0, 1.0, 1.0, 0.01, 0.0, False),
        (5.0, 0.0, 5.0, 0.01, 0.0, True),
        (0.1, 0.0, 0.1, 0.01, 0.0, False),
        (1.0, 0.4, 1.0, 0.01, 0.0, False),
        (1.0, 0.4, 1.0, 0.01, 1.0, True),
        (1.0, 0.6, 1.0, 0.01, 1.0, False),
        (1.0, 1.0, 1.0, 0.01, 1.0, False),
        (5.0, 0.0, 5.0, 1e-5, 0.0, False),
        (1.0, 1.0, 1.0, 1e-5, 1.0, True),
        (0.1, 0.06, 0.25, 0.01, 0.0, False),
        (0.1, 0.02, 0.25, 0.01, 0.0, True),
    ],
)
def test_new_inputs_decide(
    measured: float, unseen: float, seen: float, baseline_seconds: float, kept_per_call: float, remembers: bool
) -> None:
    assert Recurrence(measured, unseen, seen, baseline_seconds, kept_per_call).remembers is remembers
