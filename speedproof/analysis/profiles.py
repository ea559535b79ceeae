"""Profiles that other tools have written: pstats, speedscope, py-spy's raw format, Scalene.

What they have in common: which function was how long at work itself, and how long with all that it called.
"""

import json
import marshal
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speedproof.core.errors import UsageError
from speedproof.core.hotspot import FunctionTime, Profile

MAX_BYTES = 512 * 2**20
_FRAME = re.compile(r"^(?P<name>.*) \((?P<file>[^()]+?):(?P<line>\d+)\)$")
_UNITS = {"nanoseconds": 1e-9, "microseconds": 1e-6, "milliseconds": 1e-3, "seconds": 1.0}
_Place = tuple[str, int, str]
"""File, line, name."""


def read_profile(path: Path, known: Iterable[Path]) -> Profile:
    """What the file says of the files in `known`. Raises UsageError where it is no profile that can be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: too large for a profile (more than {MAX_BYTES // 2**20} MiB)")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    for reader in (_json, _collapsed, _pstats):
        try:
            times = reader(data)
        except (ValueError, EOFError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            continue
        if times is not None:
            return times.profile(str(path), _Files(known))
    raise UsageError(
        f"{path}: not a profile that can be read; known are pstats, speedscope, py-spy's raw format and Scalene"
    )


@dataclass(slots=True)
class _Times:
    """By place: calls, own time, time with all that it calls; and the time of all."""

    calls: dict[_Place, int] = field(default_factory=lambda: defaultdict(int))
    own: dict[_Place, float] = field(default_factory=lambda: defaultdict(float))
    whole: dict[_Place, float] = field(default_factory=lambda: defaultdict(float))
    total: float = 0.0

    def add_stack(self, frames: list[_Place], seconds: float) -> None:
        """The outermost first."""
        self.total += seconds
        for place in set(frames):
            self.whole[place] += seconds
        inner = frames[-1:]
        # A frame without a file is a built-in one: it counts as part of whoever calls it.
        for place in reversed(frames):
            inner = [place]
            if place[0].endswith(".py"):
                break
        for place in inner:
            self.own[place] += seconds

    def profile(self, name: str, files: "_Files") -> Profile:
        functions = []
        for place in self.whole.keys() | self.own.keys():
            file, line, function = place
            path = files.of(file)
            if path is not None:
                own = self.own.get(place, 0.0)
                whole = max(own, self.whole.get(place, 0.0))
                functions.append(FunctionTime(path, line, function, self.calls.get(place, 0), own, whole))
        functions.sort(key=lambda time: (time.path, time.line, time.name))
        return Profile(name, self.total, tuple(functions))


class _Files:
    """Files of the project by what a profile calls them: in full, or the end of the path."""

    def __init__(self, known: Iterable[Path]) -> None:
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        for path in known:
            self._by_name[path.name].append(path)

    def of(self, name: str) -> Path | None:
        parts = Path(name).parts
        fitting = (
            [path for path in self._by_name.get(parts[-1], ()) if path.parts[-len(parts) :] == parts] if parts else []
        )
        return fitting[0] if len(fitting) == 1 else None


def _pstats(data: bytes) -> _Times | None:
    """What cProfile writes: a mapping from functions to calls, own time, whole time and callers, marshalled.

    Marshalled data runs no code. It could be made to confuse the interpreter; but the user has named this file.
    """
    stats = marshal.loads(data)  # noqa: S302
    if not isinstance(stats, dict) or not stats:
        return None
    times = _Times()
    for place, (_, n_calls, own, whole, callers) in stats.items():
        file = place[0]
        times.total += own
        if file == "~":
            for caller, (_, _, own_for_it, _) in callers.items():
                times.own[caller] += own_for_it
        else:
            times.calls[place] += n_calls
            times.own[place] += own
            times.whole[place] += whole
    return times


def _json(data: bytes) -> _Times | None:
    document = json.loads(data)
    match document:
        case {"shared": {"frames": list(frames)}, "profiles": list(profiles)}:
            return _speedscope(frames, profiles)
        case {"files": dict(files)}:
            return _scalene(files, float(document.get("elapsed_time_sec") or 1.0))
    return None


def _speedscope(frames: list[Mapping[str, Any]], profiles: list[Mapping[str, Any]]) -> _Times:
    places = [(str(frame.get("file") or ""), int(frame.get("line") or 0), str(frame["name"])) for frame in frames]
    times = _Times()
    for profile in profiles:
        unit = _UNITS.get(str(profile.get("unit")), 1.0)
        if profile["type"] == "sampled":
            for sample, weight in zip(profile["samples"], profile["weights"], strict=True):
                times.add_stack([places[index] for index in sample], weight * unit)
        else:
            _evented(profile["events"], places.__getitem__, unit, times)
    return times


def _evented(events: list[Mapping[str, Any]], place_of: Callable[[int], _Place], unit: float, times: _Times) -> None:
    stack: list[_Place] = []
    since = 0.0
    for event in events:
        at = float(event["at"]) * unit
        if stack and at > since:
            times.add_stack(stack, at - since)
        since = at
        if event["type"] == "O":
            stack.append(place_of(event["frame"]))
            times.calls[stack[-1]] += 1
        else:
            stack.pop()


def _scalene(files: Mapping[str, Any], seconds: float) -> _Times:
    """Percent of all samples, by function: in Python, in native code, in the system."""
    times = _Times(total=seconds)
    for file, found in files.items():
        for function in found["functions"]:
            percent = sum(
                float(function.get(f"n_{kind}") or 0.0)
                for kind in ("cpu_percent_python", "cpu_percent_c", "sys_percent")
            )
            name = str(function["line"]).rpartition(".")[2]
            times.own[file, int(function["lineno"]), name] += seconds * percent / 100
    return times


def _collapsed(data: bytes) -> _Times | None:
    """A line for each stack, `main (app.py:3);work (app.py:9) 17`, with the number of its samples."""
    times = _Times()
    for line in data.decode("utf-8").splitlines():
        if not line.strip():
            continue
        stack, _, count = line.rpartition(" ")
        frames = []
        for frame in stack.split(";"):
            found = _FRAME.match(frame)
            if found:
                frames.append((found["file"], int(found["line"]), found["name"]))
        if frames:
            times.add_stack(frames, float(count))
    return times if times.total else None
