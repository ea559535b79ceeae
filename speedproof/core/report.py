"""What a run found, function by function. Every output format is made from this."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speedproof.core.target import Candidate
from speedproof.core.text import diff
from speedproof.core.verdict import Evidence, Status, Verdict

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate and its verdict."""

    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """All that became of one target. `verdict` is the best trial's, or says why there was none."""

    path: Path
    """Relative to where the user asked from."""
    function: str
    before: str
    """The whole module before and, where verified, `after`."""
    verdict: Verdict
    after: str | None = None
    trials: tuple[Trial, ...] = ()
    contributions: tuple[tuple[str, float], ...] = ()
    """Each part of the rewrite, in order, with the speedup that it adds to the parts before it."""
    seconds: float = 0.0

    @property
    def found(self) -> bool:
        return self.verdict.verified

    @property
    def diff(self) -> str | None:
        return None if self.after is None else diff(self.path.as_posix(), self.before, self.after)

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path.as_posix(),
            "function": self.function,
            **_verdict_json(self.verdict),
            "candidates": len(self.trials),
            "diff": self.diff,
            "contributions": [{"part": part, "speedup": ratio} for part, ratio in self.contributions],
            "trials": [
                {
                    "origin": trial.candidate.origin,
                    "parts": list(trial.candidate.parts),
                    **_verdict_json(trial.verdict),
                }
                for trial in self.trials
            ],
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run of `optimize` or `verify`."""

    results: tuple[FunctionResult, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What the user should know about the run as a whole: files skipped, budget reached."""

    @property
    def found(self) -> tuple[FunctionResult, ...]:
        return tuple(result for result in self.results if result.found)

    def count(self, status: Status) -> int:
        return sum(result.verdict.status is status for result in self.results)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": FORMAT_VERSION,
            "results": [result.to_json() for result in self.results],
            "notes": list(self.notes),
        }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    evidence, speedup, counterexample = verdict.evidence, verdict.speedup, verdict.counterexample
    return {
        "verdict": verdict.status.value,
        "reason": verdict.reason,
        "speedup": None
        if speedup is None
        else {"estimate": speedup.estimate, "low": speedup.low, "high": speedup.high},
        "inputs": {"total": evidence.n_inputs, **evidence.inputs},
        "coverage": _least_coverage(evidence),
        "memory": None
        if evidence.memory is None
        else {
            "before_bytes": evidence.memory.before_bytes,
            "after_bytes": evidence.memory.after_bytes,
        },
        "counterexample": None
        if counterexample is None
        else {
            "call": counterexample.call,
            "aspect": counterexample.aspect,
            "original": counterexample.original,
            "candidate": counterexample.candidate,
        },
        "clock": evidence.clock,
        "timed_inputs": evidence.timed_inputs,
        "slowest_input": evidence.slowest_input,
        "samples": [
            {"baseline_s": sample.baseline_s, "candidate_s": sample.candidate_s} for sample in evidence.samples
        ],
        "sandbox": list(evidence.sandbox),
        "unverified": list(evidence.unverified),
    }


def _least_coverage(evidence: Evidence) -> float | None:
    known = [c for c in (evidence.coverage_original, evidence.coverage_candidate) if c is not None]
    return min(known, default=None)
