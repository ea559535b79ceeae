"""What an editor needs besides speed: a cancel is obeyed at once, memory is bounded, errors do not add up."""

import json
import random
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from _kv_cases import drifting, long_text

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled
from speedproof.suggest.local.engine import MIB, Engine
from speedproof.suggest.local.repair import Reuse
from speedproof.suggest.local.session import Session

NEVER = CancelToken()
N_CANCELS = 10
N_DOCUMENTS = 20
N_EDITS, N_TRACES = 20, 5


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


def held(model: Path, length: int) -> dict[str, float]:
    """What `_kv_memory.py` says, in MiB, from a process of its own: this one has read too much already."""
    script = Path(__file__).with_name("_kv_memory.py")
    done = subprocess.run([sys.executable, script, model, str(length)], stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def many(engine: Engine, length: int) -> float:
    """What the caches of `N_DOCUMENTS` take together, each of `length` tokens, in MiB."""
    for number in range(N_DOCUMENTS):
        tokens = long_text(engine.tokenizer, length, number)
        engine.session(f"document {number}", tokens).update(tokens, NEVER)
    return engine.n_bytes / MIB


def drifted(engine: Engine, length: int) -> dict[Reuse, list[tuple[float, bool]]]:
    """KL divergence, and whether the first token is the same, after each of `N_EDITS` edits without a pause.

    Of `N_TRACES` texts: of one, a single near tie decides.
    """
    assert engine.model is not None
    found: dict[Reuse, list[tuple[float, bool]]] = {Reuse.REPAIR: [], Reuse.ROTATE: []}
    for number in range(N_TRACES):
        full = Session(engine.model, length + 1024, Reuse.EXACT)
        sessions: dict[Reuse, Session] = {}
        for case in drifting(engine.tokenizer, length, N_EDITS, number):
            if not sessions:
                full.update(case.before, NEVER)
                sessions = {reuse: Session(engine.model, length + 1024, reuse) for reuse in found}
                for session in sessions.values():
                    session.adopt(full, len(case.before))
            # The start that both have in common is what a full computation would give: tests hold that.
            expected, _ = full.update(case.after, NEVER)
            p = expected.double().log_softmax(-1)
            for reuse, session in sessions.items():
                q = session.update(case.after, NEVER)[0].double().log_softmax(-1)
                found[reuse].append((float((p.exp() * (p - q)).sum()), int(p.argmax()) == int(q.argmax())))
    return found
