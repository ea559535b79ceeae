"""Hand-made results: one of each kind that a report must tell."""

from dataclasses import replace
from pathlib import Path

from speedproof.core.report import FunctionResult, Omission, Report, Trial
from speedproof.core.target import Candidate
from speedproof.core.verdict import (
    Counterexample,
    Evidence,
    InputTime,
    Memory,
    Sample,
    Scaling,
    Speedup,
    Status,
    Verdict,
)

BEFORE = """\
def joined(parts):
    text = ""
    for part in parts:
        text += part
    return text
"""
AFTER = """\
def joined(parts):
    return "".join(parts)
"""
SANDBOX = ("landlock (ABI 7)", "seccomp")

VERIFIED = Verdict(
    Status.VERIFIED,
    "3.10× faster, same behaviour on 214 inputs",
    Evidence(
        inputs={"recorded": 40, "doctest": 0, "mutated": 174},
        coverage_original=0.97,
        coverage_candidate=1.0,
        samples=tuple(Sample(0.0101 + i * 0.0001, 0.0031 + i * 0.0001) for i in range(4)),
        timed_inputs=8,
        slowest_input=0.98,
        memory=Memory(1_300_000, 456),
        sandbox=SANDBOX,
        unverified=("what it prints",),
    ),
    Speedup(3.1, 2.9, 3.3),
)
DIFFERS = Verdict(
    Status.DIFFERS,
    "result differs on joined([])",
    Evidence(inputs={"recorded": 3}, coverage_original=0.5, sandbox=SANDBOX),
    counterexample=Counterexample("joined([])", "result", "''", "None"),
)
NOT_FASTER = Verdict(
    Status.NOT_FASTER,
    "slower on the recorded calls: 0.98×",
    Evidence(inputs={"recorded": 40}, coverage_original=1.0, samples=(Sample(0.01, 0.0102),), sandbox=SANDBOX),
    Speedup(0.98, 0.97, 0.99),
)
UNVERIFIABLE = Verdict(Status.UNVERIFIABLE, "no inputs found: a test that calls it would help")

JOIN = Candidate(AFTER, "rule", ("str-concat-in-loop",))
FIX = Candidate(BEFORE, "ruff", ("ruff:PERF401",))


def result(verdict: Verdict, *trials: Trial, function: str = "joined", after: str | None = None) -> FunctionResult:
    return FunctionResult(Path("pkg/text.py"), function, BEFORE, verdict, after, trials)


FOUND = FunctionResult(
    Path("pkg/text.py"),
    "joined",
    BEFORE,
    VERIFIED,
    AFTER,
    trials=(Trial(JOIN, VERIFIED), Trial(FIX, DIFFERS)),
    contributions=(("str-concat-in-loop", 2.5), ("ruff:PERF401", 1.2)),
    seconds=12.34,
)
REFUTED = result(DIFFERS, Trial(FIX, DIFFERS), function="Text.joined")
SLOW = result(NOT_FASTER, Trial(JOIN, NOT_FASTER), Trial(FIX, DIFFERS))
UNKNOWN = result(UNVERIFIABLE, Trial(JOIN, UNVERIFIABLE))
GIVEN = result(DIFFERS, Trial(Candidate(AFTER, "given", ("after.py",)), DIFFERS), after=AFTER)
THOROUGH = replace(
    GIVEN,
    verdict=replace(
        VERIFIED,
        evidence=replace(
            VERIFIED.evidence,
            per_input=(
                InputTime("joined(['a', 'b'])", "recorded", 2.1e-6, 2.3e-6, 0.91, 12, 2),
                InputTime("joined(['<x>'] * 900)", "scaled", 1.2e-3, 1.5e-4, 8.0, 12),
            ),
            noise=1.021,
            confirmed=True,
            scaling=Scaling(1.96, 1.02, (16, 32, 64, 128)),
        ),
    ),
    after=AFTER,
    notes=("its decorators changed",),
)
"""A given rewrite with everything that evidence can hold."""
SLOWER = replace(
    GIVEN,
    verdict=replace(NOT_FASTER, reason="slower: 0.50×", speedup=Speedup(0.5, 0.45, 0.56)),
    function="Text.joined",
)
SAME = replace(NOT_FASTER, reason="measured 1.00×", speedup=Speedup(1.0, 0.99, 1.01))
NOISY = replace(SAME, status=Status.UNVERIFIABLE, reason="too noisy")
OMISSIONS = (
    Omission(Path("pkg/text.py"), "split", "added: there is nothing to compare it with"),
    Omission(Path("pkg/broken.py"), "", "not Python", is_problem=True),
)
STATIC = FunctionResult(
    Path("pkg/text.py"),
    "joined",
    BEFORE,
    Verdict(Status.UNVERIFIABLE, "nothing was run: no sandbox on win32 yet"),
    suggestions=(JOIN,),
)
REPORT = Report((FOUND, REFUTED, SLOW, UNKNOWN), ("budget reached",))
