"""The model that users have: after idle time its cache is what computing the whole text would have made."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from models import NEVER

from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.repair import Reuse
from speedproof.suggest.local.session import Session

N_SEQUENCES = 100
TEXT = Path(__file__).read_text(encoding="utf-8")
FEWEST, MOST = 20, 50
"""Tokens of a text."""


@pytest.fixture(scope="module")
def engine(smollm: Path) -> Engine:
    return Engine.load(smollm, Options(precision=Precision.FP32, device="cpu", context=256))


def edited(tokens: list[int], source: list[int], rng: random.Random) -> list[int]:
    """One to three places changed; now and then a block moves."""
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(tokens))
        stop = min(len(tokens), start + rng.randint(0, 12))
        first = rng.randrange(len(source) - 10)
        new = source[first : first + rng.randint(0, 8)]
        if rng.random() < 0.2:
            rest = tokens[:start] + tokens[stop:]
            place = rng.randint(0, len(rest))
            tokens = rest[:place] + tokens[start:stop] + rest[place:]
        else:
            tokens = tokens[:start] + new + tokens[stop:]
    return tokens[:MOST] if len(tokens) >= FEWEST else source[:MOST]


def sequences(source: list[int]) -> Iterator[list[list[int]]]:
    """Of each the texts, one after the other; the next one goes on where the last one ended."""
    rng = random.Random(8)
    tokens = source[:MOST]
    for _ in range(N_SEQUENCES):
        texts = []
        for _ in range(rng.randint(1, 4)):
            tokens = edited(tokens, source, rng)
            texts.append(tokens)
        yield texts


def test_idle_time_makes_any_edits_exact(engine: Engine) -> None:
    assert engine.model is not None
    session = Session(engine.model, 64, Reuse.REPAIR)
    approximate = 0.0
    for texts in sequences(engine.tokenizer.encode(TEXT)):
        for text in texts:
            logits, _ = session.update(text, NEVER)
        while session.improve(NEVER):
            pass
        repaired, _ = session.update(texts[-1], NEVER)
        full, _ = Session(engine.model, 64, Reuse.EXACT).update(texts[-1], NEVER)
        approximate = max(approximate, float((logits - full).abs().max()))
        assert float((repaired - full).abs().max()) <= 1e-3
    assert approximate > 0.1, "without idle time it is not the same, so there was something to repair"


def test_the_session_knows_what_is_exact(engine: Engine) -> None:
    assert engine.model is not None
    tokens = engine.tokenizer.encode(TEXT)[:60]
    session = Session(engine.model, 128)
    session.update(tokens, NEVER)
    assert session.is_exact
    session.update([*tokens[:20], *tokens[24:]], NEVER)
    assert session.n_exact < 56
    while session.improve(NEVER):
        pass
    assert session.is_exact
    assert torch.equal(session.cache.encoded[:56], torch.arange(56))
