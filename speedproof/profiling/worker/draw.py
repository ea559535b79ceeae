"""Draws values of a type that an annotation names: small ones mostly, with the plain and the empty among them.

Small, because nobody knows yet what the function costs: once it is known, mutation goes on from here to larger and
stranger values. Types that are not known here are left to Hypothesis, where it can be had.
"""

from __future__ import annotations

import abc
import collections.abc
import enum
import math
import random
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, Dict, Optional, Tuple

from .draw_values import CONTAINERS, PLAIN, Unknown
from .signature import UNKNOWN, Parameter, hints_of, parameters_of
from .vocabulary import Vocabulary

MAX_DEPTH = 5
CONSTRUCTIONS = 8
FROM_LIBRARY = 60
"""So many values of a type are taken from Hypothesis, at once: starting it is what costs."""


class TooDeep(Unknown):
    """The value would hold values that hold values, and so on."""


class Drawer:
    """`guess` gives types for a parameter without a hint. Values from `words` are mixed in."""

    def __init__(
        self, rng: random.Random, words: Vocabulary, guess: Callable[[Parameter, types.FunctionType], list[Any]]
    ) -> None:
        self.rng: random.Random = rng
        self.words = words
        self.guess = guess
        self.depth = 0
        self.variables: Dict[Any, Any] = {}
        """What each type variable stands for in this call."""
        self.from_library: Dict[Any, list[Any]] = {}

    def start(self) -> None:
        """Before the arguments of each call."""
        self.variables.clear()
        self.depth = 0

    def draw(self, hint: Any) -> Any:
        """A fresh value. Raises Unknown, and what constructors raise in the end."""
        if self.depth >= MAX_DEPTH:
            raise TooDeep("a value inside of %d others" % MAX_DEPTH)
        self.depth += 1
        try:
            return self._drawn(hint)
        finally:
            self.depth -= 1

    def _drawn(self, hint: Any) -> Any:
        hint = _bare(hint)
        if hint is None:
            return None
        if hint in (Any, object, UNKNOWN):
            return self.draw(self.rng.choice((int, str, int, float, bool)))
        if isinstance(hint, typing.TypeVar):
            return self._of_variable(hint)
        origin, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
        if origin is typing.Union or origin is getattr(types, "UnionType", None):
            if type(None) in parts and self.depth > MAX_DEPTH // 2:
                return None
            return self._first_known(self.rng.sample(parts, len(parts)))
        if origin is typing.Literal:
            return self.rng.choice(parts)
        if origin is type:
            return self._of_type(parts)
        for table, arguments in ((CONTAINERS, (self, parts)), (PLAIN, (self,))):
            make = table.get(origin) if isinstance(origin, collections.abc.Hashable) else None
            if make is not None:
                return make(*arguments)
        return self._of_class(origin, hint)

    def _first_known(self, hints: list[Any]) -> Any:
        problem = Unknown("there is no type to choose")
        for hint in hints:
            try:
                return self.draw(hint)
            except Unknown as error:
                problem = error
        raise problem

    def _of_variable(self, variable: Any) -> Any:
        """Of one type in all places of a call."""
        if variable not in self.variables:
            choices = variable.__constraints__ or (int, int, str)
            bound = variable.__bound__
            self.variables[variable] = self.rng.choice(choices) if bound is None else bound
        return self.draw(self.variables[variable])

    def _of_type(self, parts: Tuple[Any, ...]) -> Any:
        if not parts or not isinstance(parts[0], type):
            return self.rng.choice((int, str, list))
        return self.rng.choice([parts[0], *parts[0].__subclasses__()])

    def _of_class(self, kind: Any, hint: Any) -> Any:
        if not isinstance(kind, type):
            raise Unknown(repr(kind))
        if issubclass(kind, enum.Enum):
            return self.rng.choice(list(kind))
        if issubclass(kind, dict) and hasattr(kind, "__total__"):
            return self._of_typed_dict(kind)
        family = kind.__module__.partition(".")[0]
        if family in ("numpy", "pandas"):
            return self._of_table(kind, sys.modules[family])
        if kind.__module__ not in ("builtins", "typing") and not getattr(kind, "_is_protocol", False):
            try:
                return self.constructed(kind)
            except Unknown as problem:
                return self._of_library(hint, problem)
        return self._of_library(hint, Unknown(repr(hint)))

    def _of_typed_dict(self, kind: Any) -> Dict[str, Any]:
        required = getattr(kind, "__required_keys__", None)
        return {
            name: self.draw(hint)
            for name, hint in hints_of(kind).items()
            if required is None or name in required or self.rng.random() < 0.6
        }

    def _of_table(self, kind: Any, library: Any) -> Any:
        rows = self.rng.choice((0, 1, 2, 3, 5, 8))
        if kind.__name__ == "ndarray":
            shape = self.rng.choice(((rows,), (rows,), (rows, 3), (rows, rows)))
            numbers_ = library.array([self.rng.randint(-5, 20) for _ in range(math.prod(shape))]).reshape(shape)
            return numbers_.astype(float) / 2 if self.rng.random() < 0.5 else numbers_.astype(int)
        columns = {name: [self.rng.randint(-5, 20) for _ in range(rows)] for name in ("a", "b")}
        if kind.__name__ == "DataFrame":
            return kind(columns)
        if kind.__name__ in ("Series", "Index"):
            return kind(columns["a"])
        if issubclass(kind, getattr(library, "generic", ())):
            return kind(self.rng.randint(0, 20))
        raise Unknown(repr(kind))

    def constructed(self, kind: Any) -> Any:
        """An instance of a class, or of a concrete subclass, made by its constructor."""
        if isinstance(kind, abc.ABCMeta) and getattr(kind, "__abstractmethods__", None):
            subclasses: list[Any] = kind.__subclasses__()
            below = [subclass for subclass in subclasses if not getattr(subclass, "__abstractmethods__", None)]
            if not below:
                raise Unknown("%s is abstract" % kind.__qualname__)
            kind = self.rng.choice(below)
        make: Callable[..., Any] = kind
        function = _constructor(kind)
        error: Optional[Exception] = None
        for _ in range(CONSTRUCTIONS):
            try:
                if function is None:
                    return make()
                args, kwargs = self.arguments(function, parameters_of(function, kind)[1:], hints_of(kind))
                return make(*args, **kwargs)
            except TooDeep:
                raise
            except Exception as problem:  # it may refuse some arguments
                error = problem
        raise Unknown("no %s can be made: %s" % (kind.__qualname__, error))

    def arguments(
        self,
        function: types.FunctionType,
        parameters: list[Parameter],
        more_hints: Optional[Dict[str, Any]] = None,
        guessed: bool = True,
    ) -> Tuple[list[Any], Dict[str, Any]]:
        """Arguments for one call. Parameters with a default are left out at times; those without a hint are guessed.

        With `guessed` false, nothing is: what has no hint and no default raises Unknown.
        """
        args: list[Any] = []
        kwargs: Dict[str, Any] = {}
        by_place = True
        for parameter in parameters:
            hint = parameter.hint if parameter.hint is not UNKNOWN else (more_hints or {}).get(parameter.name, UNKNOWN)
            if not parameter.is_required and (
                self.rng.random() < 0.4 or (hint is UNKNOWN and (not guessed or parameter.kind in ("rest", "more")))
            ):
                by_place = False
                continue
            if hint is UNKNOWN and not guessed:
                raise Unknown("%s has no type hint" % parameter.name)
            hints = [hint] if hint is not UNKNOWN else self.guess(parameter, function)
            if parameter.kind == "rest":
                if by_place:
                    args += [self.draw(hint) for _ in range(self.rng.randrange(4))]
            elif parameter.kind == "more":
                continue
            elif parameter.kind != "keyword" and by_place:
                args.append(self._first_known(hints))
            elif parameter.kind != "positional":
                kwargs[parameter.name] = self._first_known(hints)
        return args, kwargs

    def _of_library(self, hint: Any, problem: Unknown) -> Any:
        """A value by Hypothesis, which knows many types more, and those that the project registered with it.

        Raises `problem` where it is of no help.
        """
        if hint not in self.from_library:
            self.from_library[hint] = _by_hypothesis(hint, self.rng.randrange(2**32))
        if not self.from_library[hint]:
            raise problem
        return self.rng.choice(self.from_library[hint])

    # Sizes and contents.

    def size(self) -> int:
        """Of a container; what is inside of another is smaller, and in the end empty."""
        if self.depth >= MAX_DEPTH - 1:
            return 0
        return self.rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12)) // max(1, self.depth - 1)

    def items(self, parts: Tuple[Any, ...]) -> list[Any]:
        hint = parts[0] if parts else int
        return [self.draw(hint) for _ in range(self.size())]

    def pairs(self, parts: Tuple[Any, ...]) -> list[Tuple[Any, Any]]:
        key, value = parts if len(parts) == 2 else (str, int)
        return [(self.draw(key), self.draw(value)) for _ in range(self.size())]

    def word(self, kind: type) -> Any:
        """A constant of the function's code. Raises LookupError where there is none."""
        return self.rng.choice(self.words.constants[kind])


