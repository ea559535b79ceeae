"""Results of a long run, kept as they come: a run that was ended goes on from there."""

import argparse
import json
from pathlib import Path
from typing import Any


def resume_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resume", type=Path, metavar="FILE", help="keep what is done in FILE, and go on from there")


class Kept:
    """JSON values by key, in a file to which each is appended. Without a file they are kept in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._values[row["key"]] = row["value"]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "value": value}) + "\n")
