"""A language client that speaks bare JSON-RPC, so that it can also say what no proper client would."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any, TypeVar

from processes import Child, descendants

Message = dict[str, Any]
T = TypeVar("T")
SECONDS = 20.0


class Wire:
    """One server process and everything that it has sent so far."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **env},
        )
        self.log = b""
        self.received: list[Message] = []
        self.answers: dict[str, Callable[[Message], Any]] = {}
        """How to answer the server's requests, by method; without an entry the answer is null."""
        self.refused: set[str] = set()
        """The server's requests that are answered with an error."""
        self._queue: Queue[Message | None] = Queue()
        self._next_id = 0
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_log, daemon=True).start()

    def send_bytes(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        self.send_bytes(json.dumps(message).encode())

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method: str, params: Any = None) -> int:
        """Send a request without waiting for its answer. Returns its id."""
        self._next_id += 1
        self.send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        return self._next_id

    def request(self, method: str, params: Any = None) -> Any:
        """The result of a request; the error is raised as an AssertionError."""
        answer = self.answer(self.start(method, params))
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def error(self, method: str, params: Any = None) -> int:
        """The code of the error that a request gets."""
        code: int = self.answer(self.start(method, params))["error"]["code"]
        return code

    def answer(self, request_id: Any) -> Message:
        return self.wait(lambda message: message.get("id") == request_id and "method" not in message)

    def notification(self, method: str) -> Message:
        params: Message = self.wait(lambda message: message.get("method") == method)["params"]
        return params

    def wait(self, wanted: Callable[[Message], bool], seconds: float = SECONDS) -> Message:
        """The first message that is `wanted` and was not waited for before."""
        for message in self.received:
            if wanted(message):
                self.received.remove(message)
                return message
        deadline = time.monotonic() + seconds
        while True:
            try:
                message_or_end = self._queue.get(timeout=max(deadline - time.monotonic(), 0))
            except Empty:
                raise AssertionError(f"not received; log: {self.log.decode()[-2000:]}") from None
            assert message_or_end is not None, f"the server has ended; log: {self.log.decode()[-4000:]}"
            message = message_or_end
            if "id" in message and "method" in message:
                self._answer(message)
            if wanted(message):
                return message
            self.received.append(message)

    def until(self, ask: Callable[[], T], enough: Callable[[T], object]) -> T:
        """The first answer that is enough; asks again and again."""
        deadline = time.monotonic() + SECONDS
        while not enough(answer := ask()):
            assert time.monotonic() < deadline, answer
            time.sleep(0.02)
        return answer

    def initialize(self, capabilities: Message | None = None) -> Message:
        result: Message = self.request(
            "initialize", {"processId": None, "rootUri": None, "capabilities": capabilities or {}}
        )
        self.notify("initialized", {})
        return result

    def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}},
        )
        return uri

    def change(self, uri: str, version: int, *changes: Message) -> None:
        identifier = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": list(changes)})

    def code_actions(self, uri: str, line: int, character: int, **context: Any) -> list[Message]:
        position = {"line": line, "character": character}
        params = {
            "textDocument": {"uri": uri},
            "range": {"start": position, "end": position},
            "context": {"diagnostics": [], **context},
        }
        actions: list[Message] = self.request("textDocument/codeAction", params)
        return actions

    def child(self) -> Child:
        """The process that the server has started; waits for it to appear."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            children = descendants(self.process.pid)
            if children:
                return Child(children[0])
            time.sleep(0.01)
        raise AssertionError("the server has started no process")

    def close(self) -> int:
        """End the server in order. Returns its exit status."""
        if self.process.poll() is None:
            self.request("shutdown")
            self.notify("exit")
        return self.process.wait(SECONDS)

    def _answer(self, request: Message) -> None:
        if request["method"] in self.refused:
            self.send({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32603, "message": "no"}})
            return
        answer = self.answers.get(request["method"])
        result = answer(request["params"]) if answer else None
        self.send({"jsonrpc": "2.0", "id": request["id"], "result": result})

    def _read(self) -> None:
        assert self.process.stdout is not None
        while header := self.process.stdout.readline():
            length = int(header.partition(b":")[2])
            while self.process.stdout.readline().strip():
                pass
            self._queue.put(json.loads(self.process.stdout.read(length)))
        self._queue.put(None)

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line


@contextmanager
def wire(cache: Path, script: str = "") -> Iterator[Wire]:
    """A server, by default ours, else what `script`, a file beside this one, runs; `cache` is its cache folder."""
    ours = ["-c", "from speedproof.server.app import serve; raise SystemExit(serve())"]
    command = [str(Path(__file__).with_name(script))] if script else ours
    client = Wire([sys.executable, *command], {"SPEEDPROOF_CACHE": str(cache)})
    try:
        yield client
    finally:
        client.process.kill()
        client.process.wait()
