"""What `:Speedproof` does, in both versions of Neovim, with an engine whose verdicts are known."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from neovim_editor import SCRIPTED, Neovim, started

TEXT = '''\
"""Some functions."""
def quick(n):
    return slow(n)


def patient(n):
    return slow(n)


def hopeless(n):
    return slow(n)
'''
QUICKER = TEXT.replace('."""\n', '."""\nimport fast\n').replace("slow", "fast", 1)


@pytest.fixture(scope="module", params=["0.12", "0.10"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    with started(request.param, tmp_path_factory.mktemp("commands"), {"cmd": SCRIPTED}) as editor:
        yield editor


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, so that one server serves them."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    return folder


@pytest.fixture
def editor(running: Neovim, project: Path, request: pytest.FixtureRequest) -> Neovim:
    """With a file of its own for each test."""
    path = project / f"{request.node.name.replace('[', '_').rstrip(']')}.py"
    path.write_text(TEXT)
    running.keys("<Esc>:silent! tabonly | silent! only<CR>")
    running.command("messages clear")
    running.edit(path)
    return running


def optimize(editor: Neovim, name: str) -> None:
    editor.go_to(f"def {name}")
    editor.command("Speedproof optimize")


def test_a_verified_edit_is_applied_and_undone_in_one_step(editor: Neovim) -> None:
    optimize(editor, "quick")
    editor.until(lambda: editor.text == QUICKER)
    editor.until(lambda: editor.lenses == ["verified 3.1× faster", "proof"])
    editor.command("undo")
    assert editor.text == TEXT
    editor.until(lambda: editor.lenses == ["verified 3.1× faster", "apply", "proof"])
    editor.command("Speedproof apply")
    editor.until(lambda: editor.text == QUICKER)
    editor.command("undo")
    assert editor.text == TEXT


def test_the_edit_leaves_the_users_undo_settings_alone(editor: Neovim) -> None:
    editor.command("setlocal undolevels=77")
    optimize(editor, "quick")
    editor.until(lambda: editor.text == QUICKER)
    assert editor.lua("return { vim.bo.undolevels, vim.go.undolevels }") == [77, 1000]


def test_the_code_action_and_the_lens_do_it_too(editor: Neovim) -> None:
    editor.go_to("quick")
    code = """
    vim.lsp.buf.code_action({
      apply = true,
      filter = function(action) return action.title == 'Optimize `quick`' end,
    })
    """
    editor.lua(code)
    editor.until(lambda: editor.text == QUICKER)
    editor.command("undo")
    editor.until(lambda: "apply" in editor.lenses)
    editor.lua("vim.ui.select = function(items, _, choose) choose(items[2]) end")
    editor.lua("vim.lsp.codelens.run()")
    editor.until(lambda: editor.text == QUICKER)


def test_progress_is_shown_and_cancelled(editor: Neovim) -> None:
    editor.until(lambda: editor.statusline == "Speedproof")
    optimize(editor, "patient")
    editor.until(lambda: editor.statusline == "Optimizing patient 50 percent: measuring")
    editor.command("Speedproof cancel")
    editor.until(lambda: editor.statusline == "Speedproof", seconds=5)
    assert editor.text == TEXT
    editor.command("Speedproof cancel")
    assert "nothing is under way" in editor.messages


def test_an_edit_that_comes_while_typing_is_an_undo_step_of_its_own(editor: Neovim) -> None:
    optimize(editor, "patient")
    editor.until(lambda: "measuring" in editor.statusline)
    editor.keys("Go# typedxx")
    release = Path(str(editor.lua("return vim.env.SPEEDPROOF_CACHE")), "release")
    release.parent.mkdir(exist_ok=True)
    release.touch()
    n_typed = 0
    while "import fast" not in editor.text:
        editor.keys("x")
        n_typed += 1
        assert n_typed < 5000, editor.messages
    release.unlink()
    editor.keys("y<Esc>")
    editor.until(lambda: editor.text.endswith("xy\n"))
    assert editor.text.count("fast(n)") == 1
    editor.command("undo")
    assert editor.text.endswith("x\n")
    editor.command("undo")
    assert "fast" not in editor.text
    assert "# typed" in editor.text


def test_nothing_found_is_said(editor: Neovim) -> None:
    optimize(editor, "hopeless")
    editor.until(lambda: "`hopeless` stays as it is: no gain" in editor.messages)
    assert editor.text == TEXT


def test_the_proof_is_two_texts_and_the_evidence(editor: Neovim) -> None:
    optimize(editor, "quick")
    editor.until(lambda: editor.text == QUICKER)
    editor.go_to("def quick")
    editor.command("Speedproof proof")
    shown = """
    local texts = {}
    for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
      local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
      texts[#texts + 1] = { vim.wo[window].diff, table.concat(lines, '\\n') }
    end
    return texts
    """
    editor.until(lambda: len(editor.lua(shown)) == 3)
    (is_diff, before), (is_diff_too, after), (_, evidence) = editor.lua(shown)
    assert is_diff
    assert is_diff_too
    assert (before, after) == (TEXT, QUICKER)
    assert evidence.startswith("# Proof for ")
    assert "faster" in evidence


def test_without_a_verdict_there_is_no_proof(editor: Neovim) -> None:
    editor.go_to("def hopeless")
    editor.command("Speedproof proof")
    editor.until(lambda: "nothing is known about `hopeless` yet" in editor.messages)
    assert editor.lua("return #vim.api.nvim_list_tabpages()") == 1


def test_a_change_is_proved(editor: Neovim) -> None:
    editor.command("$put ='# was: slower'")
    editor.command("write")
    editor.go_to("def quick")
    editor.command("Speedproof verify")
    editor.until(lambda: "`quick`: " in editor.messages and "faster" in editor.messages)
    editor.until(lambda: editor.lenses[-1:] == ["proof"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGTERM])
def test_a_server_that_dies_is_started_again_and_no_text_is_lost(editor: Neovim, number: int) -> None:
    editor.keys("Godef quick_unsaved(n):<CR>return slow(n)<Esc>")
    editor.until(lambda: editor.text.endswith("slow(n)\n"))
    text, first = editor.text, editor.server_pid
    os.kill(first, number)
    editor.until(lambda: editor.server_pid not in (0, first), seconds=20)
    assert editor.text == text
    assert "started again" in editor.messages
    optimize(editor, "quick_unsaved")
    editor.until(lambda: editor.text.endswith("fast(n)\n"))
    assert editor.text.replace("import fast\n", "").replace("fast", "slow") == text


def test_a_buffer_that_is_closed_at_once_leaves_nothing_behind(editor: Neovim) -> None:
    editor.keys("Go# typed<Esc>")
    editor.until(lambda: editor.line == "# typed")
    editor.command("enew")
    editor.command("bwipeout! #")
    time.sleep(0.4)  # until Neovim would ask for the code lenses of what was typed, and fail
    assert "Invalid buffer" not in editor.messages


@pytest.mark.parametrize("force", [True, False])
def test_a_server_that_neovim_ends_stays_so(editor: Neovim, force: bool) -> None:
    editor.lua("vim.lsp.stop_client(vim.lsp.get_clients(), ...)", force)
    editor.until(lambda: editor.server_pid == 0)
    time.sleep(0.5)
    assert editor.server_pid == 0
    assert "started again" not in editor.messages
    editor.command("Speedproof optimize")
    assert "no server runs for this buffer" in editor.messages
    editor.command("Speedproof restart")
    editor.until(lambda: editor.server_pid)


def test_messages_go_to_the_users_own_notify(editor: Neovim) -> None:
    editor.lua("TOLD = {}; NOTIFY = vim.notify; vim.notify = function(text) TOLD[#TOLD + 1] = text end")
    optimize(editor, "hopeless")
    editor.until(lambda: editor.lua("return TOLD"))
    editor.lua("vim.notify = NOTIFY")
    assert editor.lua("return TOLD") == ["Speedproof: `hopeless` stays as it is: no gain"]


def test_restarting_by_hand(editor: Neovim) -> None:
    first = editor.server_pid
    editor.command("Speedproof restart")
    editor.until(lambda: editor.server_pid not in (0, first), seconds=20)
    optimize(editor, "quick")
    editor.until(lambda: editor.text == QUICKER)


def test_snoozing_is_told(editor: Neovim) -> None:
    editor.command("Speedproof snooze 3")
    editor.until(lambda: "no suggestions for 3 minutes" in editor.messages)
    editor.command("Speedproof snooze 0")
    editor.until(lambda: "suggestions are on" in editor.messages)


def test_subcommands_are_completed(editor: Neovim) -> None:
    assert editor.lua("return vim.fn.getcompletion('Speedproof s', 'cmdline')") == ["snooze", "stats"]
    names = editor.lua("return vim.fn.getcompletion('Speedproof ', 'cmdline')")
    assert {"optimize", "proof", "verify", "batch", "stats", "model"} <= set(names)
    assert editor.lua("return vim.fn.getcompletion('Speedproof stats ', 'cmdline')") == []
    editor.command("Speedproof nonsense")
    assert "no command `nonsense`" in editor.messages
