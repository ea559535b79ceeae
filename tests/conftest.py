"""What holds for every test: the configuration of whoever runs them is none of theirs."""

import os
from pathlib import Path

import pytest

os.environ["SPEEDPROOF_CONFIG"] = str(Path(__file__).parent / "there-is-none.toml")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what the files below tests/cases expect")
