"""All verified edits at once: each was proved alone, and the workload shows whether they go with each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from speedproof.analysis.files import absolute
from speedproof.core.report import FunctionResult
from speedproof.core.verdict import Status
from speedproof.profiling.program import ProgramRuns, Ran

_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class Together:
    """`results` are those that were given; an edit that does not go with the others is none any more."""

    results: list[FunctionResult]
    note: str
    texts: dict[Path, str]
    """What is left of each file with edits."""


def check_together(
    runs: ProgramRuns, workload: str, seconds: float, results: Sequence[FunctionResult], relative_to: Path | None
) -> Together:
    """Runs the workload without and with the edits. Where that ends worse, edits are put in file by file.

    Raises SandboxError, Cancelled.
    """
    told = f"{workload} -rfE" if workload.split()[0] in ("pytest", "py.test") else workload
    before = runs.run(told, seconds)
    place = _Places(relative_to)
    by_file: dict[Path, list[FunctionResult]] = {}
    for result in results:
        if result.found:
            by_file.setdefault(place.of(result), []).append(result)
    texts = {path: of_file[-1].after or "" for path, of_file in by_file.items()}
    n_edits = sum(map(len, by_file.values()))
    worse = _worse(before, runs.run(told, seconds, texts))
    if not worse:
        note = f"{workload} with all {n_edits} edits together ends as without: {_ending(before)}"
        return Together(list(results), note, texts)
    kept: dict[Path, str] = {}
    refused: dict[int, str] = {}
    for path, of_file in by_file.items():
        for result in of_file:
            # An edit of a file stands on those before it: behind one that is refused none is taken.
            why = next((refused[id(other)] for other in of_file if id(other) in refused), "")
            why = why or _worse(before, runs.run(told, seconds, {**kept, path: result.after or ""}))
            if why:
                refused[id(result)] = why
            else:
                kept[path] = result.after or ""
    return Together(
        [_refused(result, refused[id(result)]) if id(result) in refused else result for result in results],
        f"{workload} with all {n_edits} edits together: {worse}; {len(refused)} of them are left out",
        kept,
    )


class _Places:
    def __init__(self, relative_to: Path | None) -> None:
        self._base = relative_to or Path.cwd()

    def of(self, result: FunctionResult) -> Path:
        return absolute(self._base / result.path)


def _worse(before: Ran, after: Ran) -> str:
    """What goes wrong that did not before, in words; nothing where nothing does."""
    new = sorted(set(_FAILED.findall(after.output)) - set(_FAILED.findall(before.output)))
    if new:
        return f"{', '.join(new[:MAX_NAMES])}{', …' if len(new) > MAX_NAMES else ''} fails"
    return after.problem if after.status != before.status else ""


def _ending(ran: Ran) -> str:
    lines = [line.strip(" =") for line in ran.output.splitlines() if line.strip()]
    return lines[-1] if lines else f"status {ran.status}"


def _refused(result: FunctionResult, why: str) -> FunctionResult:
    verdict = replace(result.verdict, status=Status.DIFFERS, reason=f"proved alone, but with the other edits {why}")
    return replace(result, verdict=verdict, after=None)
