"""A repository by workers: processes of this machine; and a Ray cluster, of two machines as far as Ray knows.

Real worker processes on this one, either way.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from ray import cluster_utils

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.report import Report
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.jobs import cluster as cluster_module
from speedproof.jobs.batch import BatchOptions, batch
from speedproof.jobs.cluster import Cluster
from speedproof.report.patch import patch

SETTINGS = Settings(max_inputs=60, budget_seconds=60)
COUNTING = """
from limits import LEAST


def {name}(names: list[str]) -> dict[str, int]:
    counts = {{}}
    for name in names:
        counts[name] = names.count(name)
    return counts
"""
LOWEST = """

def {name}(xs: list[int]) -> int:
    return sorted(xs)[0] + LEAST
"""
TESTS = """
import east, north, west

NAMES = [f"name {n * 7 % 60}" for n in range(400)]


def test_all():
    for module in (east, north, west):
        for name, function in vars(module).items():
            if name.startswith("counted"):
                assert function(NAMES)
            elif name.startswith("lowest"):
                assert function(list(range(500, 0, -1))) == 2
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    running = cluster_utils.Cluster()
    for _ in range(2):
        running.add_node(num_cpus=1, object_store_memory=100 * 2**20, include_dashboard=False)
    yield running.address
    running.shutdown()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "limits.py").write_text("LEAST = 1\n")
    for name in ("east", "north", "west"):
        (root / f"{name}.py").write_text(COUNTING.format(name=f"counted_{name}") + LOWEST.format(name=f"lowest_{name}"))
    (root / "tests" / "test_all.py").write_text(TESTS)
    return root


@pytest.fixture(params=["ray", "processes"])
def workers(request: pytest.FixtureRequest) -> BatchOptions:
    if request.param == "processes":
        return BatchOptions(workload="", n_jobs=2)
    return BatchOptions(workload="", cluster=request.getfixturevalue("address"))


def run(project: Path, options: BatchOptions, store: Store | None = None, cancel: CancelToken | None = None) -> Report:
    return batch(project, lambda root: SETTINGS, options, store=store, cancel=cancel, relative_to=project)


def verdicts(report: Report) -> list[tuple[str, str, str]]:
    return [(str(result.path), result.function, result.verdict.status.name) for result in report.results]


def provers() -> set[int]:
    """The workers that are at a function now."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = place.read_bytes()
            if command.startswith(b"ray::prove") or b"\0--multiprocessing-fork\0" in command:
                found.add(int(place.parent.name))
    return found


def eventually(condition: object, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_the_verdicts_are_those_of_one_machine_though_a_worker_is_killed(
    project: Path, workers: BatchOptions, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    here = run(project, BatchOptions(workload=""))
    killed: list[int] = []

    def kill_one() -> None:
        def kill() -> bool:
            for number in provers():
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
                    killed.append(number)
                    return True
            return False

        eventually(kill, 60)

    killer = threading.Timer(1.0, kill_one)
    killer.start()
    store = Store(tmp_path / "store")
    there = run(project, workers, store)
    killer.join()
    assert len(killed) == 1
    assert capfd.readouterr().out == ""
    assert not there.omissions
    assert verdicts(there) == verdicts(here)
    assert sum(result.found for result in there.results) >= 3
    assert patch(there, project).count(b"\n+++ ") == patch(here, project).count(b"\n+++ ") == 3
    assert not any(result.is_stored for result in there.results)
    # What the workers found is known from then on.
    again = run(project, workers, store)
    assert all(result.is_stored for result in again.results)
    assert verdicts(again) == verdicts(here)


def test_a_cancel_ends_what_the_workers_do(project: Path, workers: BatchOptions) -> None:
    cancel = CancelToken()

    def cancel_soon() -> None:
        eventually(provers, 60)
        cancel.cancel()

    waiting = threading.Thread(target=cancel_soon)
    waiting.start()
    report = run(project, workers, cancel=cancel)
    waiting.join()
    assert "interrupted" in report.notes[-1]
    assert eventually(lambda: not provers(), 10)


def test_what_cannot_be_sent_is_told_and_ends_nothing(
    project: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speedproof.jobs.shipping.MAX_ARCHIVE_BYTES", 100)
    report = run(project, BatchOptions(workload="", cluster=address))
    assert report.results == ()
    (omission,) = report.omissions
    assert "to other machines" in omission.reason
    assert omission.is_problem


def test_pieces_come_back_in_their_order(address: str) -> None:
    with Cluster(address) as cluster:
        assert cluster.n_workers == 2
        assert list(cluster.map(dedent, (f"  {number}" for number in range(20)))) == [
            str(number) for number in range(20)
        ]


def test_what_ends_every_worker_is_told(address: str) -> None:
    with Cluster(address) as cluster, pytest.raises(UsageError, match="lost its work 3 times"):
        list(cluster.map(lambda status: os._exit(status), [1]))


def test_another_version_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "__version__", "0.0.1")
    with pytest.raises(UsageError, match=r"has speedproof .*, and this is 0\.0\.1"), Cluster(address):
        pass


def test_where_there_is_none_it_says_how_to_start_one() -> None:
    with pytest.raises(UsageError, match=r"cannot use a Ray cluster at .*ray start --head"), Cluster("127.0.0.1:9"):
        pass
