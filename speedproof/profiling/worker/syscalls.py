"""Linux system calls by name: the numbers of both supported machines, and the means to make one.

The tables are in groups, because what the sandbox allows is decided by group (`seccomp.py`). A call in no group does
not happen inside the sandbox. Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import functools
import os
from typing import Mapping

# Each entry: name, number on x86-64, number on aarch64; "-" where that machine does not have it.
OPEN_DESCRIPTORS = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69,
pwritev 296 70, preadv2 327 286, pwritev2 328 287, lseek 8 62, close 3 57, close_range 436 436,
dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, flock 73 32, sendfile 40 71, splice 275 76,
tee 276 77, vmsplice 278 75, copy_file_range 326 285, ftruncate 77 46, fallocate 285 47,
fadvise64 221 223, fsync 74 82, fdatasync 75 83, sync_file_range 277 84, readahead 187 213,
"""
# What may be opened, made, renamed or removed is Landlock's decision.
PATHS = """
open 2 -, openat 257 56, creat 85 -, mkdir 83 -, mkdirat 258 34, rmdir 84 -, mknod 133 -,
mknodat 259 33, rename 82 -, renameat 264 38, renameat2 316 276, link 86 -, linkat 265 37,
symlink 88 -, symlinkat 266 36, unlink 87 -, unlinkat 263 35, truncate 76 45, openat2 437 437,
"""
# Landlock does not hide these facts. What would change them (chmod, chown, utime, setxattr) is in no group, because
# Landlock does not stop that either, and a filter cannot see which file is meant.
FACTS_ABOUT_PATHS = """
access 21 -, faccessat 269 48, faccessat2 439 439, stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79,
statx 332 291, readlink 89 -, readlinkat 267 78, getdents 78 -, getdents64 217 61, statfs 137 43,
fstatfs 138 44, getcwd 79 17, chdir 80 49, fchdir 81 50, umask 95 166, getxattr 191 8, lgetxattr 192 9,
fgetxattr 193 10, listxattr 194 11, llistxattr 195 12, flistxattr 196 13,
"""
MEMORY = """
mprotect 10 226, munmap 11 215, mremap 25 216, madvise 28 233, msync 26 227, mincore 27 232,
mlock 149 228, mlock2 325 284, munlock 150 229, munlockall 152 231, brk 12 214, membarrier 324 283,
pkey_alloc 330 289, pkey_free 331 290, pkey_mprotect 329 288, map_shadow_stack 453 453, mseal 462 462,
get_mempolicy 239 236,
"""
OWN_SIGNALS_THREADS_AND_CHILDREN = """
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136,
rt_sigsuspend 130 133, rt_sigtimedwait 128 137, sigaltstack 131 132, restart_syscall 219 128,
pause 34 -, signalfd 282 -, signalfd4 289 74, futex 202 98, futex_waitv 449 449, futex_wake 454 454,
futex_wait 455 455, futex_requeue 456 456, set_robust_list 273 99, get_robust_list 274 100,
set_tid_address 218 96, rseq 334 293, arch_prctl 158 -, fork 57 -, exit 60 93, exit_group 231 94,
wait4 61 260, waitid 247 95,
"""
WHO_AND_WHAT_AM_I = """
getpid 39 172, getppid 110 173, gettid 186 178, getpgid 121 155, getpgrp 111 -, getsid 124 156,
getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150,
getgroups 115 158, capget 125 90, getrlimit 97 163, setrlimit 160 164, getrusage 98 165, times 100 153,
getpriority 140 141, ioprio_get 252 31, uname 63 160, sysinfo 99 179, getrandom 318 278,
getcpu 309 168, sched_yield 24 124, sched_getaffinity 204 123, sched_getparam 143 121,
sched_getscheduler 145 120, sched_getattr 315 275, sched_get_priority_max 146 125,
sched_get_priority_min 147 126, sched_rr_get_interval 148 127,
"""
CLOCKS_AND_TIMERS = """
clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115, nanosleep 35 101,
gettimeofday 96 169, time 201 -, alarm 37 -, setitimer 38 103, getitimer 36 102, timer_create 222 107,
timer_settime 223 110, timer_gettime 224 108, timer_getoverrun 225 109, timer_delete 226 111,
timerfd_create 283 85, timerfd_settime 286 86, timerfd_gettime 287 87,
"""
WAITING = """
select 23 -, pselect6 270 72, poll 7 -, ppoll 271 73, epoll_create 213 -, epoll_create1 291 20,
epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, epoll_pwait2 441 441, eventfd 284 -,
eventfd2 290 19,
"""
# On sockets that exist already, a socketpair or the wire to the engine: none can be made, connected or bound.
SOCKETS_AT_HAND = """
sendto 44 206, recvfrom 45 207, sendmsg 46 211, recvmsg 47 212, sendmmsg 307 269, recvmmsg 299 243,
shutdown 48 210, getsockopt 55 209, setsockopt 54 208, getsockname 51 204, getpeername 52 205,
"""
# The sandbox's own later steps, which can only take rights away.
FURTHER_CONFINEMENT = """
seccomp 317 277, landlock_create_ruleset 444 444, landlock_add_rule 445 445,
landlock_restrict_self 446 446,
"""
BY_ARGUMENTS = """
clone 56 220, execve 59 221, fcntl 72 25, ioctl 16 29, kill 62 129, mmap 9 222, prctl 157 167,
prlimit64 302 261, socketpair 53 199, tgkill 234 131, tkill 200 130,
"""
# As if the kernel were older than these calls: their callers then take another way.
FROM_THE_FUTURE = """
clone3 435 435, memfd_create 319 279, io_uring_setup 425 425,
"""
NEVER = """
vfork 58 -, execveat 322 281, capset 126 91,
"""
ALL = (
    OPEN_DESCRIPTORS
    + PATHS
    + FACTS_ABOUT_PATHS
    + MEMORY
    + OWN_SIGNALS_THREADS_AND_CHILDREN
    + WHO_AND_WHAT_AM_I
    + CLOCKS_AND_TIMERS
    + WAITING
    + SOCKETS_AT_HAND
    + FURTHER_CONFINEMENT
    + BY_ARGUMENTS
    + FROM_THE_FUTURE
    + NEVER
)
MACHINES = {"x86_64": 0, "aarch64": 1}
LAST_KNOWN = 462
"""No system call above this number is judged here: newer ones do not exist inside."""


@functools.lru_cache(maxsize=None)
def numbers(group: str, machine: str) -> Mapping[str, int]:
    """The calls of `group` that `machine` has, by name. Raises KeyError on a machine that is not supported."""
    column = 1 + MACHINES[machine]
    entries = (entry.split() for entry in group.replace("\n", " ").split(",") if entry.strip())
    return {entry[0]: int(entry[column]) for entry in entries if entry[column] != "-"}


def call(name: str, *arguments: object) -> int:
    """Make a system call of this machine. Raises OSError named after it."""
    plain = (ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)
    number = numbers(ALL, os.uname().machine)[name]
    result: int = _libc().syscall(ctypes.c_long(number), *plain)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, "%s: %s" % (name, os.strerror(code)))
    return result


@functools.lru_cache(maxsize=None)
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc
