# ruff: noqa: E501 - texts before and after
"""What stands at a module's level and changes: tables that are filled step by step, definitions under conditions."""

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from speedproof.profiling.worker.install import Unsupported, install
from speedproof.profiling.worker.missing import reason

USE = "\ndef use(x):\n    return TABLE.get(x)\n"
BY_LOOP = "TABLE = {}\nfor i in range(3):\n    TABLE[i] = i\n"
IN_HANDLER = """
try:
    from itertools import nothing as use
except ImportError:
    def use(x):
        return x in (1, 2)
"""
# The text before, the text after, and what an expression is worth then.
CASES: dict[str, tuple[str, str, str, object]] = {
    "a loop that is gone": (BY_LOOP + USE, "TABLE = {n: n for n in range(2)}\n" + USE, "TABLE", {0: 0, 1: 1}),
    "with its variable": (BY_LOOP + USE, "TABLE = {0: 0}\n" + USE, "'i' in globals()", False),
    "another loop": (BY_LOOP + USE, BY_LOOP.replace("range(3)", "range(1)") + USE, "TABLE", {0: 0}),
    "an item that is gone": ("TABLE = {1: 1}\nTABLE[2] = 2\n" + USE, "TABLE = {1: 1}\n" + USE, "use(2)", None),
    "another item": ("TABLE = {}\nTABLE[2] = 2\n" + USE, "TABLE = {}\nTABLE[3] = 2\n" + USE, "use(2), use(3)", (None, 2)),
    "a call that is gone": ("TABLE = {}\nTABLE.update(a=1)\n" + USE, "TABLE = {}\n" + USE, "TABLE", {}),
    "what else fills it runs again": (
        BY_LOOP + "TABLE.update(a=1)\n" + USE,
        BY_LOOP.replace("range(3)", "range(1)") + "TABLE.update(a=1)\n" + USE, "TABLE", {0: 0, "a": 1}),
    "what was filled along": (
        "TABLE, more = {}, []\nfor i in range(2):\n    TABLE[i] = i\n    more.append(i)\nTABLE[5] = 5\n" + USE,
        "TABLE, more = {}, []\nfor i in range(2):\n    TABLE[i] = i\n    more.append(i)\n" + USE,
        "TABLE, more", ({0: 0, 1: 1}, [0, 1])),
    "what was made of it": (
        BY_LOOP + "SIZE = len(TABLE)\n" + USE, "TABLE = {}\nSIZE = len(TABLE)\n" + USE, "SIZE", 0),
    "a number that was counted up": (
        "N = 1\nN += 2\n\ndef use(x):\n    return N\n", "N = 1\nN += 3\n\ndef use(x):\n    return N\n", "use(0)", 4),
    "how a value is made": (
        "import threading\nL = threading.Lock()\n\ndef use(x):\n    return x\n",
        "import threading\nL = threading.RLock()\n\ndef use(x):\n    return x\n", "type(L) is type(threading.RLock())", True),
    "a constant where a handler has run": (
        IN_HANDLER, IN_HANDLER.replace("    def", "    BOTH = frozenset((1, 2))\n    def").replace("(1, 2)\n", "BOTH\n"),
        "use(2), BOTH", (True, frozenset({1, 2}))),
    "an attribute that is put over another": (
        "def use(x):\n    return x\nuse.limit = 1\n", "def use(x):\n    return x\nuse.limit = 2\n", "use.limit", 2),
}  # fmt: skip
BY_VERSION = "import sys\nif sys.version_info >= (3, 0):\n    def use(x):\n        return x\nelse:\n    def use(x):\n        return +x\n"
REFUSED: dict[str, tuple[str, str, str]] = {
    "a table that a function fills": (
        BY_LOOP + "\ndef add(x):\n    TABLE[x] = x\nadd(9)\n" + USE,
        "TABLE = {}\n\ndef add(x):\n    TABLE[x] = x\nadd(9)\n" + USE, "what line 2 did"),
    "a loop that does more": (
        "def helper(x):\n    return x\nfor i in range(3):\n    helper(i)\nTABLE = {}\n" + USE,
        "def helper(x):\n    return x\nTABLE = {}\n" + USE, "what line 3 did"),
    "what another module holds": (
        "import sys\nsys.modules['no such'] = 1\nTABLE = {}\n" + USE, "import sys\nTABLE = {}\n" + USE, "what line 2 did"),
    "items of a class": (
        "class K:\n    t = {}\n    t[1] = 1\n    def use(self, x):\n        return x\n",
        "class K:\n    t = {}\n    def use(self, x):\n        return x\n", "what the body of class K does"),
    "a branch that is not taken": (BY_VERSION, BY_VERSION.replace("+x", "x"), "line 6, which does not run here"),
    "a handler that has not run": (
        "try:\n    def use(x):\n        return x\nexcept ImportError:\n    def use(x):\n        return +x\n",
        "try:\n    def use(x):\n        return x\nexcept ImportError:\n    def use(x):\n        return -x\n",
        "line 5, which does not run here"),
    "new statements where nobody knows what has run": (
        "def use(x):\n    return x\ntry:\n    import nothing\nexcept ImportError:\n    nothing = None\n",
        "def use(x):\n    return x\ntry:\n    import nothing\nexcept ImportError:\n    nothing = 1\n", "the `try` of line 3"),
}  # fmt: skip


def made(text: str) -> types.ModuleType:
    module = types.ModuleType("level_case")
    sys.modules["level_case"] = module
    exec(compile(text, "level_case.py", "exec", dont_inherit=True), vars(module))
    return module


@pytest.fixture(autouse=True)
def _modules() -> Iterator[None]:
    yield
    sys.modules.pop("level_case", None)


@pytest.mark.parametrize("name", CASES)
def test_the_module_is_as_its_new_text_makes_it(name: str) -> None:
    before, after, expression, expected = CASES[name]
    module = made(before)
    install(module, before, after, "use", "level_case.py")
    assert eval(expression, vars(module)) == expected
    assert eval(expression, vars(made(after))) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_undone_is_refused(name: str) -> None:
    before, after, words = REFUSED[name]
    with pytest.raises(Unsupported, match=words):
        install(made(before), before, after, "K.use" if "class K" in before else "use", "level_case.py")


MISSING: dict[str, tuple[str, str]] = {
    "a version": (
        "import sys\nif sys.version_info < (3, 0):\n    def use(x):\n        return x\n",
        "its definition in line 3 has not run here, being under `if sys.version_info < (3, 0)` in line 2"),
    "an import": (
        "try:\n    from math import floor as use\nexcept ImportError:\n    def use(x):\n        return x\n",
        "its definition in line 4 has not run here, being under `except ImportError` in line 3; what runs as use is"
        " math.floor, of the type builtin_function_or_method"),
    "another value": ("def use(x):\n    return x\nuse = int\n", "no function written in Python runs as use; what runs"
                      " as use is builtins.int, a class"),
    "nothing": ("x = 1\n", "no function written in Python runs as use"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_why_a_definition_is_not_what_runs(name: str, tmp_path: Path) -> None:
    text, words = MISSING[name]
    (tmp_path / "level_case.py").write_text(text)
    module = made(text)
    module.__file__ = str(tmp_path / "level_case.py")
    assert reason(module, "use") == words
