"""What a run found, function by function. Every output format is made from this."""

import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from speedproof.core.hotspot import Hotspot
from speedproof.core.target import Candidate
from speedproof.core.text import Span, diff
from speedproof.core.verdict import Evidence, Speedup, Status, Verdict

FORMAT_VERSION = 1
SLOWER = 0.95
"""The ratio from which a rewrite is called slower, as it is called faster from 1.05 on."""
SLOWER_IN_USE = 0.8
"""The same for the calls of real use alone, whose ratio comes without an interval."""
FROM_USE = frozenset({"recorded", "doctest", "call_site"})
"""Origins of inputs that are calls which somebody wrote."""


class Outcome(StrEnum):
    """A verdict as the one who reviews a change reads it: a refactoring need not be faster, but never slower."""

    FASTER = "faster"
    SAME = "same"
    """The same behaviour, and no gain that can be told from noise."""
    SLOWER = "slower"
    """The same behaviour; time was lost beyond doubt."""
    DIFFERS = "differs"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    UNVERIFIABLE = "unverifiable"

    @classmethod
    def of(cls, verdict: Verdict) -> "Outcome":
        if verdict.verified:
            return cls.FASTER
        # Only what behaves the same comes to the clock, even if the clock was too noisy for a verdict.
        if verdict.status is Status.NOT_FASTER or (verdict.status is Status.UNVERIFIABLE and verdict.speedup):
            return cls.SLOWER if _is_slower(verdict) else cls.SAME
        # Without an input that shows it, the original may be at fault, or the time that we take.
        if verdict.status in (Status.CRASHED, Status.TIMED_OUT) and verdict.counterexample is None:
            return cls.UNVERIFIABLE
        return cls(verdict.status.value)


def _is_slower(verdict: Verdict) -> bool:
    """Whether time was lost: as much as has to be won to count as faster, and more than identical code differs by.

    Or, whatever larger inputs gained, much of it on the calls of real use.
    """
    speedup, evidence = verdict.speedup, verdict.evidence
    if speedup is None:
        return False
    used = [timed for timed in evidence.per_input if timed.origin in FROM_USE]
    in_use = sum(timed.baseline_s for timed in used) / (sum(timed.candidate_s for timed in used) or 1.0)
    if speedup.low > 1 and used:
        return in_use < SLOWER_IN_USE
    return speedup.high < 1 and speedup.estimate < min(SLOWER, 1 / (evidence.noise or 1.0))


