"""The filters, run by a model of the kernel's filter machine: for both processors, wherever the tests run."""

import errno
import os
import struct

import pytest

from speedproof.profiling.worker import seccomp, syscalls

PID = 4711
ALLOW, KILL = "allow", "kill"
CLONE_THREAD, CLONE_NEWUSER, SIGCHLD, SIGKILL = 0x10000, 0x10000000, 17, 9
O_WRONLY, O_TRUNC = os.O_WRONLY, os.O_TRUNC
MACHINES = sorted(syscalls.MACHINES)

# Call, arguments, and what the base filter says to it with a new Landlock and with the first.
BASE = [
    ("read", (), ALLOW, ALLOW),
    ("mremap", (), ALLOW, ALLOW),
    ("futex", (), ALLOW, ALLOW),
    ("execve", (), ALLOW, ALLOW),
    ("execveat", (), errno.EPERM, errno.EPERM),
    ("clone", (SIGCHLD,), ALLOW, ALLOW),
    ("clone", (SIGCHLD | CLONE_NEWUSER,), errno.EPERM, errno.EPERM),
    ("clone", (CLONE_THREAD,), ALLOW, ALLOW),
    ("clone3", (), errno.ENOSYS, errno.ENOSYS),
    ("memfd_create", (), errno.ENOSYS, errno.ENOSYS),
    ("io_uring_setup", (), errno.ENOSYS, errno.ENOSYS),
    ("capset", (), errno.EPERM, errno.EPERM),
    ("kill", (PID, SIGKILL), ALLOW, ALLOW),
    ("kill", (1, SIGKILL), ALLOW, errno.EPERM),
    ("kill", (-1, SIGKILL), ALLOW, errno.EPERM),
    ("kill", (0, SIGKILL), ALLOW, errno.EPERM),
    ("kill", (PID + 2**32, SIGKILL), ALLOW, ALLOW),
    ("tgkill", (1, 1, SIGKILL), ALLOW, errno.EPERM),
    ("tkill", (1, SIGKILL), ALLOW, errno.EPERM),
    ("fcntl", (3, 1030), ALLOW, ALLOW),
    ("fcntl", (3, 0), ALLOW, ALLOW),
    ("fcntl", (3, 1031, 2**20), errno.EPERM, errno.EPERM),
    ("fcntl", (3, 8, 1), errno.EPERM, errno.EPERM),
    ("fcntl", (3, 15, 1), errno.EPERM, errno.EPERM),
    ("ioctl", (0, 0x5413), ALLOW, ALLOW),
    ("ioctl", (0, 0x5412), errno.ENOTTY, errno.ENOTTY),
    ("ioctl", (0, 0x5412 | 2**32), errno.ENOTTY, errno.ENOTTY),
    ("mmap", (0, 4096, 3, 0x22), ALLOW, ALLOW),
    ("mmap", (0, 4096, 3, 0x1), ALLOW, ALLOW),
    ("mmap", (0, 4096, 3, 0x21), errno.EPERM, errno.EPERM),
    ("mmap", (0, 4096, 3, 0x23), errno.EPERM, errno.EPERM),
    ("mmap", (0, 4096, 3, 0x122), errno.EPERM, errno.EPERM),
    ("mmap", (0, 4096, 3, 0x40022), errno.EPERM, errno.EPERM),
    ("prctl", (15,), ALLOW, ALLOW),
    ("prctl", (1, SIGKILL), ALLOW, ALLOW),
    ("prctl", (1, 0), errno.EPERM, errno.EPERM),
    ("prctl", (4, 0), errno.EPERM, errno.EPERM),
    ("prlimit64", (0, 2), ALLOW, ALLOW),
    ("prlimit64", (1, 2), errno.EPERM, errno.EPERM),
    ("socketpair", (1, 1 | os.O_CLOEXEC), ALLOW, ALLOW),
    ("socketpair", (1, 2), errno.EPERM, errno.EPERM),
    ("socketpair", (2, 1), errno.EPERM, errno.EPERM),
    ("truncate", (), ALLOW, errno.EPERM),
    ("openat2", (), ALLOW, errno.ENOSYS),
    ("openat", (-100, 0, os.O_RDONLY), ALLOW, ALLOW),
    ("openat", (-100, 0, O_WRONLY | O_TRUNC), ALLOW, ALLOW),
    ("openat", (-100, 0, O_TRUNC), ALLOW, errno.EPERM),
    ("openat", (-100, 0, O_TRUNC | 3), ALLOW, errno.EPERM),
    (463, (), errno.ENOSYS, errno.ENOSYS),
    (0x40000000, (), errno.ENOSYS, errno.ENOSYS),
]
LEAF = [
    ("read", (), ALLOW),
    ("clone", (CLONE_THREAD | 0x100,), ALLOW),
    ("clone", (SIGCHLD,), errno.EPERM),
    ("execve", (), errno.EPERM),
    ("execveat", (), errno.EPERM),
    ("seccomp", (), errno.EPERM),
    ("kill", (PID, SIGKILL), ALLOW),
    ("kill", (1, SIGKILL), errno.EPERM),
    ("kill", (-PID, SIGKILL), errno.EPERM),
    ("tgkill", (PID, PID + 1, SIGKILL), ALLOW),
    ("tgkill", (1, PID, SIGKILL), errno.EPERM),
    ("tkill", (PID, SIGKILL), ALLOW),
    ("tkill", (1, SIGKILL), errno.EPERM),
]
# Numbers on x86-64 and aarch64 of calls that are in no group, because nobody inside needs them.
FORBIDDEN = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "ptrace": (101, 117),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "chroot": (161, 51),
    "chmod": (90, 53),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "process_vm_writev": (311, 271),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "userfaultfd": (323, 282),
    "sched_setaffinity": (203, 122),
    "setpriority": (141, 140),
    "personality": (135, 92),
    "setresuid": (117, 147),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "io_uring_enter": (426, 426),
    "clock_settime": (227, 112),
    "inotify_init1": (294, 26),
    "reboot": (169, 142),
}


