"""Prints docs/settings.md, made from the one schema of the settings: `python scripts/settings_page.py`."""

import json
import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from speedproof.core.settings import Settings

INTRODUCTION = """\
# Settings

<!-- Made from speedproof/core/settings.py by `python scripts/settings_page.py > docs/settings.md`. -->

The same settings come from four places. Later ones win; keys may be written with `-` or `_`:

1. Your own `config.toml`: in `~/.config/speedproof` on Linux, `~/Library/Application Support/speedproof` on macOS,
   `%LOCALAPPDATA%\\speedproof\\speedproof` on Windows, or the file that the environment variable `SPEEDPROOF_CONFIG`
   names.
2. `[tool.speedproof]` in the project's `pyproject.toml`.
3. The section `speedproof` of the editor's settings, which the server asks for with `workspace/configuration` (older
   editors send it with `workspace/didChangeConfiguration`). A value of null means "not set".
4. Options of the command line.

Those marked with ✱ are not taken from a project: they decide where text is sent or kept, and what is run to get a key.

On the command line an unknown key or a bad value ends the run with status 2. In the editor it gives one message, and
the default is used.

```toml
[tool.speedproof]
budget-seconds = 30
exclude = ["generated/"]
rules-off = ["str-concat-in-loop"]
```

| Key | Default | Meaning |
|---|---|---|
"""


def page() -> str:
    rows = (
        f"| `{field.name.replace('_', '-')}`{' ✱' if field.metadata['of_user'] else ''} | `{_toml(field.default)}` "
        f"| {_meaning(field.metadata)} |\n"
        for field in fields(Settings)
    )
    return INTRODUCTION + "".join(rows)


def _meaning(metadata: Mapping[str, Any]) -> str:
    choices = ", ".join(f"`{choice}`" for choice in metadata["choices"])
    return f"{metadata['doc']} One of {choices}." if choices else str(metadata["doc"])


def _toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


if __name__ == "__main__":
    sys.stdout.write(page())
