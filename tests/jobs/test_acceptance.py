"""How completions are counted, and the table of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from completing import ScriptedModel

from speedproof.cli import FOUND, NOTHING_FOUND, main
from speedproof.core.completion import Around
from speedproof.core.store import Counters
from speedproof.core.text import Edit, Span
from speedproof.jobs.acceptance import Row, count_judged, count_shown, folder, rows
from speedproof.jobs.asked import Asked, Offer
from speedproof.jobs.complete import Completer
from speedproof.suggest.completion.typed_ahead import Suggestions

BEFORE, SUGGESTED = "x = ", "first(second)"


@pytest.fixture
def counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counters]:
    monkeypatch.setenv("SPEEDPROOF_HOME", str(tmp_path))
    made = Counters(folder())
    yield made
    made.close()


@pytest.mark.parametrize(
    ("texts", "later", "expected"),
    [
        ([], "x = other", Row("m", 1, 0, 0, 0, 0, 13, 0)),
        ([SUGGESTED], "x = first(second)", Row("m", 1, 1, 0, 1, 0, 13, 13)),
        ([SUGGESTED], "x = first(third)", Row("m", 1, 1, 0, 0, 1, 13, 13)),
        (["first"], "x = first", Row("m", 1, 0, 1, 1, 0, 13, 5)),
        (["first", "first(", SUGGESTED], "x = first(second)", Row("m", 1, 0, 1, 1, 0, 13, 12)),
        (["f", "fi", "fir"], "x = fir", Row("m", 1, 0, 0, 0, 0, 13, 0)),
        (["other"], "x = other", Row("m", 1, 0, 0, 0, 0, 13, 0)),
    ],
)
def test_what_texts_tell(counters: Counters, texts: list[str], later: str, expected: Row) -> None:
    suggestions = Suggestions()
    edit = Edit(Span(len(BEFORE), len(BEFORE)), SUGGESTED)
    count_shown(counters, "m", suggestions.add(Around("a.py", BEFORE, ""), edit))
    for text in texts:
        suggestions.typed(Around("a.py", BEFORE + text, ""))
    count_judged(counters, "m", suggestions.later(later))
    assert rows(counters.all()) == [expected]


def test_the_table(counters: Counters, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats"]) == NOTHING_FOUND
    assert capsys.readouterr().out == "no completion was shown so far\n"
    counters.add("small", "shown", count=8)
    counters.add("small", "accepted", count=2)
    counters.add("small", "accepted_in_part")
    counters.add("small", "kept", count=3)
    counters.add("small", "characters_shown", count=100)
    counters.add("small", "characters_accepted", count=25)
    assert main(["stats"]) == FOUND
    assert capsys.readouterr().out.splitlines() == [
        "model  shown    taken  in part  still there  characters taken",
        "small      8  2 (25%)  1 (12%)     3 (100%)          25 (25%)",
    ]
    assert main(["stats", "--json"]) == FOUND
    (row,) = json.loads(capsys.readouterr().out)["models"]
    assert (row["model"], row["shown"], row["accepted"], row["changed"]) == ("small", 8, 2, 0)
    assert main(["stats", "--reset"]) == NOTHING_FOUND


def test_what_was_made_while_typing_is_counted_when_it_is_shown(counters: Counters) -> None:
    completer = Completer(ScriptedModel(), counters)
    asked = Asked("file:///a.py", "a.py", BEFORE, len(BEFORE), lambda: None)
    offer = Offer(Edit(Span(len(BEFORE), len(BEFORE)), SUGGESTED), "model")
    completer.keep(asked, offer)
    assert rows(counters.all()) == []
    typed = replace(asked, text=BEFORE + "fi", offset=len(BEFORE) + 2)
    for _ in range(2):
        shown = completer.known(typed)
        assert shown is not None
        assert shown.edit.new_text == SUGGESTED[2:]
    assert [row.shown for row in rows(counters.all())] == [1]
