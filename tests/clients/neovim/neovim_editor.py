"""A real Neovim with the plugin as it is shipped, driven as its user would."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pynvim
from debian import from_suite

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "clients" / "neovim"
SUITES = {"0.12": "forky", "0.10": "trixie"}
SECONDS = 60.0
PATIENCE_SECONDS = 150.0
"""For all of a session."""
REAL = (sys.executable, "-m", "speedproof", "serve")
SCRIPTED = (sys.executable, str(ROOT / "tests" / "e2e" / "scripted.py"))
SCRIPTED_MODEL = (sys.executable, str(ROOT / "tests" / "e2e" / "scripted_model.py"))

GHOST = """
local seen = {}
for _, name in ipairs({ 'nvim.lsp.inline_completion', 'speedproof.suggestion' }) do
  local namespace = vim.api.nvim_get_namespaces()[name]
  for _, mark in ipairs(namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}) do
    local lines = { mark[4].virt_text, unpack(mark[4].virt_lines or {}) }
    for i, chunks in ipairs(lines) do
      lines[i] = table.concat(vim.tbl_map(function(chunk) return chunk[1] end, chunks))
    end
    seen[#seen + 1] = table.concat(lines, '\\n')
  end
end
return seen
"""


def program(version: str) -> Path:
    return from_suite(SUITES[version], "neovim", "usr/bin/nvim")


class Neovim:
    def __init__(self, session: pynvim.Nvim) -> None:
        self.session = session

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.session.exec_lua(code, *arguments)

    def command(self, command: str) -> None:
        self.session.command(command)

    def keys(self, keys: str) -> None:
        self.session.input(keys)

    @property
    def text(self) -> str:
        return "\n".join(self.session.current.buffer[:]) + "\n"

    @property
    def line(self) -> str:
        return str(self.session.current.line)

    @property
    def ghost(self) -> list[str]:
        """The suggestions that are on the screen."""
        return list(self.lua(GHOST))

    @property
    def messages(self) -> str:
        return str(self.session.command_output("messages"))

    @property
    def statusline(self) -> str:
        return str(self.lua("return require('speedproof').statusline()"))

    @property
    def lenses(self) -> list[str]:
        """The titles of the code lenses that Neovim has for the buffer."""
        code = """
        local lenses = vim.fn.has('nvim-0.12') == 1 and vim.lsp.codelens.get({ bufnr = 0 }) or vim.lsp.codelens.get(0)
        return vim.tbl_map(function(each) return (each.lens or each).command.title end, lenses)
        """
        return list(self.lua(code))

    @property
    def server_pid(self) -> int:
        """Of the server that runs for the current buffer; 0 without one."""
        code = """
        local client = vim.lsp.get_clients({ name = 'speedproof', bufnr = 0 })[1]
        return client and client.initialized and vim.api.nvim_get_proc_children(vim.fn.getpid())[1] or 0
        """
        return int(self.lua(code))

    def until(self, holds: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """What `holds` says, once that is true."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < deadline, (self.messages, self.text[-500:])
            time.sleep(0.02)
        return found

    def edit(self, path: Path) -> None:
        """Opens the file, and waits for the server."""
        self.command(f"edit {path}")
        self.until(lambda: self.server_pid)

    def go_to(self, what: str) -> None:
        """The cursor to where the text first reads so."""
        before = self.text.partition(what)[0]
        self.session.current.window.cursor = (before.count("\n") + 1, len(before.rpartition("\n")[2].encode()))


def configured(folder: Path, options: Mapping[str, Any]) -> dict[str, str]:
    """The environment of a user who has put the plugin where Neovim looks for packages, and set these options."""
    packages = folder / "share" / "nvim" / "site" / "pack" / "plugins" / "start"
    packages.mkdir(parents=True)
    (packages / "speedproof").symlink_to(PLUGIN)
    config = folder / "config" / "nvim"
    config.mkdir(parents=True)
    encoded = json.dumps(json.dumps(options))
    (config / "init.lua").write_text(f"require('speedproof').setup(vim.json.decode({encoded}))\n")
    return environment(folder)


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "SPEEDPROOF_CACHE": str(folder / "speedproof"),
        "PYTHONPATH": str(ROOT),
        "NVIM_LOG_FILE": str(folder / "nvim.log"),
    }


def started(
    version: str, folder: Path, options: Mapping[str, Any], patience_seconds: float = PATIENCE_SECONDS
) -> AbstractContextManager[Neovim]:
    """Neovim with the plugin and these options."""
    return opened(version, configured(folder, options), patience_seconds=patience_seconds)


@contextmanager
def opened(
    version: str, variables: Mapping[str, str], *arguments: str, patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[Neovim]:
    """Neovim in this environment and no other; it may not complain of errors in code."""
    command = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
    session = pynvim.attach("child", argv=[*command, str(program(version)), "--embed", "--headless", "-n", *arguments])
    editor = Neovim(session)
    # A prompt that waits for a key would keep us waiting, too, for ever.
    watchdog = threading.Timer(patience_seconds, os.kill, (editor.lua("return vim.fn.getpid()"), signal.SIGKILL))
    watchdog.start()
    try:
        yield editor
        messages = editor.messages
        assert "Error" not in messages, messages
        assert "stack traceback" not in messages, messages
        log = Path(editor.lua("return vim.lsp.log and vim.lsp.log.get_filename() or vim.lsp.get_log_path()"))
        errors = [line for line in log.read_text().splitlines() if line.startswith("[ERROR]")] if log.exists() else []
        assert errors == [], errors
    finally:
        watchdog.cancel()
        try:
            session.command("qall!", async_=True)
        finally:
            session.close()
