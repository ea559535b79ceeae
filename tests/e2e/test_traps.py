"""The traps of pygls, each closed; over the wire, as a client meets them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from wire import Message, Wire, wire

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED, CANCELLED = -32002, -32800
LITERALS: Message = {"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}}
FUNCTION = "import os\n\ndef {name}(x):\n    return slow\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Wire]:
    with wire(tmp_path, "scripted.py") as client:
        yield client


@pytest.fixture
def ready(server: Wire) -> Wire:
    server.initialize(LITERALS)
    return server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """For tests after which the server must be as it was."""
    with wire(tmp_path_factory.mktemp("cache"), "scripted.py") as client:
        client.initialize(LITERALS)
        yield client


def optimize(server: Wire, uri: str, name: str, **more: object) -> int:
    """Start the command; returns the request's id."""
    argument = {"uri": uri, "qualname": name}
    return server.start("workspace/executeCommand", {"command": "speedproof.optimize", "arguments": [argument], **more})


def test_resolve_and_commands_are_advertised(server: Wire) -> None:
    capabilities = server.initialize()["capabilities"]
    assert capabilities["codeActionProvider"]["resolveProvider"] is True
    assert "speedproof.optimize" in capabilities["executeCommandProvider"]["commands"]
    assert capabilities["diagnosticProvider"]["identifier"] == "speedproof"


def test_cancel_reaches_a_command(ready: Wire, tmp_path: Path) -> None:
    uri = ready.open(tmp_path / "a.py", FUNCTION.format(name="patient"))
    request = optimize(ready, uri, "patient")
    child = ready.child()
    start = time.monotonic()
    ready.notify("$/cancelRequest", {"id": request})
    assert ready.answer(request)["error"]["code"] == CANCELLED
    child.wait(0.5)
    assert time.monotonic() - start < 0.5


def test_progress_cancel_reaches_a_command(ready: Wire, tmp_path: Path) -> None:
    uri = ready.open(tmp_path / "a.py", FUNCTION.format(name="patient"))
    request = optimize(ready, uri, "patient", workDoneToken="token")
    child = ready.child()
    start = time.monotonic()
    ready.notify("window/workDoneProgress/cancel", {"token": "token"})
    assert ready.answer(request)["result"] is None
    child.wait(0.5)
    assert time.monotonic() - start < 0.5


def test_reader_is_never_deaf_however_much_work_there_is(ready: Wire, tmp_path: Path) -> None:
    text = "".join(f"def patient_{i}():\n    return slow\n\n" for i in range(12))
    uri = ready.open(tmp_path / "a.py", text)
    requests = [optimize(ready, uri, f"patient_{i}") for i in range(12)]
    child = ready.child()
    start = time.monotonic()
    assert ready.code_actions(uri, 0, 5)
    for request in reversed(requests):
        ready.notify("$/cancelRequest", {"id": request})
    for request in requests:
        assert ready.answer(request)["error"]["code"] == CANCELLED
    child.wait(0.5)
    assert time.monotonic() - start < 1.0


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/codeAction", {"textDocument": 3}),
        ("textDocument/codeAction", None),
        ("textDocument/hover", {}),
        ("textDocument/diagnostic", []),
        ("codeAction/resolve", "text"),
        ("workspace/executeCommand", {"arguments": []}),
        ("workspace/executeCommand", {"command": "speedproof.unknown"}),
        ("workspace/executeCommand", {"command": "speedproof.optimize"}),
        ("workspace/executeCommand", {"command": "speedproof.optimize", "arguments": [1]}),
        ("workspace/executeCommand", {"command": "speedproof.optimize", "arguments": [{"uri": 1}]}),
        ("workspace/executeCommand", {"command": "speedproof.optimize", "arguments": [{"uri": "file:///a.py"}]}),
        (
            "workspace/executeCommand",
            {"command": "speedproof.optimize", "arguments": [{"uri": "file:///a.py", "range": {"start": 1}}]},
        ),
        ("workspace/executeCommand", {"command": "speedproof.showProof", "arguments": [{}]}),
    ],
)
def test_malformed_parameters_are_answered(shared: Wire, method: str, params: object) -> None:
    assert shared.error(method, params) == INVALID_PARAMS


