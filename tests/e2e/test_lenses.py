"""Code lenses, what they run, and what a status bar shows, over the wire; the engine is scripted (see scripted.py)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_features import INFO, TEXT, VERSIONED, WARNING, accept_edits, capabilities, module, optimize, place, shown
from wire import Message, Wire, wire

__all__ = ["module"]

REFRESHING: Message = {"codeLens": {"refreshSupport": True}}
HELD = ["verified 3.1× faster", "apply", "proof"]
APPLIED = ["verified 3.1× faster", "proof"]
WIDE = '"""Größe 😀"""; OTHER = 1\n\n\ndef quick(x): """😀"""; return slow\n'


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Wire]:
    with wire(tmp_path / "cache", "scripted.py") as client:
        yield client


def lenses(server: Wire, uri: str) -> list[Message]:
    found: list[Message] = server.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    return found


def titles(server: Wire, uri: str) -> list[str]:
    return [lens["command"]["title"] for lens in lenses(server, uri)]


def execute(server: Wire, command: str, *arguments: Any) -> Any:
    return server.request("workspace/executeCommand", {"command": command, "arguments": list(arguments)})


def refreshed(server: Wire) -> None:
    server.wait(lambda message: message.get("method") == "workspace/codeLens/refresh")


def test_a_function_with_a_verified_edit_has_lenses(server: Wire, module: Path) -> None:
    server.initialize(capabilities(workspace_edit=VERSIONED, workspace=REFRESHING))
    uri = server.open(module, TEXT)
    refreshed(server)  # the verdict on `recalled` is in the store
    assert titles(server, uri) == HELD
    server.answers["workspace/applyEdit"] = lambda params: {"applied": False}
    optimize(server, uri, "Shape.quick_area")
    refreshed(server)
    assert shown(server)[0] == WARNING
    found = lenses(server, uri)
    assert [lens["command"]["title"] for lens in found] == HELD * 2
    assert [lens["range"] for lens in found] == [place(5, 4)] * 3 + [place(18)] * 3
    argument = {"uri": uri, "qualname": "Shape.quick_area"}
    assert [(lens["command"]["command"], lens["command"]["arguments"]) for lens in found[:3]] == [
        ("speedproof.showProof", [argument]),
        ("speedproof.apply", [argument]),
        ("speedproof.showProof", [argument]),
    ]


def test_lenses_go_with_the_text_that_they_are_for(server: Wire, module: Path) -> None:
    server.initialize(capabilities(workspace=REFRESHING))
    server.answers["workspace/applyEdit"] = lambda params: {"applied": False}
    uri = server.open(module, TEXT)
    refreshed(server)
    server.change(uri, 2, {"range": place(18), "text": "# Moved.\n"})
    assert [lens["range"] for lens in lenses(server, uri)] == [place(19)] * 3
    server.change(uri, 3, {"range": place(20, 11), "text": "other, "})
    assert lenses(server, uri) == []
    assert execute(server, "speedproof.apply", {"uri": uri, "qualname": "recalled"}) is False
    assert shown(server) == (WARNING, "Speedproof: not applied: `recalled` was changed meanwhile")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_lens_applies_the_edit_and_stays_as_what_it_is_now(server: Wire, module: Path, encoding: str) -> None:
    more: Message = {"general": {"positionEncodings": [encoding]}}
    server.initialize(capabilities(workspace_edit=VERSIONED, workspace=REFRESHING, **more))
    server.answers["workspace/applyEdit"] = lambda params: {"applied": False}
    uri = server.open(module, WIDE)
    optimize(server, uri, "quick")
    shown(server)
    asked = accept_edits(server)
    apply = lenses(server, uri)[1]["command"]
    assert server.request("workspace/executeCommand", apply) is True
    (change,) = asked[0]["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    for edit in reversed(change["edits"]):
        assert edit["range"]["start"]["character"] == edit["range"]["end"]["character"] == 0
    server.change(uri, 2, {"text": WIDE.replace("slow", "fast").replace("\n", "\nimport fast\n", 1)})
    found = lenses(server, uri)
    assert [lens["command"]["title"] for lens in found] == APPLIED
    assert found[0]["range"] == place(4)
    # Without what the rewrite has put in beside the function it is not what was verified.
    server.change(uri, 3, {"text": WIDE.replace("slow", "fast")})
    assert lenses(server, uri) == []


def test_a_proved_change_has_a_lens(server: Wire, module: Path) -> None:
    text = TEXT + "# was: faster\n"
    module.write_text(text)
    server.initialize(capabilities())
    uri = server.open(module, text)
    execute(server, "speedproof.prove", {"uri": uri, "qualname": "hopeless"})
    found = server.until(lambda: titles(server, uri), lambda found: len(found) == 5)
    assert found == ["differs", "proof", *HELD]


def test_lenses_go_when_another_file_is_saved(server: Wire, module: Path) -> None:
    server.initialize(capabilities(workspace=REFRESHING))
    uri = server.open(module, TEXT.replace("recalled", "quick"))
    other = server.open(module.with_name("b.py"), "x = 1\n")
    accept_edits(server)
    optimize(server, uri, "quick")
    refreshed(server)
    assert titles(server, uri) == HELD
    server.notify("textDocument/didSave", {"textDocument": {"uri": other}})
    refreshed(server)
    assert titles(server, uri) == []


def test_a_client_that_cannot_ask_anew_is_not_told_to(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)
    server.until(lambda: titles(server, uri), lambda found: found == HELD)
    assert not [message for message in server.received if message.get("method") == "workspace/codeLens/refresh"]


@pytest.mark.parametrize(
    ("command", "nothing"),
    [("speedproof.apply", False), ("speedproof.proofPage", None), ("speedproof.showProof", None)],
)
def test_commands_on_a_function_without_a_verdict(server: Wire, module: Path, command: str, nothing: Any) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)
    assert execute(server, command, {"uri": uri, "qualname": "hopeless"}) is nothing
    assert shown(server) == (INFO, "Speedproof: nothing is known about `hopeless` yet: optimize it first")
    params = {"command": command, "arguments": [{"uri": uri}]}
    assert server.error("workspace/executeCommand", params) == -32602


def test_the_proof_as_a_page_and_the_texts_that_were_compared(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    accept_edits(server)
    uri = server.open(module, TEXT)
    optimize(server, uri, "Shape.quick_area")
    page = execute(server, "speedproof.proofPage", {"uri": uri, "qualname": "Shape.quick_area"})
    assert page["title"] == "Shape.quick_area: verified"
    assert page["html"].startswith("<!doctype html>")
    assert "default-src 'none'" in page["html"]
    assert "a.py::Shape.quick_area" in page["html"]
    assert str(module.parent) not in page["html"]
    assert page["before"] == TEXT
    assert page["after"] == TEXT.replace("slow", "fast", 1).replace("\n", "\nimport fast\n", 1)


# --- The status ---


def test_the_status_is_told_as_it_changes(server: Wire, module: Path) -> None:
    settings: Message = {"model": "/models/small.gguf"}
    server.answers["workspace/configuration"] = lambda params: [settings]
    experimental = {"statusNotification": True}
    server.initialize(capabilities(workspace={"configuration": True}, experimental=experimental))
    idle = {
        "completion": "automatic",
        "model": {"name": "small.gguf", "url": None},
        "snoozed_seconds": 0,
        "working": [],
        "problem": None,
    }
    assert server.notification("$/speedproof/status") == idle
    assert execute(server, "speedproof.status") == idle
    uri = server.open(module, "def patient(): return 1\n")
    running = server.start(
        "workspace/executeCommand",
        {"command": "speedproof.optimize", "arguments": [{"uri": uri, "qualname": "patient"}]},
    )
    assert server.notification("$/speedproof/status")["working"] == ["Optimizing patient"]
    server.notify("$/cancelRequest", {"id": running})
    assert server.notification("$/speedproof/status") == idle
    execute(server, "speedproof.snooze", 2)
    assert 100 < server.notification("$/speedproof/status")["snoozed_seconds"] <= 120
    execute(server, "speedproof.snooze", 0.001)
    assert server.notification("$/speedproof/status")["snoozed_seconds"] > 0
    assert server.notification("$/speedproof/status") == idle
    settings = {"model": "served", "model-url": "http://127.0.0.1:1", "completion": "manual"}
    server.notify("workspace/didChangeConfiguration", {"settings": None})
    told = server.notification("$/speedproof/status")
    assert (told["completion"], told["model"]) == ("manual", {"name": "served", "url": "http://127.0.0.1:1"})


def test_who_does_not_ask_for_the_status_is_not_told(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    optimize(server, server.open(module, TEXT), "hopeless")
    assert execute(server, "speedproof.status")["model"] is None
    assert not [message for message in server.received if message.get("method") == "$/speedproof/status"]
