"""Two workers on this machine, as processes and as a Ray cluster: the same verdicts as by one, and how analysis scales.

The example project is proved by one process, by two, and by two workers of a cluster, of which one is killed while it
is at a function. Then the functions of a tree are analysed, which is parsing and looking for rewrites, by one worker
and by two, in turns. The second worker needs a core of its own to be of use.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from _common import REPOSITORY, finish, parser, table
from _trees import tree_of
from ray import cluster_utils

LINES = 10_000
EXAMPLE = REPOSITORY / "examples" / "orders"
STORE_BYTES = 200 * 2**20

_ANALYSIS = """
import json, sys, time
from pathlib import Path
from speedproof.analysis.files import python_files
from speedproof.analysis.targets import targets_in
from speedproof.core.cancel import CancelToken
from speedproof.core.source import read_source
from speedproof.jobs.cluster import Cluster
from speedproof.jobs.scan import promising, scan_all

root = Path(sys.argv[1])
files = python_files(root, root=root, max_files=1_000_000)
with Cluster(sys.argv[2]) as cluster:
    for _ in range(2):  # the first time the workers start, and import what they need
        begin = time.perf_counter()
        scanned = scan_all(root, files, None, CancelToken(), lambda *_: None, cluster.map)
        targets = [target for file in scanned for target in targets_in(file.path, read_source(file.path).text)]
        found = [target for target, has in promising(targets, lambda target: (), cluster.map) if has]
        took = time.perf_counter() - begin
print(json.dumps({"seconds": took, "functions": len(targets), "with_rewrites": len(found)}))
"""


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--rounds", type=int, default=3, help="analyses by each number of workers")
    options = arguments.parse_args()
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="speedproof-bench-") as scratch:
        work = Path(scratch)
        few = ["--max-functions", "6"] if options.quick else []
        here = _verdicts(work, "one process", few)
        beside = _verdicts(work, "two processes", ["--jobs", "2", *few])
        with _cluster(2) as address:
            killer = _Killer()
            there = _verdicts(work, "two workers", ["--engine", "ray", "--ray-address", address, *few])
            killed = killer.stop()
        tree = tree_of(work / "tree", LINES // 10 if options.quick else LINES)
        looks: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
        for _ in range(1 if options.quick else options.rounds):
            for n_workers, seen in looks.items():
                with _cluster(n_workers) as address:
                    seen.append(_run([sys.executable, "-c", _ANALYSIS, str(tree), address], work))
    seconds = {n: statistics.median(look["seconds"] for look in seen) for n, seen in looks.items()}
    print(
        table(
            ["the example project", "s", "functions", "verified"],
            [
                [
                    name,
                    f"{one['seconds']:.0f}",
                    len(one["verdicts"]),
                    sum(status == "verified" for status in one["verdicts"].values()),
                ]
                for name, one in (
                    ("one process", here),
                    ("two processes", beside),
                    (f"two workers, {killed} killed", there),
                )
            ],
        )
    )
    different = [
        f"{name}: {_said(here, name)} by one process, {_said(other, name)} by two {kind}"
        for kind, other in (("processes", beside), ("workers", there))
        for name in sorted({*here["verdicts"], *other["verdicts"]})
        if here["verdicts"].get(name) != other["verdicts"].get(name)
    ]
    for line in different:
        print(f"    {line}")
    print()
    print(
        table(
            ["analysis of " + f"{looks[1][0]['functions']} functions", "s"],
            [[f"{n} worker{'s' * (n > 1)}", f"{took:.1f}"] for n, took in seconds.items()],
        )
    )
    print(f"\ntwo workers are {seconds[1] / seconds[2]:.2f} times as fast as one")
    if different:
        failures.append(f"{len(different)} verdicts differ from those of one process")
    if not killed:
        failures.append("no worker could be killed while it was at a function")
    figures = {
        "example_functions": len(here["verdicts"]),
        "example_different": len(different),
        "example_ratio": there["seconds"] / here["seconds"],
        "example_processes_ratio": beside["seconds"] / here["seconds"],
        "workers_killed": killed,
        "analysis_speedup_of_two": seconds[1] / seconds[2],
    }
    return finish("cluster", options, figures, details=looks, failures=failures)


def _verdicts(work: Path, name: str, more: list[str]) -> dict[str, Any]:
    project = shutil.copytree(EXAMPLE, work / name / "orders")
    command = [sys.executable, "-m", "speedproof", "batch", str(project), "--no-workload", "--json", *more]
    begin = time.perf_counter()
    report = _run([*command, "--output", str(work / name / "report")], work / name)
    took = time.perf_counter() - begin
    results = {f"{result['path']}::{result['function']}": result for result in report["results"]}
    return {
        "seconds": took,
        "verdicts": {name: result["verdict"] for name, result in results.items()},
        "reasons": {name: result["reason"] for name, result in results.items()},
    }


def _said(one: dict[str, Any], name: str) -> str:
    return f"{one['verdicts'].get(name)} ({one['reasons'].get(name)})"


def _run(command: list[str], folder: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "SPEEDPROOF_CACHE": str(folder / "cache")}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@contextmanager
def _cluster(n_workers: int) -> Iterator[str]:
    """Each worker a machine of its own, as far as Ray knows."""
    os.environ["PYTHONPATH"] = str(REPOSITORY)
    running = cluster_utils.Cluster()
    try:
        for _ in range(n_workers):
            running.add_node(num_cpus=1, object_store_memory=STORE_BYTES, include_dashboard=False)
        yield running.address
    finally:
        running.shutdown()


class _Killer:
    """Kills the first worker that it finds at a function for a few seconds."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._killed = 0
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> int:
        self._stopping.set()
        self._thread.join()
        return self._killed

    def _watch(self) -> None:
        since: dict[int, float] = {}
        while not self._stopping.wait(0.2):
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    if not place.read_bytes().startswith(b"ray::prove"):
                        continue
                    number = int(place.parent.name)
                    if time.monotonic() - since.setdefault(number, time.monotonic()) > 5.0:
                        os.kill(number, signal.SIGKILL)
                        self._killed += 1
                        return


if __name__ == "__main__":
    sys.exit(main())
