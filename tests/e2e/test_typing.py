"""Somebody types a function into a real file at five keys a second, and a model that is really loaded completes it."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from editing import Buffer, Editor, start_editor
from lsprotocol import types

FILE = Path(json.__file__).with_name("decoder.py")
FUNCTION = "    def raw_decode(self, s, idx=0):"
"""What follows this line is typed."""
N_KEYS = 200
SECONDS_PER_KEY = 0.2
SLIP_EVERY = 17
"""Keys; then a wrong one is typed, and taken back."""
BACK = "\b"
IN_FLIGHT_SECONDS = 0.1
"""An answer this soon after a keystroke may have been sent before the server had read it."""
MIN_TYPED_AHEAD = 0.6
HEADER = "# Größe 😀\n"


@dataclass
class Seen:
    """What the editor's user got to see."""

    n_requests: int = 0
    n_answered: int = 0
    n_agreeing: int = 0
    """Keystrokes that were the next character of what was shown."""
    n_typed_ahead: int = 0
    """Of these, how often the rest of it was there at once."""
    stale: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    shown: str = ""


class Typist:
    def __init__(self, editor: Editor, buffer: Buffer, cursor: int) -> None:
        self._editor, self._buffer, self.cursor = editor, buffer, cursor
        self._answers: set[asyncio.Task[None]] = set()
        self._changed = 0.0
        self.seen = Seen()

    async def type(self, keys: str) -> None:
        for key in keys:
            began = time.monotonic()
            self._press(key)
            task = asyncio.ensure_future(self._ask(self._buffer.version))
            self._answers.add(task)
            await asyncio.sleep(max(0.0, began + SECONDS_PER_KEY - time.monotonic()))
        await asyncio.wait_for(asyncio.gather(*self._answers), 60)

    def _press(self, key: str) -> None:
        self._changed = time.monotonic()
        if key == BACK:
            self._editor.replace(self._buffer, self.cursor - 1, self.cursor, "")
            self.cursor -= 1
            self.seen.shown = ""
            return
        self._editor.replace(self._buffer, self.cursor, self.cursor, key)
        self.cursor += 1
        agrees = self.seen.shown.startswith(key) and len(self.seen.shown) > 1
        self.seen.n_agreeing += agrees
        self.seen.shown = self.seen.shown[1:] if agrees else ""

    async def _ask(self, version: int) -> None:
        seen, expected = self.seen, self.seen.shown
        seen.n_requests += 1
        sent = time.monotonic()
        params = types.InlineCompletionParams(
            types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            types.TextDocumentIdentifier(self._buffer.uri),
            self._editor.position(self._buffer, self.cursor),
        )
        answer: Any = await self._editor.client.text_document_inline_completion_async(params)
        items = getattr(answer, "items", answer)
        assert items is not None
        seen.n_answered += 1
        text = items[0].insert_text if items else ""
        assert isinstance(text, str)
        if version != self._buffer.version:
            if text and time.monotonic() - self._changed > IN_FLIGHT_SECONDS:
                seen.stale.append(text)
            return
        if text:
            seen.seconds.append(time.monotonic() - sent)
        seen.n_typed_ahead += bool(expected) and text == expected
        seen.shown = text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("client", "encoding"), [("neovim_v0.12.4", "utf-8"), ("visual_studio_code_v1.139.1", "utf-16")]
)
async def test_typing(
    client: str, encoding: str, embedded_model: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HEADER + FILE.read_text(encoding="utf-8")
    keys = script(text)
    start = text.index(FUNCTION) + len(FUNCTION)
    path = tmp_path / "project" / "decoder.py"
    path.parent.mkdir()
    path.write_text(text[:start] + text[start + n_typed(keys) :], encoding="utf-8")
    editor = await start_editor(client, tmp_path / "cache", **embedded_model)
    assert editor.encoding == encoding
    buffer = editor.open(path)
    typist = Typist(editor, buffer, start)
    await warm(editor, buffer, start)
    await typist.type(keys)
    report = await command(editor, "speedproof.completionReport")
    seen = typist.seen
    with capsys.disabled():
        print(f"\n{encoding}: {described(seen, report)}")

    assert buffer.text == text
    assert seen.n_answered == seen.n_requests == N_KEYS
    assert seen.stale == []
    assert seen.n_agreeing > 0
    assert seen.n_typed_ahead >= MIN_TYPED_AHEAD * seen.n_agreeing
    assert report["model"]["n_cached_tokens"] > report["model"]["n_computed_tokens"]
    assert await places(editor, buffer) == await places_in_fresh_server(client, tmp_path, text)
    assert not editor.messages
    await editor.client.shutdown_session()
    await editor.client.stop()  # type: ignore[no-untyped-call]


def script(text: str) -> str:
    """The keys that type the body of FUNCTION, with slips."""
    body = text[text.index(FUNCTION) + len(FUNCTION) :]
    keys = ""
    for letter in body:
        if len(keys) % SLIP_EVERY == SLIP_EVERY - 3 and len(keys) + 3 <= N_KEYS:
            keys += "q" + BACK
        keys += letter
        if len(keys) >= N_KEYS:
            break
    return keys[:N_KEYS]


def n_typed(keys: str) -> int:
    """How many characters they leave."""
    return len(keys) - 2 * keys.count(BACK)


async def warm(editor: Editor, buffer: Buffer, offset: int) -> None:
    """The model is loaded, and has read the file, as when somebody has had it open for a while."""
    params = types.InlineCompletionParams(
        types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
        types.TextDocumentIdentifier(buffer.uri),
        editor.position(buffer, offset),
    )
    await asyncio.wait_for(editor.client.text_document_inline_completion_async(params), 300)


async def command(editor: Editor, name: str) -> Any:
    return await editor.client.workspace_execute_command_async(types.ExecuteCommandParams(name, []))


async def places(editor: Editor, buffer: Buffer) -> list[Any]:
    """Where the server thinks each function is: it knows only if it has the same text."""
    found: list[Any] = []
    for name in ("JSONObject", "JSONArray", "raw_decode"):
        for action in await editor.code_actions(buffer, f"def {name}("):
            assert action.command is not None
            arguments: list[Any] = list(action.command.arguments or [])
            found += [argument["range"] for argument in arguments]
    return found


async def places_in_fresh_server(client: str, tmp_path: Path, text: str) -> list[Any]:
    path = tmp_path / "project" / "decoder.py"
    path.write_text(text, encoding="utf-8")
    editor = await start_editor(client, tmp_path / "other")
    found = await places(editor, editor.open(path))
    await editor.client.shutdown_session()
    await editor.client.stop()  # type: ignore[no-untyped-call]
    assert len(found) == 3
    return found


def described(seen: Seen, report: Any) -> str:
    percentiles = quantiles(seen.seconds, n=20, method="inclusive") if len(seen.seconds) > 1 else [0.0] * 19
    model = report["model"]
    return (
        f"{seen.n_requests} requests, {report['n_superseded']} superseded, suggestions {report['n_offered']}; "
        f"{seen.n_typed_ahead} of {seen.n_agreeing} agreeing keystrokes typed ahead; "
        f"{model['n_computed_tokens']} tokens computed, {model['n_cached_tokens']} reused, "
        f"{model['n_generated_tokens']} generated; "
        f"p50 {1000 * percentiles[9]:.0f} ms, p95 {1000 * percentiles[18]:.0f} ms"
    )
