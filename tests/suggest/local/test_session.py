"""Sessions of tiny random models, against transformers' own forward pass over the whole text."""

import random
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from models import CONTEXT, MOVABLE, NEVER, OTHERS, SIZES, logits_of, ours, prepared

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.suggest.local.decode import decoded
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.model import Model
from speedproof.suggest.local.repair import Repair, Reuse
from speedproof.suggest.local.session import CHUNK, Reused, Session
from speedproof.suggest.local.spread import spread
from speedproof.suggest.local.weights import built

TEXT = random.Random(3).choices(range(1, 128), k=300)
Edit = Callable[[list[int]], list[int]]
EDITS: dict[str, Edit] = {
    "nothing": lambda text: text,
    "one more": lambda text: [*text, 5],
    "one inserted": lambda text: [*text[:150], 5, *text[150:]],
    "ten inserted": lambda text: [*text[:150], *range(10), *text[150:]],
    "twenty deleted": lambda text: [*text[:150], *text[170:]],
    "three places": lambda text: [*text[:50], 5, *text[50:120], *text[140:200], 6, 7, *text[200:]],
    "renamed": lambda text: [9 if place % 40 == 11 else token for place, token in enumerate(text)],
    "at the top": lambda text: [5, 6, 7, *text],
    "moved": lambda text: [*text[:50], *text[150:250], *text[50:150], *text[250:]],
    "cut to the start": lambda text: text[:40],
    "another text": lambda text: text[::-1],
}


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().max())


@pytest.mark.parametrize("name", MOVABLE)
def test_the_same_as_transformers(name: str) -> None:
    theirs, model = ours(name)
    session = Session(model, CONTEXT, Reuse.EXACT)
    for edit in EDITS.values():
        text = edit(TEXT)
        logits, _ = session.update(text, NEVER)
        assert apart(logits, logits_of(theirs, text)[-1]) < 1e-3
        assert session.tokens == text
        assert session.is_exact


@pytest.mark.parametrize("name", MOVABLE)
@pytest.mark.parametrize("reuse", [Reuse.ROTATE, Reuse.REPAIR])
def test_exact_after_idle_time(name: str, reuse: Reuse) -> None:
    theirs, model = ours(name)
    session = Session(model, CONTEXT, reuse)
    for edit in EDITS.values():
        session.update(edit(TEXT), NEVER)
    text = EDITS["three places"](TEXT)
    session.update(text, NEVER)
    while session.improve(NEVER, 64):
        pass
    logits, reused = session.update(text, NEVER)
    assert reused == Reused(len(text) - 1, 1)
    assert apart(logits, logits_of(theirs, text)[-1]) < 1e-3


@pytest.mark.parametrize("name", MOVABLE)
def test_rotated_keys_are_those_of_their_new_place(name: str) -> None:
    """Of the first layer, where they depend on token and position alone."""
    _, model = ours(name)
    moved, fresh = Session(model, CONTEXT, Reuse.ROTATE), Session(model, CONTEXT)
    moved.update(TEXT, NEVER)
    text = EDITS["three places"](EDITS["moved"](TEXT))
    moved.update(text, NEVER)
    assert moved.cache.runs() != []
    slots = moved.cache.put_in_order(moved._slots)
    fresh.update(text, NEVER)
    assert apart(moved.cache.keys[0][:, slots], fresh.cache.keys[0][:, : len(text)]) < 1e-4
    assert apart(moved.cache.values[0][:, slots], fresh.cache.values[0][:, : len(text)]) < 1e-5


def test_shifted_queries_do_what_rotated_keys_do() -> None:
    _, model = ours("llama")
    lazy, settled = Session(model, CONTEXT, Reuse.ROTATE), Session(model, CONTEXT, Reuse.ROTATE)
    for edit in EDITS.values():
        text = edit(TEXT)
        one, _ = lazy.update(text, NEVER)
        settled._slots = settled.cache.put_in_order(settled._slots) if settled.tokens else settled._slots
        other, _ = settled.update(text, NEVER)
        assert apart(one, other) < 1e-3


