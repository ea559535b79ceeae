"""Suggestions while typing, in both versions of Neovim: shown, taken as a whole and in parts, and gone in time."""

import json
from collections.abc import Iterator

import pytest
from neovim_editor import SCRIPTED_MODEL, Neovim, started

ANSWERS = {
    "total = ": "first + second",
    "both(": "one, two)",
    "if total:": "\n    return first",
    "y": "WAIT",
}
SAID = f"# {json.dumps(ANSWERS)}"


@pytest.fixture(scope="module", params=["0.12", "0.10"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    folder = tmp_path_factory.mktemp("suggestions")
    options = {"cmd": SCRIPTED_MODEL, "settings": {"model": "scripted", "completion-delay-ms": 0}}
    with started(request.param, folder, options) as editor:
        path = folder / "project" / "sums.py"
        path.parent.mkdir()
        (path.parent / "pyproject.toml").touch()
        path.write_text(f"{SAID}\n")
        editor.edit(path)
        yield editor


@pytest.fixture
def editor(running: Neovim) -> Neovim:
    """In insert mode, on an empty line below the script."""
    running.keys("<Esc>:silent! 2,$delete<CR>Go")
    running.until(lambda: running.text == f"{SAID}\n\n" and running.ghost == [])
    return running


def test_a_suggestion_is_shown_and_taken(editor: Neovim) -> None:
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<Tab>")
    editor.until(lambda: editor.line == "total = first + second")
    editor.until(lambda: editor.ghost == [])


def test_it_stays_while_it_is_being_typed(editor: Neovim) -> None:
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("fir")
    editor.until(lambda: editor.ghost == ["st + second"])
    editor.keys("<Tab>")
    editor.until(lambda: editor.line == "total = first + second")


def test_what_is_typed_behind_the_key_comes_behind_the_suggestion(editor: Neovim) -> None:
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<Tab> + x<Esc>")
    editor.until(lambda: editor.line == "total = first + second + x")
    editor.keys("cctotal = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<Tab><Esc>")
    editor.until(lambda: editor.line == "total = first + second")


def test_the_key_in_an_expression(editor: Neovim) -> None:
    editor.command("inoremap <expr> <C-y> v:lua.require('speedproof').accept('word') ? '' : 'none'")
    editor.keys("<C-y>")
    editor.until(lambda: editor.line == "none")
    editor.keys("<C-u>total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<C-y>")
    editor.until(lambda: editor.line == "total = first")
    editor.until(lambda: editor.ghost == [" + second"])


def test_it_is_taken_in_parts(editor: Neovim) -> None:
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<M-w>")
    editor.until(lambda: editor.line == "total = first")
    assert editor.ghost == [" + second"]
    editor.keys("<M-w>")
    editor.until(lambda: editor.line == "total = first +")
    assert editor.ghost == [" second"]
    editor.keys("<M-w>")
    editor.until(lambda: editor.line == "total = first + second")
    editor.until(lambda: editor.ghost == [])


def test_several_parts_at_once(editor: Neovim) -> None:
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<M-w><M-w>")
    editor.until(lambda: editor.line == "total = first +")
    editor.until(lambda: editor.ghost == [" second"])


def test_one_line_of_several(editor: Neovim) -> None:
    editor.keys("if total:")
    editor.until(lambda: editor.ghost)
    assert editor.ghost == ["\n    return first"]
    editor.keys("<M-l>")
    editor.until(lambda: editor.text.endswith("if total:\n    return first\n"))


def test_a_bracket_that_is_there_is_not_doubled(editor: Neovim) -> None:
    editor.keys("both()<Left>")
    editor.until(lambda: editor.ghost)
    editor.keys("<M-w>")
    editor.until(lambda: editor.line == "both(one)")
    editor.keys("<Tab>")
    editor.until(lambda: editor.line == "both(one, two)")


def test_a_bracket_is_not_doubled_by_who_types_along(editor: Neovim) -> None:
    """Neovim keeps the place that the suggestion was for, from before what is typed since."""
    editor.keys("both()<Left>")
    editor.until(lambda: editor.ghost)
    editor.keys("on<Tab>")
    editor.until(lambda: editor.line == "both(one, two)")


def test_it_is_asked_for(editor: Neovim) -> None:
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<C-]>")
    editor.until(lambda: editor.ghost == [])
    editor.lua("require('speedproof').suggest()")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<Tab>")
    editor.until(lambda: editor.line == "total = first + second")


def test_it_is_gone_when_it_does_not_fit(editor: Neovim) -> None:
    for keys in ("z", "<Esc>", "<BS>", "<Home>"):
        editor.keys("<Esc>cctotal = ")
        editor.until(lambda: editor.ghost == ["first + second"])
        editor.keys(keys)
        editor.until(lambda: editor.ghost == [])


def test_the_key_does_what_it_did_where_nothing_is_suggested(editor: Neovim) -> None:
    editor.command("set expandtab softtabstop=4 shiftwidth=4")
    editor.keys("x = <Tab>")
    editor.until(lambda: editor.line == "x =     ")
    editor.command("inoremap <Tab> mapped")
    editor.keys("<C-u><Tab>")
    editor.until(lambda: editor.line == "mapped")
    editor.command("iunmap <Tab>")


def test_what_was_typed_over_is_not_taken(editor: Neovim) -> None:
    """Neovim shows a suggestion that has become wrong until the next answer; the key must not take it."""
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("q<Tab>")
    editor.until(lambda: editor.line.startswith("total = q"))
    editor.until(lambda: editor.line.strip() == "total = q" and len(editor.line) > len("total = q"))


def test_a_model_that_never_answers_holds_nobody_up(editor: Neovim) -> None:
    editor.keys("yyyy")
    editor.until(lambda: editor.line == "yyyy")
    editor.keys("<Esc>cctotal = ")
    editor.until(lambda: editor.ghost == ["first + second"])


def test_dismissing(editor: Neovim) -> None:
    editor.keys("total = ")
    editor.until(lambda: editor.ghost == ["first + second"])
    editor.keys("<C-]>")
    editor.until(lambda: editor.ghost == [])
    assert editor.line == "total = "
