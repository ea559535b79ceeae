"""Text on its way: where an answer ends, what of a chat is code, what a stream's lines are, what an address means."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.suggest.remote.chat import code_in
from speedproof.suggest.remote.cut import Cut
from speedproof.suggest.remote.events import DONE, event_of
from speedproof.suggest.remote.faults import code_in as error_code_in
from speedproof.suggest.remote.options import Address, is_loopback, shown
from speedproof.suggest.remote.vocabulary import ALL_STOPS, stop_texts

ALPHABET = "<|a>\n"


@given(
    st.lists(st.text(ALPHABET, max_size=6), max_size=8),
    st.lists(st.text(ALPHABET, min_size=1, max_size=4), max_size=4),
)
def test_a_cut_does_not_depend_on_the_pieces(pieces: list[str], stops: list[str]) -> None:
    whole = "".join(pieces)
    ends = [end for stop in stops if (end := whole.find(stop)) >= 0]
    cut = Cut(stops)
    text = "".join(map(cut.feed, pieces))
    assert cut.found is bool(ends)
    assert whole.startswith(text)
    assert text + cut.rest() == whole[: min(ends, default=len(whole))]


@given(st.lists(st.text(ALPHABET, min_size=1, max_size=6), max_size=8))
def test_nothing_is_held_back_for_long(pieces: list[str]) -> None:
    cut = Cut(["<|a|>", "\na"])
    n_in = n_out = 0
    for piece in pieces:
        n_in += len(piece)
        n_out += len(cut.feed(piece))
        assert cut.found or n_in - n_out < len("<|a|>")


def test_special_tokens_as_text() -> None:
    assert stop_texts(["▁<EOT>", "<|endoftext|>"]) == (" <EOT>", "<EOT>", "<|endoftext|>")
    assert {"<|fim_pad|>", "<file_sep>", "<EOT>", "<｜fim▁begin｜>"} <= set(ALL_STOPS)


@pytest.mark.parametrize(
    ("answer", "prefix", "code"),
    [
        ("x + 1", "def f(x):\n    return ", "x + 1"),
        ("```python\nx + 1\n```", "    return ", "x + 1"),
        ("```\nx + 1\n```\nThis adds one.", "    return ", "x + 1"),
        ("Here you are:\n\n```py\nx + 1\n```", "    return ", "x + 1"),
        ("```python\na = 1\nb = 2\n", "", "a = 1\nb = 2"),
        ("```python\r\na = 1\r\n```", "", "a = 1"),
        ("  ```python\n    x\n  ```", "", "    x"),
        ("    return x + 1", "def f(x):\n    return ", "x + 1"),
        ("return x + 1", "def f(x):\n    return ", "x + 1"),
        ("<think>The user wants\n```\nz\n```\n</think>\nx + 1", "    return ", "x + 1"),
        ("<think>The user wants", "    return ", ""),
        ("x<CURSOR> + 1", "    return ", "x + 1"),
        ("\n    return x", "def f(x):", "\n    return x"),
        ("s = '```'", "", "s = '```'"),
        ("", "", ""),
    ],
)
def test_the_code_in_a_chat(answer: str, prefix: str, code: str) -> None:
    assert code_in(answer, prefix) == code


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b'data: {"a": 1}', {"a": 1}),
        (b'data:{"a": 1}', {"a": 1}),
        (b'{"a": 1}', {"a": 1}),
        (b"data: [DONE]", DONE),
        (b"data:", None),
        (b"", None),
        (b": a ping", None),
        (b"event: completion", None),
        (b"id: 3", None),
        (b"retry: 100", None),
        (b'error: {"code": 500}', {"error": {"code": 500}}),
        (b'data: {"error": "x"}', {"error": "x"}),
    ],
)
def test_a_line_of_a_stream(line: bytes, event: dict[str, Any] | None) -> None:
    assert event_of(line) == event
    assert (event_of(line) is DONE) is (event is DONE)


@pytest.mark.parametrize("line", [b"<html>", b"data: x", b"[1]", b"3", b"{}", b'{"a": 1', b"\xff\xfe", b"[" * 200_000])
def test_a_line_of_no_stream(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        event_of(line)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error": {"code": "context_length_exceeded", "type": "invalid_request_error"}}', "context_length_exceeded"),
        (b'{"error": {"code": 400, "type": "exceed_context_size_error"}}', "exceed_context_size_error"),
        (b'{"type": "invalid_request_error"}', "invalid_request_error"),
        (b'{"error": {"code": "sk-1234", "type": "def f(x): return x"}}', ""),
        (b'{"error": {"code": "abcdefghijklmnopqrstuvwxyzabcdefgh_x"}}', ""),
        (b'{"error": "model not found"}', ""),
        (b"[1]", ""),
        (b"<html>", ""),
    ],
)
def test_the_code_of_an_error(body: bytes, code: str) -> None:
    assert error_code_in(body) == code


@pytest.mark.parametrize(
    ("url", "root", "versioned", "api"),
    [
        ("http://h:8012", "http://h:8012", "http://h:8012/v1", ""),
        ("http://h:8012/", "http://h:8012", "http://h:8012/v1", ""),
        ("http://h/v1", "http://h", "http://h/v1", ""),
        (" https://h/v1/ ", "https://h", "https://h/v1", ""),
        ("https://api.deepseek.com/beta", "https://api.deepseek.com", "https://api.deepseek.com/beta", ""),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api", "https://openrouter.ai/api/v1", ""),
        ("https://h/llm", "https://h/llm", "https://h/llm/v1", ""),
        ("https://h/v1/completions", "https://h", "https://h/v1", "openai"),
        ("https://h/v1beta/openai/chat/completions", "https://h/v1beta/openai", "https://h/v1beta/openai", "chat"),
        ("https://h/v1/fim/completions", "https://h", "https://h/v1", "mistral"),
        ("http://h/infill", "http://h", "http://h/v1", "llama.cpp"),
        ("http://h/completion", "http://h", "http://h/v1", "llama.cpp"),
        ("http://h:11434/api/generate", "http://h:11434", "http://h:11434/v1", "ollama"),
        ("https://me:secret@h/v1?k=secret#x", "https://h", "https://h/v1", ""),
        ("http://[::1]:8012", "http://[::1]:8012", "http://[::1]:8012/v1", ""),
    ],
)
def test_an_address(url: str, root: str, versioned: str, api: str) -> None:
    address = Address.of(url)
    assert (shown(address.root), shown(address.versioned), address.api) == (root, versioned, api)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1", True),
        ("http://127.8.9.10:80", True),
        ("http://[::1]", True),
        ("http://localhost:11434", True),
        ("http://model.LOCALHOST", True),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
    ],
)
def test_what_stays_on_this_machine(url: str, *, expected: bool) -> None:
    assert is_loopback(httpx.URL(url)) is expected
