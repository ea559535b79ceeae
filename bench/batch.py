"""A whole repository looked at: how fast, in how much memory, and what a second look costs.

Trees are made of the standard library's sources. Each look is a process of its own: it walks the folder, reads and
parses every file, lists its functions and what reads slow in them, and keeps that; nothing of the code runs. The two
sizes take turns.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _common import REPOSITORY, finish, parser, table
from _trees import tree_of

SMALL, LARGE = 20_000, 200_000
MOST_RATIO, MOST_AGAIN = 11.0, 0.05
"""Of the time for ten times as many lines; of the first look's time for a second one at the same files."""

_LOOK = """
import json, resource, sys, time
from pathlib import Path
from speedproof.analysis.files import python_files
from speedproof.core.cancel import CancelToken
from speedproof.core.store import Store
from speedproof.jobs.scan import scan_all

root, store = Path(sys.argv[1]), Store(Path(sys.argv[2]))
begin = time.perf_counter()
files = scan_all(root, python_files(root, root=root, max_files=1_000_000), store, CancelToken(), lambda *_: None)
took = time.perf_counter() - begin
print(json.dumps({
    "seconds": took,
    "lines": sum(file.n_lines for file in files),
    "files": len(files),
    "functions": sum(len(file.functions) for file in files),
    "findings": sum(function.n_findings for file in files for function in file.functions),
    "problems": sum(bool(file.problem) for file in files),
    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--rounds", type=int, default=5, help="looks at each tree")
    options = arguments.parse_args()
    sizes = (SMALL // 10, LARGE // 10) if options.quick else (SMALL, LARGE)
    with tempfile.TemporaryDirectory(prefix="speedproof-bench-") as folder:
        trees = {size: tree_of(Path(folder, str(size)), size) for size in sizes}
        first: dict[int, list[dict[str, Any]]] = {size: [] for size in sizes}
        again: dict[int, list[dict[str, Any]]] = {size: [] for size in sizes}
        for number in range(1 if options.quick else options.rounds):
            for size, tree in trees.items():
                store = Path(folder, f"store {size} {number}")
                first[size].append(_look(tree, store))
                again[size].append(_look(tree, store))
    small, large = (_median(first[size]) for size in sizes)
    large_again = _median(again[sizes[1]])
    facts = first[sizes[1]][0]
    figures = {
        "lines": facts["lines"],
        "files": facts["files"],
        "functions": facts["functions"],
        "lines_per_second": facts["lines"] / large,
        "peak_mib": max(look["peak_mib"] for look in first[sizes[1]]),
        "ratio_to_a_tenth": large / small,
        "again_share": large_again / large,
    }
    rows = [
        [
            f"{look['lines']:,} lines, {look['files']} files",
            f"{seconds:.2f}",
            f"{look['lines'] / seconds:,.0f}",
            f"{look['peak_mib']:.0f}",
        ]
        for look, seconds in ((first[sizes[0]][0], small), (facts, large), (again[sizes[1]][0], large_again))
    ]
    rows[2][0] += ", unchanged"
    print(table(["a look at", "s", "lines/s", "MiB at most"], rows))
    print(f"\n{facts['functions']} functions, {facts['findings']} places that read slow, {facts['problems']} problems")
    ratio, share = figures["ratio_to_a_tenth"], figures["again_share"]
    print(f"ten times the lines: {ratio:.1f} times as long; a second look: {share:.1%} of the first")
    failures = []
    if ratio > MOST_RATIO and not options.quick:
        failures.append(f"ten times the lines take {ratio:.1f} times as long")
    if share > MOST_AGAIN and not options.quick:
        failures.append(f"a second look takes {share:.1%} of the first")
    return finish("batch", options, figures, details={"first": first, "again": again}, failures=failures)


def _look(tree: Path, store: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(tree), str(store)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _median(looks: list[dict[str, Any]]) -> float:
    return float(statistics.median(look["seconds"] for look in looks))


if __name__ == "__main__":
    sys.exit(main())
