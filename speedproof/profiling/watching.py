"""Observing one side on many inputs, through processes that may loop, die, or fill their memory on any of them."""

import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from speedproof.profiling.compare import Observation, is_observation
from speedproof.profiling.workers import ChildEnded, ChildTimeout, Zygote

START_SECONDS = 20.0


@dataclass(slots=True)
class Watched:
    """What one side did. Every place that was asked for is in `seen`, in `lost`, or in neither if time ran out."""

    seen: dict[int, Observation] = field(default_factory=dict)
    took: dict[int, float] = field(default_factory=dict)
    """Seconds of real time from the start of a call until all that it did was told; most of it may be the telling."""
    lost: dict[int, str] = field(default_factory=dict)
    """Place → "timed out", or how its process ended."""
    hit: set[int] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)
    state: Mapping[str, str] = field(default_factory=dict)
    """What the module keeps, as digests by name, at the end of the last process."""

    @property
    def coverage(self) -> float | None:
        """Share of the function's executable lines that ran; None where lines were not watched."""
        return len(self.hit) / len(self.lines) if self.lines else None


def watch(
    zygote: Zygote,
    order: Mapping[str, Any],
    places: Sequence[int],
    patience: Callable[[int], float],
    *,
    traced: Container[int] = (),
    max_lost: int = 6,
    deadline: float = float("inf"),
    stop: Callable[[int, Observation], bool] = lambda place, seen: False,
) -> Watched:
    """Observe `places` in order, those in `traced` with their lines watched.

    A call that takes longer than `patience(place)` seconds, or ends its process, is lost, and the rest goes on in a
    fresh process. Ends early after `max_lost` losses, at `deadline` (time.monotonic), or when `stop` says so. Raises
    SandboxError where the side cannot be set up, and Cancelled.
    """
    watched = Watched()
    remaining = list(places)
    while remaining and len(watched.lost) < max_lost and time.monotonic() < deadline:
        with zygote.child(
            "watch", {**order, "places": remaining, "traced": [place for place in remaining if place in traced]}
        ) as child:
            current: int | None = None
            began = time.monotonic()
            try:
                while True:
                    message = child.receive(START_SECONDS if current is None else patience(current))
                    match message:
                        case {"starts": int(place)} if remaining and place == remaining[0]:
                            current, began = place, time.monotonic()
                        case {"input": int(place)} if place == current and is_observation(message):
                            watched.seen[remaining.pop(0)] = message
                            watched.took[place] = time.monotonic() - began
                            current = None
                            if stop(place, message) or time.monotonic() > deadline:
                                return watched
                        case {"hit": list(hit), "lines": list(lines)} if not remaining and _are(int, *hit, *lines):
                            watched.hit |= set(hit)
                            watched.lines = set(lines)
                        case {"end": True, "state": dict(state)} if not remaining and _are(str, *state.values()):
                            watched.state = state
                            return watched
                        case _:
                            raise _OutOfTurn
            except _OutOfTurn:
                _lose(watched, remaining, current, "gives answers out of turn")
            except ChildTimeout:
                _lose(watched, remaining, current, "timed out")
            except ChildEnded as error:
                _lose(watched, remaining, current, str(error.ended))
        if not remaining:  # it has not come to its proper end, where it would have told what it leaves behind
            watched.lost.setdefault(places[-1], "did not come to its end")
    return watched


class _OutOfTurn(Exception):
    """The process says what it was not asked, or in another form: foreign code speaks in the worker's place."""


def _are(kind: type, *values: object) -> bool:
    return all(type(value) is kind for value in values)


def _lose(watched: Watched, remaining: list[int], current: int | None, how: str) -> None:
    if not remaining:
        return
    place = remaining.pop(0) if current is None or current == remaining[0] else current
    watched.lost[place] = how
