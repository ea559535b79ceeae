"""The tokenizer inside a GGUF file, as the JSON text that the `tokenizers` library reads.

Byte-level BPE, which nearly all models of code have, is put together here, with texts split into words as llama.cpp
does it for the file's `tokenizer.ggml.pre`: transformers leaves that out for some, and digits then get other tokens
than in training. What else there is, transformers turns.
"""

from typing import Any

from speedproof.core.errors import UsageError
from speedproof.suggest.local.gguf_header import Header

CONTROL, USER_DEFINED = 3, 4
"""Types of tokens: those that stand for no text, and those that are never made of others."""

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
DIGITS = r"\p{N}"
DEEPSEEK_CODER = (r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", DIGITS)
LLAMA3_LIKE = ("llama3", "llama-v3", "llama-bpe", "falcon3", "smaug-bpe")
"""Words that are tokens are taken for that, whatever their merges say; texts begin with a token of their own."""
SPLITS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("gpt-2", "gpt2", "mpt", "olmo", "phi-2"), (GPT2,)),
    **dict.fromkeys(("smollm", "starcoder", "refact", "command-r", "codeshell", "exaone"), (DIGITS, GPT2)),
    **dict.fromkeys(("qwen2", "stablelm2", "deepseek-r1-qwen", "megrez"), (QWEN2,)),
    **dict.fromkeys(LLAMA3_LIKE, (LLAMA3,)),
    "deepseek-coder": DEEPSEEK_CODER,
}  # fmt: skip
"""What splits a text into words, one expression after the other, by `tokenizer.ggml.pre`."""


def tokenizer_of(header: Header) -> str:
    """Raises UsageError where the tokenizer is not known, or the file does not hold a whole one."""
    said = header.metadata
    kind, split = said.get("tokenizer.ggml.model"), said.get("tokenizer.ggml.pre")
    if kind == "gpt2" and split in SPLITS and "tokenizer.ggml.merges" in said:
        return _byte_level(header, SPLITS[split])
    return _by_transformers(header)


def _byte_level(header: Header, splits: tuple[str, ...]) -> str:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    said = header.metadata
    tokens, types = said.get("tokenizer.ggml.tokens", ()), said.get("tokenizer.ggml.token_type", ())
    try:
        merges = [tuple(merge.split(" ", 1)) for merge in said["tokenizer.ggml.merges"]]
        vocabulary = {token: number for number, token in enumerate(tokens)}
        made = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=said["tokenizer.ggml.pre"] in LLAMA3_LIKE))
    except Exception as error:  # of the library, which has no class of its own for them
        raise UsageError(f"the model {header.path} has a vocabulary that does not fit together: {error}") from error
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            *(pre_tokenizers.Split(Regex(split), "isolated") for split in splits),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    for number, kind in ((CONTROL, True), (USER_DEFINED, False)):
        named = [token for token, type_ in zip(tokens, types, strict=False) if type_ == number]
        made.add_tokens([AddedToken(token, normalized=False, special=kind) for token in named])
    _begin(made, header)
    return str(made.to_str())


def _begin(made: Any, header: Header) -> None:
    """Where texts begin with a token of their own, that belongs to the tokenizer."""
    from tokenizers import processors

    said = header.metadata
    begin = said.get("tokenizer.ggml.bos_token_id")
    by_default = said.get("tokenizer.ggml.pre") in LLAMA3_LIKE
    if begin is not None and said.get("tokenizer.ggml.add_bos_token", by_default):
        token = made.id_to_token(begin)
        if token is None:
            raise UsageError(f"the model {header.path} has no token {begin}, with which texts are to begin")
        made.post_processor = processors.TemplateProcessing(
            single=[token, "$A"], pair=[token, "$A", "$B"], special_tokens=[(token, begin)]
        )


def _by_transformers(header: Header) -> str:
    from transformers import AutoTokenizer

    path = header.path
    try:
        made = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name, local_files_only=True)
        return str(made.backend_tokenizer.to_str())
    except Exception as error:  # whatever comes of a vocabulary that is not as it is expected to be
        kind = header.metadata.get("tokenizer.ggml.model")
        what = f"a tokenizer that is not known ({kind})" if kind else "no tokenizer"
        raise UsageError(f"the model {path} has {what}: {error}") from error