@dataclass(frozen=True, slots=True)
class Omission:
    """A part of a change that was not compared, and why. Without a function it is the file's."""

    path: Path
    function: str
    reason: str
    is_problem: bool = False
    """Whether it could not be compared although it ought to be."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate and its verdict."""

    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a model was asked for rewrites of one function, and what became of its answers."""

    n_asked: int = 0
    n_stored: int = 0
    """Of these, how many had been answered in an earlier run."""
    n_prompt_tokens: int = 0
    n_answer_tokens: int = 0
    """As far as the model's server tells."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """How many answers became what: a verdict, `twice the same`, or why nothing could be made of one."""
    money: float = 0.0
    """In the currency of the settings' prices; 0.0 where there are none."""
    seconds: float = 0.0
    """Waiting for answers."""
    failure: str = ""
    """Why the model was given up."""


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
    within: tuple[Span, Span] | None = None
    """Where the function is in `before` and in `after`, for a diff of it alone."""
    notes: tuple[str, ...] = ()
    """What bears on the comparison besides the function itself: what else changed with it."""
    suggestions: tuple[Candidate, ...] = ()
    """Where nothing can be run: what would have been tried. Neither run nor proved, and never an edit."""
    model: ModelUse | None = None
    """None where no model was asked."""
    hotspot: Hotspot | None = None
    """What it takes of the workload that was looked at."""
    is_stored: bool = False
    """Whether it was reached in an earlier run, and still holds."""

    @property
    def found(self) -> bool:
        return self.verdict.verified

    @property
    def saved_share(self) -> float:
        """The share of the workload's time that its verified edit is expected to save."""
        if self.hotspot is None or self.verdict.speedup is None or not self.found:
            return 0.0
        return self.hotspot.saved_by(self.verdict.speedup.estimate)

    @property
    def diff(self) -> str | None:
        return None if self.after is None else diff(self.path.as_posix(), self.before, self.after, self.within)

    def diff_of(self, suggestion: Candidate) -> str:
        return diff(self.path.as_posix(), self.before, suggestion.text)

    @property
    def outcome(self) -> Outcome | None:
        """None where there was nothing to compare."""
        return Outcome.of(self.verdict) if self.trials else None

    @property
    def was_given(self) -> bool:
        """Whether it is about a rewrite that somebody made, and not about those that were looked for."""
        return bool(self.trials) and all(trial.candidate.origin == "given" for trial in self.trials)

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path.as_posix(),
            "function": self.function,
            **_verdict_json(self.verdict),
            "outcome": None if self.outcome is None else self.outcome.value,
            "notes": list(self.notes),
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
            "suggestions": [
                {"origin": each.origin, "parts": list(each.parts), "diff": self.diff_of(each)}
                for each in self.suggestions
            ],
            "model": None if self.model is None else asdict(self.model),
            "hotspot": None if self.hotspot is None else asdict(self.hotspot),
            "saved_share": self.saved_share,
            "stored": self.is_stored,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run of `optimize` or `verify`."""

    results: tuple[FunctionResult, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What the user should know about the run as a whole: files skipped, budget reached."""
    subject: str = ""
    """What was judged, where that is a change as a whole: a commit with its title."""
    omissions: tuple[Omission, ...] = ()
    workload: str = ""
    """What the functions' shares of time are shares of."""
    workload_seconds: float = 0.0
    measured_speedup: Speedup | None = None
    """Of the whole workload with all verified edits, where that was measured."""

    @property
    def expected_speedup(self) -> float:
        """Of the whole workload with all verified edits, by Amdahl's law; each on what the others leave."""
        return 1 / math.prod(1 - result.saved_share for result in self.results)

    @property
    def found(self) -> tuple[FunctionResult, ...]:
        return tuple(result for result in self.results if result.found)

    def count(self, status: Status) -> int:
        return sum(result.verdict.status is status for result in self.results)

    def count_outcome(self, outcome: Outcome) -> int:
        return sum(result.outcome is outcome for result in self.results)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": FORMAT_VERSION,
            "subject": self.subject,
            "results": [result.to_json() for result in self.results],
            "not_compared": [
                {
                    "path": omission.path.as_posix(),
                    "function": omission.function,
                    "reason": omission.reason,
                    "problem": omission.is_problem,
                }
                for omission in self.omissions
            ],
            "notes": list(self.notes),
            "workload": {
                "command": self.workload,
                "seconds": self.workload_seconds,
                "expected_speedup": self.expected_speedup,
                "measured_speedup": None if self.measured_speedup is None else asdict(self.measured_speedup),
            }
            if self.workload
            else None,
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
        "swept": evidence.swept,
        "coverage": _least_coverage(evidence),
        "coverage_original": evidence.coverage_original,
        "coverage_candidate": evidence.coverage_candidate,
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
            "origin": counterexample.origin,
        },
        "clock": evidence.clock,
        "timed_inputs": evidence.timed_inputs,
        "slowest_input": evidence.slowest_input,
        "per_input": [asdict(timed) for timed in evidence.per_input],
        "noise": evidence.noise,
        "confirmed": evidence.confirmed,
        "scaling": None
        if evidence.scaling is None
        else {**asdict(evidence.scaling), "sizes": list(evidence.scaling.sizes)},
        "samples": [
            {"baseline_s": sample.baseline_s, "candidate_s": sample.candidate_s} for sample in evidence.samples
        ],
        "sandbox": list(evidence.sandbox),
        "unverified": list(evidence.unverified),
    }


def _least_coverage(evidence: Evidence) -> float | None:
    known = [c for c in (evidence.coverage_original, evidence.coverage_candidate) if c is not None]
    return min(known, default=None)
