"""What ordinary code does and must be able to do inside. Each fails by an exception."""

import asyncio
import concurrent.futures
import ctypes
import decimal
import getpass
import hashlib
import importlib
import json
import locale
import mmap
import os
import platform
import pwd
import secrets
import select
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

from hostile.attack import World, honest, require


@honest
def run_an_event_loop(world: World) -> None:
    async def talk() -> bytes:
        ours, theirs = socket.socketpair()
        reader, answering = await asyncio.open_connection(sock=ours)
        _, writer = await asyncio.open_connection(sock=theirs)
        writer.writelines([b"hel", b"lo\n"])
        await writer.drain()
        await asyncio.to_thread(time.sleep, 0.001)
        line = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        answering.close()
        return line

    require(asyncio.run(talk()) == b"hello\n")


@honest
def run_threads(world: World) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        require(sum(pool.map(lambda number: number + threading.get_ident() * 0, range(100))) == 4950)


@honest
def use_temporary_files(world: World) -> None:
    with tempfile.NamedTemporaryFile("w+") as named, tempfile.TemporaryFile() as unnamed:
        named.write("text")
        unnamed.write(b"bytes")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "deep", "down").mkdir(parents=True)
        Path(folder, "deep", "down", "file").write_text("text")
        Path(folder, "deep", "down", "file").rename(Path(folder, "deep", "file"))
        shutil.copyfile(Path(folder, "deep", "file"), Path(folder, "copy"))
        shutil.rmtree(Path(folder, "deep"))
        require(Path(folder, "copy").read_text() == "text")


@honest
def use_a_database(world: World) -> None:
    with sqlite3.connect(world.scratch / "database") as connection:
        connection.execute("pragma journal_mode = wal").fetchall()
        connection.execute("create table numbers (number integer)")
        connection.executemany("insert into numbers values (?)", [(number,) for number in range(1000)])
        require(connection.execute("select sum(number) from numbers").fetchone() == (499500,))


@honest
def know_the_time_zones(world: World) -> None:
    moment = datetime(2024, 7, 1, 12, tzinfo=UTC)
    require(moment.astimezone(zoneinfo.ZoneInfo("America/New_York")).hour == 8)
    require(time.localtime().tm_year > 2000)


@honest
def read_and_import_the_project(world: World) -> None:
    sys.path.insert(0, str(world.project))
    require(importlib.import_module("module").ANSWER == 42)
    require([path.name for path in world.project.glob("*.py")] == ["module.py"])
    with world.module.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        require(mapped[:6] == b"ANSWER")


@honest
def compute_with_the_standard_library(world: World) -> None:
    require(len(hashlib.sha256(secrets.token_bytes(8)).hexdigest()) == 64)
    require(decimal.Decimal(2).sqrt() > 1)
    require(json.loads(json.dumps({"a": [1.5]})) == {"a": [1.5]})
    require(uuid.uuid4() != uuid.uuid1())


@honest
def compress_and_extract(world: World) -> None:
    with zipfile.ZipFile(world.scratch / "archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("name", b"content" * 1000)
    with zipfile.ZipFile(world.scratch / "archive.zip") as archive:
        archive.extractall(world.scratch / "extracted")


@honest
def ask_about_user_and_machine(world: World) -> None:
    require(pwd.getpwuid(os.getuid()).pw_name == getpass.getuser())
    require(platform.platform())
    require(os.cpu_count())
    require(os.sched_getaffinity(0))
    locale.setlocale(locale.LC_ALL, "")
    require(Path.home() == Path(os.environ["HOME"]))


@honest
def wait_for_an_alarm(world: World) -> None:
    rang: list[int] = []
    signal.signal(signal.SIGALRM, lambda number, frame: rang.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.05)
    require(rang == [signal.SIGALRM])


@honest
def send_itself_a_signal(world: World) -> None:
    came: list[int] = []
    signal.signal(signal.SIGUSR1, lambda number, frame: came.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.raise_signal(signal.SIGUSR1)
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
    require(came == [signal.SIGUSR1] * 3)


@honest
def wait_for_descriptors(world: World) -> None:
    read_end, write_end = os.pipe()
    with select.epoll() as poll:
        poll.register(read_end, select.EPOLLIN)
        os.write(write_end, b"x")
        require(poll.poll(1) == [(read_end, select.EPOLLIN)])


@honest
def be_called_from_c(world: World) -> None:
    libc = ctypes.CDLL(None)
    array = (ctypes.c_int * 3)(3, 1, 2)
    comparison = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    libc.qsort(array, 3, ctypes.sizeof(ctypes.c_int), comparison(lambda a, b: int(a[0] - b[0])))
    require(list(array) == [1, 2, 3])


@honest
def allocate_what_is_allowed(world: World) -> None:
    require(len(bytearray(100 * 2**20)) == 100 * 2**20)


@honest
def set_up_encryption(world: World) -> None:
    require(ssl.create_default_context().check_hostname)


@honest
def fail_softly_where_programs_are_needed(world: World) -> None:
    try:
        subprocess.run(["true"], check=True)
    except PermissionError:
        return
    raise AssertionError("a program was run")
