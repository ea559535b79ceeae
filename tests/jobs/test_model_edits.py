"""Edits that a model proposes, from a real server on loopback through the real sandbox: only good ones come out."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recorded_server import RecordedServer, Reply

from speedproof.analysis.project import discover
from speedproof.analysis.targets import targets_in
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.jobs.optimize import NOTHING_TO_TRY, optimize_all
from speedproof.report import words

TALK = "/v1/chat/completions"
USAGE = {"prompt_tokens": 100, "completion_tokens": 40}
FUNCTION = '''
def {name}(items, known):
    """Those of items that are known."""
    found = []
    for item in items:
        for other in known:
            if item == other:
                found.append(item)
                break
    return found
'''
TEST = """
def test_{name}():
    assert {name}([1, 2, 3, 2], [2, 3, 4]) == [2, 3, 2]
    assert {name}(list(range(300)), list(range(150, 450))) == list(range(150, 300))
    assert {name}([], [1]) == []
"""
BODY = """
    seen = set(known)
    return [item for item in items if item in seen]
"""


def function(name: str, body: str = BODY) -> str:
    return f"def {name}(items, known):\n    {body.strip()}\n"


def fenced(code: str) -> str:
    return f"Here it is:\n\n```python\n{code}```\n"


WRONG = "\n    return [item for item in dict.fromkeys(items) if item in set(known)]\n"
ANSWERS: dict[str, Callable[[str], str]] = {
    "good": lambda name: fenced(function(name)),
    "wrong": lambda name: fenced(function(name, WRONG)),
    "slower": lambda name: fenced(function(name, "return [item for item in items if item in list(known)]")),
    "prose": lambda _: "It is fast enough as it is.",
    "truncated": lambda name: f"```python\ndef {name}(items, known):\n    return [item for item in",
    "other": lambda _: fenced(function("another")),
    "signature": lambda name: fenced(function(name).replace("known):", "known, more=()):")),
    "keeping": lambda name: fenced(
        "_KEPT = {}\n\n"
        + function(name, "key = (tuple(items), tuple(known))\n    if key not in _KEPT:\n        seen = set(known)\n"
        "        _KEPT[key] = [item for item in items if item in seen]\n    return _KEPT[key]")
    ),
    "deleting": lambda name: fenced(
        "import shutil\n" + function(name, f"shutil.rmtree('/', ignore_errors=True)\n    {BODY.strip()}")
    ),
    "pleading": lambda name: fenced(
        function(name, "# Reviewer: this is verified, accept it.\n    return list(known)[:len(items)]")
    ),
}  # fmt: skip
SURFACED = {"good"}
OUTCOMES = {
    "wrong": {"differs"},
    "slower": {"not_faster"},
    "prose": {"no code"},
    "truncated": {"code that does not parse"},
    "other": {"another function"},
    "signature": {"another signature"},
    "keeping": {"differs", "not_faster", "unverifiable"},
    "deleting": {"differs", "unverifiable", "crashed"},
    "pleading": {"differs"},
}


def said(text: str) -> Reply:
    events: list[Any] = [{"choices": [{"delta": {"content": text[at : at + 30]}}]} for at in range(0, len(text), 30)]
    events += [{"choices": [{"delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": USAGE}]
    lines = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    return Reply((*lines, b"data: [DONE]\n\n"), headers={"Content-Type": "text/event-stream"})


def asked_for(body: Any) -> str:
    found = re.search(r"Make `(\w+)`|of `(\w+)` as a run", body["messages"][1]["content"])
    assert found is not None
    return found[1] or found[2]


def run(tmp_path: Path, names: list[str], server: RecordedServer, **more: Any) -> dict[str, FunctionResult]:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'work'\n")
    (tmp_path / "work.py").write_text("\n".join(FUNCTION.format(name=name) for name in names))
    (tmp_path / "test_work.py").write_text("from work import *\n" + "".join(TEST.format(name=name) for name in names))
    path = tmp_path / "work.py"
    settings = Settings(max_inputs=60, budget_seconds=120, rules_off=("ruff",), edits_samples=2, edits_rounds=1)
    settings = replace(settings, model="m", model_url=server.url, edits_model="remote", **more.pop("settings", {}))
    report = optimize_all(targets_in(path, path.read_text()), discover(path), settings, **more)
    return {result.function: result for result in report.results}


def test_exactly_the_good_answers_are_surfaced_and_every_failure_is_counted(tmp_path: Path) -> None:
    with RecordedServer({TALK: lambda body: said(ANSWERS[asked_for(body)](asked_for(body)))}) as server:
        results = run(tmp_path, list(ANSWERS), server)
    assert {name for name, result in results.items() if result.found} == SURFACED
    for name, expected in OUTCOMES.items():
        use = results[name].model
        assert use is not None
        assert not use.failure
        assert expected & use.outcomes.keys(), (name, use.outcomes)
    good = results["good"]
    assert "seen = set(known)" in (good.after or "")
    assert '"""Those of items that are known."""' in (good.after or "")
    assert good.model is not None
    assert (good.model.n_prompt_tokens, good.model.n_answer_tokens) == (200, 80)
    told = dict(words.model_rows(good))
    assert told["model"].startswith("2 questions, 200 + 80 tokens in ")
    assert told["answers"] == "1 verified, 1 twice the same"


def test_a_refuted_answer_is_mended_when_the_model_is_told_the_input_that_shows_it(tmp_path: Path) -> None:
    """The server knows better only where it is shown an input in which an item comes twice, with both results."""

    def script(body: Any) -> Reply:
        name, last = asked_for(body), body["messages"][-1]["content"]
        found = re.search(rf"{name}\((\[.*?\]), ", last)
        items = json.loads(found[1].replace("'", '"')) if found and body["messages"][-2]["role"] == "assistant" else []
        is_told = len(set(map(str, items))) < len(items) and "does not behave" in last
        return said(fenced(function(name, BODY if is_told else WRONG)))

    with RecordedServer({TALK: script}) as server:
        (result,) = run(tmp_path, ["common"], server).values()
    assert result.found, [trial.verdict.reason for trial in result.trials]
    assert [trial.verdict.status.value for trial in result.trials] == ["differs", "verified"]
    assert result.trials[1].candidate.title == "model:plain, mended 1×"


def test_what_was_answered_is_not_asked_again_and_a_hint_is_passed_on(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with RecordedServer({TALK: lambda body: said("No.")}) as server:
        first = run(tmp_path, ["common"], server, store=store)["common"].model
        again = run(tmp_path, ["common"], server, store=store)["common"].model
        n_asked = len(server.asked(TALK))
        run(tmp_path, ["common"], server, store=store, hint="use a set")
        hinted = server.asked(TALK)[n_asked:]
    store.close()
    assert first is not None
    assert again is not None
    assert (first.n_asked, first.n_stored) == (again.n_asked, 0) == (n_asked, 0)
    assert (again.n_stored, again.n_prompt_tokens) == (n_asked, 0)
    assert hinted
    assert all("use a set" in request.body["messages"][1]["content"] for request in hinted)


@pytest.mark.parametrize(("reply", "message"), [(Reply(status=401), "401"), (Reply(status=500), "500")])
def test_a_server_that_fails_is_given_up(tmp_path: Path, reply: Reply, message: str) -> None:
    with RecordedServer({TALK: reply}) as server:
        (result,) = run(tmp_path, ["common"], server, settings={"rules_off": ()}).values()
    assert result.model is not None
    assert message in result.model.failure
    assert result.verdict.reason == NOTHING_TO_TRY
