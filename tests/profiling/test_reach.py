# ruff: noqa: E501 - candidates in a line each
"""What a candidate may bring in and what not, by its text alone."""

import pytest

from speedproof.profiling.reach import brings_in

PLAIN = "import math\nimport sys\nfrom operator import itemgetter\n\n\ndef f(x):\n    return math.floor(x)\n"

WATCHING = {
    "frames": "import sys\ndef f(x):\n    return sys._getframe(1)",
    "frames under another name": "from sys import _getframe as g\ndef f(x):\n    return g(1)",
    "the module as a value": "import sys\nother = sys\ndef f(x):\n    return other._getframe(1)",
    "a module by way of another": "import random\ndef f(x):\n    return random._os.environ",
    "a module from another": "from random import _os\ndef f(x):\n    return _os.environ",
    "a traceback's frame": "def f(x):\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        return e.__traceback__.tb_frame.f_back",
    "a frame by getattr": "def f(x):\n    return getattr(x, 'gi_frame')",
    "a computed attribute": "def f(x):\n    return getattr(x, 'gi_' + 'frame')",
    "getattr under another name": "g = getattr\ndef f(x):\n    return g(x, 'gi_frame')",
    "getattr as an argument": "def f(x):\n    return list(map(getattr, [x], ['gi_frame']))",
    "attrgetter": "from operator import attrgetter\ndef f(x):\n    return attrgetter('gi_frame.f_back')(x)",
    "a format": "def f(x):\n    return '{0.__class__.__mro__}'.format(x)",
    "a computed format": "def f(x):\n    return ('{0.__tra' + 'ceback__}').format(x)",
    "a pattern": "def f(x):\n    match x:\n        case object(__traceback__=t):\n            return t",
    "all classes": "def f(x):\n    return ().__class__.__base__.__subclasses__()",
    "a function's globals": "def f(x):\n    return f.__globals__",
    "a module's names": "import math\ndef f(x):\n    return math.__dict__",
    "code from strings": "def f(x):\n    return eval('x')",
    "an import by name": "def f(x):\n    return __import__('gc').get_objects()",
    "the garbage collector": "import gc\ndef f(x):\n    return gc.isenabled()",
    "a clock": "import time\ndef f(x):\n    return time.perf_counter()",
    "a clock, imported inside": "def f(x):\n    from time import perf_counter\n    return perf_counter()",
    "threads": "import threading\ndef f(x):\n    return threading.Thread(target=f)",
    "memory": "import ctypes\ndef f(x):\n    return ctypes.string_at(0)",
    "memory by numpy": "import numpy as np\ndef f(x):\n    return np.lib.stride_tricks.as_strided(x, (9,), (8,))",
    "the depth of the stack": "def f(x):\n    try:\n        return f(x)\n    except RecursionError:\n        return 0",
    "an end to any limit": "def f(x):\n    try:\n        return list(range(10 ** 9))\n    except:\n        return x",
    "the same by name": "def f(x):\n    try:\n        return list(range(10 ** 9))\n    except Exception:\n        return x",
    "the same by another": "import contextlib\ndef f(x):\n    with contextlib.suppress(BaseException):\n        return list(range(10 ** 9))",
    "files": "def f(x):\n    return open('/etc/passwd').read()",
    "the process": "import os\ndef f(x):\n    return os.getpid()",
    "something kept on a module": "import math\ndef f(x):\n    math.seen = x",
    "something kept on a class of a module": "import collections\ndef f(x):\n    collections.Counter.seen[x] = 1",
    "setattr": "import math\ndef f(x):\n    setattr(math, 'seen', x)",
    "a finalizer": "class C:\n    def __del__(self):\n        pass\ndef f(x):\n    return C()",
    "a class that lies when pickled": "class C:\n    def __reduce__(self):\n        return (int, ())\ndef f(x):\n    return C()",
    "pickles": "import pickle\ndef f(x):\n    return pickle.loads(b'')",
    "text that runs backwards": "def f(x):\n    return x  # \u202e",
    "an invisible space": "def f(x):\n    return 'a\u200bb'",
    "Speedproof": "import _speedproof_worker\ndef f(x):\n    return x",
    "everything": "from os import *\ndef f(x):\n    return x",
    "one use more": PLAIN.replace("math.floor(x)", "sys.exit(x)"),
}  # fmt: skip


@pytest.mark.parametrize("after", WATCHING.values(), ids=WATCHING)
def test_means_to_see_more_are_named(after: str) -> None:
    assert brings_in(PLAIN, after)


HARMLESS = {
    "modules for computing": "import bisect, collections, functools, heapq, itertools, re, statistics, string, copy, struct, array\ndef f(x):\n    return itertools.chain(x)",
    "numpy": "import numpy as np\ndef f(x):\n    return np.sum(x)",
    "attrgetter": "from operator import attrgetter, methodcaller\ndef f(x):\n    return sorted(x, key=attrgetter('a.b')), map(methodcaller('strip'), x)",
    "formats": "def f(x):\n    return '{} {:>3} {0[a]}'.format(x, x)",
    "common special methods": "class C:\n    __slots__ = ('a',)\n    def __init__(self, a):\n        self.a = a\n    def __eq__(self, other):\n        return self.a == other.a\ndef f(x):\n    return x.__class__.__name__",
    "attributes of one's own": "def f(self, x):\n    self.__dict__.update(a=1)\n    self.seen = x\n    self.table[x] = 1\n    return self",
    "names by getattr": "def f(x):\n    return getattr(x, 'name', None), hasattr(x, '__len__')",
    "gathering": "import asyncio\nasync def f(xs):\n    return await asyncio.gather(*xs)",
    "printing": "import sys\ndef f(x):\n    sys.stdout.write(x)\n    return sys.intern(x)",
    "paths": "import os.path\nfrom os import path\ndef f(x):\n    return os.path.join(x, 'a')",
    "letters of other languages": "def f(größe):\n    return 'naïve café 日本'",
}  # fmt: skip


@pytest.mark.parametrize("after", HARMLESS.values(), ids=HARMLESS)
def test_ordinary_means_are_free(after: str) -> None:
    assert brings_in(PLAIN, after) == []


def test_what_was_there_before_is_free() -> None:
    for name, text in WATCHING.items():
        assert brings_in(text, text + "\n# the same\n") == [], name


def test_one_way_to_files_is_as_good_as_another() -> None:
    before = "def f(x):\n    with open(x) as file:\n        return file.read()"
    after = "from pathlib import Path\ndef f(x):\n    return Path(x).read_text()"
    assert brings_in(before, after) == []
    assert brings_in(PLAIN, after) == ["pathlib.Path"]


def test_what_it_says_is_readable() -> None:
    assert brings_in(PLAIN, WATCHING["frames"]) == ["sys._getframe"]
    assert brings_in(PLAIN, WATCHING["threads"]) == ["the module threading"]
