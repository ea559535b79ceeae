"""Prints clients/vscode/package.json with the server's settings in it, made from their one schema.

`python scripts/vscode_settings.py > build/package.json && mv build/package.json clients/vscode/package.json`
"""

import json
import sys
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from speedproof.core.settings import Settings

PACKAGE = Path(__file__).resolve().parents[1] / "clients" / "vscode" / "package.json"
TITLE = "Server"


def package() -> str:
    described = json.loads(PACKAGE.read_text(encoding="utf-8"))
    sections = described["contributes"]["configuration"]
    others = [section for section in sections if section["title"] != TITLE]
    described["contributes"]["configuration"] = [*others, {"title": TITLE, "properties": _properties()}]
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _properties() -> dict[str, Any]:
    return {f"speedproof.{_key(setting)}": _schema(setting, order) for order, setting in enumerate(fields(Settings))}


def _key(setting: Field[Any]) -> str:
    return setting.name.replace("_", "-")


def _schema(setting: Field[Any], order: int) -> dict[str, Any]:
    default, choices = setting.default, setting.metadata["choices"]
    kinds: dict[type, dict[str, Any]] = {
        bool: {"type": "boolean"},
        int: {"type": "integer", "minimum": 0},
        float: {"type": "number", "minimum": 0},
        str: {"type": "string"},
        tuple: {"type": "array", "items": {"type": "string"}},
    }
    return {
        **kinds[type(default)],
        **({"enum": list(choices)} if choices else {}),
        "default": list(default) if isinstance(default, tuple) else default,
        "markdownDescription": setting.metadata["doc"],
        # What is not taken from a project is not taken from a workspace's settings: they come with the project.
        "scope": "machine" if setting.metadata["of_user"] else "machine-overridable" if _is_path(setting) else "window",
        "order": order,
    }


def _is_path(setting: Field[Any]) -> bool:
    return setting.name == "python"


if __name__ == "__main__":
    sys.stdout.write(package())
