"""A real VS Code: code-server from npm, in a headless Chromium, with the extension as it was built."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode
from urllib.request import urlopen

from debian import install
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "build" / "code-server"
VERSION = "4.139.1"
CODE = KEPT / "node_modules" / "code-server"
VSIX = ROOT / "build" / "speedproof.vsix"
LARGE = (
    "lib/vscode/node_modules/@github",
    "lib/vscode/extensions/copilot",
    "lib/vscode/extensions/mermaid-markdown-features",
)
"""Parts that are not needed, and are more than half of it."""
SOURCES = ("*.json", "README.md", "src/*", "media/**/*")
SECONDS = 90.0
QUIET: dict[str, Any] = {
    "chat.disableAIFeatures": True,
    "editor.minimap.enabled": False,
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "git.enabled": False,
    "remote.autoForwardPorts": False,
    "security.workspace.trust.startupPrompt": "never",
    "telemetry.telemetryLevel": "off",
    "window.commandCenter": False,
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
}
T = TypeVar("T")


def node_path() -> str:
    """PATH with a recent Node in front."""
    python = {"PYTHON": sys.executable}
    done = subprocess.run([ROOT / "scripts" / "node"], check=True, capture_output=True, env={**os.environ, **python})
    return f"{done.stdout.decode().splitlines()[-1]}{os.pathsep}{os.environ['PATH']}"


@contextmanager
def alone() -> Iterator[None]:
    """Other processes that run tests, too, wait."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "vscode.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def provide() -> None:
    """Install code-server, which is kept in build/ from one run to the next."""
    stamp = KEPT / "installed"
    if stamp.exists() and stamp.read_text() == VERSION:
        return
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir(parents=True)
    (KEPT / "package.json").write_text('{"private": true}')
    for folder, arguments in (
        (KEPT, [f"code-server@{VERSION}"]),
        (CODE / "lib" / "vscode", ["--omit=dev"]),
        (CODE / "lib" / "vscode" / "extensions", ["--omit=dev"]),
    ):
        _npm_install(folder, arguments)
    for part in LARGE:
        shutil.rmtree(CODE / part, ignore_errors=True)
    stamp.write_text(VERSION)


def _npm_install(folder: Path, arguments: Sequence[str]) -> None:
    """Again where it does not end: a download that stalls is waited for without end."""
    npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-timeout=30000"]
    for seconds in (120, 180, 240):
        with subprocess.Popen(
            [*npm, *arguments], cwd=folder, env={**os.environ, "PATH": node_path()}, start_new_session=True
        ) as process:
            try:
                if process.wait(seconds) == 0:
                    return
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
    raise AssertionError(f"npm could not install {' '.join(arguments)} in {folder}")


def build() -> Path:
    """The extension, packaged as for a release, unless it is and nothing has changed since."""
    made = VSIX.stat().st_mtime if VSIX.exists() else 0.0
    sources = [path for pattern in SOURCES for path in (ROOT / "clients" / "vscode").glob(pattern)]
    if made > max(path.stat().st_mtime for path in sources):
        return VSIX
    subprocess.run([ROOT / "scripts" / "vsix"], check=True, env={**os.environ, "PYTHON": sys.executable})
    return VSIX


@dataclass
class Editor:
    """A VS Code that runs, shown in `page`, in the folder `workspace`."""

    page: Page
    workspace: Path
    pid: int
    log: Path
    complaints: list[str] = field(default_factory=list)

    def open(self, name: str) -> None:
        """Open a file of the workspace, as a double click in the explorer does."""
        self.page.locator(f".explorer-folders-view [aria-label='{name}']").first.dblclick()
        self.page.locator(f".tab.active[data-resource-name='{name}']").wait_for()
        self.page.locator(".editor-instance .view-lines").first.wait_for()

    def command(self, title: str) -> None:
        """Run a command from the palette."""
        self.page.keyboard.press("F1")
        self.page.locator(".quick-input-widget input").wait_for()
        self.page.keyboard.type(title)
        self.page.locator(".quick-input-list .monaco-list-row", has_text=title).first.wait_for()
        self.page.keyboard.press("Enter")
        self.page.locator(".quick-input-widget").wait_for(state="hidden")

    def go_to(self, line: int, column: int = 1) -> None:
        self.page.keyboard.press("Control+g")
        self.page.locator(".quick-input-widget input").wait_for()
        self.page.keyboard.type(f"{line}:{column}")
        self.page.keyboard.press("Enter")
        self.page.locator(".quick-input-widget").wait_for(state="hidden")

    def saved(self, name: str, wanted: Callable[[str], object]) -> str:
        """The buffer's text, which is saved for that, once it is as `wanted`."""
        path = self.workspace / name

        def text() -> str:
            self.page.keyboard.press("Control+s")
            return path.read_text(encoding="utf-8")

        return until(text, wanted, 0.2)

    @property
    def status(self) -> Locator:
        return self.page.locator("[id='speedproof.speedproof.speedproof']")

    def lens(self, title: str) -> Locator:
        return self.page.locator(".codelens-decoration a", has_text=title)

    def screenshot(self, name: str) -> None:
        """Kept as documentation: rewritten only where SPEEDPROOF_SCREENSHOTS is set, for no two are the same."""
        if os.environ.get("SPEEDPROOF_SCREENSHOTS"):
            self.page.wait_for_timeout(600)  # what comes into view does so bit by bit
            self.page.screenshot(path=ROOT / "docs" / "images" / f"vscode-{name}.png")