def test_malformed_notifications_are_dropped_without_a_popup(ready: Wire, tmp_path: Path) -> None:
    ready.notify("textDocument/didOpen", {"textDocument": {"uri": 1}})
    ready.notify("textDocument/didChange", "nonsense")
    ready.change("file:///never/opened.py", 1, {"text": "x"})
    ready.notify("window/workDoneProgress/cancel", {"token": "unknown"})
    ready.notify("$/cancelRequest", {"id": 12345})
    ready.notify("$/unknown", {})
    ready.notify("unknown")
    assert ready.code_actions(ready.open(tmp_path / "a.py", FUNCTION.format(name="f")), 2, 5)
    assert not [message for message in ready.received if message.get("method") == "window/showMessage"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", PARSE_ERROR),
        (b"\xff\xfe", PARSE_ERROR),
        (b"[" * 100_000, PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b"3", INVALID_REQUEST),
        (b'{"id": 7, "method": "shutdown"}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 7}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 7, "method": 8}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "no/such"}', METHOD_NOT_FOUND),
    ],
)
def test_what_is_no_message_is_answered(shared: Wire, body: bytes, code: int) -> None:
    shared.send_bytes(body)
    assert shared.wait(lambda message: "error" in message)["error"]["code"] == code
    shared.request("codeAction/resolve", {"title": "still there"})


def test_malformed_answers_to_our_requests_do_no_harm(ready: Wire, tmp_path: Path) -> None:
    ready.send({"jsonrpc": "2.0", "id": "unknown", "result": None})
    ready.send({"jsonrpc": "2.0", "id": "unknown", "error": {"code": "x"}})
    ready.send({"jsonrpc": "2.0", "id": [], "error": {}})
    assert ready.code_actions(ready.open(tmp_path / "a.py", FUNCTION.format(name="f")), 2, 5)


def test_exotic_line_separators_shift_nothing(ready: Wire, tmp_path: Path) -> None:
    text = "a = '\x0c\u2028\x0b\x1c\x85'\n\ndef f(x):\n    return 1\n"
    uri = ready.open(tmp_path / "a.py", text)
    where = {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 5}}
    ready.change(uri, 2, {"range": where, "text": "renamed"})
    (action,) = ready.code_actions(uri, 3, 0)
    assert action["title"] == "Optimize `renamed`"
    assert action["command"]["arguments"][0]["range"]["start"] == {"line": 2, "character": 0}


def test_past_end_columns_and_lines_are_clamped(ready: Wire, tmp_path: Path) -> None:
    uri = ready.open(tmp_path / "a.py", "def f(x):\n    return 1")
    end = {"line": 1, "character": 999}
    ready.change(uri, 2, {"range": {"start": end, "end": end}, "text": "0"})
    beyond = {"line": 99, "character": 99}
    ready.change(uri, 3, {"range": {"start": beyond, "end": beyond}, "text": "\n\ndef g(): return 1"})
    (action,) = ready.code_actions(uri, 3, 99)
    assert action["title"] == "Optimize `g`"
    assert action["command"]["arguments"][0]["range"]["start"] == {"line": 3, "character": 0}


def test_empty_document(ready: Wire, tmp_path: Path) -> None:
    uri = ready.open(tmp_path / "a.py", "")
    assert ready.code_actions(uri, 0, 0) == []
    assert ready.code_actions(uri, 5, 5) == []
    nowhere = {"line": 0, "character": 0}
    ready.change(uri, 2, {"range": {"start": nowhere, "end": nowhere}, "text": "def f(): pass"})
    assert len(ready.code_actions(uri, 0, 0)) == 1
    ready.change(uri, 3, {"text": ""})
    assert ready.code_actions(uri, 0, 0) == []


def test_requests_before_initialize_get_the_code_for_it(server: Wire) -> None:
    server.notify("textDocument/didOpen", {})
    assert server.error("textDocument/codeAction", {}) == NOT_INITIALIZED
    assert server.error("shutdown") == NOT_INITIALIZED
    server.initialize()
    assert server.error("initialize", {"processId": None, "rootUri": None, "capabilities": {}}) == INVALID_REQUEST


def test_requests_after_shutdown_are_answered(ready: Wire) -> None:
    ready.request("shutdown")
    assert ready.error("textDocument/codeAction", {}) == INVALID_REQUEST
    ready.notify("exit")
    assert ready.process.wait(5) == 0


def test_a_jsonrpc_key_inside_arguments_is_data(ready: Wire) -> None:
    arguments = [{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}]
    assert ready.error("workspace/executeCommand", {"command": "no.such", "arguments": arguments}) == INVALID_PARAMS
    ready.request("shutdown")  # which had not happened


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-32", "utf-8"], "utf-32"),
        (["utf-7", "utf-16"], "utf-16"),
        ([], "utf-16"),
        (None, "utf-16"),
    ],
)
def test_position_encoding_is_the_clients_first_that_we_know(
    server: Wire, offered: list[str] | None, chosen: str
) -> None:
    general = {} if offered is None else {"general": {"positionEncodings": offered}}
    assert server.initialize(general)["capabilities"]["positionEncoding"] == chosen


