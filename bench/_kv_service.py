"""What an editor needs besides speed: a cancel is obeyed at once, memory is bounded, errors do not add up."""

import random
import resource
import statistics
import threading
import time
from dataclasses import dataclass

import torch
from _kv_cases import Case, drifting, long_text

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.suggest.local.engine import MIB, Engine
from speedproof.suggest.local.linear import Float, Half, Int8
from speedproof.suggest.local.model import Model
from speedproof.suggest.local.repair import Reuse
from speedproof.suggest.local.session import Session

NEVER = CancelToken()
N_CANCELS = 10
N_DOCUMENTS = 20
N_EDITS = 20


@dataclass(frozen=True, slots=True)
class Stopped:
    """Of cancels while a long text is computed."""

    n_tokens: int
    median_seconds: float
    """From the cancel to control being back."""
    longest_seconds: float
    apart: float
    """Largest difference of logits between what is computed after all of them and a fresh session's."""


def stopped(engine: Engine, length: int, seed: int = 5) -> Stopped:
    """Cancel at random moments, in a session that goes on each time from what was done until then."""
    assert engine.model is not None
    rng = random.Random(seed)
    tokens = long_text(engine.tokenizer, length)
    session = Session(engine.model, length + 64, Reuse.EXACT)
    began = time.perf_counter()
    fresh, _ = Session(engine.model, length + 64, Reuse.EXACT).update(tokens, NEVER)
    whole = time.perf_counter() - began
    seconds = []
    for _ in range(N_CANCELS):
        session.crop(rng.randrange(length // 2))
        token, cancelled = CancelToken(), [0.0]

        def strike(token: CancelToken = token, cancelled: list[float] = cancelled) -> None:
            cancelled[0] = time.perf_counter()
            token.cancel()

        timer = threading.Timer(rng.uniform(0.05, 0.4) * whole, strike)
        timer.start()
        try:
            session.update(tokens, token)
        except Cancelled:
            seconds.append(time.perf_counter() - cancelled[0])
        timer.join()
    logits, _ = session.update(tokens, NEVER)
    return Stopped(length, statistics.median(seconds), max(seconds), float((logits - fresh).abs().max()))


@dataclass(frozen=True, slots=True)
class Memory:
    """In MiB, of this process."""

    peak: float
    weights: float
    caches: float
    """Of the one document, and then of all of them."""
    all_caches: float


def memory(engine: Engine, length: int) -> Memory:
    """Read one document of `length` tokens, then `N_DOCUMENTS` of an eighth of that."""
    assert engine.model is not None
    weights = _weight_bytes(engine.model) / MIB
    engine.session("long").update(long_text(engine.tokenizer, length), NEVER)
    one = engine.n_bytes / MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for number in range(N_DOCUMENTS):
        tokens = long_text(engine.tokenizer, length // 8, number)
        engine.session(f"document {number}", tokens).update(tokens, NEVER)
    return Memory(peak, weights, one, engine.n_bytes / MIB)


def drifted(engine: Engine, length: int, reuse: Reuse) -> list[tuple[float, bool]]:
    """KL divergence, and whether the first token is the same, after each of `N_EDITS` edits without a pause."""
    assert engine.model is not None
    session = Session(engine.model, length + 512, reuse)
    found = []
    case: Case
    for case in drifting(engine.tokenizer, length, N_EDITS):
        if not session.tokens:
            session.update(case.before, NEVER)
        logits, _ = session.update(case.after, NEVER)
        expected, _ = Session(engine.model, length + 512, Reuse.EXACT).update(case.after, NEVER)
        p, q = expected.double().log_softmax(-1), logits.double().log_softmax(-1)
        found.append((float((p.exp() * (p - q)).sum()), int(torch.argmax(p)) == int(torch.argmax(q))))
    return found


def _weight_bytes(model: Model) -> int:
    layers = [linear for layer in model.layers for linear in (layer.qkv, layer.out, layer.up, layer.down)]
    total = model.embedding.numel() * model.embedding.element_size()
    for linear in (*layers, model.head):
        if isinstance(linear, Int8):
            weight, _ = torch.ops.quantized.linear_unpack(linear._packed)
            total += weight.numel()
        else:
            assert isinstance(linear, Float | Half)
            total += linear.n_bytes
    return total
