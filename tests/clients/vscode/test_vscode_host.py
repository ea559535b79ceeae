"""The extension from its package, looked at from inside of VS Code's extension host; see host/index.js.

A stand-in for the Python extension is what is "developed" here; ours is installed as a user would.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from .code_server import ROOT, extension_host
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
    settings = {"speedproof.server.command": str(program), "speedproof.budget-seconds": 40}
    environment = {
        "SPEEDPROOF_CACHE": str(tmp_path / "cache"),
        "TEST_PYTHON": sys.executable,
        "TEST_EXPECTED": str(expected),
        "TEST_WIRE": str(wire),
    }
    with extension_host(tmp_path, workspace, HERE / "host" / "index.js", settings, **environment) as host:
        ended = host.result(300)
    assert ended == [0], "\n".join(line for line in host.said if "/host/index.js" in line or "passed: " in line)
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
