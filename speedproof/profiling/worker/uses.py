"""What a result does when it is used: a generator that is left early or thrown at, a function that is called.

A generator's work is done by whoever reads it. Read to the end, an eager one looks like a lazy one, and one that cleans
up only at its end like one that always does; so it is also left after its first item, sent to, and thrown at, each time
on a fresh copy of the input. A function that a function returns has no content to compare; what it does is seen by
calling it as the project's tests called such functions.
"""

from __future__ import annotations

import contextlib
import itertools
import pickle
import types
from typing import Any, Callable

from .encode import Encoding, encode, preview

MAX_NESTED = 5
"""Functions defined in one function of which calls are kept."""
MAX_CALLS = 20
"""Recorded calls of returned functions that are made on each returned function."""
MAX_REST = 100
THROWN = (RuntimeError, KeyError, ValueError)
_calls: list[bytes] = []


def keys_of_calls(key: str) -> list[str]:
    """Under what names the calls of what a function returns are kept among the inputs."""
    return ["%s()%d" % (key, number) for number in range(MAX_NESTED)]


def know_calls(blobs: list[bytes]) -> None:
    """From now on, returned functions are called like this."""
    _calls[:] = blobs[:MAX_CALLS]


def is_used(result: Any, function: types.FunctionType) -> bool:
    """Whether work of `function` is left to be done by whoever uses its result."""
    if isinstance(result, types.FunctionType):
        return bool(_calls) and result.__code__ in nested_codes(function.__code__)
    return isinstance(result, (types.GeneratorType, map, filter, zip)) or hasattr(result, "__next__")


def call(result: types.FunctionType) -> None:
    """Call a function that was returned in all the ways that are known."""
    for blob in _calls:
        args, kwargs = pickle.loads(blob)
        with contextlib.suppress(Exception):  # recorded, perhaps, on what another call returned
            result(*args, **kwargs)


def observed(
    function: types.FunctionType, blob: bytes, result: Any, told: Callable[[BaseException], Any], *, of_use: bool
) -> dict[str, tuple[Encoding, str]]:
    """What else there is to see of `result`, which `function` returned: encodings, and texts, by aspect.

    `of_use`: the input is from real use, so that a closer look is worth its time. `told` says what of an exception
    counts.
    """
    if isinstance(result, types.GeneratorType):
        scripts: dict[str, list[Any]] = {"what is left after its first item": []}
        if of_use:
            scripts["result when it is sent to"] = ["send", "send"]
            scripts.update(("result when a %s is thrown in" % kind.__name__, [kind]) for kind in THROWN)
        return {name: _seen(_driven(function, blob, script, told)) for name, script in scripts.items()}
    if isinstance(result, types.FunctionType) and is_used(result, function):
        done = [_called(result, call, told) for call in _calls]
        left = {name: value for name, value in vars(result).items() if name != "__wrapped__"}
        return {"result when it is called": _seen([done, left])}
    return {}


def _driven(function: Any, blob: bytes, script: list[Any], told: Callable[[BaseException], Any]) -> list[Any]:
    """What a generator made from a fresh copy of the input does, and what the arguments are then."""
    args, kwargs = pickle.loads(blob)
    source = function(*args, **kwargs)
    steps: list[Any] = []
    step: Any = lambda: next(source)  # noqa: E731
    for action in [*script, None]:
        steps.append(_outcome(step, told))
        if steps[-1][0] != "gives":
            break
        last = steps[-1][1]
        if action is None:
            left = _outcome(source.close, told) if not script else list(itertools.islice(_rest(source, told), MAX_REST))
            steps.append(left)
        elif action == "send":
            step = lambda last=last: source.send(last)  # noqa: E731
        else:
            step = lambda action=action: source.throw(action("thrown in"))  # noqa: E731
    return [steps, args, kwargs]


def _rest(source: Any, told: Callable[[BaseException], Any]) -> Any:
    while True:
        outcome = _outcome(lambda: next(source), told)
        yield outcome
        if outcome[0] != "gives":
            return


def _called(function: Any, blob: bytes, told: Callable[[BaseException], Any]) -> list[Any]:
    args, kwargs = pickle.loads(blob)
    return [_outcome(lambda: function(*args, **kwargs), told), args, kwargs]


def _outcome(step: Callable[[], Any], told: Callable[[BaseException], Any]) -> tuple[str, Any]:
    try:
        return "gives", step()
    except StopIteration as stop:
        return "ends", stop.value
    except Exception as error:
        return "raises", told(error)


def _seen(value: Any) -> tuple[Encoding, str]:
    encoding = encode(value)
    return encoding, preview(value[0], read=encoding.read)


def nested_codes(code: types.CodeType) -> list[types.CodeType]:
    """The code of the functions that are defined in a function, comprehensions left out."""
    found = []
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType) and (constant.co_name == "<lambda>" or constant.co_name[0] != "<"):
            found += [constant, *nested_codes(constant)]
    return found