def _bare(hint: Any) -> Any:
    """Below NewType, Annotated, Final, Required and the like, and names of types."""
    for _ in range(10):
        if hint is type(None):
            return None
        if hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif typing.get_origin(hint) is not None and _name(typing.get_origin(hint)) in _WRAPPERS:
            hint = typing.get_args(hint)[0]
        elif hasattr(hint, "__metadata__"):
            hint = hint.__origin__
        else:
            break
    return hint


_WRAPPERS = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "Annotated", "InitVar")


def _name(form: Any) -> str:
    return str(getattr(form, "_name", None) or getattr(form, "__name__", ""))


def _constructor(kind: type) -> Optional[types.FunctionType]:
    """The Python function that says which arguments the class takes; None where it takes none."""
    for name in ("__init__", "__new__"):
        found = getattr(kind, name, None)
        found = getattr(found, "__wrapped__", found)
        if isinstance(found, types.FunctionType):
            return found
    return None


def _by_hypothesis(hint: Any, seed: int) -> list[Any]:
    """Up to FROM_LIBRARY values; none where Hypothesis is missing, or at a loss itself."""
    found: list[Any] = []
    try:
        import hypothesis

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=FROM_LIBRARY,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(hypothesis.strategies.from_type(hint))
        def collect(value: Any) -> None:
            found.append(value)

        collect()
    except Exception:  # whatever it says, the values that came before are good
        pass
    return found
