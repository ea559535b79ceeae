"""The process that has the project imported, and forks one child for each piece of work.

It never calls a function of the project itself. Children are locked down further, do one task and die, so that nothing
that foreign code does to its process reaches the next one.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from typing import Any

from . import confine, loan, wire
from .lacks import CannotRun, told
from .tasks import TASKS

_abi = 0


def serve(descriptor: int) -> None:
    """Answers the engine's orders until it hangs up."""
    confine.forbid_exec()
    control = socket.socket(fileno=descriptor)
    while True:
        try:
            message, descriptors = _order(control)
        except wire.WireError:
            os._exit(0)
        answer: dict[str, Any]
        try:
            answer = _ORDERS[message["do"]](message, descriptors)
        except Exception as error:
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        for received in descriptors:
            os.close(received)
        wire.send(control, answer)


def _order(control: socket.socket) -> tuple[Any, list[int]]:
    """One order, and the channel that comes with it: a byte that carries descriptors, then a frame."""
    first, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not first:
        raise wire.WireError("the engine hung up")
    return wire.receive(control), list(descriptors)


def _setup(message: Any, _: list[int]) -> dict[str, Any]:
    """First order: where the project's modules are, and which packages are lent."""
    global _abi
    sys.path[:0] = message["import_roots"]
    loan.install(message["loans"])
    _abi = message["abi"]
    return {"version": list(sys.version_info[:3]), "prefix": sys.prefix}


def _load(message: Any, _: list[int]) -> dict[str, Any]:
    """Import a module of the project. What it prints goes where the sandbox sends it."""
    sys.argv[:] = [message["path"]]
    try:
        module = importlib.import_module(message["module"])
    except BaseException as error:
        return {"failed": told(error)}
    gc.collect()
    gc.freeze()
    return {"file": getattr(module, "__file__", None)}


def _fork(message: Any, descriptors: list[int]) -> dict[str, Any]:
    """Start a child for `message["task"]`; it talks to the engine over the channel that came along."""
    (descriptor,) = descriptors
    pid = os.fork()
    if pid:
        return {"pid": pid}
    try:
        channel = socket.socket(fileno=descriptor)
        channel.sendall(b"h")  # the kernel tells the engine who says it: by the number that the process has there
        _keep_only(descriptor)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.chdir(message["folder"])
        if message["lock"]:
            confine.lock_leaf(message["lock"], abi=_abi)
        TASKS[message["task"]](channel, message["arguments"])
        os._exit(0)
    except wire.WireError:
        os._exit(0)  # the engine lost interest
    except BaseException as error:
        try:
            failed = str(error) if isinstance(error, CannotRun) else "%s: %s" % (type(error).__name__, error)
            wire.send(channel, {"failed": failed, "where": traceback.format_exc(limit=-6)})
        finally:
            os._exit(1)


def _reap(message: Any, _: list[int]) -> dict[str, Any]:
    """How the child ended: {"exit": n} or {"signal": n}; {} where it is still running."""
    try:
        pid, status = os.waitpid(message["pid"], 0 if message["wait"] else os.WNOHANG)
    except ChildProcessError:
        return {"exit": 0}
    if not pid:
        return {}
    return {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"exit": os.WEXITSTATUS(status)}


def _keep_only(descriptor: int) -> None:
    """Close every other inherited descriptor above standard error: the control channel is not for children."""
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, 1024)


def _imported(_: Any, __: list[int]) -> dict[str, Any]:
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {"files": sorted(file for file in files if isinstance(file, str)), "path": [str(part) for part in sys.path]}


_ORDERS = {"setup": _setup, "imported": _imported, "load": _load, "fork": _fork, "reap": _reap}
