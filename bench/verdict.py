"""The verdict on known rewrites: how many wrong or slower ones pass, how many good ones do, how long it takes.

Every row of `accept.jsonl`, `reject_wrong.jsonl` and `reject_not_faster.jsonl` becomes a small project: the module and
a test with a few calls, which is all that the engine gets to know. The row's candidate is judged, and then judged
again in the same session as a second candidate for the same function, which must not cost as much as the first.
"""

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from _common import development_data, finish, parser, table
from _rows import Row, make_project, read_rows

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate
from speedproof.core.verdict import Status, Verdict
from speedproof.jobs.calls import record_calls
from speedproof.profiling.profiler import Profiler

SETS = ("accept", "reject_wrong", "reject_not_faster")
SLOW_SECONDS = 30e-6
"""Calls quicker than this are hard to time; the share accepted is stated for the slower ones apart."""
WANTED_ACCEPTED, WANTED_ACCEPTED_SLOW, MOST_UNVERIFIABLE = 0.85, 0.92, 0.10
MOST_SECONDS, MOST_SECONDS_REFUTED, MOST_SECOND_SHARE = 4.0, 1.0, 0.5
REFUTED = (Status.DIFFERS, Status.CRASHED, Status.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class Tried:
    """One row's verdict. `seconds` from nothing to the verdict; `second_seconds` for the same candidate once more."""

    row: Row
    verdict: Verdict
    again: Verdict
    seconds: float
    second_seconds: float

    @property
    def group(self) -> str:
        return f"{self.row.set} ({self.row.tier})" if self.row.tier else self.row.set


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--data", type=Path, default=development_data(), help="folder with the JSONL files")
    arguments.add_argument("--set", choices=SETS, action="append", dest="sets", help="only this set")
    arguments.add_argument("--only", default="", help="only rows whose id holds this text")
    options = arguments.parse_args()

    tried: list[Tried] = []
    for name in options.sets or SETS:
        path = options.data / f"{name}.jsonl"
        if not path.is_file():
            print(f"{path}: no such file; name the folder by --data or SPEEDPROOF_DATA", file=sys.stderr)
            return 2
        rows = [row for row in read_rows(path) if options.only in row.id]
        for row in rows[:3] if options.quick else rows:
            tried.append(_try(row))
            print(_line(tried[-1]), flush=True)
    figures = _figures(tried)
    print(f"\n{_matrix(tried)}\n\n{_times(tried)}\n")
    for item in tried:
        if not _right(item):
            print(f"{item.group} {item.row.id}: {item.verdict.status}: {item.verdict.reason}")
    failures = _failures(tried, figures, partial=options.quick or bool(options.only))
    details = [
        {
            "id": item.row.id,
            "group": item.group,
            "status": item.verdict.status,
            "reason": item.verdict.reason,
            "again": item.again.status,
            "seconds": item.seconds,
            "second_seconds": item.second_seconds,
        }
        for item in tried
    ]
    return finish("verdict", options, figures, details=details, failures=failures)


def _try(row: Row) -> Tried:
    with tempfile.TemporaryDirectory(prefix="speedproof-verdict-") as folder:
        path = make_project(row, Path(folder).resolve())
        target = find_target(path, row.original, row.entry)
        if target is None or row.candidate is None:
            raise ValueError(f"{row.id}: the row has no function {row.entry}, or no candidate")
        candidate = Candidate(row.candidate, "given", ("candidate",))
        started = time.perf_counter()
        project = discover(path, python=sys.executable)
        with Profiler(project, Settings(), CancelToken()) as profiler:
            record_calls(profiler, project, [target])
            prepared = profiler.prepare(target)
            if isinstance(prepared, Verdict):
                return Tried(row, prepared, prepared, time.perf_counter() - started, 0.0)
            verdict = profiler.judge(prepared, candidate)
            middle = time.perf_counter()
            again = profiler.judge(prepared, candidate)
            return Tried(row, verdict, again, middle - started, time.perf_counter() - middle)


def _right(item: Tried) -> bool:
    return item.verdict.verified is (item.row.set == "accept")


def _matrix(tried: Sequence[Tried]) -> str:
    statuses = [status for status in Status if any(item.verdict.status is status for item in tried)]
    rows = []
    for group in dict.fromkeys(item.group for item in tried):
        counts = Counter(item.verdict.status for item in tried if item.group == group)
        rows.append([group, counts.total(), *(counts[status] for status in statuses)])
    return table(["set", "rows", *(status.value for status in statuses)], rows)


def _times(tried: Sequence[Tried]) -> str:
    rows = []
    for name, items in (
        ("all", tried),
        ("verified", [item for item in tried if item.verdict.verified]),
        ("refuted", [item for item in tried if item.verdict.status in REFUTED]),
        ("not faster", [item for item in tried if item.verdict.status is Status.NOT_FASTER]),
    ):
        if items:
            first = sorted(item.seconds for item in items)
            second = statistics.median(item.second_seconds for item in items)
            rows.append(
                [
                    name,
                    len(items),
                    *(f"{s:.2f}" for s in (statistics.median(first), first[int(0.9 * len(first))], second)),
                ]
            )
    return table(["seconds to a verdict", "rows", "median", "p90", "second candidate"], rows)


def _figures(tried: Sequence[Tried]) -> dict[str, float]:
    figures: dict[str, float] = {"rows": len(tried)}
    for group in dict.fromkeys(item.group for item in tried):
        items = [item for item in tried if item.group == group]
        name = "".join(letter for letter in group.replace(" ", "_") if letter not in "()")
        figures[f"{name}_rows"] = len(items)
        figures[f"{name}_verified"] = sum(item.verdict.verified for item in items)
        figures[f"{name}_unverifiable"] = sum(item.verdict.status is Status.UNVERIFIABLE for item in items)
    accept = [item for item in tried if item.row.set == "accept"]
    slow = [item for item in accept if (item.row.seconds or 0.0) > SLOW_SECONDS]
    for name, items in (("accept", accept), ("accept_slow", slow)):
        if items:
            figures[f"{name}_share"] = sum(item.verdict.verified for item in items) / len(items)
    if tried:
        refuted = [item.seconds for item in tried if item.verdict.status in REFUTED]
        seconds = [item.second_seconds / item.seconds for item in tried if item.second_seconds]
        figures["unverifiable_share"] = sum(item.verdict.status is Status.UNVERIFIABLE for item in tried) / len(tried)
        figures["verdict_seconds"] = statistics.median(item.seconds for item in tried)
        figures["refuted_seconds"] = statistics.median(refuted) if refuted else 0.0
        figures["second_candidate_ratio"] = statistics.median(seconds) if seconds else 0.0
    return figures


def _failures(tried: Sequence[Tried], figures: dict[str, float], *, partial: bool) -> list[str]:
    """What falls short of what this project promises. Shares and medians say nothing about a few rows."""
    failures = [
        f"{item.row.id}: surfaced, and {'slower or equal' if item.row.set == 'reject_not_faster' else 'wrong'}"
        for item in tried
        for verdict in (item.verdict, item.again)
        if verdict.verified and item.row.set != "accept" and item.row.tier != "soft"
    ]
    if partial:
        return failures
    for name, least in (("accept_share", WANTED_ACCEPTED), ("accept_slow_share", WANTED_ACCEPTED_SLOW)):
        if figures.get(name, 1.0) < least:
            failures.append(f"{name} is {figures[name]:.1%}, at least {least:.0%} are wanted")
    for name, most in (
        ("unverifiable_share", MOST_UNVERIFIABLE),
        ("verdict_seconds", MOST_SECONDS),
        ("refuted_seconds", MOST_SECONDS_REFUTED),
        ("second_candidate_ratio", MOST_SECOND_SHARE),
    ):
        if figures.get(name, 0.0) > most:
            failures.append(f"{name} is {figures[name]:.2f}, at most {most:g} is wanted")
    return failures


def _line(item: Tried) -> str:
    mark = "ok   " if _right(item) else "WRONG" if item.verdict.verified else "lost "
    again = "" if item.again.status is item.verdict.status else f", then {item.again.status}"
    return (
        f"{mark} {item.row.id}: {item.verdict.status}{again} ({item.seconds:.1f} s, then {item.second_seconds:.1f} s): "
        f"{item.verdict.reason[:160]}"
    )


if __name__ == "__main__":
    sys.exit(main())
