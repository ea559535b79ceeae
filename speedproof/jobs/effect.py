"""What all verified edits together are worth: the workload with them and without, in turns."""

import math
import random
import time
from pathlib import Path

from speedproof.core.verdict import Speedup
from speedproof.jobs.calls import Progress
from speedproof.profiling.program import ProgramRuns
from speedproof.profiling.statistics import median_interval

PAIRS = 9
MIN_PAIRS = 3
SEED = 7


def measured_effect(
    runs: ProgramRuns, workload: str, seconds: float, texts: dict[Path, str], end: float, progress: Progress
) -> Speedup | None:
    """The time without the edits over the time with them, as the median of pairs that are run one after the other.

    Which side comes first is random. No pair is begun that would not be done by `end` (time.monotonic); None where
    there are too few. The whole program counts, its start in the sandbox included. Raises SandboxError, Cancelled.
    """
    rng = random.Random(SEED)  # noqa: S311 - an order, no secret
    rounds: list[float] = []
    longest = 0.0
    for number in range(PAIRS + 1):
        begin = time.monotonic()
        if begin + longest > end:
            break
        progress(f"measuring {workload} with all edits and without", number / (PAIRS + 1))
        took = {}
        for with_edits in rng.sample([False, True], 2):
            ran = runs.run(workload, seconds, texts if with_edits else None)
            if ran.status is None:
                return None
            took[with_edits] = ran.seconds
        if number > 0:  # the first pair reads the files
            rounds.append(math.log(took[False] / took[True]))
        longest = max(longest, time.monotonic() - begin)
    if len(rounds) < MIN_PAIRS:
        return None
    interval = median_interval(rounds)
    return Speedup(math.exp(interval.mid), math.exp(interval.low), math.exp(interval.high))
