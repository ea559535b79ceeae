# ruff: noqa: E501 - originals and candidates in a line each
"""The whole loop in the real sandbox: what is proved, what is refuted and by which aspect, what nobody can say.

All originals live in one module of a scratch project, with tests that call them; each candidate replaces one of them.
"""

import textwrap
from dataclasses import dataclass

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target, targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate
from speedproof.core.verdict import Status, Verdict
from speedproof.profiling.profiler import Profiler


@dataclass(frozen=True)
class Case:
    """`calls` are argument lists as a test would write them; `aspect` is what the counterexample must name."""

    original: str
    calls: str
    candidate: str
    status: Status
    aspect: str = ""
    reason: str = ""


CASES: dict[str, Case] = {
    "faster and equal": Case(
        "def f(xs):\n    out = []\n    for x in xs:\n        out = out + [x]\n    return out",
        "([1, 2, 3],); (list(range(300)),)",
        "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    return out",
        Status.VERIFIED,
    ),
    "equal for what can be hashed, called with more": Case(
        "def f(xs, ys):\n    return [x for x in xs if x in ys]",
        "([1, 2, 3], [2, 3]); ([[1], [2]], [[2]])",
        "def f(xs, ys):\n    known = set(ys)\n    return [x for x in xs if x in known]",
        Status.DIFFERS,
    ),
    "the same code": Case(
        "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total",
        "([1, 2, 3],); (list(range(100)),)",
        "def f(xs):\n    sum_ = 0\n    for y in xs:\n        sum_ += y\n    return sum_",
        Status.NOT_FASTER,
    ),
    "another type": Case(
        "def f(xs):\n    return [x for x in xs if x]",
        "([1, 0, 2],); ([],)",
        "def f(xs):\n    return tuple(x for x in xs if x)",
        Status.DIFFERS,
        "result",
    ),
    "a changed argument": Case(
        "def f(xs):\n    return sorted(xs)",
        "([3, 1, 2],); ([2, 1],)",
        "def f(xs):\n    getattr(xs, 'sort', str)()\n    return sorted(xs)",
        Status.DIFFERS,
        "arguments",
    ),
    "a result that is the argument": Case(
        "def f(xs):\n    return list(xs)",
        "([3, 1, 2],); ([2, 1],)",
        "def f(xs):\n    return xs if type(xs) is list else list(xs)",
        Status.DIFFERS,
        "aliasing",
    ),
    "another message": Case(
        "def f(x):\n    if x < 0:\n        raise ValueError(f'negative: {x}')\n    return x * 2",
        "(1,); (2,); (-1,)",
        "def f(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x * 2",
        Status.DIFFERS,
        "exception",
    ),
    "another exception where it is empty": Case(
        "def f(xs):\n    return sorted(xs)[0]",
        "([3, 1, 2],); ([5],); ([2, 2],)",
        "def f(xs):\n    return min(xs)",
        Status.DIFFERS,
        "exception",
    ),
    "a rare input": Case(
        "def f(n):\n    return [i for i in range(n) if i % 3 == 0]",
        "(10,); (20,); (0,)",
        "def f(n):\n    return list(range(0, n, 3)) if n != 7 else [0, 3]",
        Status.DIFFERS,
        "result",
    ),
    "output": Case(
        "def f(x):\n    print('got', x)\n    return x",
        "(1,); (2,)",
        "def f(x):\n    return x",
        Status.DIFFERS,
        "output",
    ),
    "output past sys.stdout": Case(
        "def f(x):\n    import os\n    os.write(1, b'got it')\n    return x",
        "(1,); (2,)",
        "def f(x):\n    return x",
        Status.DIFFERS,
        "raw output",
    ),
    "a warning": Case(
        "def f(x):\n    import warnings\n    warnings.warn('old')\n    return x",
        "(1,); (2,)",
        "def f(x):\n    return x",
        Status.DIFFERS,
        "warnings",
    ),
    "a list instead of a generator": Case(
        "def f(n):\n    for i in range(n):\n        yield i * 2",
        "(3,); (5,)",
        "def f(n):\n    return [i * 2 for i in range(n)]",
        Status.DIFFERS,
        "result",
    ),
    "a cache between calls": Case(
        "def f(n):\n    return sum(i * i for i in range(n % 1000))",
        "(3,); (500,)",
        "seen = {}\ndef f(n):\n    if n not in seen:\n        seen[n] = sum(i * i for i in range(n % 1000))\n    return seen[n]",
        Status.DIFFERS,
        "module state: seen",
    ),
    "a cache in a decorator": Case(
        "def f(n):\n    return sum(i * i for i in range(n % 1000))",
        "(3,); (500,)",
        "import functools\n@functools.lru_cache\ndef helper(n):\n    return sum(i * i for i in range(n % 1000))\n"
        "def f(n):\n    return helper(n)",
        Status.DIFFERS,
        "module state: helper.cache",
    ),
    "a cache in a default": Case(
        "def f(n):\n    return sum(i * i for i in range(n % 1000))",
        "(3,); (500,)",
        "def f(n, seen={}):\n    if n not in seen:\n        seen[n] = sum(i * i for i in range(n % 1000))\n    return seen[n]",
        Status.DIFFERS,
        "module state: f15",
    ),
    "random numbers drawn": Case(
        "def f(n):\n    import random\n    return [random.random() for _ in range(n % 50)]",
        "(3,); (5,)",
        "def f(n):\n    import random\n    r = [random.random() for _ in range(n % 50)]\n    random.random()\n    return r",
        Status.DIFFERS,
        "random state",
    ),
    "an endless loop": Case(
        "def f(n):\n    return n + 1",
        "(3,); (5,); (9,)",
        "def f(n):\n    while n == 5:\n        pass\n    return n + 1",
        Status.TIMED_OUT,
        "outcome",
    ),
    "the end of the process": Case(
        "def f(n):\n    import os\n    if n is None: os._exit(1)\n    return n + 1",
        "(3,); (5,); (9,)",
        "def f(n):\n    import os\n    if n == 5:\n        os._exit(0)\n    return n + 1",
        Status.CRASHED,
        "outcome",
    ),
    "a crash": Case(
        "def f(n):\n    import ctypes\n    return n + 1 if n is not None else ctypes.string_at(0)",
        "(3,); (5,); (9,)",
        "def f(n):\n    import ctypes\n    if n == 5:\n        ctypes.string_at(0)\n    return n + 1",
        Status.CRASHED,
        "outcome",
    ),
    "no syntax": Case("def f(n):\n    return n", "(3,); (5,)", "def f(n):\n    return n +", Status.CRASHED),
    "random": Case(
        "def f(n):\n    import os\n    return os.urandom(4)",
        "(3,); (5,)",
        "def f(n):\n    import os\n    return os.urandom(4)[:]",
        Status.UNVERIFIABLE,
        reason="not the same when run twice",
    ),
    "a closure": Case(
        "def f(n):\n    def g(x):\n        return x + n\n    return g",
        "(3,); (5,)",
        "def f(n):\n    def g(x):\n        return n + x\n    return g",
        Status.UNVERIFIABLE,
    ),
    "nothing to see": Case(
        "def f(n):\n    for _ in range(n % 10):\n        pass",
        "(3,); (5,)",
        "def f(n):\n    pass",
        Status.UNVERIFIABLE,
        reason="nothing that it does can be observed",
    ),
    "always exits": Case(
        "def f(n):\n    raise SystemExit(n)",
        "(3,); (5,)",
        "def f(n):\n    raise SystemExit(n + 0)",
        Status.UNVERIFIABLE,
        reason="returns on only 0",
    ),
    "never returns": Case(
        "def f(n):\n    while True:\n        pass", "", "def f(n):\n    pass", Status.TIMED_OUT, reason="every call"
    ),
    "its own process ends": Case(
        "def f(n: int):\n    import os\n    os._exit(3)", "", "def f(n: int):\n    return 1", Status.CRASHED
    ),
    "a branch that no input reaches": Case(
        "def f(x):\n    if x == 'open sesame':\n        y = 1\n        y += 2\n        y += 3\n        return y\n    return len(x)",
        "('a',); ('bc',)",
        "def f(x):\n    if x == 'open sesame':\n        y = 1\n        y += 2\n        y += 4\n        return y\n    return len(x)",
        Status.DIFFERS,
        "result",
    ),
    "a coroutine": Case(
        "async def f(xs, ys):\n    return [x for x in xs if x in ys]",
        "([1, 2, 3], [2, 3]); (list(range(300)), list(range(200, 500)))",
        "async def f(xs, ys):\n    ys = list(ys)\n    return [x for x in xs if x in ys][::-1]",
        Status.DIFFERS,
        "result",
    ),
    "the interpreter's own words on calls that nobody makes": Case(
        "def f(xs, n):\n    return tuple(xs)[n]",
        "([1, 2, 3], 0); ([4, 5], 1)",
        "def f(xs, n):\n    return list(list(list(xs)))[n]",
        Status.NOT_FASTER,
    ),
    "the interpreter's own words on a call that was made": Case(
        "def f(xs, n):\n    return tuple(xs)[n]",
        "([1, 2, 3], 0); ([4, 5], 1); ([4, 5], 9)",
        "def f(xs, n):\n    return list(list(list(xs)))[n]",
        Status.DIFFERS,
        "exception",
    ),
    "a cache around the function itself": Case(
        "def f(n):\n    total = 0\n    for i in range(n % 1000):\n        total += i\n    return total",
        "(3,); (500,)",
        "import functools\n@functools.cache\ndef f(n):\n    return sum(range(n % 1000))",
        Status.UNVERIFIABLE,
        reason="the decorators of",
    ),
}  # fmt: skip


