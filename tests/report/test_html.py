"""The page: everything is on it, nothing in a value is markup, and nothing is loaded from elsewhere."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from results import FOUND, GIVEN, OMISSIONS, REPORT, SLOWER, THOROUGH, UNKNOWN, result

from speedproof.core.report import FunctionResult, Report
from speedproof.core.verdict import Counterexample, Status, Verdict
from speedproof.report.html import page
from speedproof.report.sortable import SCRIPT

VOID = {"meta", "br", "input"}


class Reader(HTMLParser):
    """The text of a page by heading, its identifiers and its links; unbalanced tags are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" not in self.open:
            self.text += f"{data} "


def check(report: Report, *words: str, without: tuple[str, ...] = ()) -> Reader:
    """The page is sound, has all `words` in this order, and none of `without`."""
    read = Reader(page(report))
    text = " ".join(read.text.split())
    place = 0
    for word in words:
        assert word in text[place:], (word, text[place:])
        place = text.index(word, place) + len(word)
    for word in without:
        assert word not in text
    assert read.tags.count("h1") == 1
    assert len(set(read.ids)) == len(read.ids)
    assert {link[1:] for link in read.links} <= set(read.ids)
    assert all(link.startswith("#") for link in read.links)
    assert read.scripts == [SCRIPT]
    assert read.tags.count("script") == 1
    return read


def test_a_proof_has_everything() -> None:
    read = check(
        Report((THOROUGH,), ("a merge",), "a1b2c3 Join at once", OMISSIONS),
        "Speedproof: a1b2c3 Join at once",
        "1 verified faster",
        *("pkg/text.py::joined", "verified faster", "3.10×", "214", "97 %"),
        *("pkg/text.py::joined", "verified faster", ": 3.10× (95 %: 2.90-3.30) faster"),
        *("What it rests on", "note", "its decorators changed", "CPU time", "measured again after the choice"),
        *("coverage", "97 % of the original's lines, 100 % of the rewrite's"),
        *("noise", "identical code differed by up to 2.1 % on this machine"),
        *("scaling", "time grows like n^1.96 → n^1.02, sizes 16 to 128"),
        *("memory", "peak 1.2 MiB → 456 B", "unverified", "what it prints"),
        *("Inputs, by origin", "recorded", "40 calls that the project's own tests make", "mutated", "174"),
        *("Times", "Times of both sides: original 10.2 ms, rewrite 3.25 ms in the middle", "10 ms"),
        *("Time of the original over time of the rewrite, input by input: 0.91× to 8×", "input 1", "input 2"),
        *("joined(['a', 'b'])", "0.91×, 2.1 µs → 2.3 µs, recorded, size 2, 12 passes"),
        *("The change", '- text = ""', '+ return "".join(parts)'),
        *("How it was found", "landlock (ABI 7), seccomp"),
        *("Parts of the change that were not compared", "pkg/text.py::split", "added", "pkg/broken.py", "not Python"),
        *("Notes", "a merge", "How to read this", "behaviour on inputs that were not tried is not known"),
        without=("All candidates", "recorded 0"),
    )
    assert read.tags.count("svg") == 2


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (GIVEN, ("differs", "The input that tells them apart", "joined([])", "differs in", "result", "''", "None")),
        (SLOWER, ("1 same behaviour, slower", "Text.joined", "0.50×")),
        (UNKNOWN, ("1 unverifiable", "no inputs found: a test that calls it would help")),
        (FOUND, ("1 verified", "a further 1.20×", "All candidates", "ruff:PERF401", "differs", "joined([])")),
    ],
)
def test_each_verdict(shown: FunctionResult, words: tuple[str, ...]) -> None:
    check(Report((shown,)), *words)


def test_several_functions_and_none() -> None:
    check(REPORT, "4 functions", "1 verified, 1 not_faster, 1 differs, 1 unverifiable", "budget reached")
    check(Report(subject="a1b2c3 Docs"), "a1b2c3 Docs", "nothing was compared")


def test_nothing_in_a_value_is_markup() -> None:
    hostile = '</code><script>alert(1)</script><img src=x onerror="a()">\x1b[31m\u202e&amp;'
    verdict = Verdict(Status.DIFFERS, hostile, counterexample=Counterexample(hostile, hostile, hostile, hostile))
    shown = replace(result(verdict), path=Path(f"{hostile}.py"), function=hostile, notes=(hostile,), after=hostile)
    text = page(Report((shown,), (hostile,), hostile))
    read = check(Report((shown,), (hostile,), hostile), "<script>alert(1)</script>", "\\x1b[31m\\u202e&amp;")
    assert "img" not in read.tags
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_page_stands_alone() -> None:
    text = page(REPORT)
    assert "default-src 'none'" in text
    assert 'lang="en"' in text
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"https?://|@import|url\(", text)
