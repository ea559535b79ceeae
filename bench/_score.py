"""Runs one module's function on given calls, in a process of its own, and says what each call came to.

Standard library only. Reads one JSON document from stdin, `{"code", "entry", "groups", "driver"}`, and prints a
list with one list per group and in it one string per call. A group's calls go in order to one fresh copy of the
module. A call is an expression for the tuple of arguments, or a snippet that defines `gen(rng)`, which returns one.
"""

import contextlib
import io
import itertools
import json
import random
import sys
from collections.abc import Iterator
from typing import Any

RESOURCE_FAILURE = "resource failure"
MAX_YIELDS = 20_000
SEED = 20_240_517

Memo = dict[int, tuple[int, object]]
"""By identity: the number of each mutable object met so far, and the object, so that its identity stays taken."""
NAMES = "from collections import *\nimport math\nimport random\n"


def main() -> None:
    task = json.load(sys.stdin)
    sys.setrecursionlimit(1000)
    outcomes = [[outcome(module, task["entry"], call) for call in calls] for module, calls in _modules(task)]
    if task["driver"]:
        outcomes.append([_driven(_load(task["code"]), task["entry"], task["driver"])])
    print(json.dumps(outcomes))


def outcome(module: dict[str, Any], entry: str, call: str) -> str:
    """What the call returned or raised, printed, and made of its arguments: equal strings mean equal behaviour."""
    arguments = arguments_of(call, module)
    printed = io.StringIO()
    memo: Memo = {}
    with contextlib.redirect_stdout(printed):
        try:
            result = describe(module[entry](*arguments), memo)
        except (RecursionError, MemoryError):
            return RESOURCE_FAILURE
        except Exception as error:
            result = f"raises {type(error).__name__}"
        after = describe(arguments, memo)
    return f"{result} | arguments {after} | printed {printed.getvalue()!r}"


def arguments_of(call: str, module: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments, made afresh."""
    scope = dict(module)
    exec(NAMES, scope)
    if "def gen(" in call:
        random.seed(SEED)
        exec(call, scope)
        return tuple(scope["gen"](random.Random(SEED)))
    return tuple(eval(call.removeprefix("expr:"), scope))


def describe(value: Any, memo: Memo) -> str:
    """The value with its types, the order of its dicts and which of its mutable parts are the same object."""
    kind = type(value).__name__
    if value is None or isinstance(value, str | bytes | int | float | complex | range | type):
        return f"{kind} {value!r}"
    if isinstance(value, tuple):
        return f"{kind}({', '.join(describe(item, memo) for item in value)})"
    if id(value) in memo:
        return f"same as {memo[id(value)][0]}"
    memo[id(value)] = (len(memo), value)
    if isinstance(value, dict):
        items = ", ".join(f"{describe(k, memo)}: {describe(v, memo)}" for k, v in value.items())
        return f"{kind}{{{items}}}"
    if isinstance(value, set | frozenset):
        return f"{kind}{{{', '.join(sorted(describe(item, memo) for item in value))}}}"
    if isinstance(value, Iterator):
        return f"iterator {_drained(value, memo)}"
    if hasattr(value, "__iter__") and hasattr(value, "__len__"):
        return f"{kind}[{', '.join(describe(item, memo) for item in value)}]"
    if callable(value):
        return f"{kind} {getattr(value, '__name__', '')}"
    return f"{kind}{describe(vars(value), memo) if hasattr(value, '__dict__') else repr(value)}"


def _drained(values: Iterator[Any], memo: Memo) -> str:
    parts: list[str] = []
    try:
        parts.extend(describe(item, memo) for item in itertools.islice(values, MAX_YIELDS))
    except (RecursionError, MemoryError):
        raise
    except Exception as error:
        parts.append(f"raises {type(error).__name__}")
    return ", ".join(parts)


def _modules(task: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    for calls in task["groups"]:
        yield _load(task["code"]), calls


def _load(code: str) -> dict[str, Any]:
    module: dict[str, Any] = {"__name__": "subject"}
    exec(compile(code, "subject.py", "exec"), module)
    return module


def _driven(module: dict[str, Any], entry: str, driver: str) -> str:
    scope: dict[str, Any] = dict(module)
    exec(driver, scope)
    try:
        return describe(scope["drive"](module[entry]), {})
    except (RecursionError, MemoryError):
        return RESOURCE_FAILURE
    except Exception as error:
        return f"raises {type(error).__name__}"


if __name__ == "__main__":
    main()
