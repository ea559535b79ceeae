"""Finds inputs on which a function behaves in new ways, by running it on variations of known ones.

Fuzzing guided by coverage, for a purpose of its own: what tells two implementations apart is mostly a rare path, a
boundary, a number of turns of a loop. So an input counts as new by the jumps between instructions that it causes, how
often, and how the call ends; the new ones are kept and varied further, and the rest is filled up evenly.

Runs the project's code in this process: only for a child that is thrown away. Slow calls are interrupted where Python
allows it; what they leave behind is of no matter.
"""

from __future__ import annotations

import collections
import itertools
import pickle
import random
import time
import types
from collections.abc import Callable
from typing import Any, Optional

from . import comparisons, pickling
from .alarm import TimeUp, alarm
from .encode import encode
from .features import extent, extents, of_input, of_result
from .jumps import followed
from .mutate import Call, Mutator, with_value
from .mutate_context import SLOW_SECONDS, Pace
from .observe import run
from .patience import Clock, patiently, quiet
from .substitute import substituted

CALL_SECONDS = 0.1
MAX_DRAINED = 1000
TRIES_PER_INPUT = 15
MAX_MADE_EQUAL = 12
MAX_WAITING = 400
RAISING_SHARE = 0.15
"""At most this share of the inputs that are kept ends in an exception seen before."""
OTHERS_SHARE = 0.2
"""At least this share is left to calls that show nothing new of the function, but are new by their arguments."""
MIN_RECAST = 6
MAX_RECAST = 8
CALLS_TO_RECAST = 60


def explore(
    function: types.FunctionType,
    seeds: list[Call],
    rng: random.Random,
    keep: Callable[[tuple[Any, ...], dict[str, Any]], bool],
    count: int,
    seconds: float,
    of_candidate: bool = False,
    on_turn: Callable[[int], None] = lambda kept: None,
) -> dict[str, int]:
    """Hand up to `count` inputs to `keep`, which says whether it took them, within about `seconds` of processor time.

    Among them are some with a value of another type, where that has made no difference to the function. Not so with
    `of_candidate`, because what counts is how the original takes those; then parameters that the known calls leave to
    their defaults get values, because the original would refuse those that it does not have.

    `on_turn` is called again and again with how many were kept so far.

    Gives how many calls were "tried", how many were "new" and how many were "kept".
    """
    explorer = _Explorer(function, seeds, rng, keep, count, of_candidate)
    with quiet():
        explorer.work(Clock(seconds), on_turn)
    return {"tried": explorer.tried, "new": explorer.new, "kept": explorer.kept}


class _Trial:
    """What one call showed."""

    def __init__(self) -> None:
        self.features: set[Any] = set()
        self.returned = False
        self.result = ""
        self.seconds = 0.0
        self.abandoned = False
        self.pairs: dict[Any, tuple[Any, Any]] = {}
        """Of each comparison that found its operands unequal, the first two of them."""


class _Group:
    """Calls that showed the same, with whether they returned: a sample of those seen."""

    def __init__(self) -> None:
        self.seen = 0
        self.calls: list[tuple[bool, Call]] = []


