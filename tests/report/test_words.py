"""Numbers and values as people read them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results import FOUND, REPORT

from speedproof.core.report import FunctionResult, ModelUse, Report
from speedproof.core.verdict import Evidence, Status, Verdict
from speedproof.report import json as json_report
from speedproof.report import words
from speedproof.report.html import page
from speedproof.report.markdown import proof
from speedproof.report.plot import histograms


@pytest.mark.parametrize(
    ("n_bytes", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1_300_000, "1.2 MiB"),
        (3 * 2**30, "3.0 GiB"),
        (5000 * 2**30, "5000.0 GiB"),
    ],
)
def test_size(n_bytes: int, expected: str) -> None:
    assert words.size(n_bytes) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(12.34, "12.3 s"), (0.0101, "10.1 ms"), (2e-6, "2 µs"), (3.5e-9, "3.5 ns"), (0, "0 ns"), (120, "120 s")],
)
def test_duration(seconds: float, expected: str) -> None:
    assert words.duration(seconds) == expected


@pytest.mark.parametrize(
    ("part", "expected"), [(1.0, "100 %"), (0.999, "99 %"), (0.5, "50 %"), (0.0, "0 %"), (None, "an unknown share")]
)
def test_only_a_whole_share_reads_100_percent(part: float | None, expected: str) -> None:
    assert words.share(part) == expected


@given(st.text(), st.integers(0, 30))
def test_shortened(text: str, width: int) -> None:
    short = words.shortened(text, width)
    assert len(short) <= width
    assert short == text or "…" in short or not width
    assert short[: width // 2] == text[: width // 2]


@given(st.text(st.characters(exclude_categories=[])))
def test_printable_text_has_nothing_to_steer_with_and_can_be_written(text: str) -> None:
    printable = words.printable(text)
    assert all(char.isprintable() or char in "\t\n" or char.isspace() or char >= "\xa0" for char in printable)
    assert not any("\x7f" <= char <= "\x9f" for char in printable)
    printable.encode("utf-8")
    assert words.printable(printable) == printable


@given(st.lists(st.floats(1e-9, 1e3), max_size=20), st.lists(st.floats(1e-9, 1e3), max_size=20), st.integers(1, 50))
def test_histograms_show_every_sample_on_one_axis(first: list[float], second: list[float], width: int) -> None:
    for values, line in zip((first, second), histograms(first, second, width), strict=True):
        assert len(line) == (width if first or second else 0)
        assert (line.strip() != "") == bool(values)
        if values and min(values) == min(first + second):
            assert line[0] != " "


def test_json_is_strict_and_plain() -> None:
    verdict = Verdict(Status.VERIFIED, "é\ud800", Evidence(slowest_input=float("inf"), coverage_original=float("nan")))
    result = type(FOUND)(FOUND.path, "f", "", verdict)
    text = json_report.dumps(Report((*REPORT.results, result)))

    def refuse(constant: str) -> Any:
        raise AssertionError(constant)

    document = json.loads(text, parse_constant=refuse)
    assert text.isascii()
    assert document["version"] == 1
    assert document["results"][-1]["slowest_input"] is None
    found = document["results"][0]
    assert {"path", "function", "verdict", "reason", "speedup", "inputs", "coverage", "memory"} <= set(found)
    assert {"counterexample", "candidates", "diff"} <= set(found)
    assert found["speedup"] == {"estimate": 3.1, "low": 2.9, "high": 3.3}
    assert found["inputs"] == {"total": 214, "recorded": 40, "doctest": 0, "mutated": 174}
    assert document["results"][1]["counterexample"]["call"] == "joined([])"


@pytest.mark.parametrize("shown", [lambda result: proof(result), lambda result: page(Report((result,)))])
def test_what_a_model_was_asked_is_in_every_full_report(shown: Callable[[FunctionResult], str]) -> None:
    use = ModelUse(n_asked=4, n_stored=1, n_prompt_tokens=1200, n_answer_tokens=340, outcomes={"differs": 3})
    text = shown(replace(FOUND, model=replace(use, seconds=2.5, money=0.0123, failure="it <went> away")))
    assert "4 questions, 1 of them answered in an earlier run, 1,200 + 340 tokens in 2.5 s, at a price of 0.012" in text
    assert "3 differs" in text
    assert "<went>" not in text
    assert "questions" not in shown(FOUND)
