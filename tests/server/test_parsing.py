"""A text is parsed once, whoever asks for it and whatever is typed meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from speedproof.analysis.syntax import Syntax
from speedproof.core.text import Edit, Span
from speedproof.server.document import Document

TEXT = "x = 1\n" * 100
N_THREADS = 8


def test_versions_typed_while_the_first_is_parsed_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parse, texts, release = Syntax.parse, list[str](), threading.Event()

    def slow(text: str) -> Syntax:
        texts.append(text)
        release.wait(10)
        return parse(text)

    monkeypatch.setattr(Syntax, "parse", slow)
    versions = [Document.opened("file:///a.py", 0, TEXT)]
    with ThreadPoolExecutor(N_THREADS) as threads:
        found = [threads.submit(getattr, versions[0], "syntax")]
        for version in range(1, N_THREADS):
            versions.append(versions[-1].edited(Edit(Span(6, 6), "y = 2\n"), version))
            assert versions[-1].parsing.n_unparsed is None
            found.append(threads.submit(getattr, versions[-1], "syntax"))
        release.set()
        assert [syntax.result().text for syntax in found] == [document.text for document in versions]
    assert texts == [TEXT]


def test_edits_that_nobody_asks_about_wait_together() -> None:
    document = Document.opened("file:///a.py", 0, TEXT)
    assert document.parsing.n_unparsed is None
    assert document.syntax.text == TEXT
    for n_edits in range(1, 2000):
        document = document.edited(Edit(Span(0, 0), "#\n"), n_edits)
        assert document.parsing.n_unparsed == n_edits
    assert document.syntax.text == document.text
    assert document.parsing.n_unparsed == 0
