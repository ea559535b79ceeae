"""What every job begins with: the calls that the project's own tests make of the functions in question."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from speedproof.analysis.project import tests_mentioning
from speedproof.core.project import Project
from speedproof.core.target import Target
from speedproof.profiling.profiler import Profiler

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share of the whole that is done, 0..1, or None where nobody knows."""

MAX_TEST_FILES = 12


def record_calls(profiler: Profiler, project: Project, targets: Sequence[Target]) -> None:
    """Record calls of all `targets` in one run of the tests that mention them."""
    modules = []
    tests: dict[Path, None] = {}
    for path, group in groupby(sorted(targets, key=lambda target: target.path), key=lambda target: target.path):
        of_file = list(group)
        qualnames = [target.qualname for target in of_file]
        names = [project.module_name(path).rpartition(".")[2], *(target.name for target in of_file)]
        tests |= dict.fromkeys(tests_mentioning(project, names, MAX_TEST_FILES))
        modules.append((path, of_file[0].text, qualnames))
    profiler.record(modules, list(tests))
