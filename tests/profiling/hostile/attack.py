"""What an attack is, and what it is told about the world around it. Runs on both sides of the sandbox's wall."""

import ctypes
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn


class World(NamedTuple):
    """Everything that is to be had outside, and the one folder inside that may be written."""

    home: Path
    """The user's: `.ssh/id_rsa`, `.bashrc`."""
    project: Path
    """May be read, with `module.py` in it."""
    outside: Path
    """Neither: `data.txt`, and the Unix sockets `stream` and `datagram`."""
    scratch: Path
    worker: Path
    victim: int
    """A process of the same user."""
    engine: int
    tcp_port: int
    udp_port: int
    abstract_name: str

    @property
    def key(self) -> Path:
        return self.home / ".ssh" / "id_rsa"

    @property
    def module(self) -> Path:
        return self.project / "module.py"


class Attack(NamedTuple):
    """It has succeeded if `run` returns, unless that is `harmless`: then only the damage counts.

    `control`: succeeds without a sandbox and without privileges, which shows that the attempt is a real one.
    `stages`: "import" is the project's import in the zygote, "leaf" a function under test.
    `seconds`: after so long the engine loses patience.
    """

    name: str
    run: Callable[[World], object]
    harmless: bool = False
    control: bool = False
    stages: tuple[str, ...] = ("import", "leaf")
    seconds: float = 10.0


ATTACKS: list[Attack] = []
HONEST: list[Attack] = []


def attack(
    *,
    harmless: bool = False,
    control: bool = False,
    stages: tuple[str, ...] = ("import", "leaf"),
    seconds: float = 10.0,
) -> Callable[[Callable[[World], object]], Callable[[World], object]]:
    """Adds the decorated function to ATTACKS under its own name."""

    def add(run: Callable[[World], object]) -> Callable[[World], object]:
        ATTACKS.append(Attack(run.__name__, run, harmless, control, stages, seconds))
        return run

    return add


def honest(run: Callable[[World], object]) -> Callable[[World], object]:
    """Adds the decorated function to HONEST: no attack, and it must go through."""
    HONEST.append(Attack(run.__name__, run, harmless=True))
    return run


def system_call(x86_64: int, aarch64: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """A raw system call, past every check that Python or the C library might make. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number = x86_64 if platform.machine() == "x86_64" else aarch64
    passed = (ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)
    result: int = libc.syscall(ctypes.c_long(number), *passed)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def prctl(option: int, *arguments: int) -> int:
    return system_call(157, 167, option, *arguments, *[0] * (4 - len(arguments)))


def exit_status_of_child(run: Callable[[], object]) -> int:
    """Runs it in a forked child: 0 if it returned."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def require(condition: object) -> None:
    """The attack has failed unless `condition` holds."""
    if not condition:
        raise OSError("no effect")


def go_on_for_ever() -> NoReturn:
    while True:
        pass
