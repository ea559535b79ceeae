"""One function's mutants, judged up to the point where time would be compared; then a longer look at what is left."""

import tempfile
import time
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from _mutant_cases import Case
from _mutants import Mutant, chosen

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import SandboxError
from speedproof.core.settings import Settings
from speedproof.core.source import read_source
from speedproof.core.verdict import Status, Verdict
from speedproof.jobs.calls import record_calls
from speedproof.profiling.compare import difference
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared, refute
from speedproof.profiling.stage import Stage
from speedproof.profiling.watching import Watched, watch

KILLED = (Status.DIFFERS, Status.CRASHED, Status.TIMED_OUT)
SHARED_STAGES = 3
SMALL_CALLS, SMALL_SECONDS = 2000, 10.0
LONG_COUNT, LONG_SECONDS = 400, 8.0
OWN_COUNT, OWN_SECONDS = 80, 2.0
MAX_SEEDS = 40
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant. `fate` is killed, unverifiable, escaped or equivalent."""

    operator: str
    change: str
    fate: str
    how: str
    """The origin of the input that told it apart; for one not killed, what is known of it."""
    seconds: float


@dataclass(slots=True)
class Trial:
    """All mutants of one function, or why it cannot be verified."""

    name: str
    problem: str | None = None
    outcomes: list[Outcome] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Trial":
        return cls(values["name"], values["problem"], [Outcome(**row) for row in values["outcomes"]])


def tried(case: Case, count: int, seed: int) -> Trial:
    """Up to `count` mutants of the case's function, always the same ones."""
    trial = Trial(case.name)
    with tempfile.TemporaryDirectory(prefix="speedproof-mutants-") as folder:
        path = case.project(Path(folder).resolve())
        text = read_source(path).text
        target = find_target(path, text, case.qualname)
        if target is None:
            return Trial(case.name, "the function is not found")
        project = discover(path, python=case.python)
        with Profiler(project, Settings(), CancelToken()) as profiler:
            record_calls(profiler, project, [target])
            prepared = profiler.prepare(target)
            if isinstance(prepared, Verdict):
                return Trial(case.name, prepared.reason)
            try:
                against_itself, _ = refute(prepared, prepared.order)
            except SandboxError as error:
                return Trial(case.name, str(error))
            if against_itself is not None:
                return Trial(case.name, against_itself.reason)
            survivors: list[tuple[int, Mutant]] = []
            rng = Random(zlib.crc32(f"{case.name} {seed}".encode()))
            for mutant in chosen(text, case.qualname, count, rng):
                outcome = _judged(prepared, mutant)
                if outcome.fate == "equivalent":
                    survivors.append((len(trial.outcomes), mutant))
                trial.outcomes.append(outcome)
            # Last, because what is made here is a lot to read for whoever adds inputs later.
            known = _shared_long_looks(prepared) if survivors else []
            for place, mutant in survivors:
                found = _looked_at_longer(prepared, mutant, known)
                if found is not None:
                    trial.outcomes[place] = replace(trial.outcomes[place], fate="escaped", how=found)
    return trial


def _judged(prepared: Prepared, mutant: Mutant) -> Outcome:
    """The mutant as the first candidate of all: what others showed is forgotten."""
    prepared.telling.clear()
    del prepared.gathered.made[SHARED_STAGES:]
    started = time.perf_counter()
    try:
        verdict, evidence = refute(prepared, {**prepared.order, "after": mutant.text})
    except SandboxError as error:
        verdict, evidence = Verdict(Status.UNVERIFIABLE, str(error)), prepared.evidence
    seconds = time.perf_counter() - started
    if verdict is None:
        how = f"the same on {evidence.n_inputs} inputs"
        return Outcome(mutant.operator, mutant.change, "equivalent", how, seconds)
    if verdict.status not in KILLED:
        return Outcome(mutant.operator, mutant.change, "unverifiable", verdict.reason, seconds)
    example = verdict.counterexample
    return Outcome(mutant.operator, mutant.change, "killed", example.origin if example else "state", seconds)


def _shared_long_looks(prepared: Prepared) -> list[Stage]:
    """What the original does on all small calls, and on what a long search of it finds."""
    gathered = prepared.gathered
    seeds = [item.place for item in gathered.inputs if item.origin != "scaled"][:MAX_SEEDS]
    small = {"seeds": seeds, "count": SMALL_CALLS, "seconds": SMALL_SECONDS, "seed": 5}
    return [
        gathered.more("gather_small", {**prepared.order, **small}),
        gathered.more("gather_mutated", {**prepared.order, **_search(seeds, LONG_COUNT, LONG_SECONDS)}),
    ]


def _looked_at_longer(prepared: Prepared, mutant: Mutant, known: list[Stage]) -> str | None:
    """How the mutant differs after all; None where nothing shows it."""
    order = {**prepared.order, "after": mutant.text}
    for stage in known:
        found = _difference(prepared, order, stage)
        if found is not None:
            return found
    seeds = [item.place for item in prepared.gathered.inputs if item.origin != "scaled"][:MAX_SEEDS]
    search = {**order, **_search(seeds, OWN_COUNT, OWN_SECONDS), "known": [], "of_candidate": True}
    return _difference(prepared, order, prepared.gathered.more("gather_mutated", search))


def _search(seeds: list[int], count: int, seconds: float) -> dict[str, Any]:
    """Another one than any in the comparison: by its seed, and much longer."""
    order = {"seeds": seeds, "count": count, "seconds": seconds, "seed": 7}
    return {**order, "grow": [], "scaled": 0, "of_candidate": False}


def _difference(prepared: Prepared, order: Mapping[str, Any], stage: Stage) -> str | None:
    original = stage.observations

    def watched_for(patience: float) -> Watched:
        return watch(
            prepared.zygote,
            order,
            [item.place for item in stage.inputs],
            lambda place: patience + 20 * float(original[place]["seconds"]),
            max_lost=1,
            stop=lambda place, seen: difference(original[place], seen) is not None,
        )

    watched = watched_for(PATIENCE_SECONDS)
    if watched.lost:  # on a busy machine that says little
        watched = watched_for(10 * PATIENCE_SECONDS)
    for item in stage.inputs:
        if item.place in watched.lost:
            return f"{watched.lost[item.place]} on {item.call}"
        if item.place in watched.seen:
            found = difference(original[item.place], watched.seen[item.place])
            if found is not None and not found.undecidable:
                return f"{found.aspect} differs on {item.call} ({item.origin}): {found.original} → {found.candidate}"
    return None
