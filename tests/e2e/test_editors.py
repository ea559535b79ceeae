"""From a code action to the edited buffer, in the real sandbox, for each recorded client."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from editing import Editor, start_editor
from lsprotocol import types
from processes import descendants
from pygls.exceptions import JsonRpcRequestCancelled

VISUAL_STUDIO_CODE = "visual_studio_code_v1.139.1"
ENCODINGS = {VISUAL_STUDIO_CODE: "utf-16", "neovim_v0.12.4": "utf-8", "emacs_v29.1": "utf-32"}

BEFORE = '''"""Größe 😀"""

MARK = "😀"; OTHER = 1


def unique(names: list[str]) -> list[str]:
    """😀 Those that are there once.

    >>> unique(["a", "b", "a"] + [str(i) for i in range(500)])[0]
    'b'
    """
    # 😀 A comment that stays.
    return [name for name in names if names.count(name) == 1]


def other(x: int) -> int:
    return x + 1
'''
AFTER = BEFORE.replace("\n\nMARK", "\n\nfrom collections import Counter\n\nMARK").replace(
    "    return [name for name in names if names.count(name) == 1]",
    "    names_counts = Counter(names)\n    return [name for name in names if names_counts[name] == 1]",
)

pytestmark = [pytest.mark.asyncio, pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")]


@asynccontextmanager
async def running(name: str, cache: Path) -> AsyncIterator[Editor]:
    editor = await start_editor(name, cache)
    yield editor
    await editor.client.shutdown_session()
    await editor.client.stop()  # type: ignore[no-untyped-call]


@pytest_asyncio.fixture(params=ENCODINGS)
async def editor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Editor]:
    async with running(request.param, tmp_path / "cache") as editor:
        assert editor.encoding == ENCODINGS[request.param]
        yield editor


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "names.py"
    path.parent.mkdir()
    (path.parent / "pyproject.toml").write_text("[tool.speedproof]\nbudget-seconds = 30\n")
    path.write_text(BEFORE, encoding="utf-8")
    return path


async def test_code_action_to_edited_buffer(editor: Editor, module: Path) -> None:
    buffer = editor.open(module)
    (action,) = await editor.code_actions(buffer, "unique")
    assert action.title == "Optimize `unique`"
    result = await editor.choose(action)
    assert result["verdict"] == "verified", result
    assert buffer.text == AFTER
    assert module.read_text(encoding="utf-8") == BEFORE
    assert editor.labels[0].startswith("Speedproof: unique ")
    assert editor.progress[0].title == "Optimizing unique"
    assert editor.progress[0].cancellable
    await editor.until(lambda: isinstance(editor.progress[-1], types.WorkDoneProgressEnd))
    assert len(editor.progress) > 2
    assert not descendants(editor.server_pid)
    assert not editor.messages

    # Undone, it is known already: here, and in the next session.
    editor.set(buffer, BEFORE)
    ready, _ = await editor.code_actions(buffer, "names.count")
    assert ready.title.startswith("Apply verified rewrite: ")
    await editor.choose(ready)
    assert buffer.text == AFTER


async def test_verdicts_outlive_the_session(tmp_path: Path, module: Path) -> None:
    async with running(VISUAL_STUDIO_CODE, tmp_path / "cache") as editor:
        (action,) = await editor.code_actions(editor.open(module), "unique")
        assert (await editor.choose(action))["verdict"] == "verified"
    async with running(VISUAL_STUDIO_CODE, tmp_path / "cache") as editor:
        buffer = editor.open(module)
        deadline = time.monotonic() + 20
        while len(actions := await editor.code_actions(buffer, "unique")) < 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        await editor.choose(actions[0])
        assert buffer.text == AFTER


@pytest.mark.parametrize("way", ["request", "progress"])
async def test_cancel_stops_within_half_a_second_and_leaves_no_process(editor: Editor, module: Path, way: str) -> None:
    buffer = editor.open(module)
    (action,) = await editor.code_actions(buffer, "unique")
    assert action.command is not None
    params = types.ExecuteCommandParams(action.command.command, action.command.arguments)
    send = cast("Callable[..., Coroutine[Any, Any, Any]]", editor.client.protocol.send_request_async)
    running_command = asyncio.ensure_future(send(types.WORKSPACE_EXECUTE_COMMAND, params, "the request"))
    await editor.until(lambda: len(descendants(editor.server_pid)) > 1 and len(editor.progress) > 1)
    start = time.monotonic()
    if way == "request":
        editor.client.cancel_request(types.CancelParams("the request"))
        with pytest.raises(JsonRpcRequestCancelled):
            await running_command
    else:
        (token,) = editor.client.progress_reports
        editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        assert await running_command is None
    await editor.until(lambda: not descendants(editor.server_pid))
    seconds = time.monotonic() - start
    assert seconds < 0.5
    print("SECONDS", seconds)
    await editor.until(lambda: isinstance(editor.progress[-1], types.WorkDoneProgressEnd))
    assert buffer.text == BEFORE
    assert not editor.labels


async def test_edits_made_meanwhile(editor: Editor, module: Path) -> None:
    buffer = editor.open(module)

    async def optimized_while_typing(old: str, new: str) -> None:
        editor.client.progress_reports.clear()
        *_, action = await editor.code_actions(buffer, "unique")
        running_command = asyncio.ensure_future(editor.choose(action))
        await editor.until(lambda: len(editor.progress) > 1)
        editor.type(buffer, old, new)
        assert (await running_command)["verdict"] == "verified"

    # Elsewhere: the rewrite is applied to the text as it is then.
    await optimized_while_typing('"😀"; OTHER', '"😀😀"; ANOTHER')
    assert buffer.text == AFTER.replace('"😀"; OTHER', '"😀😀"; ANOTHER')
    assert not editor.messages

    # To the function: it is refused, and the user is told.
    editor.set(buffer, BEFORE.replace("OTHER", "ELSE"))
    await optimized_while_typing("names.count(name) == 1", "names.count(name) == 2")
    assert buffer.text == BEFORE.replace("OTHER", "ELSE").replace("== 1", "== 2")
    assert editor.messages == ["Speedproof: not applied: `unique` was changed meanwhile"]


async def test_line_ends_stay_as_they_are(editor: Editor, module: Path) -> None:
    module.write_bytes(BEFORE.replace("\n", "\r\n").encode())
    buffer = editor.open(module)
    (action,) = await editor.code_actions(buffer, "unique")
    assert (await editor.choose(action))["verdict"] == "verified"
    assert buffer.text == AFTER.replace("\n", "\r\n")
