"""A project's pyproject.toml, read for what it tells other tools. Anything unexpected in it reads as absent."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]


def read_config(root: Path) -> Table:
    """The project's pyproject.toml; empty where there is none. A malformed one is `Settings.load`'s to report."""
    try:
        return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def table(config: Table, *names: str) -> Table:
    """The table at `names`, `table(config, "tool", "pytest")`; empty where there is none."""
    for name in names:
        value = config.get(name)
        if not isinstance(value, Mapping):
            return {}
        config = value
    return config


def strings(value: Any) -> list[str]:
    """A list of strings, or one string of several words: many of these options are allowed to be either."""
    if isinstance(value, str):
        return value.split()
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
