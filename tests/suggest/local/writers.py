"""A tiny random model that writes letters, for tests of what becomes of an answer."""

import copy
from pathlib import Path
from typing import Any

import torch
from gguf_files import KINDS, SPECIAL, TOKENS, tokenizer, write
from models import NEVER, random_model

from speedproof.suggest.local.convert import parts_of
from speedproof.suggest.local.load import silent
from speedproof.suggest.local.tokens import Tokens

PLAIN = [number for number, token in enumerate(TOKENS) if token.isascii() and token.isalpha()]


def ascii_gguf(path: Path, *, fim: bool = False, instead: tuple[int, int] | None = None) -> Any:
    """A model that writes letters only; gives it as transformers has it.

    Without `fim` it knows of no gaps. `instead` is a token, and another that it writes wherever it would write that.
    """
    kind, options = KINDS["llama"]
    shared, config = random_model(kind, tuple(options.items()))
    model = copy.deepcopy(shared)
    with torch.no_grad():
        others = torch.ones(len(TOKENS), dtype=torch.bool)
        others[PLAIN] = False
        model.lm_head.weight[others] = 0
        if instead is not None:
            model.lm_head.weight[instead[1]] = 2 * model.lm_head.weight[instead[0]]
    said = {
        "block_count": config.num_hidden_layers, "context_length": 512, "embedding_length": 64,
        "feed_forward_length": 96, "attention.head_count": 4, "attention.head_count_kv": 2,
        "attention.layer_norm_rms_epsilon": config.rms_norm_eps,
    }  # fmt: skip
    tokens = TOKENS if fim else [token.replace("fim_", "fin_") if token in SPECIAL else token for token in TOKENS]
    metadata = {**{f"llama.{key}": value for key, value in said.items()}, **tokenizer()}
    write(path, "llama", model.state_dict(), {**metadata, "tokenizer.ggml.tokens": tokens})
    return model


def tokens_of(path: Path) -> Tokens:
    parts = parts_of(path, silent, NEVER)
    return Tokens.from_json(parts.tokenizer, parts.config)
