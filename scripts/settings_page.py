"""Prints docs/settings.md, made from the one schema of the settings: `python scripts/settings_page.py`."""

import json
import sys
from dataclasses import fields
from typing import Any

from speedproof.core.settings import Settings

INTRODUCTION = """\
# Settings

<!-- Made from speedproof/core/settings.py by `python scripts/settings_page.py > docs/settings.md`. -->

The same settings come from three places. Later ones win:

1. `[tool.speedproof]` in the project's `pyproject.toml`; keys may be written with `-` or `_`.
2. The section `speedproof` of the editor's settings, which the server asks for with `workspace/configuration` (older
   editors send it with `workspace/didChangeConfiguration`). A value of null means "not set".
3. Options of the command line.

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
        f"| `{field.name.replace('_', '-')}` | `{_toml(field.default)}` | {field.metadata['doc']} |\n"
        for field in fields(Settings)
    )
    return INTRODUCTION + "".join(rows)


def _toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


if __name__ == "__main__":
    sys.stdout.write(page())
