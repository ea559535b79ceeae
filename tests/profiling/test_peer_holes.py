# ruff: noqa: E501 - originals and candidates in a line each
"""What other tools accept though it differs, or refuse though it does not: each hole by name, closed.

The holes were reproduced with optimizers, comparators and benchmark suites of others; some are what they say of
themselves. Where the hole is about a verdict, it is tried through the real sandbox; where it is about equality alone,
the table in `tests/data/equality/cases.py` has it as well. Holes of timing are closed elsewhere: identical code and the
best of many that is (`test_statistics`, `test_timing`), clocks that stand still (`snippets.py`), exponents (`test_scaling`),
results that are missing or malformed (`test_compare`, `test_wire`).
"""

from collections.abc import Iterator

import pytest
from judging import REFUSED, SAME, Case, Judged, check

from speedproof.core.verdict import Status

DIFFERS = (Status.DIFFERS,)
UNKNOWN = (Status.UNVERIFIABLE,)
UNVERIFIED = tuple(set(Status) - {Status.VERIFIED})
HEADER = "import collections, contextlib, contextvars, datetime, decimal, enum, functools, io, itertools, logging, math, pathlib, random, time, warnings\n\nVARIABLE = contextvars.ContextVar('VARIABLE')\nlogger = logging.getLogger('cases')\n\n\nclass Box:\n    def __init__(self, value):\n        self.value = value\n\n\nclass Yes(Box):\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 1\n\n\nclass Text(str):\n    pass\n\n\nclass Level(enum.IntEnum):\n    A = 0\n    B = 1\n    C = 2\n\n\nclass Fault(Exception):\n    def __init__(self, text, code):\n        super().__init__(text)\n        self._code = code\n\n\nclass Liar(Box):\n    def __reduce__(self):\n        return (Liar, (1,))\n\n\n"
INTS = "f(1)\nf(2)\nf(3)\nf(30)\nf(0)"
LISTS = "f([3, 1, 2])\nf([])\nf([5, 5, 1])\nf(list(range(60)))"


def differs(original: str, calls: str, candidate: str, aspect: str = "") -> Case:
    return Case(original, calls, candidate, DIFFERS, aspect, clock=False)


def result(one: str, other: str, calls: str = INTS) -> Case:
    """Two expressions of `n`."""
    return differs(f"def f(n: int):\n    return {one}", calls, f"def f(n: int):\n    return {other}", "result")


def raises(one: str, other: str) -> Case:
    return differs(
        f"def f(n: int):\n    if n > 2:\n        {one}\n    return n",
        INTS,
        f"def f(n: int):\n    if n > 2:\n        {other}\n    return n",
        "exception",
    )


def effect(statement: str, aspect: str, other: str = "pass", allowed: tuple[Status, ...] = DIFFERS) -> Case:
    """What a candidate does beside returning the same."""
    return Case(
        f"def f(n: int):\n    {other}\n    return n + 1",
        INTS,
        f"def f(n: int):\n    {statement}\n    return n + 1",
        allowed,
        aspect,
        clock=False,
    )


def same(original: str, calls: str, candidate: str) -> Case:
    return Case(original, calls, candidate, SAME, clock=False)


def cache(candidate: str) -> Case:
    return Case(SUM, INTS, candidate, DIFFERS)


