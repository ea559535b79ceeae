"""The engine's end of the sandbox: one confined zygote per project, and the children that it forks.

Every wait has a deadline, every descriptor an owner, and a cancel kills the whole group from outside, which ends every
wait at once.
"""

import signal
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import SandboxError
from speedproof.core.project import Project
from speedproof.core.settings import Settings
from speedproof.profiling import loans, sandbox
from speedproof.profiling.compiled import compiled_worker
from speedproof.profiling.interpreter import check_interpreter
from speedproof.profiling.worker import wire

HASH_SEED = "1729"
"""Fixed, so that both sides see sets in one order; not 0, which would turn the randomization of str hashes off."""
START_SECONDS = 20.0
IMPORT_SECONDS = 60.0
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit status, or the signal that killed it."""

    exit: int | None = None
    signal: int | None = None
    out_of_turn: bool = False
    """It said what nobody asked, or in another form: foreign code spoke in the worker's place."""

    def __str__(self) -> str:
        if self.out_of_turn:
            return "gives answers out of turn"
        if self.signal is not None:
            with suppress(ValueError):
                return f"was killed by {signal.Signals(self.signal).name}"
            return f"was killed by signal {self.signal}"
        return f"ended its process with status {self.exit}"


class ChildEnded(Exception):
    """The child is gone without having said what it was asked for."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(str(ended))
        self.ended = ended


class ChildTimeout(Exception):
    """The child did not answer in time; it is still alive until its block is left."""


class ImportFailed(Exception):
    """The project's module cannot be imported. The message says why, and what it would need."""


class Child:
    """One forked process, at one task. Used inside `Zygote.child(...)`."""

    def __init__(self, pid: int, inner_pid: int, folder: Path, channel: socket.socket, zygote: "Zygote") -> None:
        """`inner_pid` is its number for the zygote; `folder` is its working folder, in which it may write."""
        self.pid = pid
        self.inner_pid = inner_pid
        self.folder = folder
        self.channel = channel
        self._zygote = zygote

    def receive(self, seconds: float) -> Any:
        """The child's next message, a dict. Raises ChildTimeout, ChildEnded, SandboxError, Cancelled."""
        self.channel.settimeout(max(seconds, 0.001))
        try:
            message = wire.receive(self.channel)
        except TimeoutError as error:
            self._zygote.cancel.check()
            raise ChildTimeout from error
        except (wire.WireError, OSError) as error:
            self._zygote.cancel.check()
            raise ChildEnded(self._zygote.reap(self)) from error
        if not isinstance(message, dict):
            raise ChildEnded(Ended(out_of_turn=True))
        if "failed" in message:
            raise SandboxError(str(message["failed"]))
        return _Report(message)

    def send(self, message: Any) -> None:
        try:
            wire.send(self.channel, message)
        except OSError as error:
            self._zygote.cancel.check()
            raise ChildEnded(self._zygote.reap(self)) from error

    def byte(self, seconds: float) -> bytes:
        """One unframed byte. Raises as `receive` does."""
        self.channel.settimeout(max(seconds, 0.001))
        try:
            received = self.channel.recv(1)
        except TimeoutError as error:
            self._zygote.cancel.check()
            raise ChildTimeout from error
        except OSError:
            received = b""
        if not received:
            self._zygote.cancel.check()
            raise ChildEnded(self._zygote.reap(self))
        return received

    def cpu_seconds(self) -> float:
        """The processor time that it has used. Raises ChildEnded, Cancelled."""
        try:
            return sandbox.cpu_seconds(self.pid)
        except ProcessLookupError as error:
            self._zygote.cancel.check()
            raise ChildEnded(self._zygote.reap(self)) from error


class _Report(dict[str, Any]):
    """A message of a child. What is missing in it, foreign code has left out."""

    def __missing__(self, key: str) -> Any:
        raise ChildEnded(Ended(out_of_turn=True))


