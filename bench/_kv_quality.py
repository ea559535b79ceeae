"""How close an answer is to that of full recomputation: the next token's distribution, and a continuation."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import torch
from _common import table
from _kv_cases import COMMIT, EDITS, Case, committed_cases, grouped_cases

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.decode import decoded
from speedproof.suggest.local.engine import Engine
from speedproof.suggest.local.repair import Repair, Reuse
from speedproof.suggest.local.session import Session

NEVER = CancelToken()
CONTINUED = 24
KINDS = (*EDITS, COMMIT)


@dataclass(frozen=True, slots=True)
class Quality:
    """One answer against that of full recomputation."""

    edit: str
    n_computed: int
    divergence: float
    """KL, in nats, of the next token's distribution."""
    same_first: bool
    identical: bool
    """All CONTINUED tokens."""
    similarity: float
    """Share of them that is the same at its place."""


VARIANTS: dict[str, tuple[Reuse, Repair]] = {
    "rotate": (Reuse.ROTATE, Repair()),
    "no moved block": (Reuse.REPAIR, Repair(moved=0)),
    "default": (Reuse.REPAIR, Repair()),
}


def quality(engine: Engine, length: int, n_cases: int, data: Path) -> dict[str, float]:
    """Prints the table as it grows; the figures of all cases: those of commits in `data` and others."""
    results: dict[str, list[Quality]] = defaultdict(list)
    figures: dict[str, float] = {}
    committed = list(committed_cases(engine.tokenizer, length, data))[:n_cases]
    n_others = n_cases - sum(map(len, committed))
    number = 0
    for group in chain(committed, grouped_cases(engine.tokenizer, length, n_others)):
        known: Session | None = None
        for case in group:
            number += 1
            if known is None or known.tokens != case.before:
                known = _session(engine, len(case.before), Reuse.EXACT)
                known.update(case.before, NEVER)
            full = _measured(engine, known, case, results)
            if case.edit == COMMIT:
                known = full
        print(f"{number} cases:\n{_quality_table(results)}", flush=True)
    print(f"{number} cases of {length} tokens:")
    print(_quality_table(results), flush=True)
    for name, found in results.items():
        stem = f"quality_{name}".replace(" ", "_")
        figures[f"{stem}_kl_mean"] = statistics.mean(one.divergence for one in found)
        figures[f"{stem}_top1"] = statistics.mean(one.same_first for one in found)
        figures[f"{stem}_identical"] = statistics.mean(one.identical for one in found)
    return figures


def _measured(engine: Engine, known: Session, case: Case, results: dict[str, list[Quality]]) -> Session:
    """Adds to `results`; the session of full recomputation."""
    # The start that both have in common is what a full computation would give: tests hold that.
    full = _like(engine, known, Reuse.EXACT, Repair(), len(case.after))
    expected, _ = full.update(case.after, NEVER)
    answer = list(decoded(full, expected, frozenset(), CONTINUED, NEVER, lookup=False))
    full.crop(len(case.after))
    for name, (reuse, repair) in VARIANTS.items():
        session = _like(engine, known, reuse, repair, len(case.after))
        results[name].append(_compared(session, case, expected, answer))
    session = _like(engine, known, Reuse.ROTATE, Repair(), len(case.after))
    _leave_keys(session)
    results["stale keys"].append(_compared(session, case, expected, answer))
    return full


def _quality_table(results: Mapping[str, Sequence[Quality]]) -> str:
    rows = [
        (
            name,
            f"{statistics.median(one.n_computed for one in found):.0f}",
            f"{statistics.mean(one.divergence for one in found):.5f}",
            f"{statistics.median(one.divergence for one in found):.5f}",
            f"{statistics.mean(one.same_first for one in found):.1%}",
            f"{statistics.mean(one.identical for one in found):.1%}",
            f"{statistics.mean(one.similarity for one in found):.3f}",
            *(f"{statistics.mean([one.divergence for one in found if one.edit == edit] or [0]):.4f}" for edit in KINDS),
        )
        for name, found in results.items()
    ]
    return table(["method", "computed", "mean KL", "median KL", "top-1", "identical", "similarity", *KINDS], rows)


def _compared(session: Session, case: Case, expected: torch.Tensor, answer: list[int]) -> Quality:
    logits, reused = session.update(case.after, NEVER)
    p, q = expected.double().log_softmax(-1), logits.double().log_softmax(-1)
    divergence = float((p.exp() * (p - q)).sum())
    made = _continued(session, logits, answer)
    equal = sum(one == other for one, other in zip(made, answer, strict=True)) / CONTINUED
    return Quality(case.edit, reused.n_computed, divergence, int(p.argmax()) == int(q.argmax()), made == answer, equal)


def _continued(session: Session, logits: torch.Tensor, answer: list[int]) -> list[int]:
    """The greedy continuation. One pass tells whether it is `answer`."""
    if int(logits.argmax()) == answer[0]:
        length = len(session.tokens)
        chosen = session.extend(answer[:-1], NEVER).argmax(-1).tolist()
        session.crop(length)
        if chosen == answer[1:]:
            return answer
    return list(decoded(session, logits, frozenset(), CONTINUED, NEVER, lookup=False))


def _session(engine: Engine, length: int, reuse: Reuse, repair: Repair | None = None) -> Session:
    assert engine.model is not None
    return Session(engine.model, length + 256, reuse, repair)


def _like(engine: Engine, known: Session, reuse: Reuse, repair: Repair, length: int) -> Session:
    made = _session(engine, max(length, len(known.tokens)), reuse, repair)
    made.adopt(known, len(known.tokens))
    return made


def _leave_keys(session: Session) -> None:
    """Keep keys as they are, as if tokens were still where they have been: the row that has to fail."""
    arrange = session.cache.arrange

    def arrange_only(slots: torch.Tensor, positions: torch.Tensor) -> None:
        arrange(slots, positions)
        session.cache.encoded[slots] = positions

    session.cache.arrange = arrange_only  # type: ignore[method-assign]
