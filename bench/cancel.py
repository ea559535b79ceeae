"""Calling off a run at random moments: how long until everything is gone, and whether anything is left.

Half of the runs are threads of this process, cancelled by their token; the others are commands that get SIGINT. After
all of them the same run must come to the same verdicts as before the first.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from _cancelling import Playground, cancel_in_a_thread, interrupt_the_command, moments
from _common import finish, parser, table

from speedproof.core.cancel import CancelToken

MAX_SECONDS = 0.5


def main() -> int:
    options = parser(__doc__ or "").parse_args()
    count = 3 if options.quick else 25
    with tempfile.TemporaryDirectory(prefix="cancel-bench-") as folder:
        playground = Playground(Path(folder))
        start = time.monotonic()
        before = playground.run(CancelToken())
        longest = time.monotonic() - start
        trials = {
            "cancelled token": [cancel_in_a_thread(playground, after) for after in moments(count, longest, 1)],
            "interrupted command": [interrupt_the_command(playground, after) for after in moments(count, longest, 2)],
        }
        after = playground.run(CancelToken())
    rows, figures, failures = [], {}, []
    for name, done in trials.items():
        seconds = [trial.seconds for trial in done if not trial.finished]
        figures[f"{name.replace(' ', '_')}_median_s"] = statistics.median(seconds)
        figures[f"{name.replace(' ', '_')}_max_s"] = max(seconds)
        rows.append((name, len(seconds), f"{statistics.median(seconds):.3f}", f"{max(seconds):.3f}"))
        failures += [
            f"{name} after {one.after:.2f} s took {one.seconds:.2f} s" for one in done if one.seconds > MAX_SECONDS
        ]
        failures += [f"{name} after {one.after:.2f} s left {one.left}" for one in done if one.left]
    if before != after:
        failures.append(f"the verdicts were {before}, and are {after} now")
    print(table(["called off", "times", "median s", "longest s"], rows))
    return finish("cancel", options, figures, failures=failures)


if __name__ == "__main__":
    sys.exit(main())