def module_text(replaced: str = "") -> str:
    parts = []
    for number, (name, case) in enumerate(CASES.items()):
        source = case.candidate if name == replaced else case.original
        parts.append(source.replace("def f(", f"def f{number}("))
    return "\n\n\n".join(parts) + "\n"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The verdict on every case, all reached by one profiler."""
    root = tmp_path_factory.mktemp("project")
    (root / "pyproject.toml").write_text("[project]\nname = 'cases'\n")
    path = root / "cases.py"
    path.write_text(module_text())
    (root / "test_cases.py").write_text(test_text())
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    settings = Settings(budget_seconds=30, call_seconds=1.0)
    project = discover(path)
    verdicts = {}
    with Profiler(project, settings, CancelToken()) as profiler:
        text = module_text()
        profiler.record([(path, text, [target.qualname for target in targets_in(path, text)])], project.tests)
        for number, name in enumerate(CASES):
            target = find_target(path, text, f"f{number}")
            assert target is not None
            prepared = profiler.prepare(target)
            verdicts[name] = (
                prepared
                if isinstance(prepared, Verdict)
                else profiler.judge(prepared, Candidate(module_text(name), "given", (name,)))
            )
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == before
    return verdicts


def test_text() -> str:
    lines = ["import asyncio, inspect", "from cases import *", ""]
    for number, case in enumerate(CASES.values()):
        calls = [call.strip() for call in case.calls.split(";") if call.strip()]
        body = "\n".join(f"call(f{number}, {call})" for call in calls) or "pass"
        lines.append(f"def test_{number}():\n{textwrap.indent(body, '    ')}\n")
    helper = """
    def call(function, args):
        try:
            result = function(*args)
            if inspect.iscoroutine(result):
                asyncio.run(result)
            elif inspect.isgenerator(result):
                list(result)
        except (Exception, SystemExit):
            pass
    """
    return textwrap.dedent(helper) + "\n".join(lines)


test_text.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str, judged: dict[str, Verdict]) -> None:
    case, verdict = CASES[name], judged[name]
    assert verdict.status is case.status, verdict.reason
    assert case.reason in verdict.reason
    if case.aspect:
        assert verdict.counterexample is not None
        assert verdict.counterexample.aspect == case.aspect
    if case.status is Status.VERIFIED:
        assert verdict.speedup is not None
        assert verdict.speedup.low > 1.0
        assert verdict.evidence.memory is not None
        assert verdict.evidence.inputs["recorded"] == 2
