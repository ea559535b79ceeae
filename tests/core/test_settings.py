"""Settings from TOML and from editors, and what happens to bad ones."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from speedproof.core.errors import UsageError
from speedproof.core.settings import Settings


def load(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "pyproject.toml").write_text(text)
    return Settings.load(tmp_path)


def test_without_a_file_or_a_table_all_is_default(tmp_path: Path) -> None:
    assert Settings.load(tmp_path) == Settings()
    assert load(tmp_path, "[project]\nname = 'x'\n") == Settings()


def test_values_of_each_type_with_either_spelling(tmp_path: Path) -> None:
    text = """
[tool.speedproof]
python = "py"
budget-seconds = 5
max_inputs = 10
findings = false
rules-off = ["a"]
"""
    expected = Settings(python="py", budget_seconds=5.0, max_inputs=10, findings=False, rules_off=("a",))
    assert load(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"python": 3}, "python must be a string, not 3"),
        ({"budget-seconds": "x"}, "budget-seconds must be a number"),
        ({"budget_seconds": -1}, "budget_seconds must be a number of at least 0"),
        ({"max_inputs": True}, "max_inputs must be a number"),
        ({"findings": 1}, "findings must be true or false"),
        ({"rules_off": "a"}, "rules_off must be a list of strings"),
        ({"rules_off": [1]}, "rules_off must be a list of strings"),
        ({"colour": 1}, "unknown setting 'colour'"),
        ({"completion": "now"}, "completion must be one of automatic, manual, off, not 'now'"),
    ],
)
def test_a_bad_value_is_named_or_told_and_left_out(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match="here") as caught:
        Settings().updated(values, source="here")
    assert message in str(caught.value)
    told: list[str] = []
    settings = Settings().updated({**values, "memory-mb": 7}, source="here", on_error=told.append)
    assert settings == Settings(memory_mb=7)
    assert told == [str(caught.value)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.speedproof\n", "not valid TOML"),
        ("[tool]\nspeedproof = 3\n", "must be a table"),
        ("[tool.speedproof]\nmax-inputs = 'x'\n", "[tool.speedproof]: max-inputs must be"),
    ],
)
def test_a_bad_file_is_named_or_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    told: list[str] = []
    assert Settings.load(tmp_path, on_error=told.append) == Settings()
    assert told == [str(caught.value)]


def test_the_page_in_the_manual_is_made_from_the_schema() -> None:
    root = Path(__file__).parents[2]
    made = subprocess.run(
        [sys.executable, "scripts/settings_page.py"], cwd=root, capture_output=True, text=True, check=True
    )
    assert (root / "docs/settings.md").read_text(encoding="utf-8") == made.stdout


def test_the_users_own_file_comes_before_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text("model = 'here'\nbudget-seconds = 7\nmax-inputs = 5\n")
    monkeypatch.setenv("SPEEDPROOF_CONFIG", str(own))
    settings = load(tmp_path, "[tool.speedproof]\nbudget-seconds = 8\n")
    assert (settings.model, settings.budget_seconds, settings.max_inputs) == ("here", 8.0, 5)
    assert Settings.load() == Settings(model="here", budget_seconds=7.0, max_inputs=5)


@pytest.mark.parametrize("key", ["model", "model-url", "model-api", "model-key-command", "model-ca"])
def test_a_project_does_not_say_where_text_is_sent(tmp_path: Path, key: str) -> None:
    with pytest.raises(UsageError, match=f"{key} is not taken from a project; put it into "):
        load(tmp_path, f"[tool.speedproof]\n{key} = 'chat'\n")


def test_what_a_verdict_depends_on() -> None:
    assert Settings(model="x", completion="off", findings=False).of_verdicts == Settings().of_verdicts
    assert Settings(max_inputs=3).of_verdicts != Settings().of_verdicts
