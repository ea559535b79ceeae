"""`speedproof models fetch | list | use | remove`: which model completes, and how it gets here."""

import argparse
import json
import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from speedproof.cli import FOUND, NOTHING_FOUND
from speedproof.commands.running import interruptible
from speedproof.jobs import models
from speedproof.report.words import printable

FORMAT_VERSION = 1


def run(options: argparse.Namespace) -> int:
    status: int = _ACTIONS[options.action](options)
    return status


def _fetch(options: argparse.Namespace) -> int:
    name = options.model
    with _Bar(name) as bar:
        path = interruptible(lambda cancel: models.fetch(name, bar.show, cancel))
    _say(f"{name} is at {path}")
    in_use = {each.name for each in models.had() if each.in_use}
    if not in_use:
        _say(f"It completes from now on: {models.use(name)} says so")
    elif name not in in_use:
        _say(f"To complete with it: speedproof models use {name}")
    _say_what_is_missing()
    return FOUND


def _list(options: argparse.Namespace) -> int:
    found = models.had()
    if options.json:
        rows = [
            {
                "name": each.name,
                "path": None if each.path is None else str(each.path),
                "bytes": each.n_bytes,
                "in_use": each.in_use,
                "there": each.is_there,
            }
            for each in found
        ]
        print(json.dumps({"version": FORMAT_VERSION, "models": rows}, indent=2))  # noqa: T201 - the answer
    elif found:
        width = max(len(each.name) for each in found)
        for each in found:
            size = "" if each.n_bytes is None else _megabytes(each.n_bytes)
            where = str(each.path or ("on a hub" if each.is_there else "it is not there"))
            state = "in use" if each.in_use else ""
            print(printable(f"{each.name:<{width}}  {size:>8}  {state:<6}  {where}"))  # noqa: T201 - the answer
    else:
        _say(f"There is no model yet. To have one: speedproof models fetch {models.DEFAULT}")
    return FOUND if found else NOTHING_FOUND


def _use(options: argparse.Namespace) -> int:
    place = models.use(options.model)
    _say(f"{options.model} completes from now on, as {place} says")
    server = models.server()
    if server:
        _say(
            f"But model-url names a server, {server}, which would be asked for it: take that out of your configuration"
        )
    _say_what_is_missing()
    return FOUND


def _remove(options: argparse.Namespace) -> int:
    removed, was_in_use = models.remove(options.model)
    _say(f"{removed.name} is removed, {_megabytes(removed.n_bytes)}")
    if was_in_use:
        _say("It was in use: there is no completion now. For another one: speedproof models use NAME")
    return FOUND


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "fetch": _fetch,
    "list": _list,
    "use": _use,
    "remove": _remove,
}


class _Bar:
    """How much has arrived: a bar on a terminal, and nothing where stderr is none."""

    def __init__(self, name: str) -> None:
        console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._progress = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task(name, total=None)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)


def _say_what_is_missing() -> None:
    missing = models.missing_packages()
    if missing:
        _say(f"To run a model here, {', '.join(missing)} must be installed, too: {models.INSTALL}")


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr)  # noqa: T201 - for people


def _megabytes(count: int) -> str:
    return f"{count / 10**6:.0f} MB"