class _Explorer:
    def __init__(
        self,
        function: types.FunctionType,
        seeds: list[Call],
        rng: random.Random,
        keep: Callable[[tuple[Any, ...], dict[str, Any]], bool],
        count: int,
        of_candidate: bool,
    ) -> None:
        self.function = function
        self.mutator = Mutator(seeds, rng, function)
        self.rng = rng
        self.keep = keep
        self.count = count
        self.of_candidate = of_candidate
        self.tried = self.new = self.kept = 0
        self.features: set[Any] = set()
        self.unfit: set[Any] = set()
        self.fit: dict[Any, list[tuple[str, Call]]] = {}
        """Calls with one value recast that ended as without, by the kind of change; `unfit` has those that did not."""
        self.returning: dict[str, list[Call]] = {}
        """A few calls of each result."""
        self.known: set[bytes] = set()
        self.sized = any(extent([*args, *kwargs.values()]).longest for args, kwargs in self.mutator.pool)
        self.noted: set[Any] = set()
        self.notable: list[Call] = []
        """Inputs that showed nothing new, but have something about them that none before had; `noted` is what."""
        self.waiting: collections.deque[Call] = collections.deque()
        """Made on purpose, to be tried before chance has its say."""
        self.spare: dict[Any, _Group] = {}
        """Inputs that showed nothing new, by what they showed."""

    def work(self, clock: Clock, on_turn: Callable[[int], None]) -> None:
        limit = TRIES_PER_INPUT * self.count
        for call in list(self.mutator.pool):
            blob = _pickled(call)
            if blob is not None:
                self.known.add(blob)
                trial = self.tried_out(blob)
                self.features |= trial.features
                self.make_equal(call, trial)
        for call in patiently(self.mutator.boundaries(fills=self.of_candidate)):
            if not clock.is_over():
                self.consider(call)
                on_turn(self.kept)
        enough = (1 - OTHERS_SHARE) * self.count
        while self.mutator.pool and self.kept < enough and self.tried < limit and not clock.is_over():
            try:
                varied = self.waiting.popleft() if self.waiting else self.next_call()
            except ValueError:
                break
            if varied is not None:
                self.consider(varied)
            on_turn(self.kept)
        if not self.of_candidate:
            self.take_recast()
        self.fill_up()

    def next_call(self) -> Optional[Call]:
        """None where objects of the project take too long to be copied or changed. Raises ValueError at the end."""
        try:
            with alarm(CALL_SECONDS):
                return self.mutator.next_call()
        except TimeUp:
            self.tried += 1
            return None

    def consider(self, call: Call) -> None:
        blob = _pickled(call)
        if blob is None or blob in self.known:
            return
        self.known.add(blob)
        if not self.bears(call):
            return
        trial = self.tried_out(blob)
        if trial.abandoned:
            return
        if trial.features <= self.features:
            self.put_aside(call, trial)
        else:
            self.features |= trial.features
            self.new += 1
            self.mutator.remember(call)
            self.take(call)
            self.make_equal(call, trial)
        if trial.returned and (len(self.returning) < CALLS_TO_RECAST or trial.result in self.returning):
            alike = self.returning.setdefault(trial.result, [])
            if len(alike) < MAX_RECAST:
                alike.append(call)

    def bears(self, call: Call) -> bool:
        """Whether numbers far beyond any tried so far may be: smaller ones in their place are done with soon."""
        args, kwargs = call
        for place, value in enumerate((*args, *kwargs.values())):
            for step in self.mutator.context.steps_to(value, place) if type(value) is int else ():
                blob = _pickled(with_value(call, place, step))
                if blob is None or self.tried_out(blob).seconds > SLOW_SECONDS:
                    return False
        return True

    def make_equal(self, call: Call, trial: _Trial) -> None:
        """Next, calls like this one in which operands that were unequal are equal, or one apart."""
        for one, other in trial.pairs.values():
            made = itertools.islice(substituted(call, one, other), MAX_MADE_EQUAL)
            self.waiting.extend(itertools.islice(made, MAX_WAITING - len(self.waiting)))

    def put_aside(self, call: Call, trial: _Trial) -> None:
        """To what is notable by its arguments, otherwise into a fair sample of the calls that showed the same."""
        features = of_input([*call[0], *call[1].values()]) | {("given", len(call[0]), *call[1])}
        if not features <= self.noted:
            self.noted |= features
            self.notable.append(call)
            return
        group = self.spare.setdefault(frozenset(trial.features), _Group())
        group.seen += 1
        if len(group.calls) < self.count:
            group.calls.append((trial.returned, call))
        else:
            place = self.rng.randrange(group.seen)
            if place < len(group.calls):
                group.calls[place] = trial.returned, call

    def take_recast(self) -> None:
        """Calls with a change of type that made no difference, in several calls of different results, belong in."""
        rows = itertools.zip_longest(*([(result, call) for call in calls] for result, calls in self.returning.items()))
        for result, call in itertools.islice(filter(None, itertools.chain(*rows)), CALLS_TO_RECAST):
            for kind, other_call in self.mutator.recasts(call):
                self.consider_recast(kind, other_call, result)
        for calls in self.fit.values():
            if len(calls) >= MIN_RECAST and len({result for result, _ in calls}) > 1:
                for _, call in calls:
                    self.take(call)

    def consider_recast(self, kind: Any, call: Call, result: str) -> None:
        """Note whether the function does with another type in one place what it did before."""
        if kind in self.unfit or len(self.fit.setdefault(kind, [])) >= MAX_RECAST:
            return
        blob = _pickled(call)
        if blob is None:
            return
        trial = self.tried_out(blob)
        if not trial.returned or trial.abandoned or trial.result != result:
            self.unfit.add(kind)
            self.fit.pop(kind)
        else:
            self.fit[kind].append((result, call))

    def take(self, call: Call) -> None:
        if self.kept < self.count:
            self.kept += bool(self.keep(*call))

    def fill_up(self) -> None:
        """First with calls that are new by their arguments, then from all groups in turn; few that raise."""
        for call in self.notable:
            self.take(call)
        raising = 0
        for row in itertools.zip_longest(*(group.calls for group in self.spare.values())):
            for returned, call in filter(None, row):
                raising += not returned
                if returned or raising <= RAISING_SHARE * self.count:
                    self.take(call)

    def tried_out(self, blob: bytes) -> _Trial:
        """Run the function on the pickled call."""
        self.tried += 1
        trial = _Trial()
        args, kwargs = pickle.loads(blob)
        before = extents(args, kwargs)
        start = time.perf_counter()
        try:
            with alarm(CALL_SECONDS):
                try:
                    file = self.function.__code__.co_filename
                    with comparisons.noted(trial.features) as trial.pairs, followed(file, trial.features):
                        value = run(self.function, args, kwargs)
                        if hasattr(value, "__next__"):
                            value = list(itertools.islice(value, MAX_DRAINED))
                    trial.features |= of_result(value)
                    trial.returned = True
                    trial.result = encode(value).digest
                except (Exception, SystemExit) as error:
                    trial.features.add(("raised", type(error), _line_of(error)))
        except (TimeUp, KeyboardInterrupt):
            trial.abandoned = True
        trial.seconds = time.perf_counter() - start
        pace = Pace(trial.seconds, trial.returned, trial.abandoned)
        self.mutator.context.adapt(pace, before, self.sized)
        return trial


def _pickled(call: Call) -> Optional[bytes]:
    """None for a call that could not be kept anyway."""
    try:
        return pickling.dumps(call)
    except Exception:
        return None


def _line_of(error: BaseException) -> int:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_lineno if trace is not None else 0
