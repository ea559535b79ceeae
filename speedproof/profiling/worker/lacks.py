"""What code lacked that failed here: told from its exception, in words that say what would make it run."""

from __future__ import annotations

import errno
import os
import re
import sys
import tempfile
import traceback
import types
from typing import Any, Optional

_NETWORK_ERRORS = (
    "gaierror",
    "ConnectionRefusedError",
    "ConnectError",
    "NewConnectionError",
    "URLError",
    "ConnectTimeout",
)
_NETWORK_MODULES = ("socket", "ssl", "asyncio.selector_events", "asyncio.base_events")
_DATABASE_ERRORS = ("OperationalError", "InterfaceError", "ServerSelectionTimeoutError", "ConnectionError")
_DATABASE_MODULES = re.compile(r"sqlite3|psycopg|asyncpg|MySQLdb|pymysql|sqlalchemy|pymongo|redis|django\.db|peewee")
_PROCESS_FUNCTIONS = ("_execute_child", "fork", "forkpty", "posix_spawn", "_fork_exec", "_posix_spawn", "_launch")


class CannotRun(Exception):
    """Why something cannot be done at all, in words for the user."""


def told(error: BaseException) -> str:
    """An exception with its place in the project's code, and what would have to be there for it not to be raised."""
    every = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    frames = [frame for frame in every if _is_projects(frame.filename)] or every
    where = " (%s, line %s)" % (_in_project(frames[-1].filename), frames[-1].lineno) if frames else ""
    needed = lack(error)
    return "%s: %s%s%s" % (type(error).__name__, error, where, "; it needs %s" % needed if needed else "")


def lack(error: Optional[BaseException]) -> Optional[str]:
    """What would have to be there for `error` not to be raised; None where it tells of nothing that is missing."""
    for one in _chain(error):
        for find in (_package, _variable, _process, _network, _database, _file):
            found = find(one)
            if found is not None:
                return found
    return None


def _package(error: BaseException) -> Optional[str]:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    name = error.name.partition(".")[0]
    if name in getattr(sys, "stdlib_module_names", ()):
        return "the module %s, which this Python does not come with" % name
    return "the package that provides %r in the project's environment, or another interpreter (--python)" % name


def _variable(error: BaseException) -> Optional[str]:
    """`os.environ[...]`, and what libraries for settings say of a variable."""
    frame = _last_frame(error)
    if isinstance(error, KeyError) and frame is not None and frame.f_code is _ENVIRON_LOOKUP and error.args:
        return "the environment variable %s, which the sandbox does not have" % error.args[0]
    if type(error).__name__ == "ImproperlyConfigured":
        named = re.search(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", str(error))
        return "the setting %s of Django" % named.group() if named else "settings of Django"
    return None


def _process(error: BaseException) -> Optional[str]:
    """To start other programs is forbidden in the sandbox."""
    if not isinstance(error, (PermissionError, BlockingIOError)):
        return None
    frame = _last_frame(error)
    name = "" if frame is None else frame.f_code.co_name
    return "to start other processes, which the sandbox does not allow" if name in _PROCESS_FUNCTIONS else None


def _network(error: BaseException) -> Optional[str]:
    frame = _last_frame(error)
    at = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    is_refused = isinstance(error, OSError) and getattr(error, "filename", None) is None and at in _NETWORK_MODULES
    if type(error).__name__ in _NETWORK_ERRORS or is_refused:
        return "the network, which the sandbox does not have"
    return None


def _database(error: BaseException) -> Optional[str]:
    kind = type(error)
    if kind.__name__ not in _DATABASE_ERRORS or not _DATABASE_MODULES.match(kind.__module__):
        return None
    return "its database (%s)" % _first_line(error)


def _file(error: BaseException) -> Optional[str]:
    name = getattr(error, "filename", None)
    if not isinstance(error, OSError) or not isinstance(name, (str, bytes)):
        return None
    if _is_temporary(name):  # the test has made it, or left it out, itself: nobody can bring it
        if isinstance(error, PermissionError) and error.errno == errno.EPERM:
            return "to change modes, owners or times of files, which the sandbox does not allow"
        return None
    shown = os.path.relpath(os.fsdecode(name)) if os.path.isabs(name) and _is_ours(name) else os.fsdecode(name)
    if isinstance(error, FileNotFoundError):
        return "the file %s, which is not there" % shown
    if isinstance(error, (PermissionError, IsADirectoryError)):
        return "the file %s, which the sandbox does not open" % shown
    return None


def _is_projects(name: str) -> bool:
    folder = os.path.dirname(name) + os.sep
    return "site-packages" not in name and not folder.startswith(_NOT_PROJECTS)


def _in_project(name: str) -> str:
    """A file as one would name it in the project: from the folder that is searched for modules."""
    return next((name[len(root) + 1 :] for root in sys.path if root and name.startswith(root + os.sep)), name)


def _is_ours(name: Any) -> bool:
    return os.fsdecode(name).startswith(os.getcwd() + os.sep)


def _is_temporary(name: Any) -> bool:
    return os.fsdecode(name).startswith(tempfile.gettempdir() + os.sep) and not _is_ours(name)


def _chain(error: Optional[BaseException]) -> list[BaseException]:
    """The exception and those that led to it, the last one first."""
    found: list[BaseException] = []
    while error is not None and error not in found and len(found) < 10:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _last_frame(error: BaseException) -> Optional[types.FrameType]:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return frames[-1] if frames else None


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__


_NOT_PROJECTS = (os.path.dirname(os.__file__) + os.sep, os.path.dirname(__file__) + os.sep)
_ENVIRON_LOOKUP = type(os.environ).__getitem__.__code__