SUM = "def f(n):\n    return sum(i * i for i in range(n % 1000))"
CACHES = {
    "memo in a module-level dict, scored 58,000 times faster elsewhere": cache( "memo = {}\ndef f(n):\n    if n not in memo:\n        memo[n] = sum(i * i for i in range(n % 1000))\n    return memo[n]"),
    "memo in an OrderedDict": cache( "memo2 = collections.OrderedDict()\ndef f(n):\n    if n not in memo2:\n        memo2[n] = sum(i * i for i in range(n % 1000))\n    return memo2[n]"),
    "memo in a default": cache( "def f(n, memo={}):\n    if n not in memo:\n        memo[n] = sum(i * i for i in range(n % 1000))\n    return memo[n]"),
    "memo on the function": cache( "def f(n):\n    memo = f.__dict__\n    if str(n) not in memo:\n        memo[str(n)] = sum(i * i for i in range(n % 1000))\n    return memo[str(n)]"),
    "memo by lru_cache": cache( "@functools.lru_cache\ndef sums(n):\n    return sum(i * i for i in range(n % 1000))\ndef f(n):\n    return sums(n)"),
    "memo in a closure": Case(SUM, INTS, "def make():\n    memo = {}\n    def get(n):\n        if n not in memo:\n            memo[n] = sum(i * i for i in range(n % 1000))\n        return memo[n]\n    return get\nget = make()\ndef f(n):\n    return get(n)", UNVERIFIED),
    "memo in a class": cache( "class Memo:\n    known = {}\ndef f(n):\n    if n not in Memo.known:\n        Memo.known[n] = sum(i * i for i in range(n % 1000))\n    return Memo.known[n]"),
    "memo on another module": Case(SUM, INTS, "def f(n):\n    memo = math.__dict__.setdefault('memo', {})\n    if n not in memo:\n        memo[n] = sum(i * i for i in range(n % 1000))\n    return memo[n]", UNVERIFIED),
    "memo on a class of the library": Case(SUM, INTS, "def f(n):\n    memo = collections.ChainMap.__dict__\n    if str(n) not in memo:\n        setattr(collections.ChainMap, str(n), sum(i * i for i in range(n % 1000)))\n    return memo[str(n)]", UNVERIFIED),
    "memo in a file": Case(SUM, INTS, "import os, json\ndef f(n):\n    name = f'{n}.json'\n    if not os.path.exists(name):\n        with open(name, 'w') as file:\n            json.dump(sum(i * i for i in range(n % 1000)), file)\n    with open(name) as file:\n        return json.load(file)", UNVERIFIED),
    "memo of the last argument, in a generator": cache("def keep():\n    last = result = None\n    while True:\n        n = yield result\n        if n is not last:\n            last, result = n, sum(i * i for i in range(n % 1000))\nstep = keep()\nnext(step)\ndef f(n):\n    return step.send(n)"),
    "memo of the last argument, in slots": cache("class Last:\n    __slots__ = ('n', 'result')\nlast = Last()\nlast.n = None\ndef f(n):\n    if last.n is not n:\n        last.n, last.result = n, sum(i * i for i in range(n % 1000))\n    return last.result"),
    "memo on the instance": differs("class K:\n    def __init__(self, n):\n        self.n = n\n    def f(self):\n        return sum(range(self.n))", "K(3).f()\nK(500).f()\nK(7).f()", "class K:\n    def __init__(self, n):\n        self.n = n\n    def f(self):\n        if not hasattr(self, 'memo'):\n            self.memo = sum(range(self.n))\n        return self.memo"),
}  # fmt: skip
CACHES["memo on the instance"] = Case(**{**vars(CACHES["memo on the instance"]), "target": "K.f"})
EQUALITY = {
    "exception messages": raises("raise ValueError('a')", "raise ValueError('b')"),
    "exception arguments": raises("raise ValueError('a')", "raise ValueError('a', n)"),
    "exception cause": raises("raise ValueError('a')", "raise ValueError('a') from KeyError(n)"),
    "a wrapped exception taken for its cause": raises("raise IndexError('x')", "raise RuntimeError('x') from IndexError('x')"),
    "an exception taken for the one that its text names": raises("raise IndexError()", "raise RuntimeError(\"got IndexError('x')\")"),
    "an exception's subclass": raises("raise LookupError('x')", "raise KeyError('x')"),
    "private attributes of an exception": raises("raise Fault('a', 1)", "raise Fault('a', 2)"),
    "a test that is skipped": raises("raise ValueError('a')", "import unittest; raise unittest.SkipTest('a')"),
    "an exit": raises("raise ValueError('a')", "raise SystemExit('a')"),
    "random numbers replaced by a constant": differs("def f(n: int):\n    return random.random() * n", INTS, "def f(n: int):\n    return 0.123 * n"),
    "what only other elements of a set show": differs("def f(xs):\n    return sorted(xs)", "f({1, 2})\nf(set())\nf({5, 9, 3})\nf({7})", "def f(xs):\n    return sorted(x for x in xs if x > 0)", "result"),
    "attributes of an exception": raises("raise OSError(2, 'a', 'x')", "raise OSError(2, 'a', 'y')"),
    "1e-9 taken for 0": result("[1e-9 * n]", "[0.0 * n]"),
    "tolerance as for float32": result("[1.0 * n]", "[1.000009 * n]"),
    "0.0 and 1e-17": result("n * 0.0", "n * 1e-17"),
    "the order of additions": result("sum([0.1] * n)", "0.1 * n"),
    "NaN and None": result("[float('nan')] * n", "[None] * n"),
    "-0.0": result("[0.0] * n", "[-0.0] * n"),
    "True for 1": result("[1] * n", "[True] * n"),
    "1.0 for 1": result("n * 2", "n * 2.0"),
    "contents of a StringIO": result("io.StringIO(str(n))", "io.StringIO(str(n + 1))"),
    "position of a StringIO": differs("def f(n: int):\n    return io.StringIO('a' * n)", INTS, "def f(n: int):\n    made = io.StringIO('a' * n)\n    made.read()\n    return made"),
    "deque maxlen": result("collections.deque([n], 3)", "collections.deque([n], 4)"),
    "dict order": result("{'a': n, 'b': n}", "{'b': n, 'a': n}"),
    "a list for a tuple": result("(n, n)", "[n, n]"),
    "naive and aware datetimes": result("datetime.datetime(2024, 1, 1 + n % 9)", "datetime.datetime(2024, 1, 1 + n % 9, tzinfo=datetime.timezone.utc)"),
    "a subclass of str": result("str(n)", "Text(n)"),
    "Decimal digits": result("decimal.Decimal(n) / 4", "(decimal.Decimal(n) / 4).normalize() * 1"),
    "enum members": result("n % 3", "Level(n % 3)"),
    "__eq__ that always says yes": result("Yes(n)", "Yes(n + 1)"),
    "objects without __eq__": result("Box(n)", "Box(n + 1)"),
    "__reduce__ that lies": result("Liar(n)", "Liar(n + 1)"),
    "a generator for a list": differs("def f(n: int):\n    for i in range(n):\n        yield i", INTS, "def f(n: int):\n    return list(range(n))", "result"),
    "a list for a generator": result("[i for i in range(n)]", "(i for i in range(n))"),
    "a generator that raises later": differs("def f(xs):\n    for x in xs:\n        yield 1 / x", "f([1, 2])\nf([1, 0, 2])\nf([])\nf([5])", "def f(xs):\n    for x in xs:\n        if x:\n            yield 1 / x"),
    "a generator's return value": differs("def f(n: int):\n    yield from range(n)\n    return n", INTS, "def f(n: int):\n    yield from range(n)\n    return None"),
    "dropped results": result("[i for i in range(n)]", "[i for i in range(n - 1)]"),
    "unordered for ordered": result("[str(i) for i in range(n)]", "list({str(i) for i in range(n)})"),
}  # fmt: skip
UNDECIDABLE = {
    "lambdas": Case("def f(n: int):\n    return lambda x: x + n", INTS, "def f(n: int):\n    return lambda x: n + x", UNKNOWN),
    "an exception of the same name": Case("def f(n: int):\n    if n > 2:\n        raise ValueError('a')\n    return n", INTS, "def f(n: int):\n    if n > 2:\n        raise type('ValueError', (Exception,), {})('a')\n    return n", UNKNOWN),
    "the time of day": Case("def f(n: int):\n    return datetime.datetime.now(), n", INTS, "def f(n: int):\n    return (datetime.datetime.now(), n)[:2]", UNKNOWN),
    "an unknown type": Case("import threading\ndef f(n: int):\n    local = threading.local()\n    local.x = n\n    return local", INTS, "import threading\ndef f(n: int):\n    local = threading.local()\n    local.x = n + 1\n    return local", UNKNOWN),
    "local classes of one name": Case("def f(n: int):\n    class C:\n        def get(self):\n            return n\n    return C()", INTS, "def f(n: int):\n    class C:\n        def get(self):\n            return n + 1\n    return C()", UNKNOWN),
    "a helper that is returned": Case("def g():\n    return 1\ndef f(n: int):\n    return [g, n]", INTS, "def g():\n    return 2\ndef f(n: int):\n    return [n, g][::-1]", UNKNOWN),
}  # fmt: skip
ALIASING = {
    "a changed argument": differs("def f(xs):\n    return sorted(xs)", LISTS, "def f(xs):\n    xs.sort()\n    return list(xs)", "arguments"),
    "an argument that is no longer changed": differs("def f(xs):\n    xs.sort()\n    return xs[0] if xs else None", LISTS, "def f(xs):\n    return min(xs) if xs else None", "arguments"),
    "the result is the argument": differs("def f(xs):\n    return xs[:]", LISTS, "def f(xs):\n    return xs", "aliasing"),
    "the result is no longer the argument": differs("def f(xs):\n    xs.append(1)\n    return xs", LISTS, "def f(xs):\n    xs.append(1)\n    return xs[:]", "aliasing"),
    "parts of the result are one": differs("def f(n: int):\n    return [[0] for _ in range(n)]", INTS, "def f(n: int):\n    return [[0]] * n", "result"),
    "one result for all calls": differs("def f(n: int):\n    return [1, 2] if n > 5 else []", INTS, "ONES, NONE = [1, 2], []\ndef f(n: int):\n    return ONES if n > 5 else NONE", "shared with what lives on"),
    "one result for all calls, from a default": differs("def f(n: int):\n    return {'n': []}", "f(1)\nf(2)\nf(3)", "def f(n: int, empty=[]):\n    return {'n': empty}", "shared with what lives on"),
    "a part of the result is the argument": differs("def f(xs):\n    return {'items': list(xs)}", LISTS, "def f(xs):\n    return {'items': xs}", "aliasing"),
    "an argument keeps the result": differs("def f(xs):\n    out = [0]\n    xs.append(list(out))\n    return out", LISTS, "def f(xs):\n    out = [0]\n    xs.append(out)\n    return out", "aliasing"),
    "changed self": Case("class K:\n    def __init__(self):\n        self.items = []\n    def f(self, x):\n        self.items.append(x)\n        return len(self.items)", "K().f(1)\nK().f(2)\nK().f('a')", "class K:\n    def __init__(self):\n        self.items = []\n    def f(self, x):\n        return len(self.items) + 1", DIFFERS, "arguments", target="K.f"),
    "changed slots of self": Case("class K:\n    __slots__ = ('n', 'last')\n    def __init__(self, n):\n        self.n = n\n    def f(self, x):\n        self.last = x\n        return self.n + x", "K(1).f(1)\nK(2).f(2)\nK(5).f(9)", "class K:\n    __slots__ = ('n', 'last')\n    def __init__(self, n):\n        self.n = n\n    def f(self, x):\n        return self.n + x", DIFFERS, "arguments", target="K.f"),
    "the rest of an iterator": differs("def f(xs):\n    for x in xs:\n        if x > 1:\n            return x", "f(iter([1, 2, 3]))\nf(iter([5, 6]))\nf(iter([0, 1, 2, 3, 4]))", "def f(xs):\n    return next((x for x in list(xs) if x > 1), None)", "arguments"),
    "the position of a file that is an argument": differs("def f(file):\n    return file.readline()", "f(io.StringIO('a\\nb\\n'))\nf(io.StringIO('c\\nd\\ne'))\nf(io.StringIO(''))", "def f(file):\n    return (file.readlines() or [''])[0]", "arguments"),
    "a procedure that leaves something out": differs("def f(xs):\n    xs.reverse()\n    xs.append(0)", LISTS, "def f(xs):\n    xs.reverse()", "arguments"),
}  # fmt: skip
EFFECTS = {
    "standard output": effect("pass", "output", "print(n)"),
    "standard error": effect("import sys; print(n, file=sys.stderr)", "error output"),
    "past sys.stdout": effect("import os; os.write(1, b'x')", "raw output"),
    "warnings": effect("pass", "warnings", "warnings.warn('old')"),
    "the category of a warning": effect("warnings.warn('old', DeprecationWarning)", "warnings", "warnings.warn('old')"),
    "logging": effect("pass", "log", "logger.debug('at %s', n)"),
    "random numbers drawn": effect("random.random()", "random state"),
    "a seed": effect("random.seed(n)", "random state"),
    "module globals": effect("globals()['total'] = n", "module state: total"),
    "a global that is gone": effect("globals().pop('VARIABLE', None)", "", allowed=REFUSED),
    "environment": effect("import os; os.environ['X'] = str(n)", "environment"),
    "a file written": effect("pathlib.Path('out.txt').write_text(str(n))", "files"),
    "what is in a file": effect("pathlib.Path('out.txt').write_text(str(n))", "files", "pathlib.Path('out.txt').write_text(str(n + 1))"),
    "a folder made": effect("import os; os.mkdir('out')", "files"),
    "a link made": effect("import os; os.symlink('x', 'out')", "files"),
    "a file of the project removed": effect("import os; os.path.lexists('pyproject.toml') and os.unlink('pyproject.toml')", "files"),
    "working folder": effect("import os; os.chdir('/usr')", "working folder"),
    "umask": effect("import os; os.umask(0o77)", "umask"),
    "locale": effect("import locale; locale.setlocale(locale.LC_ALL, 'C')", "locale"),
    "signal handlers": effect("import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)", "signal handlers"),
    "threads left running": effect("import threading; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "threads"),
    "open files left": effect("import os; os.dup(0)", "open files"),
    "exit handlers": effect("import atexit; atexit.register(print)", "exit handlers"),
    "import path": effect("import sys; sys.path.append('x')", "import path"),
    "modules removed": effect("import sys; sys.modules.pop('random', None)", "modules"),
    "garbage collector": effect("import gc; gc.disable()", "garbage collector"),
    "recursion limit": effect("import sys; sys.setrecursionlimit(2000)", "recursion limit"),
    "context variables": effect("VARIABLE.set(n)", "context variables"),
    "decimal context": effect("decimal.getcontext().prec = 5", "decimal context"),
    "sys.stdout replaced": effect("import sys; sys.stdout = io.StringIO()", "hooks"),
    "built-in names replaced": effect("import builtins; builtins.ascii = str", "built-in names"),
    "warning filters": effect("warnings.simplefilter('ignore')", "warning filters"),
    "a method of another module's class": Case("def f(n: int):\n    return n + 1", INTS, "def f(n: int):\n    collections.Counter.total = len\n    return n + 1", UNKNOWN, reason="something kept on collections"),
    "a time-out": Case("def f(n: int):\n    return n + 1", INTS, "def f(n: int):\n    while n == 30:\n        pass\n    return n + 1", (Status.TIMED_OUT,), clock=False),
    "the end of the process": Case("def f(n: int):\n    return n + 1", INTS, "def f(n: int):\n    import os\n    if n == 30:\n        os._exit(0)\n    return n + 1", (Status.CRASHED,), clock=False),
    "a time-out that it catches": Case("def f(n: int):\n    return n + 1", INTS, "def f(n: int):\n    while n == 30:\n        try:\n            while True:\n                pass\n        except BaseException:\n            pass\n    return n + 1", (Status.TIMED_OUT,), clock=False),
    "nine of ten results lost": Case("def f(n: int):\n    return n + 1", INTS, "def f(n: int):\n    import os\n    return n + 1 if n == 1 else os._exit(0)", (Status.CRASHED,), clock=False),
    "endless recursion": differs("def f(n: int):\n    return n + 1", INTS, "def f(n: int):\n    return f(n) if n == 30 else n + 1"),
}  # fmt: skip
FALSE_REJECTS = {
    "generators": same("def f(n: int):\n    for i in range(n % 40):\n        yield i * 2", INTS, "def f(n: int):\n    yield from (i + i for i in range(n % 40))"),
    "map": same("def f(xs):\n    return map(str, [x for x in xs])", LISTS, "def f(xs):\n    return map(str, [*xs])"),
    "cyclic lists": same("def f(n: int):\n    ring = [i for i in range(n % 40)]\n    ring.append(ring)\n    return ring", INTS, "def f(n: int):\n    ring = list(range(n % 40))\n    ring.append(ring)\n    return ring"),
    "sets of floats": same("def f(n: int):\n    return {i / 10 for i in range(n % 40)}", INTS, "def f(n: int):\n    return set([i / 10 for i in range(n % 40)])"),
    "NaN": same("def f(n: int):\n    out = []\n    for _ in range(n % 40):\n        out.append(float('nan'))\n    return out", INTS, "def f(n: int):\n    return [float('nan')] * (n % 40)"),
    "rejection sampling": same("def f(n: int):\n    while True:\n        x = random.random()\n        if x > 0.5:\n            return n + x", INTS, "def f(n: int):\n    draw = random.random\n    while True:\n        x = draw()\n        if x > 0.5:\n            return n + x"),
    "a wait for the clock": same("def f(n: int):\n    end = time.monotonic() + 0.0005\n    while time.monotonic() < end:\n        pass\n    return n", INTS, "def f(n: int):\n    start = time.monotonic()\n    while time.monotonic() - start < 0.0005:\n        pass\n    return n"),
    "an exception from another line": same("def f(n: int):\n    if n > 2:\n        raise ValueError(n)\n    return n", INTS, "def f(n: int):\n    def deeper():\n        raise ValueError(n)\n    return deeper() if n > 2 else n"),
    "an exception in an other's handler": same("def f(n: int):\n    known = {0: 1, 1: 2, 2: 3}\n    if n % 4 not in known:\n        raise ValueError(n)\n    return known[n % 4] + n", INTS, "def f(n: int):\n    known = {0: 1, 1: 2, 2: 3}\n    try:\n        return known[n % 4] + n\n    except KeyError:\n        raise ValueError(n)"),
    "one result for all calls, as before": same("ALL = [[1], [2]]\ndef f(n: int):\n    for i in range(2):\n        if i == n % 2:\n            return ALL[i]", INTS, "ALL = [[1], [2]]\ndef f(n: int):\n    return ALL[n % 2]"),
    "a thread that has ended": same("def f(n: int):\n    return [i for i in range(n % 40)]", INTS, "def f(n: int):\n    import threading\n    out = []\n    thread = threading.Thread(target=out.extend, args=(range(n % 40),))\n    thread.start()\n    thread.join()\n    return out"),
    "another module imported": same("def f(n: int):\n    return [i for i in range(n % 40)]", INTS, "def f(n: int):\n    import bisect, heapq\n    return list(range(n % 40))"),
    "immutable objects kept": same("def f(n: int):\n    return [decimal.Decimal(0) for _ in range(n % 40)]", INTS, "def f(n: int):\n    return [decimal.Decimal(0)] * (n % 40)"),
    "a file written and removed": same("def f(n: int):\n    return n + 1", INTS, "def f(n: int):\n    import os\n    open('x', 'w').close()\n    os.unlink('x')\n    return n + 1"),
    "settings changed and put back": same("def f(n: int):\n    return decimal.Decimal(n) / 3", INTS, "def f(n: int):\n    with decimal.localcontext():\n        return decimal.Decimal(n) / 3"),
    "a property": Case("class K:\n    def __init__(self, n):\n        self.n = n\n    @property\n    def f(self):\n        out = []\n        for i in range(self.n):\n            out = out + [i]\n        return out", "K(3).f\nK(200).f\nK(9).f", "class K:\n    def __init__(self, n):\n        self.n = n\n    @property\n    def f(self):\n        return [i for i in range(self.n)]", SAME, target="K.f", clock=False),
    "arguments that are used up": same("def f(xs):\n    out = []\n    while xs:\n        out.append(xs.pop())\n    return out", LISTS, "def f(xs):\n    out = xs[::-1]\n    xs.clear()\n    return out"),
    "a procedure": same("def f(xs):\n    ys = sorted(xs)\n    for i in range(len(ys)):\n        xs[i] = ys[i]", LISTS, "def f(xs):\n    xs[:] = sorted(xs)"),
    "a procedure's receiver": Case("class K:\n    def __init__(self):\n        self.items = []\n    def f(self, xs):\n        for x in xs:\n            self.items = self.items + [x]", "K().f([1, 2])\nK().f(list(range(50)))\nK().f([])", "class K:\n    def __init__(self):\n        self.items = []\n    def f(self, xs):\n        self.items = self.items + list(xs)", SAME, target="K.f", clock=False),
}  # fmt: skip
SUMS = {
    "small inputs that got slower, hidden by the sum of all": Case("def f(xs):\n    return [x for i, x in enumerate(xs) if x not in xs[:i]]", "f([3, 1, 2])\nf([5, 5, 1])\nf([])\nf([1, 2, 3, 4, 5, 6])\nf([9])", "def f(xs):\n    table = [i * i for i in range(3000)]\n    return list(dict.fromkeys(xs))[:len(table)]", UNVERIFIED),
    "identical code": Case("def f(xs):\n    return [x * 2 for x in xs]", LISTS, "def f(xs):\n    return [x * 2 for x in xs if True]", UNVERIFIED),
}  # fmt: skip
CASES = {**SUMS, **CACHES, **EQUALITY, **UNDECIDABLE, **ALIASING, **EFFECTS, **FALSE_REJECTS}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    with Judged(CASES, tmp_path_factory.mktemp("project"), HEADER) as judged:
        yield judged


@pytest.mark.parametrize("name", CASES)
def test_hole(name: str, judged: Judged) -> None:
    check(CASES[name], judged.verdict(name))
