"""A real screen: a program in a terminal that tmux draws."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from debian import install

SECONDS = 30.0


class Screen:
    """100 columns and 20 lines."""

    def __init__(self, tmux: str, socket: Path) -> None:
        self._tmux = [tmux, "-S", str(socket), "-f", "/dev/null"]

    @classmethod
    @contextmanager
    def showing(cls, command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Iterator["Screen"]:
        """With a program that runs in `folder`, in this environment and a UTF-8 locale."""
        screen = cls(install("tmux", "tmux"), folder / "tmux")
        settings = [f"{name}={value}" for name, value in {**variables, "LC_ALL": "C.UTF-8"}.items()]
        screen.run("new-session", "-d", "-x", "100", "-y", "20", "-c", str(folder), "env", *settings, *command)
        try:
            yield screen
        finally:
            screen.run("kill-server")

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
