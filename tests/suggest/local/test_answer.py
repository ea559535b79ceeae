"""From pieces of a prompt to tokens that fit, and where an answer's text ends."""

from pathlib import Path

import pytest
from writers import ascii_gguf, tokens_of

from speedproof.suggest.completion.templates import Special
from speedproof.suggest.local.answer import Until, prompt_ids


@pytest.mark.parametrize(
    ("stops", "parts", "expected"),
    [
        ((), ["a", "b"], ["a", "b"]),
        (("\n",), ["ab", "c\nd", "e"], ["ab", "c"]),
        (("end",), ["an e", "n", "d", "x"], ["an ", "", ""]),
        (("end",), ["an e", "n", "x"], ["an ", "", "enx"]),
        (("abab", "b"), ["aa"], ["a", "a"]),
        (("aab",), ["a", "a", "a", "b"], ["", "", "a", ""]),
        (("bc", "abcd"), ["abc"], ["a"]),
        (("",), ["x"], ["x"]),
    ],
)
def test_held_back_until_it_is_certain(stops: tuple[str, ...], parts: list[str], expected: list[str]) -> None:
    until = Until(stops)
    told = []
    over = False
    for part in parts:
        text, over = until.add(part)
        told.append(text)
        if over:
            break
    rest = "" if over else until.rest()
    assert told + ([rest] if rest else []) == expected


def test_pieces(tmp_path: Path) -> None:
    ascii_gguf(tmp_path / "model.gguf", fim=True)
    tokens = tokens_of(tmp_path / "model.gguf")
    pieces = (Special("<fim_prefix>"), "abc", Special("<not there>"), "de")
    made = prompt_ids(tokens, pieces, "de", 100)
    assert made == [1, *tokens.encode("abc"), *tokens.encode("<not there>"), *tokens.encode("de")]
    assert len(prompt_ids(tokens, (), "", 100)) == 1


def test_cut_in_blocks(tmp_path: Path) -> None:
    ascii_gguf(tmp_path / "model.gguf", fim=True)
    tokens = tokens_of(tmp_path / "model.gguf")
    starts = set()
    for length in range(200, 230):
        pieces = ("c" * 10, Special("<fim_prefix>"), "".join(map(chr, range(300, 300 + length))), "d" * 60)
        made = prompt_ids(tokens, pieces, "d" * 60, 100)
        assert len(made) <= 100
        assert made[-25:] == tokens.encode("d" * 25)
        starts.add(made[1])
    assert len(starts) <= 4
