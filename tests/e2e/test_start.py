"""Starting is quick, for nothing heavy is imported before it is needed; the command, on stdio and on TCP."""

import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

from wire import Message, Wire

HEAVY = {"torch", "transformers", "libcst", "hypothesis", "pytest", "diskcache", "coverage", "httpx", "rich"}
SERVE = [sys.executable, "-m", "speedproof", "serve"]


def test_importing_the_server_loads_nothing_heavy() -> None:
    code = "import sys, speedproof.server.app; print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {name.partition(".")[0] for name in output.split()}.isdisjoint(HEAVY)
    assert not re.findall(r"speedproof\.(?:jobs|suggest|profiling|report)\S*", output)


def test_the_command_speaks_on_stdio_and_logs_to_stderr(tmp_path: Path) -> None:
    server = Wire(SERVE, {"SPEEDPROOF_CACHE": str(tmp_path)})
    assert server.initialize()["serverInfo"]["name"] == "speedproof"
    server.notify("textDocument/didOpen", "nonsense")
    assert server.close() == 0
    assert b"malformed parameters" in server.log


def test_the_command_speaks_on_tcp_to_this_machine_only(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([*SERVE, "--tcp", str(port)], stderr=subprocess.PIPE)
    with _connected(port) as connection, connection.makefile("rwb") as stream:
        for number, method in enumerate(("initialize", "shutdown")):
            params: Message = {"processId": None, "rootUri": None, "capabilities": {}}
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
            stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            stream.flush()
            header = stream.readline()
            stream.readline(), stream.readline()
            assert json.loads(stream.read(int(header.partition(b":")[2])))["id"] == number
        listening = _listening_addresses(process.pid, port)
        body = b'{"jsonrpc": "2.0", "method": "exit"}'
        stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        stream.flush()
        assert process.wait(10) == 0
    assert listening == {"0100007F"}


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run([*SERVE, "--tcp", str(taken.getsockname()[1])], capture_output=True, text=True)
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def _listening_addresses(pid: int, port: int) -> set[str]:
    """The local addresses, in the kernel's hexadecimal, at which a process listens on `port`."""
    tables = [Path(f"/proc/{pid}/net/{table}").read_text() for table in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table.splitlines()]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
