"""The extension as it was built, and a folder to work in."""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "e2e"))

from .code_server import ROOT, alone, build, provide

ABOVE = "".join(
    f"\n\ndef {name}_in_cents(price: float) -> int:\n    return round({factor} * price)\n"
    for name, factor in (
        ("euros", 100),
        ("pounds", 117),
        ("dollars", 92),
        ("kroner", 9),
        ("francs", 104),
        ("zloty", 23),
        ("yen", 1),
        ("forint", 0.25),
        ("pesos", 5),
    )
)
"""So much that the first line is out of sight."""


@pytest.fixture(scope="session")
def vsix() -> Path:
    with alone():
        provide()
        return build()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vscode")


@pytest.fixture(scope="module")
def workspace(scratch: Path) -> Path:
    """A copy of the example project, and a file to type in, whose first line is for the scripted model."""
    folder = scratch / "orders"
    shutil.copytree(ROOT / "examples" / "orders", folder)
    (folder / "typed.py").write_text(f'# {{"    total = ": "sum(prices)"}}\n{ABOVE}\n\ndef costs(prices):\n')
    return folder


@pytest.fixture(scope="module")
def program(scratch: Path) -> Path:
    """The server with a scripted model; everything else of it is real."""
    path = scratch / "speedproof"
    script = ROOT / "tests" / "e2e" / "scripted_model.py"
    # With other arguments it ends as the real one does.
    run = f'PYTHONPATH="{ROOT}{os.pathsep}$PYTHONPATH" exec {sys.executable} {script}'
    path.write_text(f'#!/bin/sh\n[ "$*" = serve ] || exit 2\n{run}\n')
    path.chmod(0o755)
    return path