class Zygote:
    """A confined interpreter of the project's, with the project's modules imported as they are asked for."""

    def __init__(self, project: Project, tree: Path, scratch: Path, settings: Settings, cancel: CancelToken) -> None:
        """`tree` is the project's overlay; `scratch` the only folder that may be written, `tree` inside it."""
        self.cancel = cancel
        self.scratch = scratch
        self._project = project
        self.tree = tree
        self._settings = settings
        self._children = 0
        self._entries = list(tree.iterdir())  # as they are now: tests may leave files there
        self._loaded: set[str] = set()
        info = check_interpreter(project.python)
        self.layers = sandbox.layers()
        lent = loans.available_paths(info.version[:2])
        ours, theirs = socket.socketpair()
        worker = compiled_worker(info)
        command = [str(project.python), "-B", "-s", str(worker / "bootstrap.py"), str(theirs.fileno())]
        readable = (
            *sandbox.default_readable(project.python, (project.root,)),
            worker,
            *map(Path, lent.values()),
        )
        policy = sandbox.Policy(readable=readable, writable=(scratch,), memory_bytes=settings.memory_mb * sandbox.MIB)
        try:
            self._process = sandbox.start(
                command, policy, env={"PYTHONHASHSEED": HASH_SEED}, cwd=tree, pass_fds=(theirs.fileno(),)
            )
        finally:
            theirs.close()
        self._control = ours
        roots = [str(tree / root.relative_to(project.root)) for root in project.import_roots]
        setup = {"do": "setup", "import_roots": roots, "loans": lent, "abi": sandbox.available_abi()}
        try:
            self.version = tuple(self._order(setup, START_SECONDS)["version"])
        except BaseException:
            self.close()
            raise

    def load(self, module: str, path: Path) -> None:
        """Import `module`, which must come from `path` inside the overlay. Raises ImportFailed, Cancelled."""
        if module in self._loaded:
            return
        try:
            answer = self._order({"do": "load", "module": module, "path": str(path)}, IMPORT_SECONDS)
        except TimeoutError as error:
            raise ImportFailed(f"importing {module} took longer than {IMPORT_SECONDS:.0f} s") from error
        except SandboxError as error:
            raise ImportFailed(f"importing {module} ends the interpreter ({error})") from error
        if "failed" in answer:
            message = str(answer["failed"]).replace(f"{self.tree}/", "")
            raise ImportFailed(f"importing {module} fails: {message}")
        if answer["file"] is None or Path(answer["file"]).resolve() != path.resolve():
            raise ImportFailed(f"{module} is imported from {answer['file']}, not from this file")
        self._loaded.add(module)

    def imported(self) -> tuple[list[str], list[str]]:
        """The files of all modules that the interpreter has imported, and the folders where it looks for modules."""
        answer = self._order({"do": "imported"}, START_SECONDS)
        return [str(file) for file in answer["files"]], [str(folder) for folder in answer["path"]]

    @contextmanager
    def child(
        self, task: str, arguments: Mapping[str, Any], *, writable: tuple[Path, ...] | None = ()
    ) -> Iterator[Child]:
        """A fresh process at `task`; gone when the block is left. `writable` None leaves it the zygote's rights."""
        child = self.begin(task, arguments, writable=writable)
        try:
            yield child
        finally:
            self.end(child)

    def begin(self, task: str, arguments: Mapping[str, Any], *, writable: tuple[Path, ...] | None = ()) -> Child:
        """As `child`, for one that goes on while others work. The caller owes an `end`, or the zygote's own."""
        self.cancel.check()
        self._children += 1
        folder = self.scratch / f"child{self._children}"
        self._furnish(folder)
        ours, theirs = socket.socketpair()
        order = {
            "do": "fork",
            "task": task,
            "arguments": dict(arguments),
            "folder": str(self.tree if writable is None else folder),
            "lock": None if writable is None else [str(path) for path in (folder, *writable)],
        }
        try:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            with theirs:
                inner_pid = int(self._order(order, START_SECONDS, theirs)["pid"])
            return Child(self._sender(ours), inner_pid, folder, ours, self)
        except BaseException:
            ours.close()
            raise

    def end(self, child: Child) -> None:
        """Nothing is left of the child afterwards."""
        try:
            self._process.kill_member(child.pid)
            if not self.cancel.cancelled:
                self.reap(child)
        finally:
            child.channel.close()

    def _sender(self, channel: socket.socket) -> int:
        """The process whose first byte comes over `channel`: its number here, by the word of the kernel.

        Raises SandboxError, Cancelled.
        """
        channel.settimeout(START_SECONDS)
        try:
            _, extra, _, _ = channel.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
        except OSError as error:
            self.cancel.check()
            raise SandboxError("a process of the sandbox does not start") from error
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        for _, kind, data in extra:
            if kind == socket.SCM_CREDENTIALS and (pid := int(_CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0])):
                return pid
        self.cancel.check()
        raise SandboxError("a process of the sandbox ended before it began")

    def reap(self, child: Child) -> Ended:
        """Wait for a child that is ending, and say how it ended."""
        deadline = time.monotonic() + 5.0
        while time.monotonic() < deadline:
            answer = self._order({"do": "reap", "pid": child.inner_pid, "wait": False}, START_SECONDS)
            if answer:
                return Ended(answer.get("exit"), answer.get("signal"))
            time.sleep(0.002)
        self._process.kill_member(child.pid)
        return Ended(signal=signal.SIGKILL)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    def kill(self) -> None:
        """End everything in the sandbox at once; safe from any thread."""
        sandbox.kill(self._process)

    def close(self) -> None:
        self.kill()
        self._process.close()
        self._control.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _order(self, message: Any, seconds: float, channel: socket.socket | None = None) -> Any:
        """Raises SandboxError where the zygote is gone, TimeoutError, Cancelled."""
        self.cancel.check()
        self._control.settimeout(seconds)
        try:
            descriptors = [] if channel is None else [channel.fileno()]
            socket.send_fds(self._control, [b"o"], descriptors)
            wire.send(self._control, message)
            answer = wire.receive(self._control)
        except TimeoutError:
            self.cancel.check()
            raise
        except (wire.WireError, OSError) as error:
            self.cancel.check()
            raise SandboxError(f"the project's interpreter is gone: {self._last_words()}") from error
        if "error" in answer:
            raise SandboxError(str(answer["error"]))
        return answer

    def _last_words(self) -> str:
        stopped, output = self._process.stopped, self._process.output(400).strip()
        return stopped or (output.splitlines()[-1] if output else "it said nothing")

    def _furnish(self, folder: Path) -> None:
        """A working folder that looks like the project's root, but in which a written file is a new one."""
        folder.mkdir()
        for entry in self._entries:
            (folder / entry.name).symlink_to(entry)
