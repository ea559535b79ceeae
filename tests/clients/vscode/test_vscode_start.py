"""How it begins: in a workspace that is not trusted, and on a machine that has no server yet."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from processes import descendants

from .code_server import ROOT, editor, node_path, until


def command_lines(pid: int) -> str:
    found = []
    for each in descendants(pid):
        try:
            found.append(Path(f"/proc/{each}/cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return "\n".join(found)


def test_nothing_is_run_in_a_workspace_that_is_not_trusted(
    vsix: Path, tmp_path: Path, workspace: Path, program: Path
) -> None:
    planted, ran = tmp_path / "planted", tmp_path / "planted-ran"
    planted.write_text(f"#!/bin/sh\ntouch {ran}\n")
    planted.chmod(0o755)
    (workspace / ".vscode").mkdir()
    (workspace / ".vscode" / "settings.json").write_text(
        json.dumps({"speedproof.server.command": str(planted), "speedproof.model-key-command": str(planted)})
    )
    settings = {"speedproof.server.command": str(program), "speedproof.model": "scripted"}
    cache = tmp_path / "cache"
    with editor(tmp_path, workspace, settings, trusted=False, SPEEDPROOF_CACHE=str(cache)) as shown:
        shown.open("typed.py")
        shown.status.locator(".codicon-shield").wait_for()
        shown.page.keyboard.press("Control+End")
        shown.page.keyboard.type("    total = ", delay=20)
        shown.page.keyboard.press("Control+.")
        shown.page.wait_for_timeout(2000)
        assert "scripted_model" not in command_lines(shown.pid)
        assert not cache.exists()
        shown.page.keyboard.press("Escape")
        shown.screenshot("untrusted")

        # Once it is trusted, the server starts: the user's, not the one that the workspace names.
        shown.status.click()
        shown.page.locator(".quick-input-list .monaco-list-row", has_text="Manage workspace trust").click()
        shown.page.locator(".workspace-trust-editor").get_by_role("button", name="Trust", exact=True).click()
        shown.status.filter(has_text="scripted").wait_for()
        assert "scripted_model" in command_lines(shown.pid)
    assert not ran.exists()


def test_a_newcomer_installs_the_server_from_within(vsix: Path, tmp_path: Path, workspace: Path) -> None:
    """As docs/editors/vscode.md says, from the package of the extension and the wheel of the server."""
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(wheel, check=True)
    (built,) = tmp_path.glob("*.whl")
    settings = {"speedproof.server.requirement": str(built), "speedproof.server.python": sys.executable}
    folders = node_path().split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if not Path(folder, "speedproof").exists())
    shutil.rmtree(workspace / ".vscode", ignore_errors=True)
    with editor(tmp_path, workspace, settings, PATH=path, PYTHONPATH="") as shown:
        shown.open("typed.py")
        shown.status.locator(".codicon-cloud-download").wait_for()
        asked = shown.page.locator(".notification-toast", has_text="Install it into an environment of its own?")
        asked.wait_for()
        assert not list((tmp_path / "user").glob("User/globalStorage/*/environment"))
        shown.screenshot("install")
        asked.get_by_role("button", name="Install").click()
        shown.page.locator(".notification-toast", has_text="pip install").wait_for()
        shown.status.locator(".codicon-zap").wait_for(timeout=300_000)
        (installed,) = (tmp_path / "user").glob("User/globalStorage/*/environment/bin/speedproof")
        until(lambda: command_lines(shown.pid), lambda lines: f"{installed} serve" in lines)
