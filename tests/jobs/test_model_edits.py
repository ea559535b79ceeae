"""Edits that a model proposes, from a real server on loopback through the real sandbox: only good ones come out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from model_answers import ANSWERS, COMMON, FAMILIES, HOSTILE, MENDED, OUTCOMES, TALK, Family, asked_for, fenced, said
from recorded_server import RecordedServer, Reply

from speedproof.analysis.project import discover
from speedproof.analysis.targets import targets_in
from speedproof.core.report import FunctionResult
from speedproof.core.settings import Settings
from speedproof.core.store import Store
from speedproof.jobs.optimize import NOTHING_TO_TRY, optimize_all
from speedproof.report import words
from speedproof.suggest.rules.catalogue import RULES

NO_RULES = ("ruff", *(rule.id for rule in RULES))
KINDS = {**ANSWERS, **HOSTILE}


def run(tmp_path: Path, functions: dict[str, Family], server: RecordedServer, **more: Any) -> dict[str, FunctionResult]:
    """Optimize a module of these functions, by name, with the model behind `server` alone."""
    sources = [family.source(name) for name, family in functions.items()]
    tests = [family.test.replace("NAME", name) for name, family in functions.items()]
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'work'\n")
    (tmp_path / "work.py").write_text("\n\n".join(sources))
    (tmp_path / "test_work.py").write_text("from work import *\n" + "".join(tests))
    path = tmp_path / "work.py"
    settings = Settings(max_inputs=60, budget_seconds=120, rules_off=NO_RULES, edits_samples=2, edits_rounds=1)
    settings = replace(settings, model="m", model_url=server.url, edits_model="remote", **more.pop("settings", {}))
    report = optimize_all(targets_in(path, path.read_text()), discover(path), settings, **more)
    return {result.function: result for result in report.results}


@pytest.fixture(scope="module", params=FAMILIES)
def answered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FunctionResult]:
    """By kind of answer, what becomes of a function of which the model always gives that kind."""
    family = FAMILIES[request.param]
    with RecordedServer({TALK: lambda body: said(KINDS[asked_for(body)](family, asked_for(body)))}) as server:
        return run(tmp_path_factory.mktemp("work"), dict.fromkeys(KINDS, family), server)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_good_answers_are_surfaced_and_what_became_of_others_is_counted(
    answered: dict[str, FunctionResult], kind: str
) -> None:
    result = answered[kind]
    assert result.found == (kind == "good"), [trial.verdict.reason for trial in result.trials]
    assert result.model is not None
    assert not result.model.failure
    assert OUTCOMES[kind] & result.model.outcomes.keys(), result.model.outcomes


def test_what_was_asked_and_answered_is_in_the_report(answered: dict[str, FunctionResult]) -> None:
    good = answered["good"]
    assert '"""Slow, and says so."""' in (good.after or "")
    assert good.model is not None
    assert (good.model.n_prompt_tokens, good.model.n_answer_tokens) == (200, 80)
    told = dict(words.model_rows(good))
    assert told["model"].startswith("2 questions, 200 + 80 tokens in ")
    assert told["answers"] == "1 verified, 1 twice the same"


@pytest.mark.parametrize("case", MENDED)
def test_a_refuted_answer_is_mended_when_the_model_is_told_what_shows_it(tmp_path: Path, case: str) -> None:
    """The server knows better only where what it is told about its answer says what is wrong with it."""
    mended = MENDED[case]

    def script(body: Any) -> Reply:
        name, report = asked_for(body), body["messages"][-1]["content"]
        is_told = "does not behave" in report and mended.is_told(report)
        return said(fenced(mended.family.function(name, mended.family.good if is_told else mended.wrong)))

    with RecordedServer({TALK: script}) as server:
        (result,) = run(tmp_path, {"mended": mended.family}, server).values()
    assert [trial.verdict.status.value for trial in result.trials] == ["differs", "verified"]
    assert result.found
    assert result.trials[1].candidate.title == "model:plain, mended 1×"


def test_a_model_is_told_where_the_time_of_a_real_call_goes(tmp_path: Path) -> None:
    with RecordedServer({TALK: lambda body: said("No.")}) as server:
        run(tmp_path, {"common": COMMON}, server, settings={"edits_samples": 3, "edits_rounds": 0})
        texts = [request.body["messages"][1]["content"] for request in server.asked(TALK)]
    (text,) = [text for text in texts if "the lines of `common` ran so often" in text]
    rows = {line.split("%  ", 1)[1].strip(): line.split()[:2] for line in text.splitlines() if "%  " in line}
    assert int(rows["if item == other:"][0]) > 10_000
    assert float(rows["if item == other:"][1].rstrip("%")) > 20
    assert "def common(items, known):" not in rows


def test_what_was_answered_is_not_asked_again_and_a_hint_is_passed_on(tmp_path: Path) -> None:
    store, functions = Store(tmp_path / "store"), {"common": COMMON}
    with RecordedServer({TALK: lambda body: said("No.")}) as server:
        first = run(tmp_path, functions, server, store=store)["common"].model
        again = run(tmp_path, functions, server, store=store)["common"].model
        n_asked = len(server.asked(TALK))
        run(tmp_path, functions, server, store=store, hint="use a set")
        hinted = server.asked(TALK)[n_asked:]
    store.close()
    assert first is not None
    assert again is not None
    assert (first.n_asked, first.n_stored) == (again.n_asked, 0) == (n_asked, 0)
    assert (again.n_stored, again.n_prompt_tokens) == (n_asked, 0)
    assert hinted
    assert all("use a set" in request.body["messages"][1]["content"] for request in hinted)


def test_money_ends_the_search_and_is_told(tmp_path: Path) -> None:
    """Each answer costs 100 tokens at 10 a million and 40 at 100: 0.005."""
    prices = {"model_prompt_price": 10.0, "model_answer_price": 100.0, "edits_money": 0.009, "edits_samples": 4}
    with RecordedServer({TALK: lambda body: said("No.")}) as server:
        use = run(tmp_path, {"common": COMMON}, server, settings={**prices, "edits_rounds": 5})["common"].model
    assert use is not None
    assert use.n_asked == 4  # all of the first round at once, and nobody asks again
    assert use.money == pytest.approx(0.02)
    free = {"model_prompt_price": 10.0}
    with RecordedServer({TALK: lambda body: said("No.")}) as server:
        use = run(tmp_path, {"common": COMMON}, server, settings={**free, "edits_rounds": 1})["common"].model
    assert use is not None
    assert use.n_asked > 2


@pytest.mark.parametrize(("reply", "message"), [(Reply(status=401), "401"), (Reply(status=500), "500")])
def test_a_server_that_fails_is_given_up(tmp_path: Path, reply: Reply, message: str) -> None:
    with RecordedServer({TALK: reply}) as server:
        (result,) = run(tmp_path, {"common": COMMON}, server).values()
    assert result.model is not None
    assert message in result.model.failure
    assert result.verdict.reason == NOTHING_TO_TRY
