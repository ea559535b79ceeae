"""What the server does with requests for completions, over the wire; the model is scripted (see scripted_model.py)."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wire import Message, Wire, wire

INLINE: Message = {"textDocument": {"inlineCompletion": {}}}
MODEL = {"model": "scripted", "completion-delay-ms": 0}
ANSWERS = {
    "total = ": "a + b",
    "total = a": " + b",
    'größe = "😀" + ': "str(a)",
    "call(": "a, b)",
    "never = ": "WAIT",
    "slow = ": "HELD first(second)",
    "slow = a": " + b",
    "broken = ": "FAIL the server at http://x is not reachable: is it running?",
    "obj.": "append(a)",
    "obj.append": "(a)",
    "obj.extend": "([a])",
}
INFO, WARNING = 3, 2
INVOKED, AUTOMATIC = 1, 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Wire]:
    with wire(tmp_path / "cache", "scripted_model.py") as client:
        yield client


class Buffer:
    """A document of one server, whose last line is typed on."""

    def __init__(self, server: Wire, path: Path, line: str, *, newline: str = "\n", after: str = "") -> None:
        self._server, self.path, self.version = server, path, 1
        self.lines = [f"# {json.dumps(ANSWERS)}", "a = b = 1", line]
        self.newline, self.after = newline, after
        self.uri = server.open(path, self.text)

    @property
    def text(self) -> str:
        return self.newline.join(self.lines) + self.after

    def type(self, text: str) -> None:
        where = {"line": len(self.lines) - 1, "character": _units(self.lines[-1])}
        self.version += 1
        self._server.change(self.uri, self.version, {"range": {"start": where, "end": where}, "text": text})
        self.lines[-1] += text

    def enter(self, line: str) -> None:
        """Go on in a new line, with this on it."""
        self.type(self.newline + line)
        self.lines[-1:] = self.lines[-1].split(self.newline)

    def start(self, kind: int = INVOKED, popup: Message | None = None) -> int:
        return self._server.start("textDocument/inlineCompletion", self._params(kind, popup))

    def ask(self, kind: int = INVOKED, popup: Message | None = None) -> list[Message]:
        items: list[Message] = self._server.request("textDocument/inlineCompletion", self._params(kind, popup))
        return items

    def entries(self) -> Message:
        params = {**self._params(INVOKED, None), "context": {"triggerKind": 1}}
        found: Message = self._server.request("textDocument/completion", params)
        return found

    def _params(self, kind: int, popup: Message | None) -> Message:
        context: Message = {"triggerKind": kind}
        if popup is not None:
            context["selectedCompletionInfo"] = popup
        position = {"line": len(self.lines) - 1, "character": _units(self.lines[-1])}
        return {"textDocument": {"uri": self.uri}, "position": position, "context": context}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def started(server: Wire, capabilities: Message | None = None, **settings: Any) -> Message:
    result = server.initialize(INLINE if capabilities is None else capabilities)
    server.notify("workspace/didChangeConfiguration", {"settings": {"speedproof": {**MODEL, **settings}}})
    return result


def texts(items: list[Message]) -> list[str]:
    return [item["insertText"] for item in items]


def shown(server: Wire) -> tuple[int, str]:
    message = server.notification("window/showMessage")
    return message["type"], message["message"]


def asked(tmp_path: Path) -> list[str]:
    path = tmp_path / "cache" / "asked"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


# --- What is offered ---


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("line", "after", "text", "replaced"),
    [
        ("total = ", "", "a + b", 0),
        ('größe = "😀" + ', "", "str(a)", 0),
        ("call(", ")", "a, b)", 1),
        ("nothing = ", "", None, 0),
        ("total = ", "a + b", None, 0),
    ],
)
def test_a_suggestion_at_the_cursor(
    server: Wire, tmp_path: Path, newline: str, line: str, after: str, text: str | None, replaced: int
) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", line, newline=newline, after=after)
    items = buffer.ask()
    assert texts(items) == ([] if text is None else [text])
    if items:
        start = {"line": 2, "character": _units(line)}
        end = {"line": 2, "character": _units(line) + replaced}
        assert items[0]["range"] == {"start": start, "end": end}


def test_what_was_offered_is_known_as_it_is_typed(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "total = ")
    assert texts(buffer.ask(AUTOMATIC)) == ["a + b"]
    for typed, rest in [("a", " + b"), (" ", "+ b"), ("+", " b")]:
        buffer.type(typed)
        assert texts(buffer.ask(AUTOMATIC)) == [rest]
    assert asked(tmp_path) == ["total = "]


def test_after_the_entry_that_is_selected_in_the_list(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "obj.ap")
    word = {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 6}}
    (item,) = buffer.ask(popup={"range": word, "text": "append"})
    assert item["insertText"] == "append(a)"
    assert item["range"] == word
    assert buffer.ask(popup={"range": word, "text": "extend"}) == []


def test_a_document_that_is_no_file_and_one_that_is_not_open(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "total = ")
    unknown = {"textDocument": {"uri": "file:///nowhere.py"}, "position": {"line": 0, "character": 0}}
    assert server.request("textDocument/inlineCompletion", {**unknown, "context": {"triggerKind": 1}}) == []
    item = {"uri": "untitled:Untitled-1", "languageId": "python", "version": 1, "text": buffer.text}
    server.notify("textDocument/didOpen", {"textDocument": item})
    buffer.uri = "untitled:Untitled-1"
    assert texts(buffer.ask()) == ["a + b"]


# --- Which request is answered with what ---


def test_the_newest_request_is_answered_and_the_older_at_once_with_nothing(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "never = ")
    older = buffer.start()
    buffer.enter("total = ")
    assert texts(buffer.ask()) == ["a + b"]
    assert server.answer(older)["result"] == []


def test_an_answer_for_a_text_that_is_another_by_now_is_empty(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "never = ")
    request = buffer.start()
    server.until(lambda: asked(tmp_path), bool)
    buffer.type("1234")
    assert buffer.ask() == []
    assert server.answer(request)["result"] == []


def test_what_is_under_way_goes_on_while_it_is_typed(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "slow = ")
    older = buffer.start(AUTOMATIC)
    server.until(lambda: asked(tmp_path), bool)
    for typed in "fi":
        buffer.type(typed)
        newest = buffer.start(AUTOMATIC)
    assert server.answer(older)["result"] == []
    (tmp_path / "cache" / "release").touch()
    assert texts(server.answer(newest)["result"]) == ["rst(second)"]
    assert asked(tmp_path) == ["slow = "]


def test_what_is_under_way_ends_where_the_text_goes_another_way(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "slow = ")
    buffer.start(AUTOMATIC)
    server.until(lambda: asked(tmp_path), bool)
    buffer.type("a")
    newest = buffer.start(AUTOMATIC)
    (tmp_path / "cache" / "release").touch()
    assert texts(server.answer(newest)["result"]) == [" + b"]
    assert asked(tmp_path) == ["slow = ", "slow = a"]


def test_a_request_that_is_cancelled(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "never = ")
    request = buffer.start()
    server.until(lambda: asked(tmp_path), bool)
    server.notify("$/cancelRequest", {"id": request})
    assert server.answer(request)["error"]["code"] == -32800
    buffer.enter("total = ")
    assert texts(buffer.ask()) == ["a + b"]


def test_clients_that_number_the_kinds_as_drafts_did(server: Wire, tmp_path: Path) -> None:
    started(server, completion="manual")
    buffer = Buffer(server, tmp_path / "a.py", "total = ")
    assert texts(buffer.ask(0)) == ["a + b"]
    assert buffer.ask(1) == []


# --- When nothing is offered ---


@pytest.mark.parametrize(
    ("settings", "kind", "offers"),
    [
        ({}, AUTOMATIC, True),
        ({"completion": "manual"}, AUTOMATIC, False),
        ({"completion": "manual"}, INVOKED, True),
        ({"completion": "off"}, INVOKED, False),
        ({"completion-off": ["python"]}, INVOKED, False),
        ({"completion-off": ["comment"]}, INVOKED, True),
    ],
)
def test_settings(server: Wire, tmp_path: Path, settings: Message, kind: int, offers: bool) -> None:
    started(server, **settings)
    assert bool(Buffer(server, tmp_path / "a.py", "total = ").ask(kind)) is offers


def test_snooze(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "total = ")

    def snooze(minutes: float) -> float:
        params = {"command": "speedproof.snooze", "arguments": [minutes]}
        left: float = server.request("workspace/executeCommand", params)
        return left

    assert snooze(5) == 5
    assert buffer.ask(AUTOMATIC) == []
    assert texts(buffer.ask(INVOKED)) == ["a + b"]
    assert snooze(0) == 0
    assert texts(buffer.ask(AUTOMATIC)) == ["a + b"]


def test_without_a_model_the_user_is_told_once_how_to_get_one(server: Wire, tmp_path: Path) -> None:
    started(server, model=None)
    buffer = Buffer(server, tmp_path / "a.py", "total = ")
    assert buffer.ask() == buffer.ask() == []
    kind, message = shown(server)
    assert kind == INFO
    assert "`speedproof models fetch`" in message
    assert not [m for m in server.received if m.get("method") == "window/showMessage"]


def test_a_failure_of_the_model_is_told_once_and_typing_goes_on(server: Wire, tmp_path: Path) -> None:
    started(server)
    buffer = Buffer(server, tmp_path / "a.py", "broken = ")
    assert buffer.ask() == buffer.ask() == []
    assert shown(server) == (WARNING, "Speedproof: the server at http://x is not reachable: is it running?")
    assert not [m for m in server.received if m.get("method") == "window/showMessage"]
    buffer.enter("total = ")
    assert buffer.ask(AUTOMATIC) == []  # it rests
    assert texts(buffer.ask(INVOKED)) == ["a + b"]
    assert texts(buffer.ask(AUTOMATIC)) == ["a + b"]


def test_a_file_with_secrets_is_shown_to_no_model(server: Wire, tmp_path: Path) -> None:
    started(server)
    assert Buffer(server, tmp_path / ".env", "total = ").ask() == []
    kind, message = shown(server)
    assert kind == WARNING
    assert message.startswith("Speedproof: no completion in .env: ")
    assert asked(tmp_path) == []


@pytest.mark.parametrize("is_on", [True, False])
def test_definitions_from_other_files_are_shown_but_no_secrets(server: Wire, tmp_path: Path, is_on: bool) -> None:
    settings: Message = {"completion-context": is_on}
    started(server, **settings)
    for name, text in {
        "pyproject.toml": "",
        "shapes.py": "def area(width, height):\n    return width * height\n",
    }.items():
        (tmp_path / name).write_text(text)
    Buffer(server, tmp_path / ".env", "area = 'a secret that area has'")
    buffer = Buffer(server, tmp_path / "a.py", "area(")
    buffer.lines.insert(1, "from shapes import area")
    server.notify("textDocument/didClose", {"textDocument": {"uri": buffer.uri}})
    buffer.uri = server.open(buffer.path, buffer.text)
    shown = tmp_path / "cache" / "shown"

    def ask() -> list[list[str]]:
        buffer.type("x")
        buffer.ask()
        time.sleep(2.0)  # it is gathered while nothing is typed
        found: list[list[str]] = json.loads(shown.read_text(encoding="utf-8"))
        return found

    if is_on:
        ((path, text),) = server.until(ask, bool)
        assert path == "shapes.py"
        assert "def area(width, height)" in text
    else:
        assert ask() == ask() == []


# --- Clients ---


def test_who_completes_inline_is_not_offered_the_list_as_well(server: Wire) -> None:
    capabilities = started(server)["capabilities"]
    assert "inlineCompletionProvider" in capabilities
    assert "completionProvider" not in capabilities


def test_who_does_not_gets_one_labelled_entry(server: Wire, tmp_path: Path) -> None:
    capabilities = started(server, {"textDocument": {"completion": {}}})["capabilities"]
    assert capabilities["completionProvider"]["triggerCharacters"]
    buffer = Buffer(server, tmp_path / "a.py", "obj.append")
    (entry,) = buffer.entries()["items"]
    assert (entry["label"], entry["detail"], entry["filterText"]) == ("append(a)", "Speedproof", "append(a)")
    assert entry["textEdit"]["newText"] == "append(a)"
    assert entry["textEdit"]["range"] == {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 10}}
    buffer.enter("nothing")
    assert buffer.entries() == {"isIncomplete": True, "items": []}
