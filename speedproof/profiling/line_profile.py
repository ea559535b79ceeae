"""Where in a function the time goes, for whoever looks for something better: no part of any verdict."""

from speedproof.core.errors import SandboxError
from speedproof.core.report import FROM_USE
from speedproof.core.target import LineTime
from speedproof.profiling.refute import Prepared
from speedproof.profiling.workers import ChildEnded, ChildTimeout
from speedproof.profiling.workload import timeable

MAX_CALL_SECONDS = 0.2
"""Of the call that is looked at: tracing makes it up to fifty times longer."""
PROFILE_SECONDS = 12.0


def line_profile(prepared: Prepared) -> tuple[str, tuple[LineTime, ...]]:
    """The longest call that is short enough, from real use where there is one, and its lines in order.

    Nothing where that cannot be told. Raises Cancelled.
    """
    fit = [timed for timed in timeable(prepared.gathered) if timed.seconds <= MAX_CALL_SECONDS]
    calls = [timed for timed in fit if timed.origin in FROM_USE] or fit
    if not calls:
        return "", ()
    try:
        with prepared.zygote.child("profile_lines", {**prepared.order, "place": calls[-1].place}) as child:
            told = child.receive(PROFILE_SECONDS)
    except (ChildTimeout, ChildEnded, SandboxError):
        return "", ()
    match told:
        case {"lines": list(rows)} if all(_is_row(row) for row in rows):
            total = sum(seconds for _, _, seconds in rows) or 1.0
            return calls[-1].call, tuple(LineTime(line, n_runs, seconds / total) for line, n_runs, seconds in rows)
    return "", ()


def _is_row(row: object) -> bool:
    """Foreign code may speak in the worker's place."""
    match row:
        case [int(), int(), float()]:
            return True
    return False
