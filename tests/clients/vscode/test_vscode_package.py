"""What is in the package, and what its description promises."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from .code_server import ROOT

SOURCES = "\n".join(path.read_text() for path in (ROOT / "clients" / "vscode" / "src").glob("*.ts"))
PACKAGE: dict[str, Any] = json.loads((ROOT / "clients" / "vscode" / "package.json").read_text(encoding="utf-8"))


def test_all_that_is_referred_to_is_in_the_package_and_nothing_else(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as package:
        names = {name.removeprefix("extension/") for name in package.namelist() if name.startswith("extension/")}
    media = set(re.findall(r'"(media/[^"]+)"', json.dumps(PACKAGE)))
    assert names == {"package.json", "readme.md", "LICENSE.txt", "out/extension.js", *media}


def test_every_command_that_is_listed_is_registered_and_every_one_that_is_linked_is_listed() -> None:
    contributed = PACKAGE["contributes"]
    listed = {command["command"] for command in contributed["commands"]}
    assert {name for name in listed if f"'{name}'" not in SOURCES} == set()
    linked = set(re.findall(r'"command": "(speedproof\.\w+)"', json.dumps(contributed["menus"])))
    linked |= set(re.findall(r"command:(speedproof\.\w+)", json.dumps(contributed["walkthroughs"])))
    assert linked <= listed


def test_a_workspace_decides_nothing_that_is_not_for_a_project() -> None:
    """Settings of a workspace come with the project that somebody has cloned."""
    settings = {k: v for section in PACKAGE["contributes"]["configuration"] for k, v in section["properties"].items()}
    own = {key for key in settings if key.startswith("speedproof.server.")}
    of_model = {"speedproof.model", "speedproof.model-url", "speedproof.model-key-command", "speedproof.edits-model"}
    assert {key for key in own | of_model if settings[key]["scope"] != "machine"} == set()
    assert PACKAGE["capabilities"]["untrustedWorkspaces"]["supported"] == "limited"


def test_the_version_is_the_servers() -> None:
    from speedproof import __version__

    assert PACKAGE["version"] == __version__
