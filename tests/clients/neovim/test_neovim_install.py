"""The page for newcomers, done step by step with what is shipped, in both versions of Neovim."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from neovim_editor import PLUGIN, ROOT, SCRIPTED, Neovim, configured, environment, opened, program

PAGE = (ROOT / "docs" / "editors" / "neovim.md").read_text(encoding="utf-8")
INSTALL, PLACE = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
BEFORE = "levels.insert(0, level)\n    return levels\n"
AFTER = "levels.append(level)\n    levels.reverse()\n    return levels\n"


def variables_of(home: Path, *programs: Path) -> dict[str, str]:
    """A newcomer's environment. Packages come from where they come from here."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    path = ":".join([*map(str, programs), str(home / ".local" / "bin"), "/usr/local/bin", "/usr/bin", "/bin"])
    return {**kept, "HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "SPEEDPROOF_CACHE": str(home / "kept")}


def follow(steps: str, variables: dict[str, str]) -> None:
    done = subprocess.run(["sh", "-eu", "-c", steps], cwd=ROOT, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of somebody who has installed the program as the page says."""
    folder = tmp_path_factory.mktemp("home")
    follow(INSTALL, variables_of(folder))
    return folder


@pytest.fixture(scope="module", params=["0.12", "0.10"])
def editor(request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    variables = variables_of(home, program(request.param).parent)
    shutil.rmtree(home / ".local" / "share" / "nvim", ignore_errors=True)
    follow(PLACE, variables)
    project = tmp_path_factory.mktemp("orders") / "orders"
    shutil.copytree(ROOT / "examples" / "orders", project, ignore=shutil.ignore_patterns("__pycache__"))
    with opened(request.param, variables) as editor:
        editor.command(f"cd {project}")
        editor.edit(project / "orderdesk" / "stock.py")
        yield editor


def test_its_health_is_good(editor: Neovim) -> None:
    editor.command("checkhealth speedproof")
    report = editor.text
    editor.command("bwipeout")
    assert "ERROR" not in report
    assert "WARNING" not in report
    for part in ("speedproof 0.", "the sandbox: ", "run by Python 3.", "a server runs for ", "no model completes"):
        assert part in report


def test_an_example_becomes_faster(editor: Neovim) -> None:
    before = editor.text
    assert BEFORE in before
    editor.go_to("levels_backwards")
    editor.command("Speedproof optimize")
    editor.until(lambda: editor.statusline.startswith("Optimizing levels_backwards"))
    editor.until(lambda: editor.text != before, seconds=110)
    assert editor.text == before.replace(BEFORE, AFTER)
    editor.until(lambda: re.fullmatch(r"verified \d+\.\d× faster", editor.lenses[0]) if editor.lenses else False)
    editor.command("Speedproof proof")
    editor.until(lambda: len(editor.lua("return vim.api.nvim_tabpage_list_wins(0)")) == 3)
    editor.command("tabclose")
    editor.command("undo")
    assert editor.text == before


def test_a_search_is_cancelled(editor: Neovim) -> None:
    before = editor.text
    editor.go_to("def pack_parcels")
    editor.command("Speedproof optimize")
    editor.until(lambda: editor.statusline.startswith("Optimizing pack_parcels"))
    editor.command("Speedproof cancel")
    editor.until(lambda: editor.statusline == "Speedproof", seconds=10)
    assert editor.text == before


def test_the_help_is_there(editor: Neovim) -> None:
    for subject in ("speedproof", ":Speedproof", "speedproof-model", "g:speedproof"):
        editor.command(f"help {subject}")
        assert "Faster Python functions, proved" in editor.text
        editor.command("helpclose")


def test_the_command_line_shows_through(editor: Neovim) -> None:
    editor.command("Speedproof model")
    editor.until(lambda: "no model" in editor.text)
    editor.command("close")
    editor.command("Speedproof stats")
    editor.until(lambda: "no completion was shown so far" in editor.text)
    editor.command("close")


def test_a_batch_runs_in_a_terminal(editor: Neovim) -> None:
    editor.command("Speedproof batch --no-workload --max-functions 1 --budget 4 --no-such-option")
    editor.until(lambda: "unrecognized arguments: --no-such-option" in editor.text)
    editor.command("bwipeout!")
    editor.command("Speedproof batch --no-workload --max-functions 1 --budget 4")
    editor.until(lambda: editor.lua("return vim.fn.expand('%:t')") == "summary.md")
    assert editor.text.startswith("# Speedproof: ")
    editor.command("tabclose")


@pytest.mark.parametrize("version", ["0.12", "0.10"])
def test_without_the_program_it_is_said_what_to_do(version: str, tmp_path: Path) -> None:
    with opened(version, configured(tmp_path, {"cmd": ["there-is-none", "serve"]})) as editor:
        editor.command("edit a.py")
        editor.command("edit b.py")
        assert editor.messages.count("there is no program `there-is-none`") == 1
        editor.command("checkhealth speedproof")
        assert "ERROR there is no program `there-is-none`" in editor.text
        assert "pip install speedproof" in editor.text


@pytest.mark.parametrize("version", ["0.12", "0.10"])
def test_as_a_plugin_manager_loads_it(version: str, tmp_path: Path) -> None:
    """As lazy.nvim does with `ft` and `opts`: with the first file, its scripts first, then `setup`."""
    with opened(version, environment(tmp_path)) as editor:
        (tmp_path / "pyproject.toml").touch()
        path = tmp_path / "work.py"
        path.write_text("def quick(n):\n    return slow(n)\n")
        code = """
        local folder, options = ...
        vim.api.nvim_create_autocmd('FileType', { pattern = 'python', once = true, callback = function(event)
          vim.opt.rtp:prepend(folder)
          vim.cmd.source(folder .. '/plugin/speedproof.lua')
          require('speedproof').setup(options)
        end })
        """
        editor.lua(code, str(PLUGIN), {"cmd": list(SCRIPTED)})
        editor.edit(path)
        editor.go_to("quick")
        editor.command("Speedproof optimize")
        editor.until(lambda: "fast(n)" in editor.text)