def until(ask: Callable[[], T], enough: Callable[[T], object], pause: float = 0.05, seconds: float = SECONDS) -> T:
    """The first answer that is enough; asks again and again."""
    deadline = time.monotonic() + seconds
    while not enough(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(pause)
    return answer


@contextmanager
def editor(
    scratch: Path, workspace: Path, settings: dict[str, Any], *, trusted: bool = True, **environment: str
) -> Iterator[Editor]:
    """VS Code as its user starts it: our extension from its package, `settings` as the user's."""
    provide()
    extensions, user = scratch / "extensions", scratch / "user"
    (user / "User").mkdir(parents=True)
    (user / "User" / "settings.json").write_text(json.dumps({**QUIET, **settings}))
    environment = {**os.environ, "PATH": node_path(), **environment}
    folders = ["--extensions-dir", str(extensions), "--user-data-dir", str(user)]
    command = ["node", str(CODE), *folders]
    install_extension(extensions, user, environment)
    port = free_port()
    command += ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    command += ["--reconnection-grace-time", "5"]
    command += ["--disable-workspace-trust"] if trusted else []
    with serving([*command, str(workspace)], port, scratch / "log", environment) as process, browser() as page:
        opened = Editor(page, workspace, process.pid, scratch / "log")
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}/?folder={workspace}")
        page.locator(".explorer-folders-view .monaco-list-row").first.wait_for(timeout=1000 * SECONDS)
        yield opened


@dataclass
class Host:
    """An extension host that runs an index.js; `ended` has its exit status when it has ended."""

    page: Page
    port: int
    pid: int
    ended: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def result(self, seconds: float) -> list[int]:
        def ended() -> list[int]:
            self.page.wait_for_timeout(100)
            return self.ended

        return until(ended, bool, seconds=seconds)


@contextmanager
def extension_host(
    scratch: Path, workspace: Path, index: Path, settings: dict[str, Any], **environment: str
) -> Iterator[Host]:
    """`index` within VS Code, with our extension from its package and the stand-in for the Python extension."""
    provide()
    extensions, data = scratch / "extensions", scratch / "data"
    machine = data / "data" / "Machine" / "settings.json"
    machine.parent.mkdir(parents=True)
    machine.write_text(json.dumps(settings))
    environment = {**os.environ, "PATH": node_path(), **environment}
    install_extension(extensions, scratch / "user", environment)
    port = free_port()
    command = ["node", str(CODE / "lib" / "vscode" / "out" / "server-main.js"), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--without-connection-token", "--accept-server-license-terms"]
    command += ["--enable-smoke-test-driver", "--disable-workspace-trust", "--reconnection-grace-time", "5"]
    command += ["--server-data-dir", str(data), "--extensions-dir", str(extensions)]
    remote = f"vscode-remote://127.0.0.1:{port}"
    payload = [
        ["extensionDevelopmentPath", f"{remote}{Path(__file__).parent / 'python_extension'}"],
        ["extensionTestsPath", f"{remote}{index}"],
    ]
    query = urlencode({"folder": str(workspace), "payload": json.dumps(payload)})
    with serving(command, port, scratch / "log", environment) as process, browser() as page:
        host = Host(page, port, process.pid)
        page.expose_function("codeAutomationExit", lambda code, *_: host.ended.append(code))
        page.expose_function("codeAutomationLog", lambda kind, said: host.said.append(f"{kind}: {said}"))
        page.goto(f"http://127.0.0.1:{port}/?{query}")
        yield host


def install_extension(extensions: Path, user: Path, environment: dict[str, str]) -> None:
    """Our extension from its package, as a user would."""
    command = ["node", str(CODE), "--extensions-dir", str(extensions), "--user-data-dir", str(user)]
    subprocess.run([*command, "--install-extension", str(VSIX)], check=True, env=environment, capture_output=True)


@contextmanager
def serving(command: list[str], port: int, log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process group of its own, which ends with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, start_new_session=True)
        try:
            until(lambda: answers(port), bool)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def browser() -> Iterator[Page]:
    chromium = install("chromium", "chromium", "fonts-dejavu-core")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": 1440, "height": 860})
        page.set_default_timeout(1000 * SECONDS)
        yield page
        opened.close()


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return True
    except OSError as error:
        return hasattr(error, "code")  # of HTTP: it is there


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
