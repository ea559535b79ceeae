"""Makes the calls that stand in the project's text, with arguments that are written out there."""

from __future__ import annotations

import itertools
import pickle
import time
import types
from collections.abc import Sequence
from typing import Any

from . import inputs
from .alarm import TimeUp, alarm
from .observe import run
from .patience import quiet
from .record import record

MAX_CALLS = 20
CALL_SECONDS = 0.3
MISUSE = (TypeError, AttributeError, NameError)
"""What a call raises that is out of date, or that leads elsewhere than its text says."""


def make_calls(
    module: types.ModuleType, function: Any, qualname: str, expressions: Sequence[str], sink: Any, seconds: float
) -> None:
    """Evaluate `expressions` in the module's namespace, handing the calls that reach `function` to `sink.add`.

    They have the origin "call_site". Left out are calls that take long, and those that fail as one of a wrong type
    would. Stops between calls once `seconds` are over; never raises.
    """
    deadline = time.monotonic() + seconds
    for expression in expressions:
        if time.monotonic() > deadline or sink.full(qualname, "call_site"):
            break
        held = _Held()
        try:
            with quiet():
                record({qualname: function}, _evaluating(module, expression), held, MAX_CALLS, "call_site")
        except (*MISUSE, TimeUp):
            continue
        except (Exception, SystemExit):
            pass
        for blob in held.blobs:
            sink.add(qualname, "call_site", *pickle.loads(blob))


def _evaluating(module: types.ModuleType, expression: str) -> Any:
    def evaluate() -> None:
        with alarm(CALL_SECONDS):
            code = compile(expression, "<a call in the project>", "eval", dont_inherit=True)
            value = run(eval, (code, dict(vars(module))), {})
            if hasattr(value, "__next__"):  # its body starts with the first item
                list(itertools.islice(value, 1))

    return evaluate


class _Held:
    """Calls until it shows that they count; as they were when they were made."""

    def __init__(self) -> None:
        self.blobs: list[bytes] = []

    def add(self, _qualname: str, _origin: str, args: Any, kwargs: Any) -> bool:
        try:
            self.blobs.append(inputs.dump((args, kwargs)))
        except Exception:
            return False
        return True
