"""Texts to tokens and back."""

import json
from pathlib import Path
from typing import Any

import pytest
from gguf_files import SPECIAL, random_gguf, tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st
from models import NEVER
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from speedproof.suggest.local.convert import parts_of
from speedproof.suggest.local.gguf_header import Header
from speedproof.suggest.local.gguf_tokenizer import SPLITS, tokenizer_of
from speedproof.suggest.local.load import silent
from speedproof.suggest.local.tokens import BROKEN, Tokens, Written

CONFIG = {"eos_token_id": 0, "bos_token_id": 0}

pytestmark = pytest.mark.usefixtures("data")


def tokens_of(pre: str = "smollm", **changes: Any) -> Tokens:
    header = Header(Path("model.gguf"), 0, tokenizer(pre, **changes), {})
    return Tokens.from_json(tokenizer_of(header), CONFIG)


TOKENS = tokens_of()


def words(tokens: Tokens, text: str) -> list[str]:
    return [tokens.decode([number]) for number in tokens.encode(text)]


@pytest.mark.parametrize("pre", SPLITS)
def test_every_way_of_splitting_is_without_loss(pre: str) -> None:
    tokens = tokens_of(pre)
    text = "def f(x1):\n\n    return x12345 + 'é日本'\t# don't\r\n" + "".join(map(chr, range(32, 400)))
    assert tokens.decode(tokens.encode(text)) == text
    assert words(tokens, "12") == (["12"] if pre not in ("smollm", "starcoder", "refact", "command-r", "codeshell",
                                   "exaone", "qwen2", "stablelm2", "deepseek-r1-qwen", "megrez", "deepseek-coder")
                                   else ["1", "2"])  # fmt: skip


def test_a_tokenizer_of_a_file_is_the_same_as_what_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    random_gguf(path)
    texts = [parts_of(path, silent, NEVER).tokenizer for _ in range(2)]
    assert texts[0] == texts[1]
    assert Tokens.from_json(texts[0], CONFIG).encode("return def é 12") == TOKENS.encode("return def é 12")


@given(
    st.lists(st.sampled_from([*SPECIAL, "<think>", "<", "|", ">", "fim", "\n", " ", "a", "<fim_", "é"]), max_size=12)
)
@settings(max_examples=200, deadline=None)
def test_no_text_makes_a_token_that_steers(parts: list[str]) -> None:
    text = "".join(parts)
    ids = TOKENS.encode(text)
    assert TOKENS.markers.isdisjoint(ids)
    assert TOKENS.decode(ids) == text


def test_markers() -> None:
    assert {TOKENS.id_of(token) for token in (*SPECIAL, "<think>")} == TOKENS.markers
    assert TOKENS.ends == {0}
    assert TOKENS.id_of("<fim_pad>") is None
    assert Tokens.from_json(
        tokenizer_json(), {"eos_token_id": [1, 2], "pad_token_id": 3}, {"eos_token_id": 4}
    ).ends == {
        1,
        2,
        4,
    }


def tokenizer_json() -> str:
    return tokenizer_of(Header(Path("model.gguf"), 0, tokenizer(), {}))


@pytest.mark.parametrize(
    ("pre", "said", "expected"),
    [("smollm", {}, ()), ("smollm", {"tokenizer.ggml.add_bos_token": True}, (0,)), ("llama-bpe", {}, (0,)),
     ("llama-bpe", {"tokenizer.ggml.add_bos_token": False}, ())],
)  # fmt: skip
def test_what_texts_begin_with(pre: str, said: dict[str, Any], expected: tuple[int, ...]) -> None:
    tokens = tokens_of(pre, **said)
    assert tokens.beginning == expected
    assert tokens.encode("def") == TOKENS.encode("def")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_text_as_it_comes(before: str, text: str) -> None:
    ids = TOKENS.encode(text)
    written = Written(TOKENS, TOKENS.encode(before))
    told = [written.add(number) for number in ids]
    if BROKEN not in before + text:
        assert "".join(told) == text
        assert all(BROKEN not in piece for piece in told)


def test_half_a_character_is_not_told() -> None:
    ids = TOKENS.encode("日")
    assert len(ids) == 3
    written = Written(TOKENS, [])
    assert [written.add(number) for number in ids] == ["", "", "日"]
    written = Written(TOKENS, TOKENS.encode("x"))
    told = [written.add(number) for number in (*ids[:2], *TOKENS.encode("ab"))]
    assert told[:2] == ["", ""]
    assert told[2].startswith(BROKEN)
    assert told[2:] == [told[2], "b"]


def sentencepiece(*, by_normalizer: bool) -> str:
    """As Llama's: words begin with U+2581, and so does every text."""
    pieces = [
        "<unk>",
        "<s>",
        "</s>",
        "▁",
        "d",
        "e",
        "f",
        "de",
        "def",
        "▁def",
        "<",
        "s",
        ">",
        *map("<0x{:02X}>".format, range(256)),
    ]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(
        models.BPE(vocabulary, [("d", "e"), ("de", "f"), ("▁", "def")], unk_token="<unk>", byte_fallback=True)
    )
    if by_normalizer:
        made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    made.add_special_tokens([AddedToken(token, normalized=False) for token in ("<s>", "</s>", "<unk>")])
    made.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", 1)])
    return str(made.to_str())


@pytest.mark.parametrize("by_normalizer", [False, True])
def test_nothing_is_put_before_a_text(by_normalizer: bool) -> None:
    tokens = Tokens.from_json(sentencepiece(by_normalizer=by_normalizer), {"eos_token_id": 2})
    assert tokens.encode("def") == [tokens.id_of("def")]
    assert tokens.encode(" def") == [tokens.id_of("▁def")]
    assert tokens.beginning == (1,)
    assert tokens.markers.isdisjoint(tokens.encode("<s>def</s>"))
    written = Written(tokens, tokens.encode("def"))
    assert [written.add(number) for number in tokens.encode(" def é")] == [" def", " ", "", "é"]
    written = Written(tokens, [])
    assert [written.add(number) for number in tokens.encode("def def")] == ["def", " def"]


def test_what_is_no_tokenizer() -> None:
    for text in ("", "{}", "null", json.dumps({"model": {"type": "BPE"}})):
        with pytest.raises(ValueError, match=r"."):
            Tokens.from_json(text, {})
