"""seccomp: which system calls a confined process may make, as a program for the kernel's filter machine.

Three filters, each on top of the one before; the strictest answer wins. `base` is an allow list for everything that
runs in the sandbox, from before the interpreter starts. `without_exec` follows once it has started. `leaf` is for a
forked child that runs a function under test: it starts no process and signals none but itself.

A refused call gives EPERM, so that the code under test fails as it would on a locked-down machine. Three calls (and
whatever is newer than this file) give ENOSYS, because their callers then take an older way that is judged here: clone3
(its flags lie in memory, where a filter cannot look), memfd_create, io_uring_setup. An ioctl that is not known gives
ENOTTY, as for any plain file. Calls of another instruction set (32-bit) kill the process: only an attack makes them.

Arguments are compared in their lower 32 bits: for each argument that is tested, that is all the kernel itself reads,
or all the bits that have a meaning.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Iterable, Iterator, Mapping, NamedTuple, Sequence

from . import syscalls

MACHINE = os.uname().machine
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_CLONE_THREAD = 0x00010000
_CLONE_NEW_NAMESPACES = 0x7E020080  # NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_MAP_SHARED_ANONYMOUS = 0x21
_MAP_HUGETLB_OR_GROWSDOWN = 0x40100
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_O_TRUNC, _O_ACCMODE = 0o1000, 0o3
# Opened for reading, or for neither reading nor writing (3, for ioctl only), and yet truncated.
_SLY_TRUNCATIONS = (_O_TRUNC, _O_TRUNC | _O_ACCMODE)
_SIGKILL = 9
_PR_SET_PDEATHSIG = 1
# GET_PDEATHSIG, GET_DUMPABLE, SET_NAME, GET_NAME, GET_SECCOMP, CAPBSET_READ, SET_ and GET_NO_NEW_PRIVS,
# GET_TID_ADDRESS, SET_VMA (the name of a mapping).
_HARMLESS_PRCTL = (2, 3, 15, 16, 21, 23, 38, 39, 40, 0x53564D41)
# DUPFD, GETFD, SETFD, GETFL, SETFL, GETLK, SETLK, SETLKW, GETOWN, OFD_GETLK, OFD_SETLK, OFD_SETLKW, DUPFD_CLOEXEC,
# GETPIPE_SZ, GET_SEALS. Not SETOWN, SETOWN_EX and SETSIG: they send signals to anybody.
_HARMLESS_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1030, 1032, 1034)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, FICLONE. Not TIOCSTI, FIOSETOWN, SIOCSPGRP, FS_IOC_SETFLAGS.
_HARMLESS_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409)


class Check(NamedTuple):
    """Whether the lower half of `argument`, masked, is among `values`; with `wanted` false, is not among them."""

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    wanted: bool = True


class Rule(NamedTuple):
    """The call is allowed if all checks hold. Several rules for one call are alternatives."""

    name: str
    checks: tuple[Check, ...]


def base(*, abi: int, pid: int, machine: str = MACHINE) -> bytes:
    """For everything in the sandbox. `abi` is Landlock's: what an old one cannot stop is stopped here instead.

    `pid` is the process that installs it. Below ABI 6 nothing else keeps signals inside, so that only this process may
    be signalled, by itself or its children: a filter cannot know the pids of later children.
    """
    rules = [
        Rule("clone", (Check(0, (0,), _CLONE_NEW_NAMESPACES),)),
        Rule("fcntl", (Check(1, _HARMLESS_FCNTL),)),
        Rule("ioctl", (Check(1, _HARMLESS_IOCTL),)),
        # Memory that RLIMIT_DATA does not count would have no limit: shared anonymous, growing downwards, huge.
        Rule(
            "mmap",
            (
                Check(3, (_MAP_SHARED_ANONYMOUS,), _MAP_SHARED_ANONYMOUS, wanted=False),
                Check(3, (0,), _MAP_HUGETLB_OR_GROWSDOWN),
            ),
        ),
        Rule("prctl", (Check(0, _HARMLESS_PRCTL),)),
        Rule("prctl", (Check(0, (_PR_SET_PDEATHSIG,)), Check(1, (_SIGKILL,)))),
        Rule("prlimit64", (Check(0, (0,)),)),
        # A datagram socket could send to a path; a connected stream cannot be turned elsewhere.
        Rule("socketpair", (Check(0, (_AF_UNIX,)), Check(1, (_SOCK_STREAM,), _SOCK_TYPE_MASK))),
    ]
    known = syscalls.numbers(syscalls.ALL, machine)
    allowed = {**syscalls.numbers(_ALLOWED, machine), "execve": known["execve"]}
    for name in ("kill", "tgkill", "tkill"):
        if abi >= 6:
            allowed[name] = known[name]
        elif name != "tkill":
            rules.append(Rule(name, (Check(0, (pid,)),)))
    if abi < 3:  # Landlock sees no truncation, not even by an open for reading.
        for name, flags in (("open", 1), ("openat", 2)):
            if allowed.pop(name, None) is not None:
                rules.append(Rule(name, (Check(flags, _SLY_TRUNCATIONS, _O_TRUNC | _O_ACCMODE, wanted=False),)))
        del allowed["truncate"], allowed["openat2"]
    absent = [*syscalls.numbers(syscalls.FROM_THE_FUTURE, machine), *(["openat2"] if abi < 3 else [])]
    return _program(
        machine,
        rules,
        allowed=allowed.values(),
        refusals={**dict.fromkeys(absent, errno.ENOSYS), "ioctl": errno.ENOTTY},
        otherwise=_refuse(errno.EPERM),
    )


def without_exec(machine: str = MACHINE) -> bytes:
    """For the interpreter once it runs: no other program from here on."""
    return _program(machine, [], refusals=dict.fromkeys(("execve", "execveat"), errno.EPERM), otherwise=_ALLOW)


def leaf(*, pid: int, machine: str = MACHINE) -> bytes:
    """For the process `pid` that runs a function under test: threads, but no processes; signals to itself alone."""
    rules = [
        Rule("clone", (Check(0, (_CLONE_THREAD,), _CLONE_THREAD),)),
        *(Rule(name, (Check(0, (pid,)),)) for name in ("kill", "tgkill", "tkill")),
    ]
    names = ("clone", "kill", "tgkill", "tkill", "fork", "vfork", "execve", "execveat", "seccomp")
    return _program(machine, rules, refusals=dict.fromkeys(names, errno.EPERM), otherwise=_ALLOW)


def install(program: bytes) -> None:
    """Put this thread, and all it starts from now on, under `program`. Needs no_new_privs. Raises OSError."""
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // _INSTRUCTION.size, ctypes.addressof(instructions))
    syscalls.call("seccomp", _SET_MODE_FILTER, _FLAG_SPEC_ALLOW, ctypes.c_char_p(header))


_SET_MODE_FILTER = 1
# Without this flag, kernels before 5.16 slow the process down against Spectre v4, and times would not be the user's.
_FLAG_SPEC_ALLOW = 4

_ALLOWED = (
    syscalls.OPEN_DESCRIPTORS
    + syscalls.PATHS
    + syscalls.FACTS_ABOUT_PATHS
    + syscalls.MEMORY
    + syscalls.OWN_SIGNALS_THREADS_AND_CHILDREN
    + syscalls.WHO_AND_WHAT_AM_I
    + syscalls.CLOCKS_AND_TIMERS
    + syscalls.WAITING
    + syscalls.SOCKETS_AT_HAND
    + syscalls.FURTHER_CONFINEMENT
)

# The filter machine: https://docs.kernel.org/networking/filter.html, linux/bpf_common.h, linux/seccomp.h.
_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _AND, _JUMP, _JUMP_EQ, _JUMP_GT, _JUMP_GE, _RETURN = 0x20, 0x54, 0x05, 0x15, 0x25, 0x35, 0x06
_OFFSET_NUMBER, _OFFSET_MACHINE, _OFFSET_ARGUMENTS = 0, 4, 16
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


class _Instruction(NamedTuple):
    code: int
    value: int
    if_true: int = 0
    if_false: int = 0


def _program(
    machine: str,
    rules: Sequence[Rule],
    *,
    allowed: Iterable[int] = (),
    refusals: Mapping[str, int],
    otherwise: int,
) -> bytes:
    """First the `allowed` numbers, then the rules, then a refusal by name, and `otherwise` for all the rest."""
    code = [
        _Instruction(_LOAD, _OFFSET_MACHINE),
        _Instruction(_JUMP_EQ, _AUDIT_ARCH[machine], 1, 0),
        _Instruction(_RETURN, _KILL_PROCESS),
        _Instruction(_LOAD, _OFFSET_NUMBER),
        # Also the x32 calls, whose numbers have a high bit.
        _Instruction(_JUMP_GT, syscalls.LAST_KNOWN, 0, 1),
        _Instruction(_RETURN, _refuse(errno.ENOSYS)),
    ]
    for first, last in _runs(allowed):
        code += [
            _Instruction(_JUMP_GE, first, 0, 2),
            _Instruction(_JUMP_GT, last, 1, 0),
            _Instruction(_RETURN, _ALLOW),
        ]
    known = syscalls.numbers(syscalls.ALL, machine)
    for rule in rules:
        if rule.name in known:
            code += _rule(known[rule.name], rule.checks)
    for name, error in refusals.items():
        if name in known:
            code += [_Instruction(_JUMP_EQ, known[name], 0, 1), _Instruction(_RETURN, _refuse(error))]
    code.append(_Instruction(_RETURN, otherwise))
    return b"".join(_INSTRUCTION.pack(i.code, i.if_true, i.if_false, i.value) for i in code)


def _rule(number: int, checks: Sequence[Check]) -> list[_Instruction]:
    """Allows, or goes on behind itself with the number of the call loaded again."""
    body = [_Instruction(_RETURN, _ALLOW)]
    for check in reversed(checks):
        body = _check(check, failed=len(body)) + body
    body.append(_Instruction(_LOAD, _OFFSET_NUMBER))
    return [_Instruction(_JUMP_EQ, number, 0, len(body)), *body]


def _check(check: Check, failed: int) -> list[_Instruction]:
    """Goes on behind itself, or `failed` instructions further."""
    count = len(check.values)
    code = [
        _Instruction(_LOAD, _OFFSET_ARGUMENTS + 8 * check.argument),
        _Instruction(_AND, check.mask),
    ]
    for index, value in enumerate(check.values):
        after = count - index - 1
        code.append(_Instruction(_JUMP_EQ, value, after + (1 if check.wanted else failed), 0))
    if check.wanted:
        code.append(_Instruction(_JUMP, failed))
    return code


def _runs(values: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The values as ranges without gaps, both ends included."""
    first = last = None
    for value in sorted(values):
        if last is not None and value == last + 1:
            last = value
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = value
    if first is not None and last is not None:
        yield first, last


def _refuse(code: int) -> int:
    return _ERRNO | code
