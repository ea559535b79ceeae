"""What a user sees in VS Code, and does there: the extension from its package, with the real server and sandbox."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from processes import descendants

from .code_server import ROOT, Editor, editor, until

STOCK = (ROOT / "examples" / "orders" / "orderdesk" / "stock.py").read_text()
FASTER = STOCK.replace(
    "        levels.insert(0, level)\n    return levels\n",
    "        levels.append(level)\n    levels.reverse()\n    return levels\n",
)


@pytest.fixture(scope="module")
def shown(vsix: Path, scratch: Path, workspace: Path, program: Path) -> Iterator[Editor]:
    settings = {"speedproof.server.command": str(program), "speedproof.model": "scripted"}
    with editor(scratch, workspace, settings, SPEEDPROOF_CACHE=str(scratch / "cache")) as opened:
        opened.page.locator(".explorer-folders-view [aria-label='orderdesk']").first.click()
        opened.page.locator(".explorer-folders-view [aria-label='stock.py']").first.wait_for()
        yield opened
        assert opened.complaints == []


@pytest.fixture(autouse=True)
def _clean(shown: Editor) -> Iterator[None]:
    yield
    shown.page.keyboard.press("Escape")
    shown.page.keyboard.press("Control+s")
    shown.page.locator(".tab.dirty").wait_for(state="hidden")
    shown.page.keyboard.press("Control+k")
    shown.page.keyboard.press("Control+w")
    shown.page.locator(".tabs-container .tab").first.wait_for(state="hidden")


def server_of(shown: Editor) -> int:
    """The process of the language server."""

    def servers() -> list[int]:
        return [pid for pid in descendants(shown.pid) if b"scripted_model" in command_line(pid)]

    return until(servers, bool)[0]


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def type_for_a_suggestion(shown: Editor, text: str) -> None:
    """Again where nothing comes: what is typed while the server starts is never asked about."""
    shown.status.filter(has_text="scripted").wait_for()
    shown.page.keyboard.type(text, delay=20)
    suggested = shown.page.locator(".ghost-text-decoration")

    def suggestion() -> str:
        shown.page.keyboard.type(" ")
        with suppress(PlaywrightTimeout):
            suggested.first.wait_for(timeout=3000)
            return "".join(suggested.all_text_contents())
        shown.page.keyboard.press("Backspace")
        return ""

    assert until(suggestion, bool) == "sum(prices)"


def test_a_suggestion_appears_while_typing_and_tab_takes_it(shown: Editor) -> None:
    shown.open("typed.py")
    shown.page.keyboard.press("Control+End")
    type_for_a_suggestion(shown, "    total =")
    shown.screenshot("suggestion")
    shown.page.keyboard.press("Tab")
    text = shown.saved("typed.py", lambda text: text.count("sum(") > 1)
    assert text.endswith("def costs(prices):\n    total = sum(prices)")


def test_optimize_from_the_light_bulb_and_undo_in_one_step(shown: Editor) -> None:
    shown.open("stock.py")
    shown.go_to(28)
    shown.status.filter(has_text="scripted").wait_for()
    actions = shown.page.locator(".action-widget .monaco-list-row")

    def offered() -> bool:  # the light bulb's menu is empty as long as nobody has answered
        shown.page.keyboard.press("Escape")
        shown.page.keyboard.press("Control+.")
        shown.page.wait_for_timeout(500)
        return actions.filter(has_text="Optimize `levels_backwards`").count() == 1

    until(offered, bool)
    shown.screenshot("action")
    actions.filter(has_text="Optimize `levels_backwards`").click()
    progress = shown.page.locator(".notification-toast", has_text="Optimizing levels_backwards")
    progress.filter(has_text="comparing").wait_for()
    shown.screenshot("progress")
    shown.lens("verified").wait_for()
    progress.wait_for(state="hidden")
    assert shown.saved("orderdesk/stock.py", lambda text: text != STOCK) == FASTER
    shown.page.keyboard.press("Control+z")
    assert shown.saved("orderdesk/stock.py", lambda text: text != FASTER) == STOCK


def test_the_lenses_apply_what_is_held_and_show_the_proof(shown: Editor) -> None:
    shown.open("stock.py")
    shown.go_to(28)
    shown.lens("apply").wait_for()
    titles = shown.page.locator(".codelens-decoration a").all_text_contents()
    assert titles[0].startswith("verified ")
    assert titles[1:] == ["apply", "proof"]
    shown.screenshot("lenses")
    shown.lens("apply").click()
    assert shown.saved("orderdesk/stock.py", lambda text: text != STOCK) == FASTER
    shown.lens("apply").wait_for(state="hidden")
    shown.lens("proof").click()
    diff = shown.page.locator(".monaco-diff-editor.side-by-side")
    diff.locator(".view-line", has_text="levels.reverse()").first.wait_for()
    page = shown.page.frame_locator("iframe.webview.ready").frame_locator("#active-frame")
    page.get_by_text("distinct inputs compared").first.wait_for()
    assert page.locator("figure svg").count() > 0
    assert page.locator("meta[http-equiv='Content-Security-Policy']").count() == 1
    shown.screenshot("proof")


def test_cancel_ends_the_work_and_changes_nothing(shown: Editor) -> None:
    shown.open("pricing.py")
    shown.go_to(7)
    before = (shown.workspace / "orderdesk" / "pricing.py").read_text()
    server = server_of(shown)
    shown.command("Speedproof: Optimize the Function at the Cursor")
    progress = shown.page.locator(".notification-toast", has_text="Optimizing cost_shares")
    progress.wait_for()
    until(lambda: descendants(server), bool)
    progress.get_by_role("button", name="Cancel").click()
    progress.wait_for(state="hidden")
    until(lambda: descendants(server), lambda found: not found)
    shown.status.filter(has_text="scripted").wait_for()
    assert shown.saved("orderdesk/pricing.py", bool) == before
    assert shown.page.locator(".codelens-decoration a").count() == 0


def test_a_server_that_is_killed_comes_back_and_no_text_is_lost(shown: Editor) -> None:
    shown.open("typed.py")
    shown.page.keyboard.press("Control+End")
    shown.page.keyboard.type("\n\n# not saved yet")
    server = server_of(shown)
    os.kill(server, signal.SIGKILL)
    until(lambda: server_of(shown), lambda pid: pid != server)
    shown.page.keyboard.press("Enter")
    type_for_a_suggestion(shown, "total =")
    shown.page.keyboard.press("Tab")
    text = shown.saved("typed.py", lambda text: text.count("sum(") > 2)
    assert text.endswith("    total = sum(prices)\n\n    # not saved yet\n    total = sum(prices)")
    assert shown.page.locator(".notification-toast").count() == 0


def test_the_status_snoozes_and_wakes(shown: Editor) -> None:
    shown.open("typed.py")
    shown.status.filter(has_text="scripted").click()
    shown.page.locator(".quick-input-list .monaco-list-row", has_text="No suggestions for 30 minutes").wait_for()
    shown.screenshot("status")
    shown.page.locator(".quick-input-list .monaco-list-row", has_text="No suggestions for 30 minutes").click()
    shown.status.filter(has_text="snoozed").click()
    shown.page.locator(".quick-input-list .monaco-list-row", has_text="Suggest again").click()
    shown.status.filter(has_text="scripted").wait_for()
