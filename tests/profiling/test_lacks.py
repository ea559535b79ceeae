"""What an exception tells of what is missing, in words that say what would help."""

import errno
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from speedproof.profiling.worker.lacks import lack, told


class OperationalError(Exception):
    __module__ = "sqlalchemy.exc"


class ImproperlyConfigured(Exception):
    """As Django names its own."""


def missing_package() -> None:
    __import__("no_such_package.part")


def missing_module_of_python() -> None:
    __import__("winreg" if sys.platform != "win32" else "fcntl")


def chained() -> None:
    try:
        missing_package()
    except ImportError as error:
        raise RuntimeError("wrapped") from error


def variable() -> None:
    os.environ["NO_SUCH_VARIABLE"]


def key_like_a_variable() -> None:
    dict[str, str]()["NO_SUCH_VARIABLE"]


def django() -> None:
    raise ImproperlyConfigured("settings are not configured: define DJANGO_SETTINGS_MODULE or call configure()")


def missing_file() -> None:
    Path("no_such_file.txt").read_text()


def missing_file_by_its_whole_path() -> None:
    Path.cwd().joinpath("no_such_file.txt").read_text()


def missing_file_of_a_test() -> None:
    Path(tempfile.gettempdir(), "no_such_file.txt").read_text()


def file_of_a_test_that_is_not_to_be_changed() -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted", f"{tempfile.gettempdir()}/zone")


def other_process() -> None:
    subprocess.run([__file__], check=False)


def nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        socket.create_connection(taken.getsockname(), timeout=5)


def database() -> None:
    sqlite3.connect("no_such_folder/database.db")


def database_of_another_library() -> None:
    raise OperationalError("could not connect to server")


def arithmetic() -> None:
    _ = 1 / 0


CASES: dict[Callable[[], None], str | None] = {
    missing_package: "the package that provides 'no_such_package'",
    missing_module_of_python: "which this Python does not come with",
    chained: "the package that provides 'no_such_package'",
    variable: "the environment variable NO_SUCH_VARIABLE",
    key_like_a_variable: None,
    django: "the setting DJANGO_SETTINGS_MODULE",
    missing_file: "the file no_such_file.txt, which is not there",
    missing_file_by_its_whole_path: "the file no_such_file.txt, which is not there",
    missing_file_of_a_test: None,
    file_of_a_test_that_is_not_to_be_changed: "to change modes, owners or times of files",
    other_process: "to start other processes",
    nobody_listens: "the network",
    database: "its database (unable to open database file)",
    database_of_another_library: "its database (could not connect to server)",
    arithmetic: None,
}


@pytest.mark.parametrize("work", CASES, ids=lambda work: work.__name__)
def test_what_was_missing(work: Callable[[], None]) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        work()
    found, expected = lack(caught.value), CASES[work]
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert expected in found
        assert found in told(caught.value)
    assert Path(__file__).name in told(caught.value)


def test_without_an_exception() -> None:
    assert lack(None) is None
