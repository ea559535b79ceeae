"""Landlock: the kernel's own answer to "which files may this process touch", without a helper or privileges.

https://docs.kernel.org/userspace-api/landlock.html. What is granted here stays granted to children and across exec;
what is not granted can never be had again.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from typing import Iterable

from . import syscalls

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_CHAR = 1 << 6
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
MAKE_SOCK = 1 << 9
MAKE_FIFO = 1 << 10
MAKE_BLOCK = 1 << 11
MAKE_SYM = 1 << 12
REFER = 1 << 13
TRUNCATE = 1 << 14
IOCTL_DEV = 1 << 15

READ = READ_FILE | READ_DIR
# Neither executing nor making sockets and device nodes: scratch is for data.
WRITE = WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_FIFO | MAKE_SYM | REFER

_ALL_UP_TO_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_FROM_ABI_5 = (1 << 16) - 1
_FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_NET_BIND_AND_CONNECT_TCP = 3
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3
# Refusals are no news here, and the system's log is not ours: LOG_SAME_EXEC_OFF, LOG_SUBDOMAINS_OFF.
_LOG_NOTHING = 0b101
_VERSION_FLAG = 1
_PATH_BENEATH = 1


def abi() -> int:
    """The version that this kernel speaks; 0 where it has no Landlock or has it switched off."""
    try:
        return syscalls.call("landlock_create_ruleset", None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(grants: Iterable[tuple[str, int]], *, abi: int, keep_reading: bool = False) -> None:
    """From now on this thread and all its children have the rights in `grants` (path, rights) and no other.

    With `keep_reading` the grants speak of writing only, and what may be read stays as it is. A path that does not
    exist grants nothing. Needs no_new_privs. Raises OSError.
    """
    handled = _ALL_UP_TO_ABI.get(abi, _ALL_FROM_ABI_5)
    if keep_reading:
        handled &= ~READ
    ruleset = _create(handled, abi)
    try:
        for path, rights in grants:
            _grant(ruleset, path, rights & handled)
        syscalls.call("landlock_restrict_self", ruleset, _LOG_NOTHING if abi >= 7 else 0)
    finally:
        os.close(ruleset)


def _create(handled: int, abi: int) -> int:
    """A ruleset that handles `handled`, TCP from ABI 4, and signals and abstract sockets to the outside from ABI 6."""
    fields = [handled]
    if abi >= 4:
        fields.append(_NET_BIND_AND_CONNECT_TCP)
    if abi >= 6:
        fields.append(_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    attributes = struct.pack("=%dQ" % len(fields), *fields)
    return syscalls.call("landlock_create_ruleset", ctypes.c_char_p(attributes), len(attributes), 0)


def _grant(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _FOR_FILES
        if rights:
            rule = struct.pack("=Qi", rights, beneath)
            syscalls.call("landlock_add_rule", ruleset, _PATH_BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(beneath)
