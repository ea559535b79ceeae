"""What is on a real screen: Neovim in a terminal that tmux draws."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from debian import install
from neovim_editor import SCRIPTED_MODEL, configured, program

SAID = '# {"total = ": "first + second", "if total:": "\\n    return first"}\n'
SECONDS = 30.0
GREY = re.compile(r"total = \x1b\[[\d;:]*m")
"""A colour that begins behind what was typed."""


class Screen:
    def __init__(self, tmux: str, socket: Path) -> None:
        self._tmux = [tmux, "-S", str(socket), "-f", "/dev/null"]

    def run(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True).stdout

    def keys(self, *keys: str, literally: bool = False) -> None:
        self.run("send-keys", *(["-l"] if literally else []), "--", *keys)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.run("capture-pane", "-p").splitlines()]

    @property
    def coloured(self) -> str:
        return self.run("capture-pane", "-p", "-e")

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline, "\n".join(self.lines)
            time.sleep(0.05)


@pytest.fixture(params=["0.12", "0.10"])
def screen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Screen]:
    settings = {"model": "scripted", "completion-delay-ms": 0}
    variables = configured(tmp_path, {"cmd": SCRIPTED_MODEL, "settings": settings})
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "sums.py"
    path.write_text(SAID)
    screen = Screen(install("tmux", "tmux"), tmp_path / "tmux")
    command = ["env", *(f"{name}={value}" for name, value in {**variables, "LC_ALL": "C.UTF-8"}.items())]
    statusline = "set statusline=%{v:lua.require('speedproof').statusline()}"
    nvim = [str(program(request.param)), "-n", "-c", statusline, "-c", "set laststatus=2", str(path)]
    screen.run("new-session", "-d", "-x", "100", "-y", "20", *command, *nvim)
    try:
        screen.until(lambda: "Speedproof: scripted" in screen.lines)
        yield screen
    finally:
        screen.run("kill-server")


def test_a_suggestion_is_on_the_screen_until_it_is_taken(screen: Screen, tmp_path: Path) -> None:
    screen.keys("o")
    screen.keys("total = ", literally=True)
    screen.until(lambda: "total = first + second" in screen.lines)
    assert GREY.search(screen.coloured)
    screen.keys("M-w")
    screen.until(lambda: "total = first + second" in screen.lines)
    screen.keys("q", literally=True)
    screen.until(lambda: "total = firstq" in screen.lines)
    screen.keys("BSpace")
    screen.until(lambda: "total = first + second" in screen.lines)
    screen.keys("Tab")
    screen.until(lambda: not GREY.search(screen.coloured))
    assert "total = first + second" in screen.lines
    screen.keys("Escape")
    screen.keys(":write", literally=True)
    screen.keys("Enter")
    screen.until(lambda: (tmp_path / "sums.py").read_text() == f"{SAID}total = first + second\n")


def test_lines_below_are_gone_with_the_cursor(screen: Screen) -> None:
    screen.keys("o")
    screen.keys("if total:", literally=True)
    screen.until(lambda: "    return first" in screen.lines)
    screen.keys("Escape")
    screen.until(lambda: "    return first" not in screen.lines)
    assert "if total:" in screen.lines