@pytest.mark.parametrize("name", [name for name in MOVABLE if name != "starcoder2"])
def test_turned_activations_change_nothing(name: str) -> None:
    theirs, model = ours(name)
    shape, weights = spread(model.shape, theirs.state_dict())
    turned = built(shape, weights, Precision.FP32, torch.device("cpu"))
    logits, _ = Session(turned, CONTEXT).update(TEXT, NEVER)
    assert apart(logits, logits_of(theirs, TEXT)[-1]) < 2e-3


@pytest.mark.parametrize(("precision", "off"), [(Precision.FP16, 0.01), (Precision.INT8, 0.2)])
def test_fewer_bits_are_close_and_do_not_depend_on_what_is_computed_together(precision: Precision, off: float) -> None:
    theirs, loaded = prepared("llama", {"hidden_size": 256, "intermediate_size": 512}, precision)
    assert loaded.ours is not None
    together, one_by_one = Session(loaded.ours, CONTEXT), Session(loaded.ours, CONTEXT)
    expected, _ = together.update(TEXT[:60], NEVER)
    for token in TEXT[:60]:
        logits = one_by_one.extend([token], NEVER)[-1]
    assert apart(logits, expected) < 1e-3
    exact = logits_of(theirs, TEXT[:60])[-1]
    assert float((logits - exact).std()) < off * float(exact.std())


@pytest.mark.parametrize("name", MOVABLE)
def test_every_architecture_runs_with_weights_in_half(name: str) -> None:
    theirs, loaded = prepared(*MOVABLE[name], Precision.FP16)
    assert loaded.ours is not None
    exact = logits_of(theirs, TEXT)[-1]
    logits, _ = Session(loaded.ours, CONTEXT).update(TEXT, NEVER)
    assert float((logits - exact).std()) < 0.01 * float(exact.std())


@st.composite
def edited(draw: st.DrawFn) -> list[list[int]]:
    """A text, and what a few edits at random places make of it, one after the other."""
    text = draw(st.lists(st.integers(0, 127), min_size=1, max_size=150))
    texts = [text]
    for _ in range(draw(st.integers(1, 6))):
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, len(text)))
            stop = draw(st.integers(start, min(len(text), start + 20)))
            text = [*text[:start], *draw(st.lists(st.integers(0, 127), max_size=8)), *text[stop:]]
        texts.append(text or [1])
    return texts


@settings(max_examples=100, deadline=None)
@given(edited(), st.sampled_from([Reuse.ROTATE, Reuse.REPAIR]), st.integers(0, 12))
def test_any_edits_then_idle_time(texts: list[list[int]], reuse: Reuse, repaired: int) -> None:
    theirs, model = ours("llama")
    session = Session(model, CONTEXT, reuse, Repair(repaired, before_end=repaired, least=2 * repaired))
    for text in texts:
        session.update(text, NEVER)
        assert session.tokens == text
    while session.improve(NEVER, 50):
        pass
    logits, _ = session.update(texts[-1], NEVER)
    assert apart(logits, logits_of(theirs, texts[-1])[-1]) < 1e-3


