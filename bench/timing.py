"""The clock: how often identical code is called faster, and how often a true gain of known size is found.

Functions are timed against themselves with other names for their local variables, several candidates each as an editor
would propose them, on the machine as it is, and with a busy process on every core; and, on the machine as it is,
against themselves made slower by a known share, with the same statements on both sides. All goes the way of a real
candidate from the moment on at which its behaviour was found to be the same.
"""

import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from _common import REPOSITORY, development_data, finish, parser, table
from _effects import renamed, slowed
from _kept import Kept, resume_option
from _timed_functions import prepared_functions

from speedproof.core.errors import SandboxError
from speedproof.core.target import Candidate
from speedproof.core.verdict import Evidence, Status, Verdict
from speedproof.profiling.calibration import Clock
from speedproof.profiling.judge import compare_times, sides_of
from speedproof.profiling.refute import Prepared
from speedproof.profiling.side import ResultChanged
from speedproof.profiling.workers import ChildEnded, ChildTimeout
from speedproof.profiling.workload import workload

CONDITIONS = ("quiet", "loaded")
EFFECTS = {1.10: 0.90, 1.30: 0.99}
"""True ratios, and the share of trials in which each must be found on a quiet machine."""
MOST_FALSE = 0.005
SLOWED_SECONDS = 50e-6
"""Only calls of at least this length are slowed down by a share, for reading the clock takes time, too; and none whose
result is lazy: it does its work after the call."""
SEED = 11
BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: sum(range(100_000))"


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate under the clock. `effect` is its true ratio, `estimate` what was measured."""

    function: str
    condition: str
    effect: float
    attempt: int
    status: str
    reason: str
    estimate: float | None
    rounds: int
    noise: float | None
    seconds: float

    @property
    def verified(self) -> bool:
        return self.status == Status.VERIFIED


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--functions", type=int, default=300)
    arguments.add_argument("--candidates", type=int, default=8, help="identical ones per function and condition")
    arguments.add_argument("--condition", choices=(*CONDITIONS, "both"), default="both")
    arguments.add_argument("--minutes", type=float, default=math.inf, help="begin no further function after that")
    arguments.add_argument("--data", type=Path, default=development_data(), help="folder with the JSONL files")
    resume_option(arguments)
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "real_packages", help="for packages")
    options = arguments.parse_args()
    n_functions, n_candidates = (3, 2) if options.quick else (options.functions, options.candidates)
    conditions = CONDITIONS if options.condition == "both" else (options.condition,)

    trials: list[Trial] = []
    end = time.monotonic() + 60 * options.minutes
    done = Kept(options.resume)
    how = f" {n_candidates} {' '.join(conditions)}"
    functions = prepared_functions(options.data, options.work, SEED, lambda name: name + how in done)
    for number, (name, prepared) in enumerate(islice(functions, n_functions), 1):
        if prepared is not None:
            rng, ours = random.Random(number), list[Trial]()
            for condition in rng.sample(conditions, len(conditions)):
                with _condition(condition):
                    ours += _trials(name, prepared, condition, n_candidates, rng)
            done[name + how] = [asdict(trial) for trial in ours]
        ours = [Trial(**row) for row in done[name + how]]
        trials += ours
        print(f"{number} {name}: {_line(ours)}", flush=True)
        if time.monotonic() > end:
            break
    figures = _figures(trials, conditions)
    print(f"\n{_false_table(trials, conditions)}\n\n{_power_table(trials, conditions)}\n")
    for trial in trials:
        if trial.effect == 1.0 and trial.verified:
            print(f"called faster: {trial.function}, {trial.condition}, candidate {trial.attempt}: {trial.reason}")
    failures = [] if options.quick else _failures(figures)
    return finish("timing", options, figures, details=[asdict(trial) for trial in trials], failures=failures)


def _trials(name: str, prepared: Prepared, condition: str, n_candidates: int, rng: random.Random) -> list[Trial]:
    """Identical candidates, one after the other as for one function; and gains, each as a first candidate."""
    original = Candidate(prepared.target.text, "given", ())
    trials: list[Trial] = []
    clock = Clock()
    for attempt in range(1, n_candidates + 1):
        candidate = Candidate(renamed(prepared.target, attempt), "given", ())
        trials.append(_trial(name, prepared, clock, original, candidate, condition, 1.0, attempt))
    timed = workload(prepared.gathered)
    if condition != "quiet":  # where others take the cores, to miss a gain is no fault
        return trials
    if max(one.seconds for one in timed) < SLOWED_SECONDS or any(one.lazy for one in timed):
        return trials
    faster = slowed(prepared.target, 0.0)
    for effect in rng.sample(sorted(EFFECTS), len(EFFECTS)):
        slower = slowed(prepared.target, effect - 1.0)
        if faster is not None and slower is not None:
            sides = Candidate(slower, "given", ()), Candidate(faster, "given", ())
            trials.append(_trial(name, prepared, Clock(), *sides, condition, effect, 1))
    return trials


def _trial(
    name: str,
    prepared: Prepared,
    clock: Clock,
    baseline: Candidate,
    candidate: Candidate,
    condition: str,
    effect: float,
    attempt: int,
) -> Trial:
    prepared.clock = clock
    start = time.perf_counter()
    deadline = time.monotonic() + prepared.settings.budget_seconds
    try:
        verdict = compare_times(prepared, Evidence(), sides_of(prepared, candidate, baseline), deadline=deadline)
    except (ResultChanged, ChildEnded, ChildTimeout, SandboxError) as error:
        verdict = Verdict(Status.UNVERIFIABLE, f"{type(error).__name__}: {error}")
    return Trial(
        name,
        condition,
        effect,
        attempt,
        verdict.status,
        verdict.reason,
        None if verdict.speedup is None else verdict.speedup.estimate,
        len(verdict.evidence.samples),
        verdict.evidence.noise,
        time.perf_counter() - start,
    )


@contextmanager
def _condition(condition: str) -> Iterator[None]:
    """Nothing besides, or as many busy processes as there are cores."""
    count = (os.cpu_count() or 1) if condition == "loaded" else 0
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.wait()


def _figures(trials: Sequence[Trial], conditions: Sequence[str]) -> dict[str, float]:
    figures: dict[str, float] = {"load_average": os.getloadavg()[1]}
    for condition in conditions:
        same = [trial for trial in trials if trial.condition == condition and trial.effect == 1.0]
        functions = {trial.function for trial in same}
        false = {trial.function for trial in same if trial.verified}
        if functions:
            figures[f"{condition}_functions"] = len(functions)
            figures[f"{condition}_candidates"] = len(same)
            figures[f"{condition}_false_functions"] = len(false)
            figures[f"{condition}_false_rate"] = len(false) / len(functions)
            figures[f"{condition}_false_rate_upper_95"] = upper_bound(len(false), len(functions))
            figures[f"{condition}_identical_seconds"] = median(trial.seconds for trial in same)
            noise = [trial.noise for trial in same if trial.noise]
            figures[f"{condition}_identical_ratio_p95"] = _largest_ratio(same)
            figures[f"{condition}_calibrated_share"] = len(noise) / len(same)
        for effect in EFFECTS:
            true = [trial for trial in trials if trial.condition == condition and trial.effect == effect]
            if true:
                name = f"{condition}_gain_{effect:.2f}"
                figures[f"{name}_trials"] = len(true)
                figures[f"{name}_found"] = sum(trial.verified for trial in true) / len(true)
                figures[f"{name}_seconds"] = median(trial.seconds for trial in true)
    return figures


def _largest_ratio(trials: Sequence[Trial]) -> float:
    """The 95th percentile of how far the estimates for identical code are from 1, in either direction."""
    off = sorted(math.exp(abs(math.log(trial.estimate))) for trial in trials if trial.estimate is not None)
    return off[int(0.95 * (len(off) - 1))] if off else 1.0


def upper_bound(found: int, n: int, confidence: float = 0.95) -> float:
    """The largest rate under which `found` or fewer of `n` still happen with 1 - `confidence` (Clopper-Pearson)."""
    if found >= n:
        return 1.0
    low, high = found / n, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        at_most = sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(found + 1))
        low, high = (rate, high) if at_most > 1 - confidence else (low, rate)
    return high


def _false_table(trials: Sequence[Trial], conditions: Sequence[str]) -> str:
    figures = _figures(trials, conditions)
    rows = [
        [
            condition,
            int(figures[f"{condition}_functions"]),
            int(figures[f"{condition}_candidates"]),
            int(figures[f"{condition}_false_functions"]),
            f"{figures[f'{condition}_false_rate_upper_95']:.2%}",
            f"{figures[f'{condition}_identical_ratio_p95']:.3f}",
            f"{figures[f'{condition}_identical_seconds']:.2f}",
        ]
        for condition in conditions
        if f"{condition}_functions" in figures
    ]
    headers = [
        "identical code",
        "functions",
        "candidates",
        "with a faster one",
        "at most (95 %)",
        "p95 ratio",
        "s each",
    ]
    return table(headers, rows)


def _power_table(trials: Sequence[Trial], conditions: Sequence[str]) -> str:
    rows = []
    for condition in conditions:
        for effect in EFFECTS:
            true = [trial for trial in trials if trial.condition == condition and trial.effect == effect]
            measured = sorted(trial.estimate for trial in true if trial.estimate is not None)
            if measured:
                rows.append(
                    [
                        f"{effect:.2f}×, {condition}",
                        len(true),
                        f"{sum(trial.verified for trial in true) / len(true):.1%}",
                        f"{measured[len(measured) // 20]:.2f}-{measured[-1 - len(measured) // 20]:.2f}",
                        f"{median(trial.seconds for trial in true):.2f}",
                    ]
                )
    return table(["true gain", "trials", "found", "measured, 90 %", "s each"], rows)


def _failures(figures: dict[str, float]) -> list[str]:
    failures = [
        f"{condition}: identical code was called faster for {figures[f'{condition}_false_rate']:.2%} of the functions"
        for condition in CONDITIONS
        if figures.get(f"{condition}_false_rate", 0.0) > MOST_FALSE
    ]
    for effect, least in EFFECTS.items():
        found = figures.get(f"quiet_gain_{effect:.2f}_found", 1.0)
        if found < least:
            failures.append(f"a gain of {effect:.2f}× was found in {found:.1%} of the trials, wanted are {least:.0%}")
    return failures


def _line(trials: Sequence[Trial]) -> str:
    parts = []
    for condition in dict.fromkeys(trial.condition for trial in trials):
        ours = [trial for trial in trials if trial.condition == condition]
        same = [trial for trial in ours if trial.effect == 1.0]
        gains = [
            f"{trial.effect:.2f}× {'found' if trial.verified else 'missed'}"
            + (f" as {trial.estimate:.2f}×" if trial.estimate is not None else "")
            for trial in ours
            if trial.effect != 1.0
        ]
        false = sum(trial.verified for trial in same)
        seconds = median(trial.seconds for trial in same)
        parts.append(
            f"{condition}: {false} of {len(same)} faster, {seconds:.2f} s each; {', '.join(gains) or 'no gains'}"
        )
    return " | ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
