"""The extension from its package, looked at from inside of VS Code's extension host; see host/index.js.

A stand-in for the Python extension is what is "developed" here; ours is installed as a user would.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .code_server import CODE, ROOT, browser, free_port, install_extension, node_path, serving, until
from .test_vscode_screen import FASTER

HERE = Path(__file__).parent
SMALL = '''"""Small."""


def backwards(names: list[str]) -> list[str]:
    """
    >>> backwards([str(i) for i in range(300)])[0]
    '299'
    """
    found: list[str] = []
    for name in names:
        found.insert(0, name)
    return found
'''


def test_in_the_extension_host(vsix: Path, tmp_path: Path, workspace: Path) -> None:
    wire, expected, program = tmp_path / "wire", tmp_path / "expected", tmp_path / "speedproof"
    expected.write_text(FASTER)
    (workspace / "small").mkdir()
    (workspace / "small" / "small.py").write_text(SMALL)
    run = f'PYTHONPATH="{ROOT}{os.pathsep}$PYTHONPATH" exec {sys.executable} -m speedproof "$@"'
    program.write_text(f"#!/bin/sh\nif [ $1 = serve ]; then tee {wire} | {run.replace('exec ', '')}; else {run}; fi\n")
    program.chmod(0o755)
    settings = tmp_path / "data" / "data" / "Machine" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"speedproof.server.command": str(program), "speedproof.budget-seconds": 40}))
    environment = {
        **os.environ,
        "PATH": node_path(),
        "SPEEDPROOF_CACHE": str(tmp_path / "cache"),
        "TEST_PYTHON": sys.executable,
        "TEST_EXPECTED": str(expected),
        "TEST_WIRE": str(wire),
    }
    extensions, port = tmp_path / "extensions", free_port()
    install_extension(extensions, tmp_path / "user", environment)
    command = ["node", str(CODE / "lib" / "vscode" / "out" / "server-main.js"), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--without-connection-token", "--accept-server-license-terms"]
    command += ["--enable-smoke-test-driver", "--disable-workspace-trust", "--reconnection-grace-time", "5"]
    command += ["--server-data-dir", str(tmp_path / "data"), "--extensions-dir", str(extensions)]
    log = tmp_path / "log"
    ended: list[Any] = []
    said: list[str] = []
    with serving(command, port, log, environment), browser() as page:
        page.expose_function("codeAutomationExit", lambda code, *_: ended.append(code))
        page.expose_function("codeAutomationLog", lambda kind, arguments: said.append(f"{kind}: {arguments}"))
        remote = f"vscode-remote://127.0.0.1:{port}"
        payload = [
            ["extensionDevelopmentPath", f"{remote}{HERE / 'python_extension'}"],
            ["extensionTestsPath", f"{remote}{HERE / 'host' / 'index.js'}"],
        ]
        query = urlencode({"folder": str(workspace), "payload": json.dumps(payload)})
        page.goto(f"http://127.0.0.1:{port}/?{query}")

        def code() -> list[Any]:
            page.wait_for_timeout(100)
            return ended

        until(code, bool, seconds=240)
    assert ended == [0], "\n".join(line for line in said if "/host/index.js" in line or "passed: " in line)
    [first, *_] = re.findall(r'"result":\[(\{[^]]*?"python".*?\})\]', wire.read_text())
    sent = json.loads(first)
    # What the user has set, and what the Python extension tells: everything else is for the project to say.
    assert {key: value for key, value in sent.items() if value is not None} == {
        "python": sys.executable,
        "budget-seconds": 40,
    }


def test_the_settings_are_those_of_the_schema() -> None:
    made = subprocess.run(
        [sys.executable, "scripts/vscode_settings.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert made.stdout == (ROOT / "clients" / "vscode" / "package.json").read_text(encoding="utf-8")