class After(CancelToken):
    """Cancelled when it has been asked `count` times."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = count

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            self.cancel()
        super().check()


@pytest.mark.parametrize(
    ("reuse", "count"),
    [(reuse, count) for reuse, layers in (("rotate", 3), ("repair", 3), ("exact", 6)) for count in range(layers)],
)
def test_a_cancelled_update_leaves_a_cache_that_is_of_use(reuse: str, count: int) -> None:
    theirs, model = ours("llama")
    reuse = Reuse(reuse)
    session = Session(model, CONTEXT, reuse)
    session.update(TEXT, NEVER)
    text = [*TEXT[:100], *random.Random(4).choices(range(128), k=CHUNK - 60), *TEXT[100:]]
    assert len(text) - 100 > CHUNK
    with pytest.raises(Cancelled):
        session.update(text, After(count))
    assert len(session.tokens) >= 100
    fresh, again = Session(model, CONTEXT, reuse), Session(model, CONTEXT, reuse)
    fresh.update(TEXT, NEVER)
    expected, _ = fresh.update(text, NEVER)
    logits, _ = session.update(text, NEVER)
    if reuse is Reuse.EXACT:
        assert apart(logits, expected) < 1e-4
    while session.improve(NEVER):
        pass
    logits, _ = session.update(text, NEVER)
    assert apart(logits, logits_of(theirs, text)[-1]) < 1e-3
    assert apart(logits, again.update(text, NEVER)[0]) < 1e-3


@pytest.mark.parametrize("count", range(6))
def test_cancelled_while_it_improves(count: int) -> None:
    theirs, model = ours("llama")
    session = Session(model, CONTEXT)
    session.update(TEXT, NEVER)
    text = EDITS["ten inserted"](TEXT)
    session.update(text, NEVER)
    token = After(count)

    def improve_all() -> None:
        while session.improve(token, 60):
            pass

    with pytest.raises(Cancelled):
        improve_all()
    assert session.tokens == text
    assert session.n_exact <= len(text)
    while session.improve(NEVER):
        pass
    logits, _ = session.update(text, NEVER)
    assert apart(logits, logits_of(theirs, text)[-1]) < 1e-3


def greedy(model: Model, text: list[int], limit: int, *, lookup: bool) -> list[int]:
    session = Session(model, CONTEXT)
    logits, _ = session.update(text, NEVER)
    made = list(decoded(session, logits, frozenset(), limit, NEVER, lookup=lookup))
    assert session.tokens[: len(text)] == text
    return made


@pytest.mark.parametrize("name", MOVABLE)
def test_decoding(name: str) -> None:
    theirs, model = ours(name)
    text = (TEXT[:20] * 4)[:75]
    expected = list(text)
    for _ in range(20):
        expected.append(int(logits_of(theirs, expected)[-1].argmax()))
    assert greedy(model, text, 20, lookup=False) == expected[75:]
    assert greedy(model, text, 20, lookup=True) == expected[75:]


def test_decoding_ends() -> None:
    _, model = ours("llama")
    made = greedy(model, TEXT, 12, lookup=True)
    assert len(made) == 12
    session = Session(model, CONTEXT)
    logits, _ = session.update(TEXT, NEVER)
    stop = made[5]
    assert list(decoded(session, logits, frozenset({stop}), 12, NEVER)) == made[: made.index(stop)]
    full = Session(model, len(TEXT) + 3)
    logits, _ = full.update(TEXT, NEVER)
    assert list(decoded(full, logits, frozenset(), 12, NEVER)) == made[:4]


@pytest.mark.parametrize("name", OTHERS)
def test_others_reuse_prefixes(name: str) -> None:
    kind, options, reason = OTHERS[name]
    theirs, made = prepared(kind, options)
    assert made.ours is None
    assert reason in made.why_not_movable
    session = made.session(CONTEXT, Reuse.REPAIR, Repair())
    for edit in EDITS.values():
        text = edit(TEXT)
        before = session.tokens[:]
        logits, reused = session.update(text, NEVER)
        assert apart(logits, logits_of(theirs, text)[-1]) < 2e-3
        prefix = next((n for n, pair in enumerate(zip(before, text, strict=False)) if len({*pair}) > 1), len(text))
        assert reused.n_cached in (0, min(prefix, len(text) - 1, len(before)))


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("lookup", [False, True])
def test_others_decode(name: str, lookup: bool) -> None:
    """Also where a guess is wrong and the cache cannot be cut."""
    kind, options, _ = OTHERS[name]
    theirs, made = prepared(kind, options)
    text = (TEXT[:20] * 5)[:95]
    expected = list(text)
    for _ in range(8):
        expected.append(int(logits_of(theirs, expected)[-1].argmax()))
    session = made.session(CONTEXT, Reuse.REPAIR, Repair())
    logits, _ = session.update(text, NEVER)
    assert list(decoded(session, logits, frozenset(), 8, NEVER, lookup=lookup)) == expected[95:]


def test_too_long() -> None:
    _, model = ours("llama")
    with pytest.raises(ValueError, match="do not fit"):
        Session(model, 10).update(TEXT, NEVER)
    assert SIZES["max_position_embeddings"] == CONTEXT
