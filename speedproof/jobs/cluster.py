"""An existing Ray cluster, as a place where functions are analysed and proved. Ray is imported here alone.

What a worker is doing when it is lost is given to another by whoever asked for it: see `spread`.
"""

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from speedproof import __version__
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.project import Project
from speedproof.jobs.memory import host_class
from speedproof.jobs.shipping import Lost, Order, Outcome, archive_of, prove

NO_RAY = "`--engine ray` needs Ray, in the version that the cluster has: pip install 'speedproof[ray]'"
HOW_TO_START = "start one by `ray start --head --disable-usage-stats`, and name it by --ray-address HOST:PORT"
KNOCK_SECONDS = 10.0
MAX_RETRIES = 3
"""Of a piece of analysis."""
WINDOW = 2
"""Pieces of analysis that each worker has before it, so that it never waits for us."""

A = TypeVar("A")
B = TypeVar("B")


class Task:
    """One order at a worker."""

    def __init__(self, outcomes: Any) -> None:
        self.outcomes = outcomes


class Cluster:
    """Connected for as long as the `with` block lasts."""

    def __init__(self, address: str) -> None:
        """`address` is what `ray.init` takes: HOST:PORT, `auto` for one on this machine, `ray://…`."""
        self._address = address
        self.hosts: list[str] = []
        """The kinds of machines that it has, as `host_class` names them."""

    def __enter__(self) -> Self:
        """Raises UsageError where there is no such cluster, or it cannot work for us."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine unasked
        try:
            import ray
        except ImportError as error:
            raise UsageError(NO_RAY) from error
        # It would write about each lost worker to our standard output, where a document is expected.
        ray._private.worker._worker_logs_enabled = False
        self._ray = ray
        try:
            self._knock()
            ray.init(address=self._address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
            raise UsageError(f"cannot use a Ray cluster at {self._address}: {reason}; {HOW_TO_START}") from error
        try:
            self.hosts = self._looked_at()
        except BaseException:
            ray.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ray.shutdown()

    @property
    def n_workers(self) -> int:
        """As many as there are now: machines come and go."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def map(self, work: Callable[[A], B], arguments: Iterable[A]) -> Iterator[B]:
        """As `map`, a little ahead on all workers. A lost one's piece is done again.

        Raises UsageError where pieces are lost again and again.
        """
        remote = self._ray.remote(num_cpus=1, max_retries=MAX_RETRIES)(work)
        under_way: deque[Any] = deque()
        for argument in arguments:
            under_way.append(remote.remote(argument))
            if len(under_way) >= WINDOW * self.n_workers:
                yield self._got(under_way.popleft())
        while under_way:
            yield self._got(under_way.popleft())

    def send(self, project: Project, exclude: Sequence[str], cancel: CancelToken) -> Any:
        """Each machine that needs the project gets it once. Raises ProjectError where it is too large, Cancelled."""
        return self._ray.put(archive_of(project, exclude, cancel))

    def begin(self, order: Order, there: Any) -> Task:
        remote = self._ray.remote(num_cpus=1, max_retries=0, num_returns="streaming")(prove)
        return Task(remote.remote(order, there))

    def end(self, task: Task) -> None:
        """Whatever it is doing."""
        self._ray.cancel(task.outcomes, force=True)

    def wait(self, tasks: Sequence[Task], seconds: float) -> list[tuple[Task, Outcome | str | Lost | None]]:
        """What has come of tasks, in at most `seconds`: of each the next outcome, or None where there is no more."""
        by_outcomes = {task.outcomes: task for task in tasks}
        ready, _ = self._ray.wait(list(by_outcomes), num_returns=1, timeout=seconds, fetch_local=False)
        return [(by_outcomes[outcomes], self._next(outcomes)) for outcomes in ready]

    def _got(self, piece: Any) -> Any:
        try:
            return self._ray.get(piece)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[0]
            raise UsageError(
                f"the Ray cluster at {self._address} lost its work {MAX_RETRIES} times: {reason}"
            ) from error

    def _knock(self) -> None:
        """Raises OSError where nobody listens: Ray itself would try again for minutes."""
        host, colon, port = self._address.rpartition("://")[2].rpartition(":")
        if colon and port.isdecimal():
            socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS).close()

    def _next(self, outcomes: Any) -> Outcome | str | Lost | None:
        try:
            found: Outcome | str = self._ray.get(next(outcomes))
        except StopIteration:
            return None
        except self._ray.exceptions.RayTaskError as error:
            return str(error.cause) if isinstance(error.cause, Exception) else str(error)
        except self._ray.exceptions.RayError as error:
            return Lost(str(error).strip().splitlines()[0])
        return found

    def _looked_at(self) -> list[str]:
        """The kinds of machines. Raises UsageError where one has no Speedproof, or another version of it."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = [node for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        if not nodes:
            raise UsageError(f"the Ray cluster at {self._address} has no processors to work on")
        remote = self._ray.remote(num_cpus=0, max_retries=0)(_about)
        hosts: dict[str, None] = {}
        for node in nodes:
            name = node["NodeManagerHostname"]
            there = remote.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False))
            try:
                version, host = self._ray.get(there.remote(), timeout=60)
            except self._ray.exceptions.RayError as error:
                reason = str(error).strip().splitlines()[-1]
                raise UsageError(
                    f"the worker {name} cannot run Speedproof: {reason}; install speedproof {__version__} there"
                ) from error
            if version != __version__:
                raise UsageError(f"the worker {name} has speedproof {version}, and this is {__version__}")
            hosts[host] = None
        return list(hosts)


def _about() -> tuple[str, str]:
    return __version__, host_class()
