"""Inputs for a function that nobody calls: made from its type hints, or from guesses where there are none."""

from __future__ import annotations

import collections
import contextlib
import inspect
import io
import itertools
import pickle
import random
import time
import types
from typing import Any, Dict, Optional, Tuple

from . import guess
from .alarm import TimeUp, alarm
from .draw import Drawer
from .observe import run
from .signature import UNKNOWN, Parameter, parameters_of
from .vocabulary import Vocabulary

TRIES_PER_INPUT = 4
TRIAL_SECONDS = 0.1
MAX_DRAINED = 1000
UNTRIED = 3
"""So many guessed inputs are kept before any is tried out: a function that ends the process is to be seen doing so."""


def from_annotations(
    function: types.FunctionType,
    qualname: str,
    owner: Optional[type],
    sink: Any,
    count: int,
    seed: int,
    seconds: float,
    *,
    guesses: bool = True,
) -> Dict[str, Any]:
    """Hand up to `count` calls to `sink.add`, within about `seconds`. Never raises.

    They have the origin "annotation" where every argument is of a type that its annotation names, and "guessed" where
    some type had to be guessed; no such ones where `guesses` is false. `owner` is the class of a method: the receiver
    comes from its constructor. Gives {"kept": how many, "why": what stood in the way of more}.
    """
    maker = _Maker(function, qualname, owner, seed)
    try:
        with alarm(seconds, again=0.1), _quiet():
            maker.make(sink, count, seconds, guesses)
    except TimeUp:
        maker.why = maker.why or "no time left"
    except Exception as error:  # the project's classes decide what their constructors raise, and when
        maker.why = "%s: %s" % (type(error).__name__, error)
    return {"kept": maker.kept, "why": maker.why}


class _Maker:
    def __init__(self, function: types.FunctionType, qualname: str, owner: Optional[type], seed: int) -> None:
        self.function = function
        self.qualname = qualname
        self.owner = owner
        self.rng = random.Random(seed)
        self.guessers: Dict[types.FunctionType, Any] = {}
        self.weights: Dict[str, list[float]] = {}
        """How often each guess for a parameter of the function was part of a call that worked."""
        self.chosen: Dict[str, int] = {}
        self.drawer = Drawer(self.rng, Vocabulary.of([], function.__code__), self.guessed)
        self.has_guessed = False
        """In the call that is being made, for a parameter of the function or of a constructor."""
        self.kept = 0
        self.why = ""

    def make(self, sink: Any, count: int, seconds: float, guesses: bool) -> None:
        parameters = parameters_of(self.function, self.owner)
        first, parameters = self.receiver_first(parameters)
        if not any(p.is_required and p.hint is UNKNOWN for p in parameters):
            self.add_calls("annotation", first, parameters, sink, count, seconds)
        # Guessers were asked already where the receiver's constructor has no hints.
        if guesses and (self.guessers or any(p.hint is UNKNOWN for p in parameters if p.kind not in ("rest", "more"))):
            self.add_calls("guessed", first, parameters, sink, count, seconds)

    def add_calls(
        self, origin: str, first: str, parameters: list[Parameter], sink: Any, count: int, seconds: float
    ) -> None:
        deadline, kept = time.monotonic() + seconds / 2, 0
        for _ in range(TRIES_PER_INPUT * count):
            if kept >= count or sink.full(self.qualname, origin) or time.monotonic() > deadline:
                break
            self.chosen.clear()
            self.has_guessed = False
            self.drawer.start()
            try:
                call = self.call(first, parameters, guessed=origin == "guessed")
            except (Exception, SystemExit) as error:
                self.why = str(error)
                continue
            if self.has_guessed is not (origin == "guessed"):
                continue
            if origin == "guessed" and kept >= UNTRIED and not self.works(call):
                continue
            added = bool(sink.add(self.qualname, origin, *call))
            kept += added
            self.kept += added

    def call(self, first: str, parameters: list[Parameter], guessed: bool) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
        args, kwargs = self.drawer.arguments(self.function, parameters, guessed=guessed)
        kind: Any = self.owner
        if first == "class":
            args.insert(0, kind)
        elif first == "new":
            args.insert(0, kind.__new__(kind))
        elif first == "instance":
            args.insert(0, self.drawer.constructed(kind))
        return tuple(args), kwargs

    def receiver_first(self, parameters: list[Parameter]) -> Tuple[str, list[Parameter]]:
        """Which receiver a call begins with ("" for none), and the parameters that follow it."""
        if self.owner is None or not parameters:
            return "", parameters
        name = self.qualname.rpartition(".")[2]
        found = inspect.getattr_static(self.owner, name, None)
        if isinstance(found, staticmethod) and name != "__new__":
            return "", parameters
        if isinstance(found, classmethod) or name in ("__new__", "__init_subclass__", "__class_getitem__"):
            return "class", parameters[1:]
        return ("new" if name == "__init__" else "instance"), parameters[1:]

    def guessed(self, parameter: Parameter, function: types.FunctionType) -> list[Any]:
        """The guesses for a parameter, one drawn by its weight first."""
        self.has_guessed = True
        if function not in self.guessers:
            self.guessers[function] = guess.types_of(function)
        hints = self.guessers[function](parameter)
        weights = [1.0 / (place + 1) ** 2 for place in range(len(hints))]
        if function is self.function:
            weights = self.weights.setdefault(parameter.name, weights)
        (place,) = self.rng.choices(range(len(hints)), weights)
        if function is self.function:
            self.chosen[parameter.name] = place
        return [hints[place], *hints[:place], *hints[place + 1 :]]

    def works(self, call: Tuple[Tuple[Any, ...], Dict[str, Any]]) -> bool:
        """Whether the function returns on a copy of the call, soon. Remembers which guesses that speaks for."""
        try:
            args, kwargs = pickle.loads(pickle.dumps(call))
        except Exception:
            return False
        returned = False
        before = time.monotonic()
        try:
            with alarm(TRIAL_SECONDS):
                value = run(self.function, args, kwargs)
                if hasattr(value, "__next__"):
                    collections.deque(itertools.islice(value, MAX_DRAINED), maxlen=0)
            returned = True
        except (Exception, SystemExit, TimeUp):
            pass
        for name, place in self.chosen.items():
            self.weights[name][place] *= 1.3 if returned else 0.8
        return returned and time.monotonic() - before < TRIAL_SECONDS


@contextlib.contextmanager
def _quiet() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
