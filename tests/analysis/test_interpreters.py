"""Which interpreter a project gets: each convention, and the order among them."""

import sys
from pathlib import Path

import pytest

from speedproof.analysis.interpreters import Surroundings, find_python, poetry_environment_name
from speedproof.core.errors import ProjectError

POETRY = {"tool": {"poetry": {"name": "My App"}}}


def make_environment(folder: Path) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    return python


def check(root: Path, expected: Path, explicit: str = "", /, config: object = None, **environ: str) -> None:
    around = Surroundings(root, config if isinstance(config, dict) else {}, environ)
    assert find_python(around, explicit) == expected


def test_without_anything_it_is_our_own(tmp_path: Path) -> None:
    check(tmp_path, Path(sys.executable))


def test_each_convention_gives_way_to_the_one_before_it(tmp_path: Path) -> None:
    root = tmp_path / "app"
    environ: dict[str, str] = {}
    environ["CONDA_PREFIX"] = str(tmp_path / "conda")
    check(root, make_environment(tmp_path / "conda"), **environ)
    check(root, make_environment(root / "venv"), **environ)
    check(root, make_environment(root / ".venv"), **environ)
    environ["UV_PROJECT_ENVIRONMENT"] = "elsewhere"
    check(root, make_environment(root / "elsewhere"), **environ)
    environ["VIRTUAL_ENV"] = str(tmp_path / "active")
    check(root, make_environment(tmp_path / "active"), **environ)
    explicit = make_environment(root / "chosen")
    check(root, explicit, "chosen/bin/python", **environ)


def test_what_is_named_but_does_not_exist_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".pdm-python").write_text("/nowhere/python\n")
    gone = str(tmp_path / "gone")
    check(tmp_path, Path(sys.executable), VIRTUAL_ENV=gone, UV_PROJECT_ENVIRONMENT=gone, CONDA_PREFIX=gone)


@pytest.mark.parametrize("explicit", ["env", "env/bin/python", "./env"])
def test_an_explicit_one_is_relative_to_the_root(tmp_path: Path, explicit: str) -> None:
    check(tmp_path, make_environment(tmp_path / "env"), explicit)


def test_an_explicit_command_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = make_environment(tmp_path / "env")
    python.rename(python.with_name("python3.99"))
    monkeypatch.setenv("PATH", str(python.parent))
    check(tmp_path, python.with_name("python3.99"), "python3.99")


@pytest.mark.parametrize(
    ("explicit", "message"),
    [("python3.98", "no such interpreter: python3.98"), ("empty", "no Python interpreter in the folder")],
)
def test_an_explicit_one_must_exist(tmp_path: Path, explicit: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProjectError, match=message):
        find_python(Surroundings(tmp_path, {}, {}), explicit)


def test_the_link_of_an_environment_is_kept(tmp_path: Path) -> None:
    python = make_environment(tmp_path / ".venv")
    python.unlink()
    python.symlink_to(sys.executable)
    check(tmp_path, python)


def test_a_uv_workspace_has_one_environment_for_all(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    python = make_environment(tmp_path / ".venv")
    check(tmp_path / "packages" / "app", python)


def test_pdm(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "somewhere")
    (tmp_path / ".pdm-python").write_text(f"{python}\n")
    check(tmp_path, python)


class TestPoetry:
    def folder(self, tmp_path: Path, minor: str) -> Path:
        return tmp_path / "cache" / "virtualenvs" / f"{poetry_environment_name('My App', tmp_path)}-py{minor}"

    def check(self, tmp_path: Path, expected: Path) -> None:
        check(tmp_path, expected, config=POETRY, POETRY_CACHE_DIR=str(tmp_path / "cache"))

    def test_the_name_is_short_and_holds_no_special_characters(self) -> None:
        assert poetry_environment_name('My "App"!', Path("/home/user/app")).startswith("my__app__-")
        assert len(poetry_environment_name("x" * 99, Path("/"))) == 42 + 1 + 8

    def test_the_newest(self, tmp_path: Path) -> None:
        make_environment(self.folder(tmp_path, "3.9"))
        self.check(tmp_path, make_environment(self.folder(tmp_path, "3.12")))

    def test_the_chosen(self, tmp_path: Path) -> None:
        chosen = make_environment(self.folder(tmp_path, "3.9"))
        make_environment(self.folder(tmp_path, "3.12"))
        name = poetry_environment_name("My App", tmp_path)
        (tmp_path / "cache" / "virtualenvs" / "envs.toml").write_text(f'[{name}]\nminor = "3.9"\npatch = "3.9.18"\n')
        self.check(tmp_path, chosen)

    def test_only_for_a_project_of_poetry(self, tmp_path: Path) -> None:
        python = make_environment(self.folder(tmp_path, "3.12"))
        cache, config = str(tmp_path / "cache"), {"project": {"name": "My App"}}
        check(tmp_path, Path(sys.executable), config=config, POETRY_CACHE_DIR=cache)
        (tmp_path / "poetry.lock").touch()
        check(tmp_path, python, config=config, POETRY_CACHE_DIR=cache)