def check(program: bytes, machine: str, call: str | int, arguments: tuple[int, ...], expected: str | int) -> None:
    number = syscalls.numbers(syscalls.ALL, machine).get(call) if isinstance(call, str) else call
    if number is not None:  # aarch64 has no `open`, but then nobody can call it either
        assert verdict(program, seccomp._AUDIT_ARCH[machine], number, arguments) == expected


def verdict(program: bytes, architecture: int, number: int, arguments: tuple[int, ...]) -> str | int:
    """What the kernel does with a call: "allow", "kill", or an error number. Raises on a program it would refuse."""
    words = [number & 0xFFFFFFFF, architecture, 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF]
    code = list(struct.iter_unpack("=HBBI", program))
    assert len(code) <= 4096
    accumulator, place = 0, 0
    while True:
        operation, if_true, if_false, value = code[place]
        place += 1
        match operation:
            case 0x20:
                accumulator = words[value // 4]
            case 0x54:
                accumulator &= value
            case 0x05:
                place += value
            case 0x15:
                place += if_true if accumulator == value else if_false
            case 0x25:
                place += if_true if accumulator > value else if_false
            case 0x35:
                place += if_true if accumulator >= value else if_false
            case 0x06 if value == 0x7FFF0000:
                return ALLOW
            case 0x06 if value == 0x80000000:
                return KILL
            case 0x06:
                assert value >> 16 == 5
                return int(value) & 0xFFFF
            case _:
                raise AssertionError(f"unknown operation {operation:#x}")


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("call", "arguments", "new", "old"), BASE)
def test_base(machine: str, call: str | int, arguments: tuple[int, ...], new: str | int, old: str | int) -> None:
    check(seccomp.base(abi=7, pid=PID, machine=machine), machine, call, arguments, new)
    check(seccomp.base(abi=1, pid=PID, machine=machine), machine, call, arguments, old)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("call", "arguments", "expected"), LEAF)
def test_leaf(machine: str, call: str, arguments: tuple[int, ...], expected: str | int) -> None:
    check(seccomp.leaf(pid=PID, machine=machine), machine, call, arguments, expected)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("call", FORBIDDEN)
def test_forbidden(machine: str, call: str) -> None:
    number = FORBIDDEN[call][syscalls.MACHINES[machine]]
    check(seccomp.base(abi=7, pid=PID, machine=machine), machine, number, (), errno.EPERM)


@pytest.mark.parametrize("machine", MACHINES)
def test_another_instruction_set_kills(machine: str) -> None:
    i386, aarch32 = 0x40000003, 0x40000028
    for program in (
        seccomp.base(abi=7, pid=PID, machine=machine),
        seccomp.without_exec(machine),
        seccomp.leaf(pid=PID, machine=machine),
    ):
        assert verdict(program, i386, 20, ()) == KILL
        assert verdict(program, aarch32, 20, ()) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_without_exec(machine: str) -> None:
    program = seccomp.without_exec(machine)
    for call, expected in (("execve", errno.EPERM), ("execveat", errno.EPERM), ("read", ALLOW), ("clone", ALLOW)):
        check(program, machine, call, (), expected)


@pytest.mark.parametrize("machine", MACHINES)
def test_no_number_stands_for_two_calls(machine: str) -> None:
    numbers = list(syscalls.numbers(syscalls.ALL, machine).values())
    assert len(numbers) == len(set(numbers))
    assert max(numbers) <= syscalls.LAST_KNOWN


def test_the_numbers_are_those_of_this_machine() -> None:
    """`call` uses the same table as the filters; a few calls whose results Python can check."""
    assert syscalls.call("getpid") == os.getpid()
    assert syscalls.call("getppid") == os.getppid()
    assert syscalls.call("umask", syscalls.call("umask", 0o22)) == 0o22
    with pytest.raises(OSError, match="close: Bad file descriptor"):
        syscalls.call("close", -1)
