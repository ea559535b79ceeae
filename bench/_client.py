"""A bare language client over stdio, for timing a server from outside."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
    "textDocument": {
        "diagnostic": {},
        "inlineCompletion": {},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["refactor.rewrite"]}}},
    },
}


class Client:
    """One server process. Not for concurrent use: a request waits for its answer."""

    def __init__(self, command: Sequence[str], env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
        )
        self._n_requests = 0

    def initialize(self) -> None:
        self.request("initialize", {"processId": None, "rootUri": None, "capabilities": CAPABILITIES})

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """The result. Raises RuntimeError where the server answers with an error or ends."""
        self._n_requests += 1
        self._send({"jsonrpc": "2.0", "id": self._n_requests, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._n_requests and "method" not in message:
                break
        if "error" in message:
            raise RuntimeError(message["error"])
        return message["result"]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> Any:
        assert self._process.stdout is not None
        header = self._process.stdout.readline()
        if not header:
            raise RuntimeError("the server has ended")
        while self._process.stdout.readline().strip():
            pass
        return json.loads(self._process.stdout.read(int(header.partition(b":")[2])))
