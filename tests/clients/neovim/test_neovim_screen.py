"""What is on a real screen: Neovim in a terminal that tmux draws."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from neovim_editor import SCRIPTED_MODEL, configured, program
from terminal import Screen

FAILURE = "FAIL the model cannot be reached, since the server at the address that you have given in your settings " * 2
ANSWERS = {
    "total = ": "first + second",
    "if total:": "\n    return first",
    "long = ": f"{FAILURE}has a long name and the end.",
}
SAID = f"# {json.dumps(ANSWERS)}\n"
GREY = re.compile(r"total = \w*\x1b\[[\d;:]*m")
"""A colour that begins behind what was typed."""


@pytest.fixture(params=["0.12", "0.10"])
def screen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Screen]:
    settings = {"model": "scripted", "completion-delay-ms": 0}
    variables = configured(tmp_path, {"cmd": SCRIPTED_MODEL, "settings": settings})
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "sums.py"
    path.write_text(SAID)
    statusline = "set laststatus=2 statusline=%{v:lua.require('speedproof').statusline()}"
    command = [str(program(request.param)), "-n", "-c", statusline, str(path)]
    with Screen.showing(command, variables, tmp_path) as screen:
        screen.until(lambda: "Speedproof: scripted" in screen.lines)
        yield screen


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


def test_a_long_message_stops_nobody_who_types(screen: Screen) -> None:
    screen.keys("o")
    screen.keys("long = ", literally=True)
    screen.until(lambda: "long = " in "\n".join(screen.lines))
    until = time.monotonic() + 1.0  # while the message comes
    while time.monotonic() < until:
        assert "Press ENTER" not in "".join(screen.lines)
        time.sleep(0.05)
    screen.keys("typed on", literally=True)
    screen.until(lambda: "long = typed on" in screen.lines)
    screen.keys("Escape")
    screen.keys(":messages", literally=True)
    screen.keys("Enter")
    screen.until(lambda: "has a long name and the end." in "".join(screen.lines))
