"""Functions to be timed: those of the development cases, then those of well-known packages; each with its inputs."""

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from _packages import PACKAGES, Package, environment, sample, sources
from _rows import Row, make_project, read_rows

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ProjectError
from speedproof.core.settings import Settings
from speedproof.core.verdict import Verdict
from speedproof.jobs.calls import record_calls
from speedproof.profiling.enough import shortfall
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared
from speedproof.profiling.workload import workload

SETTINGS = Settings(max_inputs=60)
"""Few variations: behaviour is not what is looked at."""
SETS = ("accept", "reject_not_faster", "rules")
PER_PACKAGE = 60


def prepared_functions(
    data: Path, work: Path, seed: int, is_done: Callable[[str], bool]
) -> Iterator[tuple[str, Prepared | None]]:
    """Functions with inputs fit to be timed, by name, always in the same order; None for those that are done already.

    Each is good until the next one is asked for. The packages, installed below `work`, are only looked at when the
    cases in `data` are used up.
    """
    for row in _rows(data, seed):
        if is_done(row.id):
            yield row.id, None
            continue
        with _prepared_row(row) as prepared:
            if prepared is not None:
                yield row.id, prepared
    for package in PACKAGES:
        yield from _of_package(package, work, is_done)


def _rows(data: Path, seed: int) -> list[Row]:
    """Every case's original, and every candidate as an original of its own."""
    rows = [row for name in SETS if (data / f"{name}.jsonl").is_file() for row in read_rows(data / f"{name}.jsonl")]
    rows += [replace(row, id=f"{row.id} (candidate)", original=row.candidate) for row in rows if row.candidate]
    random.Random(seed).shuffle(rows)
    return rows


@contextmanager
def _prepared_row(row: Row) -> Iterator[Prepared | None]:
    with tempfile.TemporaryDirectory(prefix="speedproof-timing-") as folder:
        path = make_project(row, Path(folder).resolve())
        target = find_target(path, row.original, row.entry)
        if target is None:
            raise ValueError(f"{row.id}: the row has no function {row.entry}")
        project = discover(path, python=sys.executable)
        with Profiler(project, SETTINGS, CancelToken()) as profiler:
            record_calls(profiler, project, [target])
            yield _with_inputs(profiler.prepare(target))


def _of_package(package: Package, work: Path, is_done: Callable[[str], bool]) -> Iterator[tuple[str, Prepared | None]]:
    python = environment(work)
    root = sources(package, python, work)
    targets = sample(package, root, PER_PACKAGE)
    project = discover(root / package.folder, python=str(python))
    with Profiler(project, SETTINGS, CancelToken()) as profiler:
        record_calls(profiler, project, targets)
        for target in targets:
            name = f"{package.name}: {target.qualname}"
            if is_done(name):
                yield name, None
                continue
            try:
                prepared = _with_inputs(profiler.prepare(target))
            except ProjectError:
                continue
            if prepared is not None:
                yield name, prepared


def _with_inputs(prepared: Prepared | Verdict) -> Prepared | None:
    """None where the engine would never come to time a candidate for the function."""
    if isinstance(prepared, Verdict):
        return None
    for _ in prepared.gathered.stages():
        pass
    if shortfall(prepared.gathered, prepared.settings, prepared.recorded) is not None:
        return None
    return prepared if workload(prepared.gathered) else None
