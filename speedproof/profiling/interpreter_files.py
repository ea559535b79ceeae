"""Which files a Python interpreter needs in order to run, and which of them it must be able to execute."""

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from speedproof.core.errors import SandboxError

SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/etc/os-release",
    # Public: certificates and their settings. /etc/ssl/private is not here.
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/pki/ca-trust/extracted",
    "/etc/crypto-policies",
    # Names for user and group ids (pwd, grp, tarfile, Path.owner). Everybody may read them; passwords are elsewhere.
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
)
_OWN_WORKER = Path(__file__).parent / "worker"
# ELF-64, elf(5): type, flags, offset, virtual and physical address, size in the file.
_PROGRAM_HEADER = struct.Struct("<IIQQQQ")
_PT_INTERP = 3


def default_readable(python: Path, roots: Iterable[Path]) -> tuple[Path, ...]:
    """What `python` and code in `roots` (project, import roots, other entries of its `sys.path`) need to read.

    The system's libraries, the interpreter's prefix and that of its virtual environment, `roots`, and the worker. Never
    the home folder, nor anything that contains it: raises SandboxError if one of `roots` does.
    """
    home = _home()
    chosen = [Path(path) for path in SYSTEM]
    for prefix in _prefixes(python):
        chosen += _libraries_in(prefix) if _contains(prefix, home) else [prefix]
    for root in roots:
        if _contains(root, home):
            raise SandboxError(
                f"{root} is or contains your home folder, which sandboxed code must not read: "
                "move the project to a folder of its own"
            )
        chosen.append(root)
    return tuple(dict.fromkeys([*chosen, _OWN_WORKER]))


def programs_to_execute(python: Path) -> tuple[Path, ...]:
    """`python` and the dynamic loader that it names. Raises SandboxError if it is not a native program."""
    try:
        with python.open("rb") as stream:
            head = stream.read(64)
            if head[:4] != b"\x7fELF" or head[4] != 2:
                kind = "a script" if head[:2] == b"#!" else "not a 64-bit Linux program"
                raise SandboxError(f"{python} is {kind}: name the interpreter itself (its sys.executable)")
            table, size, count = _program_headers(head)
            for index in range(count):
                stream.seek(table + index * size)
                kind_of_segment, _, offset, _, _, length = _PROGRAM_HEADER.unpack(stream.read(_PROGRAM_HEADER.size))
                if kind_of_segment == _PT_INTERP:
                    stream.seek(offset)
                    return python, Path(os.fsdecode(stream.read(length).rstrip(b"\0")))
    except (OSError, struct.error) as error:
        raise SandboxError(f"cannot read the interpreter {python}: {error}") from error
    return (python,)


def _program_headers(head: bytes) -> tuple[int, int, int]:
    """Offset of the table, size of an entry, number of entries."""
    (offset,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    return offset, size, count


def _prefixes(python: Path) -> Iterator[Path]:
    """Of each virtual environment on the way from `python` along its links, and of the installation at the end."""
    path = python.absolute()
    while True:
        prefix = path.parent.parent
        if (prefix / "pyvenv.cfg").is_file():
            yield prefix
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    yield python.resolve().parent.parent


def _libraries_in(prefix: Path) -> list[Path]:
    """For an interpreter installed straight into somebody's home: its libraries, not what lies beside them."""
    patterns = ("lib/python3*", "lib64/python3*", "lib/libpython*", "lib64/libpython*")
    return [path for pattern in patterns for path in prefix.glob(pattern)]


def _contains(path: Path, home: Path | None) -> bool:
    return home is not None and home.is_relative_to(path.resolve())


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # a user without a home
        return None
