"""A function's proof as a parcel: everything that another machine needs for it, and what that sends back.

The project travels as an archive of what the sandbox would be given; it is unpacked there, and the proof is the same
`optimize_all` as here. Nothing is read from the sender's disk.
"""

import io
import os
import queue
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ProjectError, SpeedproofError
from speedproof.core.project import Project
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.jobs.memory import Results, host_class
from speedproof.jobs.optimize import optimize_all
from speedproof.profiling.overlay import walk

MAX_ARCHIVE_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Order:
    """Functions of one file to be proved, one after the other, each in the text that the edits before it leave."""

    project: Project
    """As it is at the sender's."""
    settings: Settings
    path: Path
    text: str
    qualnames: tuple[str, ...]
    seconds: float
    """For all of it."""
    telling: Mapping[str, Sequence[str]]
    """Of each function: inputs that told earlier candidates from it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one function; paths are the sender's."""

    result: FunctionResult
    telling: tuple[str, ...]
    dependencies: tuple[Path, ...]
    host: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker died, or its machine did, and what it was at is to be done again."""

    reason: str


def archive_of(project: Project, exclude: Sequence[str], cancel: CancelToken) -> bytes:
    """What of a project a sandbox is given, packed. Raises ProjectError where that is too much, and Cancelled."""
    packed, n_bytes = io.BytesIO(), 0
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for folder, names in walk(project.root, tuple(exclude), cancel):
            entry = tarfile.TarInfo(folder.as_posix())
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
            for name in names:
                place = project.root / folder / name
                data = _content(place)
                if data is None:
                    continue
                n_bytes += len(data)
                if n_bytes > MAX_ARCHIVE_BYTES:
                    raise ProjectError(
                        f"{project.root} holds more than {MAX_ARCHIVE_BYTES // 2**20} MiB, too much to be sent to"
                        " other machines; exclude what is not needed under [tool.speedproof] exclude"
                    )
                entry = tarfile.TarInfo((folder / name).as_posix())
                entry.size = len(data)
                entry.mode = 0o755 if os.access(place, os.X_OK) else 0o644
                archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def prove(order: Order, there: bytes | Path) -> Iterator[Outcome | str]:
    """The outcomes in the order of `qualnames`, each as it is reached; those that there was no time for are missing.

    `there` is an archive of the project, or its folder. What keeps all from being proved comes as words. Runs wherever
    it is called; closed, it ends what it does.
    """
    cancel = CancelToken()
    found: queue.SimpleQueue[Outcome | str | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            with _unpacked(there, order.project.root.name) as root:
                _prove(order, root, cancel, found)
        except SpeedproofError as error:
            found.put(str(error))
        except Exception as error:  # nobody else would learn of it
            found.put(f"a bug in Speedproof: {type(error).__name__}: {error}")
        finally:
            found.put(None)

    thread = threading.Thread(target=work, name="proof")
    thread.start()
    try:
        while (outcome := found.get()) is not None:
            yield outcome
    finally:
        cancel.cancel()
        thread.join()


def _prove(order: Order, root: Path, cancel: CancelToken, found: "queue.SimpleQueue[Outcome | str | None]") -> None:
    def moved(path: Path, old: Path, new: Path) -> Path:
        return new / path.relative_to(old) if path.is_relative_to(old) else path

    project = _project_there(order, root)
    path = moved(order.path, order.project.root, root)
    targets = [find_target(path, order.text, qualname) for qualname in order.qualnames]

    class Sent(Results):
        """Nothing is stored where the proof is made: it goes to the sender, who stores it."""

        def telling(self, target: Target) -> list[str]:
            return list(order.telling.get(target.qualname, ()))

        def keep(
            self,
            target: Target,
            result: FunctionResult,
            telling: Sequence[str],
            dependencies: Iterable[Path],
            host: str | None = None,
        ) -> None:
            there = tuple(moved(each, root, order.project.root) for each in dependencies)
            own = replace(result, path=moved(target.path, root, order.project.root))
            found.put(Outcome(own, tuple(telling), there, host or host_class()))

    report = optimize_all(
        [target for target in targets if target is not None],
        project,
        order.settings,
        cancel=cancel,
        relative_to=root,
        cumulative=True,
        until=time.monotonic() + order.seconds,
        kept=Sent(None, project, order.settings),
    )
    for note in report.notes:  # there is no sandbox there
        found.put(note)


def _project_there(order: Order, root: Path) -> Project:
    """The sender's project, unpacked in `root`; its interpreter is that of the same path, or what is found here."""
    project = order.project
    python = project.python if os.access(project.python, os.X_OK) else discover(root).python
    return Project(
        root,
        python,
        tuple(root / folder.relative_to(project.root) for folder in project.import_roots),
        tuple(root / test.relative_to(project.root) for test in project.tests),
    )


@contextmanager
def _unpacked(there: bytes | Path, name: str) -> Iterator[Path]:
    if isinstance(there, Path):
        yield there
        return
    with (
        tempfile.TemporaryDirectory(prefix="speedproof-", ignore_cleanup_errors=True) as folder,
        tarfile.open(fileobj=io.BytesIO(there), mode="r:gz") as packed,
    ):
        (root := Path(folder, name)).mkdir()
        if hasattr(tarfile, "data_filter"):  # since 3.11.4
            packed.extractall(root, filter="data")
        else:
            packed.extractall(root)  # noqa: S202 - made by `archive_of`
        yield root


def _content(place: Path) -> bytes | None:
    """None for what is no file, or cannot be read: the code that needs it will say so."""
    try:
        return place.read_bytes() if place.is_file() else None
    except OSError:
        return None
