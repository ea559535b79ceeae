"""An editor with buffers, made of a recorded client's capabilities: what a user would see of the server."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_lsp
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import ClientServerConfig, LanguageClient
from pytest_lsp.client import make_test_lsp_client

SECONDS = 60.0
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@dataclass
class Buffer:
    path: Path
    text: str
    version: int = 1

    @property
    def uri(self) -> str:
        return self.path.as_uri()


class Editor:
    """One session. Text is only ever changed by `type` and by edits that the server sends."""

    def __init__(self, client: LanguageClient, capabilities: types.ClientCapabilities) -> None:
        self.client = client
        self.capabilities = capabilities
        self.encoding = "utf-16"
        self.buffers: dict[str, Buffer] = {}
        self.registered: list[types.Registration] = []
        self.labels: list[str] = []
        """Of the edits that the server had applied, and of their annotations."""
        client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: self.registered.extend(params.registrations))
        client.feature(types.WORKSPACE_APPLY_EDIT)(lambda params: self._on_apply(params))

    @property
    def server_pid(self) -> int:
        assert self.client._server is not None
        return self.client._server.pid

    @property
    def messages(self) -> list[str]:
        return [message.message for message in self.client.messages]

    @property
    def progress(self) -> list[Any]:
        """All that was shown of work under way."""
        return [value for values in self.client.progress_reports.values() for value in values]

    async def start(self) -> None:
        answer = await self.client.initialize_session(
            types.InitializeParams(capabilities=self.capabilities, root_uri=None)
        )
        agreed = answer.capabilities.position_encoding or types.PositionEncodingKind.Utf16
        self.encoding = types.PositionEncodingKind(agreed).value

    def open(self, path: Path) -> Buffer:
        buffer = Buffer(path, path.read_bytes().decode("utf-8"))
        self.buffers[buffer.uri] = buffer
        item = types.TextDocumentItem(buffer.uri, "python", buffer.version, buffer.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return buffer

    def set(self, buffer: Buffer, text: str) -> None:
        """Replace the whole text, as reverting a file does."""
        buffer.text, buffer.version = text, buffer.version + 1
        identifier = types.VersionedTextDocumentIdentifier(buffer.version, buffer.uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    def type(self, buffer: Buffer, old: str, new: str) -> None:
        """Replace the one place where the buffer reads `old`, as an incremental change."""
        assert buffer.text.count(old) == 1
        start = buffer.text.index(old)
        where = types.Range(self.position(buffer, start), self.position(buffer, start + len(old)))
        self._change(buffer, [types.TextEdit(where, new)])

    def replace(self, buffer: Buffer, start: int, end: int, new: str) -> None:
        """Replace the text between two offsets, as a keystroke does."""
        where = types.Range(self.position(buffer, start), self.position(buffer, end))
        self._change(buffer, [types.TextEdit(where, new)])

    async def code_actions(self, buffer: Buffer, at: str) -> list[types.CodeAction]:
        """The actions with the cursor where the buffer first reads `at`, resolved as far as the client does that."""
        position = self.position(buffer, buffer.text.index(at))
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(buffer.uri),
            types.Range(position, position),
            types.CodeActionContext(diagnostics=[]),
        )
        answer = await self.client.text_document_code_action_async(params)
        actions = [action for action in answer or [] if isinstance(action, types.CodeAction)]
        return [await self.client.code_action_resolve_async(action) for action in actions]

    async def choose(self, action: types.CodeAction) -> Any:
        """What choosing an action in the menu does; the result is its command's."""
        if action.edit is not None:
            assert self._apply(action.edit)
        if action.command is None:
            return None
        return await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(action.command.command, action.command.arguments)
        )

    async def until(self, holds: Callable[[], object], seconds: float = SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self.messages
            await asyncio.sleep(0.005)

    def position(self, buffer: Buffer, offset: int) -> types.Position:
        """Of an offset in the buffer, in the encoding that was agreed on."""
        before = buffer.text[:offset]
        line_start = before.rfind("\n") + 1
        codec, size = CODECS[self.encoding]
        return types.Position(before.count("\n"), len(before[line_start:].encode(codec)) // size)

    def _offset(self, buffer: Buffer, position: types.Position) -> int:
        start = 0
        for _ in range(position.line):
            start = buffer.text.index("\n", start) + 1
        end = buffer.text.find("\n", start)
        codec, size = CODECS[self.encoding]
        line = buffer.text[start : end if end >= 0 else len(buffer.text)].encode(codec)
        return start + len(line[: position.character * size].decode(codec))

    def _on_apply(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        self.labels.append(params.label or "")
        return types.ApplyWorkspaceEditResult(applied=self._apply(params.edit))

    def _apply(self, edit: types.WorkspaceEdit) -> bool:
        """Whether the edit fits the buffers' versions; then it is applied."""
        self.labels += [annotation.label for annotation in (edit.change_annotations or {}).values()]
        for change in edit.document_changes or []:
            assert isinstance(change, types.TextDocumentEdit)
            buffer = self.buffers[change.text_document.uri]
            if change.text_document.version not in (None, buffer.version):
                return False
            self._change(buffer, [types.TextEdit(e.range, e.new_text) for e in change.edits if hasattr(e, "new_text")])
        for uri, edits in (edit.changes or {}).items():
            self._change(self.buffers[uri], list(edits))
        return True

    def _change(self, buffer: Buffer, edits: list[types.TextEdit]) -> None:
        """All edits refer to the buffer as it is; applied from the last to the first, they stay right."""
        newline = "\r\n" if "\r\n" in buffer.text else "\n"
        changes: list[types.TextDocumentContentChangeEvent] = []
        for edit in sorted(edits, key=lambda edit: self._offset(buffer, edit.range.start), reverse=True):
            start, end = self._offset(buffer, edit.range.start), self._offset(buffer, edit.range.end)
            assert ("\r" in edit.new_text) == (newline == "\r\n" and "\n" in edit.new_text)
            buffer.text = buffer.text[:start] + edit.new_text + buffer.text[end:]
            changes.append(types.TextDocumentContentChangePartial(edit.range, edit.new_text))
        buffer.version += 1
        identifier = types.VersionedTextDocumentIdentifier(buffer.version, buffer.uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, changes))


def capabilities_of(name: str) -> types.ClientCapabilities:
    """Those recorded here, else pytest-lsp's."""
    recorded = Path(__file__).parent / "clients" / f"{name}.json"
    if not recorded.exists():
        return pytest_lsp.client_capabilities(name.replace("_v", "@"))
    return get_converter().structure(json.loads(recorded.read_text())["capabilities"], types.ClientCapabilities)


def _structured_action(value: Any, _: type) -> types.Command | types.CodeAction:
    converter = get_converter()
    if isinstance(value.get("command"), str):
        return converter.structure(value, types.Command)
    return converter.structure(value, types.CodeAction)


async def start_editor(name: str, cache: Path, **environment: str) -> Editor:
    """The editor `name` with a server of its own, whose cache is in `cache`."""
    config = ClientServerConfig(
        server_command=[sys.executable, "-m", "speedproof", "serve"],
        server_env={**os.environ, "SPEEDPROOF_CACHE": str(cache), **environment},
        client_factory=make_test_lsp_client,
    )
    client = await config.start()
    assert isinstance(client, LanguageClient)
    # lsprotocol takes every action that has a command for a bare command.
    client.protocol._converter.register_structure_hook(types.Command | types.CodeAction, _structured_action)
    editor = Editor(client, capabilities_of(name))
    await editor.start()
    return editor
