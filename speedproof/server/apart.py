"""The engine's long work, in a process of its own.

Reading and rewriting a large file holds the interpreter's lock for tenths of a second at a time, and a keystroke in the
same process would wait. The process ends with its work, and gives back the memory that it took.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import SandboxError, SpeedproofError
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.target import Target

Progress = Callable[[str, float | None], None]
HAS_LEASHES = os.name == "posix"
SECONDS_TO_END = 5.0
"""For a process that was called off, which cleans up in half a second as a rule; then it is killed."""


def run_apart(
    work: Callable[..., FunctionResult],
    target: Target,
    settings: Settings,
    cancel: CancelToken,
    progress: Progress,
    *more: str,
) -> FunctionResult:
    """What `work(target, settings, cancel, progress, *more)` returns or raises; `work` is a function of a module.

    Raises SandboxError where the process breaks.
    """
    if not HAS_LEASHES:
        return work(target, settings, cancel, progress, *more)
    with _process() as (process, call_off), cancel.calling(call_off):
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        with suppress(BrokenPipeError), process.stdin as orders:
            pickle.dump((work, target, settings, more), orders)
        while (message := _next(process.stdout)) is not None:
            match message:
                case "progress", told, share:
                    progress(told, share)
                case "failed", SpeedproofError() as error:
                    raise error
                case "done", FunctionResult() as result:
                    return result
        cancel.check()
        status = process.wait()
    raise SandboxError(f"the process that was at `{target.qualname}` ended with status {status}; its log says why")


@contextmanager
def _process() -> Iterator[tuple["subprocess.Popen[bytes]", Callable[[], None]]]:
    """And what calls its work off: a pipe that it watches, which ends with this process, too."""
    watched, leash = os.pipe()
    held = [leash]

    def call_off() -> None:
        with suppress(IndexError):
            os.close(held.pop())
            late.start()

    late = threading.Timer(SECONDS_TO_END, lambda: process.kill())
    late.daemon = True
    # Without the current folder on its path, which is the user's project; and out of reach of a terminal's signals.
    command = [sys.executable, "-P", "-m", __name__, str(watched)]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(watched,), start_new_session=True
        )
    except BaseException:
        os.close(held.pop())
        raise
    finally:
        os.close(watched)
    try:
        yield process, call_off
    finally:
        call_off()
        with process:
            pass  # closes its pipes and waits
        late.cancel()


def _next(messages: IO[bytes]) -> Any:
    """None where there is no more."""
    try:
        return pickle.load(messages)  # noqa: S301 - of our own process, which runs no foreign code
    except (EOFError, pickle.UnpicklingError):
        return None


def main() -> int:
    """The other side: one order on stdin, messages on what was stdout."""
    cancel = CancelToken()
    watched = int(sys.argv[1])

    def watch() -> None:
        os.read(watched, 1)  # comes back when nobody holds the other end
        cancel.cancel()

    threading.Thread(target=watch, daemon=True).start()
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    lock = threading.Lock()

    def tell(*message: object) -> None:
        with lock, suppress(BrokenPipeError):
            pickle.dump(message, told)
            told.flush()

    work, target, settings, more = pickle.load(sys.stdin.buffer)  # noqa: S301 - of the server
    try:
        result = work(target, settings, cancel, lambda message, share: tell("progress", message, share), *more)
    except SpeedproofError as error:
        tell("failed", error)
    else:
        tell("done", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
