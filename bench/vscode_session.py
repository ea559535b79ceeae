"""Ten minutes of scripted editing in a real VS Code: errors, the server's memory, and whether it has the editor's text.

Typing, undo and redo, suggestions, renames of names and of files, formatting, saving, closing and opening again, in
three files, one of 10,000 lines; after every step the server's text is compared with the buffer's (_vscode_session.js).
A second window on the same folder has a server of its own, and is typed in as well. The model is scripted.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _common import REPOSITORY, finish, parser, table

sys.path += [str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "clients"), str(REPOSITORY / "tests" / "e2e")]

MOST_GROWTH = 1.2
"""Of the memory after the first minute."""
FIRST = '"""What things cost."""\n'
FUNCTION = "\n\ndef costs_{0}(value: list[int]) -> int:\n    total = value[0]\n    return total\n"


def main() -> int:
    options = parser(__doc__ or "").parse_args()
    seconds, settled = (90, 30) if options.quick else (600, 60)
    with tempfile.TemporaryDirectory(prefix="speedproof-bench-") as folder:
        return _session(Path(folder), options, seconds, settled)


def _session(scratch: Path, options: Any, seconds: int, settled: int) -> int:
    from processes import descendants
    from vscode.code_server import alone, build, extension_host, provide

    with alone():
        provide()
        build()
    workspace, errors, result = scratch / "project", scratch / "errors", scratch / "result"
    workspace.mkdir()
    for name, n_functions in (("a.py", 20), ("b.py", 20), ("c.py", 20), ("large.py", 1999)):
        (workspace / name).write_text(FIRST + "".join(FUNCTION.format(number) for number in range(n_functions)))
    program = scratch / "speedproof"
    server = REPOSITORY / "bench" / "_session_server.py"
    path = f'PYTHONPATH="{REPOSITORY}{os.pathsep}$PYTHONPATH"'
    program.write_text(f"#!/bin/sh\n{path} exec {sys.executable} {server} 2>>{errors}\n")
    program.chmod(0o755)
    settings = {"speedproof.server.command": str(program), "speedproof.model": "scripted"}
    environment = {
        "SPEEDPROOF_CACHE": str(scratch / "cache"),
        "TEST_PYTHON": sys.executable,
        "BENCH_SECONDS": str(seconds),
        "BENCH_RESULT": str(result),
    }
    memory: dict[int, list[tuple[float, int]]] = {}
    complaints: list[str] = []
    index = REPOSITORY / "bench" / "_vscode_session.js"
    with extension_host(scratch, workspace, index, settings, **environment) as host:
        second = host.page.context.browser.new_page()  # type: ignore[union-attr]
        for page in (host.page, second):
            page.on("pageerror", lambda error: complaints.append(str(error)))
        second.goto(f"http://127.0.0.1:{host.port}/?folder={workspace}")
        second.locator(".explorer-folders-view [aria-label='c.py']").first.dblclick()
        second.locator(".editor-instance .view-lines").first.click()
        begin = time.monotonic()
        while not host.ended and time.monotonic() < begin + seconds + 180:
            for character in "\ntotal = value  # größe":
                second.keyboard.type(character)
                second.wait_for_timeout(60)
            second.keyboard.press("Control+s")
            for pid in descendants(host.pid):
                if _is(pid, server):
                    memory.setdefault(pid, []).append((time.monotonic() - begin, _resident_kib(pid)))
            host.page.wait_for_timeout(500)
        ended = list(host.ended)
    done = json.loads(result.read_text()) if result.exists() else {"steps": {}, "latest": []}
    steps: dict[str, int] = done["steps"]
    said = [line for line in host.said if "_vscode_session.js" in line]
    print(table(["step", "times"], [[name, number] for name, number in sorted(steps.items())]))
    # Seen once only is a child of the server's that has not become another program yet.
    memory = {pid: samples for pid, samples in memory.items() if len(samples) > 1}
    growths = {pid: _growth(samples, settled) for pid, samples in memory.items()}
    growth = max(growths.values(), default=0.0)
    rows = [[pid, f"{samples[-1][1] / 1024:.0f}", f"{growths[pid]:.2f}"] for pid, samples in memory.items()]
    print(table(["server", "MiB at the end", f"of that after {settled} s"], rows))
    log = errors.read_text() if errors.exists() else ""
    failures = [
        *([f"the session ended with {ended} in {done['latest']}: {said}"[:2000]] if ended != [0] else []),
        *([f"{len(memory)} servers in two windows"] if len(memory) != 2 else []),
        *([f"memory grew {growth:.2f} times"] if growth > MOST_GROWTH and not options.quick else []),
        *([f"the servers' logs: {log[:2000]}"] if log else []),
        *(f"an error on the page: {complaint[:500]}" for complaint in complaints),
    ]
    figures = {
        "steps": float(sum(steps.values()) - steps.get("compared", 0)),
        "compared": float(steps.get("compared", 0)),
        "memory_growth_ratio": growth,
        "memory_end_mib": max((samples[-1][1] for samples in memory.values()), default=0) / 1024,
    }
    return finish("vscode_session", options, figures, details=steps, failures=failures)


def _growth(samples: list[tuple[float, int]], settled: int) -> float:
    """The last sample over the first one after `settled` seconds."""
    after = next((kib for at, kib in samples if at >= settled), samples[-1][1])
    return samples[-1][1] / after


def _is(pid: int, script: Path) -> bool:
    try:
        return str(script) in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def _resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
