"""Which functions of a project to look at first: where a workload spends its time, or else what reads slow."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from speedproof import __version__
from speedproof.analysis.scan import ScannedFile, ScannedFunction
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ProjectError, SandboxError
from speedproof.core.hotspot import FunctionTime, Hotspot, Profile
from speedproof.core.project import Project
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.profiling.program import ProgramRuns

KIND = "profile"


@dataclass(frozen=True, slots=True)
class Place:
    """A function of a tree that was scanned."""

    path: Path
    function: ScannedFunction
    hotspot: Hotspot | None = None


def ranked_places(files: Sequence[ScannedFile], profile: Profile | None) -> list[Place]:
    """All functions, those first whose own lines take most of the workload; then those with most findings.

    Without a profile by their findings alone. Always in the same order for the same figures.
    """
    times = _by_place(profile.functions) if profile is not None else {}
    total = profile.seconds if profile is not None else 0.0
    places = []
    for file in files:
        for function in file.functions:
            time = _time_of(times.get((file.path, function.qualname.rpartition(".")[2]), ()), function)
            hotspot = None
            if time is not None and total > 0:
                hotspot = Hotspot(time.n_calls, min(1.0, time.own_seconds / total), min(1.0, time.seconds / total))
            places.append(Place(file.path, function, hotspot))

    def order(place: Place) -> tuple[float, int, Path, int]:
        own = place.hotspot.own_share if place.hotspot is not None else 0.0
        return -own, -place.function.n_findings, place.path, place.function.first_line

    return sorted(places, key=order)


def profiled(
    project: Project,
    settings: Settings,
    files: Sequence[ScannedFile],
    workload: str,
    seconds: float,
    store: Store | None,
    cancel: CancelToken,
) -> tuple[Profile | None, list[str]]:
    """Where the time of a command goes, None where nobody can say; and what there is to tell about it.

    A run that goes on where another was ended has to see the same order, or edits of a file stand on others: so what
    was found for these texts of the files is kept in `store`. Raises Cancelled.
    """
    key = _key(project, files, workload)
    known = store.get(KIND, key) if store is not None else None
    if known is not None:
        return _recalled(workload, known), []
    try:
        with ProgramRuns(project, settings, cancel) as runs:
            profile = runs.profile(workload, seconds)
    except (ProjectError, SandboxError) as error:
        return None, [f"{workload} could not be run, so the functions with most findings come first: {error}"]
    notes = [f"{workload}: {profile.problem}"] if profile.problem else []
    if not profile.functions:
        notes.append(f"{workload} tells nothing of these files: the functions with most findings come first")
        return None, notes
    if store is not None:
        rows = [[str(each.path), *astuple(each)[1:]] for each in profile.functions]
        store.put(KIND, key, {"seconds": profile.seconds, "problem": profile.problem, "functions": rows})
    return profile, notes


def _recalled(workload: str, value: Any) -> Profile:
    functions = tuple(FunctionTime(Path(path), *rest) for path, *rest in value["functions"])
    return Profile(workload, value["seconds"], functions, value["problem"])


def _key(project: Project, files: Sequence[ScannedFile], workload: str) -> dict[str, Any]:
    seen = sorted((str(file.path), file.stamp) for file in files)
    return {
        "root": str(project.root),
        "python": str(project.python),
        "engine": __version__,
        "workload": workload,
        "files": hashlib.sha256(json.dumps(seen).encode()).hexdigest(),
    }


def _by_place(functions: Iterable[FunctionTime]) -> dict[tuple[Path, str], list[FunctionTime]]:
    found: dict[tuple[Path, str], list[FunctionTime]] = {}
    for time in functions:
        found.setdefault((time.path, time.name), []).append(time)
    return found


def _time_of(times: Sequence[FunctionTime], function: ScannedFunction) -> FunctionTime | None:
    """The one that begins on the function's first lines: a nested function may have its name, too."""
    inside = [time for time in times if function.first_line <= time.line <= function.last_line]
    return min(inside, key=lambda time: time.line, default=None)
