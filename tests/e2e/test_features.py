"""What the server offers, request by request, over the wire; the engine is scripted (see scripted.py)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wire import Message, Wire, wire

TEXT = '''"""Doc."""
import os


class Shape:
    @property
    def quick_area(self):
        return slow


def hopeless(x):
    return slow


def broken(x):
    return slow


def recalled(x):
    return slow
'''
LITERALS: Message = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}
RESOLVING: Message = {**LITERALS, "dataSupport": True, "resolveSupport": {"properties": ["edit"]}}
VERSIONED: Message = {"documentChanges": True, "changeAnnotationSupport": {"groupsOnLabel": True}}
INFO, WARNING, ERROR = 3, 2, 1


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Wire]:
    with wire(tmp_path / "cache", "scripted.py") as client:
        yield client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """For tests that only ask."""
    with wire(tmp_path_factory.mktemp("cache"), "scripted.py") as client:
        client.initialize(capabilities())
        yield client


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "a.py"
    path.parent.mkdir()
    (path.parent / "pyproject.toml").touch()
    path.write_text(TEXT)
    return path


def capabilities(code_action: Message | None = None, workspace_edit: Message | None = None, **more: Message) -> Message:
    made: Message = {"textDocument": {"codeAction": code_action or LITERALS}, "workspace": {"applyEdit": True}}
    if workspace_edit is not None:
        made["workspace"]["workspaceEdit"] = workspace_edit
    for section, values in more.items():
        made.setdefault({"text_document": "textDocument"}.get(section, section), {}).update(values)
    return made


def optimize(server: Wire, uri: str, name: str) -> Any:
    argument = {"uri": uri, "qualname": name}
    return server.request("workspace/executeCommand", {"command": "speedproof.optimize", "arguments": [argument]})


def accept_edits(server: Wire) -> list[Message]:
    """Where the edits appear that the server asks for, each of which is applied."""
    asked: list[Message] = []

    def accept(params: Message) -> Message:
        asked.append(params)
        return {"applied": True}

    server.answers["workspace/applyEdit"] = accept
    return asked


def shown(server: Wire) -> tuple[int, str]:
    message = server.notification("window/showMessage")
    return message["type"], message["message"]


def place(line: int, character: int = 0) -> Message:
    position = {"line": line, "character": character}
    return {"start": position, "end": position}


# --- Code actions ---


@pytest.mark.parametrize(
    ("line", "character", "title"),
    [
        (0, 0, None),
        (4, 0, None),
        (5, 0, "Optimize `quick_area`"),
        (6, 12, "Optimize `quick_area`"),
        (7, 99, "Optimize `quick_area`"),
        (8, 0, None),
        (10, 0, "Optimize `hopeless`"),
        (999, 0, None),
    ],
)
def test_function_under_the_cursor(server: Wire, module: Path, line: int, character: int, title: str | None) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)
    assert [action["title"] for action in server.code_actions(uri, line, character)] == ([title] if title else [])


@pytest.mark.parametrize("edits_model", ["local", "off"])
@pytest.mark.parametrize("can_ask", [True, False])
def test_a_hint_for_the_model_by_a_command_of_the_client(
    server: Wire, module: Path, edits_model: str, can_ask: bool
) -> None:
    server.answers["workspace/configuration"] = lambda params: [{"edits-model": edits_model}]
    commands = {"commands": ["speedproof.askHint"] if can_ask else ["another.command"]}
    server.initialize(capabilities(workspace={"configuration": True}, experimental={"commands": commands}))
    uri = server.open(module, TEXT)
    wanted = 2 if can_ask and edits_model == "local" else 1
    server.until(lambda: server.code_actions(uri, 7, 0), lambda actions: len(actions) == wanted)
    _, *more = server.code_actions(uri, 7, 0)
    assert [action["title"] for action in more] == (
        ["Optimize `quick_area` with a hint…"] if can_ask and edits_model == "local" else []
    )
    for action in more:
        assert action["command"]["command"] == "speedproof.askHint"
        argument = {**action["command"]["arguments"][0], "hint": "other means"}
        server.request("workspace/executeCommand", {"command": "speedproof.optimize", "arguments": [argument]})
        assert shown(server) == (INFO, "Speedproof: `Shape.quick_area` stays as it is: no gain by other means")


def test_a_hint_where_no_model_is_asked_is_told(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    argument = {"uri": server.open(module, TEXT), "qualname": "Shape.quick_area", "hint": "other means"}
    answer = server.request("workspace/executeCommand", {"command": "speedproof.optimize", "arguments": [argument]})
    assert answer is None
    kind, message = shown(server)
    assert kind == ERROR
    assert "`edits-model`" in message


def test_an_action_carries_all_that_it_needs(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)
    (action,) = server.code_actions(uri, 7, 0)
    assert action["kind"] == "refactor.rewrite"
    assert action["command"]["command"] == "speedproof.optimize"
    assert action["command"]["arguments"] == [
        {
            "uri": uri,
            "version": 1,
            "qualname": "Shape.quick_area",
            "range": {"start": {"line": 5, "character": 4}, "end": {"line": 7, "character": 19}},
        }
    ]
    assert server.request("codeAction/resolve", action) == action


@pytest.mark.parametrize(
    ("only", "n_actions"),
    [
        (["refactor"], 1),
        (["refactor.rewrite"], 1),
        ([""], 1),
        (["quickfix", "refactor"], 1),
        (["quickfix"], 0),
        (["refactor.rewrite.other"], 0),
        (["refactor.extract"], 0),
        (["source"], 0),
        ([], 0),
    ],
)
def test_only_the_kinds_that_are_asked_for(shared: Wire, module: Path, only: list[str], n_actions: int) -> None:
    uri = shared.open(module, TEXT)
    assert len(shared.code_actions(uri, 10, 0, only=only)) == n_actions


def test_a_client_without_action_literals_gets_commands(server: Wire, module: Path) -> None:
    server.initialize({})
    uri = server.open(module, TEXT)
    (command,) = server.code_actions(uri, 10, 0)
    assert command["command"] == "speedproof.optimize"


def test_no_actions_where_there_is_no_file(server: Wire) -> None:
    server.initialize(capabilities())
    uri = "untitled:Untitled-1"
    item = {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}
    server.notify("textDocument/didOpen", {"textDocument": item})
    assert server.code_actions(uri, 10, 0) == []
    assert server.code_actions("file:///never/opened.py", 0, 0) == []


# --- Ready edits ---


@pytest.mark.parametrize("code_action", [LITERALS, RESOLVING])
@pytest.mark.parametrize("workspace_edit", [None, {"documentChanges": True}, VERSIONED])
def test_ready_edit_in_the_form_that_the_client_takes(
    server: Wire, module: Path, code_action: Message, workspace_edit: Message | None
) -> None:
    server.initialize(capabilities(code_action, workspace_edit))
    server.answers["workspace/applyEdit"] = lambda params: {"applied": False, "failureReason": "not now"}
    uri = server.open(module, TEXT)
    assert optimize(server, uri, "Shape.quick_area")["verdict"] == "verified"
    assert shown(server) == (WARNING, "Speedproof: the editor did not apply it: not now")
    ready, _ = server.code_actions(uri, 7, 0)
    assert ready["title"] == "Apply verified rewrite: 3.1× faster"
    assert ready["isPreferred"] is True
    assert ("edit" in ready) == (code_action is LITERALS)
    edit = server.request("codeAction/resolve", ready)["edit"]
    return_line = {"start": {"line": 7, "character": 0}, "end": {"line": 8, "character": 0}}
    text_edits = [
        {"range": place(1), "newText": "import fast\n"},
        {"range": return_line, "newText": "        return fast\n"},
    ]
    if workspace_edit is None:
        assert edit == {"changes": {uri: text_edits}}
        return
    (change,) = edit["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    if workspace_edit is VERSIONED:
        assert edit["changeAnnotations"]["speedproof"]["label"] == "Speedproof: 3.1× faster"
        text_edits = [{**text_edit, "annotationId": "speedproof"} for text_edit in text_edits]
    assert change["edits"] == text_edits


def test_ready_edit_is_made_for_the_text_as_it_is_when_chosen(server: Wire, module: Path) -> None:
    server.initialize(capabilities(RESOLVING, VERSIONED))
    accept_edits(server)
    uri = server.open(module, TEXT)
    optimize(server, uri, "Shape.quick_area")
    ready, _ = server.code_actions(uri, 7, 0)
    server.change(uri, 2, {"range": place(0), "text": "# A comment.\n"})
    (change,) = server.request("codeAction/resolve", ready)["edit"]["documentChanges"]
    assert change["textDocument"]["version"] == 2
    assert [edit["range"]["start"]["line"] for edit in change["edits"]] == [2, 8]

    server.change(uri, 3, {"range": place(8, 19), "text": "er"})
    assert "edit" not in server.request("codeAction/resolve", ready)
    assert shown(server) == (WARNING, "Speedproof: not applied: `Shape.quick_area` was changed meanwhile")
    assert len(server.code_actions(uri, 8, 0)) == 1


def test_a_verdict_in_the_store_is_offered(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)
    ready, _ = server.until(lambda: server.code_actions(uri, 19, 0), lambda actions: len(actions) == 2)
    assert ready["title"] == "Apply verified rewrite: 3.1× faster"


# --- The command ---


def test_the_command_applies_what_it_finds(server: Wire, module: Path) -> None:
    server.initialize(capabilities(workspace_edit=VERSIONED))
    asked = accept_edits(server)
    uri = server.open(module, TEXT)
    result = optimize(server, uri, "Shape.quick_area")
    assert (result["function"], result["verdict"]) == ("Shape.quick_area", "verified")
    assert result["speedup"]["estimate"] == 3.14
    assert asked[0]["label"] == "Speedproof: Shape.quick_area 3.1× faster"


def test_the_command_by_range_and_by_a_range_that_has_moved(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)

    def command(**argument: Any) -> Any:
        params = {"command": "speedproof.optimize", "arguments": [{"uri": uri, "range": place(10), **argument}]}
        return server.request("workspace/executeCommand", params)

    assert command()["function"] == "hopeless"
    assert shown(server) == (INFO, "Speedproof: `hopeless` stays as it is: no gain")
    assert command(version=1)["function"] == "hopeless"
    shown(server)
    server.change(uri, 2, {"range": place(10), "text": "# Moved.\n" * 9})
    assert command(version=1, qualname="hopeless")["function"] == "hopeless"
    shown(server)
    assert command(version=1) is None
    assert shown(server) == (ERROR, "Speedproof: there is no function at this place")


def test_what_was_not_run_is_told_and_never_an_edit(server: Wire, module: Path) -> None:
    server.initialize(capabilities(workspace_edit=VERSIONED))
    asked = accept_edits(server)
    uri = server.open(module, "def unrun(x):\n    return slow(x)\n")
    result = optimize(server, uri, "unrun")
    assert (result["verdict"], result["diff"]) == ("unverifiable", None)
    assert "+    return fast(x)" in result["suggestions"][0]["diff"]
    kind, words = shown(server)
    assert kind == WARNING
    assert words.startswith("Speedproof: `unrun`: nothing is proved or applied: nothing was run: no sandbox. ")
    assert [action["title"] for action in server.code_actions(uri, 0, 0)] == ["Optimize `unrun`"]
    assert asked == []


def test_a_definition_that_another_replaces_is_not_optimized(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, "def f():\n    return 1\n\ndef f():\n    return 2\n")
    (action,) = server.code_actions(uri, 0, 0)
    assert server.request("workspace/executeCommand", action["command"]) is None
    assert shown(server)[1].startswith("Speedproof: `f` is defined again further down")


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (TEXT, "broken", "the interpreter is gone"),
        (TEXT, "unknown", "there is no function `unknown`"),
        ("def quick(): return 1\n\n\nx = (\n", "quick", "a.py, line 4: '(' was never closed"),
    ],
)
def test_the_command_says_what_is_wrong(server: Wire, module: Path, text: str, name: str, message: str) -> None:
    server.initialize(capabilities())
    assert optimize(server, server.open(module, text), name) is None
    assert shown(server) == (ERROR, f"Speedproof: {message}")


def test_the_command_on_a_file_that_is_not_open(server: Wire, module: Path) -> None:
    server.initialize(capabilities(workspace_edit=VERSIONED))
    asked = accept_edits(server)
    assert optimize(server, module.as_uri(), "Shape.quick_area")["verdict"] == "verified"
    assert asked[0]["edit"]["documentChanges"][0]["textDocument"] == {"uri": module.as_uri(), "version": None}
    assert module.read_text() == TEXT
    assert optimize(server, (module.parent / "missing.py").as_uri(), "f") is None
    assert "cannot read" in shown(server)[1]


def test_a_refused_edit_is_made_anew_for_the_newer_version(server: Wire, module: Path) -> None:
    server.initialize(capabilities(workspace_edit=VERSIONED))
    uri = server.open(module, TEXT)
    versions: list[int] = []

    def apply(params: Message) -> Message:
        versions.append(params["edit"]["documentChanges"][0]["textDocument"]["version"])
        if len(versions) == 1:
            server.change(uri, 2, {"range": place(0), "text": "# Typed meanwhile.\n"})
        return {"applied": len(versions) > 1}

    server.answers["workspace/applyEdit"] = apply
    optimize(server, uri, "Shape.quick_area")
    assert versions == [1, 2]


def test_a_client_that_cannot_apply_edits_is_told_of_the_action(server: Wire, module: Path) -> None:
    server.initialize({"textDocument": {"codeAction": LITERALS}})
    uri = server.open(module, TEXT)
    optimize(server, uri, "Shape.quick_area")
    message = "Speedproof: `Shape.quick_area`: 3.1× faster. Your editor takes the edit as a code action."
    assert shown(server) == (INFO, message)
    assert len(server.code_actions(uri, 7, 0)) == 2


def test_the_same_function_again_supersedes(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, "def patient(): return 1\n")
    command = {"command": "speedproof.optimize", "arguments": [{"uri": uri, "qualname": "patient"}]}
    first = server.start("workspace/executeCommand", command)
    server.child()
    second = server.start("workspace/executeCommand", command)
    assert server.answer(first)["result"] is None
    server.notify("$/cancelRequest", {"id": second})
    assert server.answer(second)["error"]["code"] == -32800


# --- Progress ---


def test_progress_with_a_token_that_came_along(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)
    argument = {"uri": uri, "qualname": "hopeless"}
    params = {"command": "speedproof.optimize", "arguments": [argument], "workDoneToken": 7}
    server.request("workspace/executeCommand", params)
    begin = server.notification("$/progress")
    value = {"kind": "begin", "title": "Optimizing hopeless", "cancellable": True, "percentage": 0}
    assert begin == {"token": 7, "value": value}
    assert server.notification("$/progress")["value"]["kind"] in ("report", "end")


def test_a_client_that_refuses_a_progress_gets_its_result(server: Wire, module: Path) -> None:
    server.initialize(capabilities(window={"workDoneProgress": True}))
    server.refused.add("window/workDoneProgress/create")
    uri = server.open(module, TEXT)
    assert optimize(server, uri, "hopeless")["verdict"] == "not_faster"
    assert server.code_actions(uri, 0, 0) == []
    assert not [message for message in server.received if message.get("method") == "$/progress"]


# --- Proving a change ---

COMMITTED = TEXT + "\n\ndef patient():\n    return slow\n\n\n# was: faster\n"
PROVE = "Prove this change to `{}`"


@pytest.fixture
def committed(module: Path) -> Path:
    """The module, with another text in the last commit."""
    module.write_text(COMMITTED)
    return module


def actions_of_changed(server: Wire, uri: str, line: int, n_actions: int = 2) -> Any:
    """Once it is known what the last commit has."""
    return server.until(lambda: server.code_actions(uri, line, 0), lambda actions: len(actions) == n_actions)


def test_a_change_since_the_last_commit_can_be_proved(server: Wire, committed: Path, tmp_path: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(committed, COMMITTED)
    _, prove = actions_of_changed(server, uri, 7)
    assert (prove["title"], prove["kind"]) == (PROVE.format("quick_area"), "refactor.rewrite")
    assert prove["command"]["arguments"] == server.code_actions(uri, 7, 0)[0]["command"]["arguments"]
    result = server.request("workspace/executeCommand", prove["command"])
    assert (result["function"], result["outcome"]) == ("Shape.quick_area", "faster")
    message = "Speedproof: `Shape.quick_area`: verified faster: 3.14× (95 %: 2.90-3.30) faster"
    assert shown(server) == (INFO, message)
    optimize_it, show, again = server.code_actions(uri, 7, 0)
    assert [show["title"], again["title"]] == ["Show the proof: faster", PROVE.format("quick_area")]
    assert optimize_it["title"] == "Optimize `quick_area`"  # and nothing to apply: it is there already
    proof = Path(server.request("workspace/executeCommand", show["command"]).removeprefix("file://"))
    assert "verified faster" in proof.read_text()
    server.change(uri, 2, {"range": place(7), "text": " "})
    assert [action["title"] for action in server.code_actions(uri, 7, 0)] == [optimize_it["title"], again["title"]]


def test_a_change_that_differs_is_a_warning(server: Wire, committed: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(committed, COMMITTED)
    prove = actions_of_changed(server, uri, 10)[1]
    assert server.request("workspace/executeCommand", prove["command"])["outcome"] == "differs"
    assert shown(server) == (WARNING, "Speedproof: `hopeless`: differs: result differs on f(1)")
    prove = actions_of_changed(server, uri, 14)[1]
    assert server.request("workspace/executeCommand", prove["command"]) is None
    assert shown(server) == (ERROR, "Speedproof: the interpreter is gone")


def test_what_is_as_committed_is_not_to_be_proved(server: Wire, committed: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(committed, COMMITTED)
    actions_of_changed(server, uri, 10)
    server.change(
        uri,
        2,
        {"range": {"start": {"line": 11, "character": 11}, "end": {"line": 11, "character": 15}}, "text": "faster"},
    )
    assert [action["title"] for action in server.code_actions(uri, 10, 0)] == ["Optimize `hopeless`"]
    server.change(uri, 3, {"range": place(10, 4), "text": "new_"})
    assert [action["title"] for action in server.code_actions(uri, 10, 0)] == ["Optimize `new_hopeless`"]


def test_a_commit_is_noticed_when_the_file_is_saved(server: Wire, committed: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(committed, COMMITTED)
    actions_of_changed(server, uri, 10)
    committed.write_text(COMMITTED.replace("was: faster", "was: slow"))
    server.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    actions_of_changed(server, uri, 10, n_actions=1)


def test_proving_can_be_called_off(server: Wire, committed: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(committed, COMMITTED)
    argument = {"uri": uri, "qualname": "patient"}
    first = server.start("workspace/executeCommand", {"command": "speedproof.prove", "arguments": [argument]})
    server.child()
    server.notify("$/cancelRequest", {"id": first})
    assert server.answer(first)["error"]["code"] == -32800


# --- Evidence ---


def test_hover_on_the_name_of_a_function_with_a_verdict(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, TEXT)

    def hover(line: int, character: int) -> Any:
        position = {"line": line, "character": character}
        return server.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})

    assert hover(10, 5) is None
    optimize(server, uri, "hopeless")
    found = hover(10, 5)
    assert found["contents"]["kind"] == "markdown"
    assert "no gain" in found["contents"]["value"]
    assert found["range"] == {"start": {"line": 10, "character": 4}, "end": {"line": 10, "character": 12}}
    assert hover(11, 5) is None
    assert hover(14, 5) is None


@pytest.mark.parametrize(("supported", "succeeds"), [(True, True), (True, False), (False, False)])
def test_the_proof_is_shown(server: Wire, module: Path, tmp_path: Path, supported: bool, succeeds: bool) -> None:
    server.initialize(capabilities(window={"showDocument": {"support": supported}}))
    accept_edits(server)
    opened: list[Message] = []

    def open_document(params: Message) -> Message:
        opened.append(params)
        return {"success": succeeds}

    server.answers["window/showDocument"] = open_document
    uri = server.open(module, TEXT)
    argument = {"uri": uri, "qualname": "Shape.quick_area"}
    command = {"command": "speedproof.showProof", "arguments": [argument]}
    assert server.request("workspace/executeCommand", command) is None
    assert "optimize it first" in shown(server)[1]
    optimize(server, uri, "Shape.quick_area")
    proof = Path(server.request("workspace/executeCommand", command).removeprefix("file://"))
    assert proof.is_relative_to(tmp_path / "cache")
    assert "return fast" in proof.read_text()
    assert opened == ([{"uri": proof.as_uri(), "takeFocus": True}] if supported else [])
    if not succeeds:
        assert shown(server) == (INFO, f"Speedproof: the proof is in {proof}")


# --- Findings ---

SLOW = (
    'def f(parts):\n    text = ""  # \N{GRINNING FACE}\n    for part in parts:\n        text += part\n    return text\n'
)
FINDING = {"start": {"line": 3, "character": 8}, "end": {"line": 3, "character": 20}}


def findings(server: Wire, uri: str) -> list[str]:
    report = server.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    return [item["code"] for item in report["items"]]


def test_findings_are_pulled(server: Wire, module: Path) -> None:
    server.initialize(capabilities(text_document={"diagnostic": {}}))
    uri = server.open(module, SLOW)
    report = server.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    (item,) = report["items"]
    assert report["kind"] == "full"
    assert (item["severity"], item["code"], item["source"]) == (4, "str-concat-in-loop", "speedproof")
    assert item["range"] == FINDING
    assert findings(server, "file:///unknown.py") == []


def test_findings_are_pushed_to_a_client_that_does_not_pull(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    uri = server.open(module, SLOW)
    pushed = server.notification("textDocument/publishDiagnostics")
    assert (pushed["uri"], pushed["version"], pushed["diagnostics"][0]["range"]) == (uri, 1, FINDING)
    server.change(uri, 2, {"text": "x = 1\n"})
    assert server.notification("textDocument/publishDiagnostics")["diagnostics"] == []
    server.change(uri, 3, {"text": SLOW})
    assert server.notification("textDocument/publishDiagnostics")["version"] == 3
    server.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert server.notification("textDocument/publishDiagnostics")["diagnostics"] == []


# --- Settings ---


def test_settings_of_the_project_and_over_them_those_of_the_editor(server: Wire, module: Path) -> None:
    (module.parent / "pyproject.toml").write_text("[tool.speedproof]\nfindings = false\n")
    settings: Message = {"findings": None}
    server.answers["workspace/configuration"] = lambda params: [settings]
    server.initialize(capabilities(text_document={"diagnostic": {}}, workspace={"configuration": True}))
    uri = server.open(module, SLOW)
    assert findings(server, uri) == []
    settings = {"findings": True}
    server.notify("workspace/didChangeConfiguration", {"settings": None})
    assert server.until(lambda: findings(server, uri), bool) == ["str-concat-in-loop"]
    settings = {"findings": True, "rules-off": ["str-concat-in-loop"]}
    server.notify("workspace/didChangeConfiguration", {"settings": None})
    assert server.until(lambda: findings(server, uri), lambda found: not found) == []


def test_a_client_that_can_is_told_to_ask_for_findings_anew(server: Wire) -> None:
    workspace = {"configuration": True, "diagnostics": {"refreshSupport": True}}
    server.initialize(capabilities(text_document={"diagnostic": {}}, workspace=workspace))
    server.wait(lambda message: message.get("method") == "workspace/diagnostic/refresh")


def test_a_saved_file_puts_verdicts_on_others_in_question(server: Wire, module: Path) -> None:
    server.initialize(capabilities())
    accept_edits(server)
    uri = server.open(module, TEXT)
    other = server.open(module.with_name("b.py"), "x = 1\n")
    optimize(server, uri, "Shape.quick_area")
    server.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert len(server.code_actions(uri, 7, 0)) == 2
    server.notify("textDocument/didSave", {"textDocument": {"uri": other}})
    assert len(server.code_actions(uri, 7, 0)) == 1


def test_settings_that_are_pushed(server: Wire, module: Path) -> None:
    server.initialize(capabilities(text_document={"diagnostic": {}}))
    uri = server.open(module, SLOW)
    assert findings(server, uri)
    server.notify("workspace/didChangeConfiguration", {"settings": {"speedproof": {"findings": False}}})
    assert not findings(server, uri)
    server.notify("workspace/didChangeConfiguration", {"settings": {"findings": True}})
    assert findings(server, uri)
    server.notify("workspace/didChangeConfiguration", {"settings": "nonsense"})
    assert findings(server, uri)


@pytest.mark.parametrize(
    ("pyproject", "editor", "message"),
    [
        ("[tool.speedproof]\nmax-inputs = 'many'\n", {}, "max-inputs must be a number"),
        ("[tool.speedproof\n", {}, "not valid TOML"),
        ("", {"budget_seconds": "long"}, "budget_seconds must be a number"),
        ("", {"colour": "red"}, "unknown setting 'colour'"),
    ],
)
def test_a_bad_value_gives_one_message_and_the_default(
    server: Wire, module: Path, pyproject: str, editor: Message, message: str
) -> None:
    (module.parent / "pyproject.toml").write_text(pyproject)
    server.initialize(capabilities(text_document={"diagnostic": {}}))
    uri = server.open(module, SLOW)
    settings = {"speedproof": {**editor, "findings": True}}
    server.notify("workspace/didChangeConfiguration", {"settings": settings})
    assert findings(server, uri) == ["str-concat-in-loop"]
    assert findings(server, uri) == ["str-concat-in-loop"]
    kind, told = shown(server)
    assert kind == WARNING
    assert message in told
    assert not [other for other in server.received if other.get("method") == "window/showMessage"]


def test_changes_of_settings_are_registered_for(server: Wire) -> None:
    registered: list[Message] = []
    server.answers["client/registerCapability"] = lambda params: registered.extend(params["registrations"])
    server.initialize({"workspace": {"didChangeConfiguration": {"dynamicRegistration": True}}})
    server.wait(lambda message: message.get("method") == "client/registerCapability")
    assert registered[0]["method"] == "workspace/didChangeConfiguration"
    assert registered[0]["registerOptions"] == {"section": "speedproof"}
