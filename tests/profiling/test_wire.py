"""What the engine reads is what foreign code may have written: every frame has an end, in time and in size."""

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from speedproof.profiling.ticks import sizes_in, whole
from speedproof.profiling.worker import wire
from speedproof.profiling.workers import ChildEnded


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


GARBAGE = {
    "nested without end": b"[" * 300_000,
    "nested objects": b'{"a":' * 300_000,
    "no JSON": b"\xff" * 9,
    "half of it": b'{"a": 1',
    "a number of a million digits": b"9" * 1_000_000,
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_told_as_such(body: bytes, ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    ours.settimeout(20)
    sender = threading.Thread(target=theirs.sendall, args=(struct.pack("!I", len(body)) + body,))
    sender.start()
    with pytest.raises(wire.WireError, match="not JSON"):
        wire.receive(ours)
    sender.join()


def test_a_frame_that_comes_byte_by_byte_is_late_as_a_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    ours.settimeout(0.2)
    body = b'"' + b"x" * 40 + b'"'

    def drip() -> None:
        for byte in struct.pack("!I", len(body)) + body:
            time.sleep(0.02)  # never as long as the timeout, in all four times as long
            theirs.sendall(bytes([byte]))

    sender = threading.Thread(target=drip)
    sender.start()
    with pytest.raises(TimeoutError):
        wire.receive(ours)
    assert ours.gettimeout() == 0.2
    sender.join()


@pytest.mark.parametrize("value", ["3", 3.5, None, True, -1, [3], float("nan")])
def test_what_is_no_number_ends_the_child(value: object) -> None:
    with pytest.raises(ChildEnded, match="out of turn"):
        whole({"peak": value}, "peak")


@pytest.mark.parametrize("value", [3, None, "ab", ["a"], [1.5], {"a": 1}])
def test_what_is_no_list_of_sizes_ends_the_child(value: object) -> None:
    with pytest.raises(ChildEnded, match="out of turn"):
        sizes_in({"sizes": value})


def test_what_is_in_form_is_taken() -> None:
    assert whole({"peak": 3}, "peak") == 3
    assert sizes_in({"sizes": [3, None]}) == [3, None]
