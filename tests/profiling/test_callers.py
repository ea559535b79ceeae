"""Whether a parameter's name is used by callers in a project."""

from pathlib import Path

import pytest

from speedproof.profiling.callers import is_named_by_callers

CASES = {
    "by place": ("f(1)", False),
    "by name": ("f(text=1)", True),
    "by another name": ("f(other=1)", False),
    "of a method": ("thing.f(1, text=2)", True),
    "another function's": ("g(text=1)\nf(1)", False),
    "names that nobody sees": ("f(**options)", True),
    "partly applied": ("partial(f, text=1)", True),
    "handed on with its names": ("call(target=f, text=1)", True),
    "no Python": ("f(text=1", False),
}


@pytest.mark.parametrize("name", CASES)
def test_is_named_by_callers(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text(text)
    assert is_named_by_callers(tmp_path, "f", ("text",)) is expected


def test_hidden_folders_are_not_looked_through(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "module.py").write_text("f(text=1)")
    assert not is_named_by_callers(tmp_path, "f", ("text",))
