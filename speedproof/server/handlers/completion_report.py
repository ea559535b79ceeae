"""The command `speedproof.completionReport`: what this session's completions were and cost, as an object."""

from dataclasses import asdict
from statistics import quantiles
from typing import Any

from lsprotocol import types

from speedproof.server.session import Session

COMPLETION_REPORT = "speedproof.completionReport"


async def completion_report(session: Session, _: types.ExecuteCommandParams) -> dict[str, Any]:
    state = session.completing
    counters = asdict(state.counters)
    seconds = counters.pop("seconds")
    percentiles = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [*seconds] * 99
    return {
        **counters,
        "p50_seconds": percentiles[49] if percentiles else None,
        "p95_seconds": percentiles[94] if percentiles else None,
        "model": None if state.completer is None else asdict(state.completer.totals),
    }