def test_exit_without_shutdown_is_a_failure(ready: Wire) -> None:
    ready.notify("exit")
    assert ready.process.wait(5) == 1


def test_exit_does_not_wait_for_work(ready: Wire, tmp_path: Path) -> None:
    uri = ready.open(tmp_path / "a.py", FUNCTION.format(name="patient"))
    optimize(ready, uri, "patient")
    child = ready.child()
    start = time.monotonic()
    assert ready.close() == 0
    child.wait(0.5)
    assert time.monotonic() - start < 2


def test_end_of_stdin_ends_the_server_and_its_work(ready: Wire, tmp_path: Path) -> None:
    uri = ready.open(tmp_path / "a.py", FUNCTION.format(name="patient"))
    optimize(ready, uri, "patient")
    child = ready.child()
    assert ready.process.stdin is not None
    ready.process.stdin.close()
    assert ready.process.wait(5) == 1
    child.wait(0.5)


def test_a_signal_ends_the_server_and_its_work(ready: Wire, tmp_path: Path) -> None:
    uri = ready.open(tmp_path / "a.py", FUNCTION.format(name="patient"))
    optimize(ready, uri, "patient")
    child = ready.child()
    ready.process.terminate()
    assert ready.process.wait(5) == 128 + 15
    child.wait(0.5)


@pytest.mark.parametrize("where", ["file", "nothing"])
def test_messages_may_come_from_what_nobody_can_wait_for(tmp_path: Path, where: str) -> None:
    """An event loop refuses to wait for a file or the null device; they are read all the same."""
    log = tmp_path / "session"
    calls: list[Message] = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **call}).encode() for call in calls]
    log.write_bytes(b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies))
    source = log if where == "file" else Path(os.devnull)
    command = [sys.executable, "-m", "speedproof", "serve"]
    with source.open("rb") as stdin:
        ended = subprocess.run(command, check=False, stdin=stdin, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stdout.count(b'"result"')) == ((0, 2) if where == "file" else (1, 0))


NONSENSE: tuple[object, ...] = (None, 3, -1, 1.5, "text", [], {}, True, [None])


def mutations(value: object) -> Iterator[object]:
    """`value` with each of its parts in turn replaced by each kind of nonsense, or left out."""
    yield from NONSENSE
    if isinstance(value, dict):
        for key, part in value.items():
            yield {other: value[other] for other in value if other != key}
            for mutated in mutations(part):
                yield {**value, key: mutated}
    elif isinstance(value, list):
        for index, part in enumerate(value):
            for mutated in mutations(part):
                yield [*value[:index], mutated, *value[index + 1 :]]


def test_every_mutation_of_every_request_is_answered(shared: Wire, tmp_path: Path) -> None:
    uri = shared.open(tmp_path / "a.py", FUNCTION.format(name="hopeless"))
    document = {"uri": uri}
    where = {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 4}}
    argument = {"uri": uri, "version": 1, "qualname": "hopeless", "range": where}
    requests: dict[str, Message] = {
        "textDocument/codeAction": {"textDocument": document, "range": where, "context": {"diagnostics": []}},
        "codeAction/resolve": {"title": "x", "data": {"uri": uri, "path": "x", "qualname": "hopeless"}},
        "textDocument/hover": {"textDocument": document, "position": where["start"]},
        "textDocument/diagnostic": {"textDocument": document},
        "workspace/executeCommand": {"command": "speedproof.optimize", "arguments": [argument]},
    }
    for method, params in requests.items():
        shared.request(method, params)
        asked = [shared.start(method, mutated) for mutated in mutations(params)]
        for request in asked:
            answer = shared.answer(request)
            assert answer.get("error", {}).get("code") in (None, INVALID_PARAMS), answer
    notifications: dict[str, Message] = {
        "textDocument/didChange": {
            "textDocument": {**document, "version": 2},
            "contentChanges": [{"range": where, "text": ""}],
        },
        "textDocument/didSave": {"textDocument": document},
        "window/workDoneProgress/cancel": {"token": "x"},
        "workspace/didChangeConfiguration": {"settings": {"speedproof": {"findings": True}}},
    }
    for method, params in notifications.items():
        for mutated in mutations(params):
            shared.notify(method, mutated)
    shared.notify("textDocument/didClose", {"textDocument": document})
    uri = shared.open(tmp_path / "a.py", FUNCTION.format(name="hopeless"))
    assert [action["title"] for action in shared.code_actions(uri, 2, 4)] == ["Optimize `hopeless`"]
