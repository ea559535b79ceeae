"""How close an answer is to that of full recomputation: the next token's distribution, and a continuation."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from _common import table
from _kv_cases import EDITS, Case, grouped_cases

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.decode import decoded
from speedproof.suggest.local.engine import Engine
from speedproof.suggest.local.repair import Repair, Reuse
from speedproof.suggest.local.session import Session

NEVER = CancelToken()
CONTINUED = 24


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
    "4 + 4": (Reuse.REPAIR, Repair(4, 4, moved=0)),
    "0 + 8": (Reuse.REPAIR, Repair(0, 8, moved=0)),
    "8 + 24, moved": (Reuse.REPAIR, Repair(8, 24, moved=256)),
    "default": (Reuse.REPAIR, Repair()),
}


def quality(engine: Engine, length: int, n_cases: int) -> dict[str, float]:
    """Prints the table as it grows; the figures of all cases."""
    results: dict[str, list[Quality]] = defaultdict(list)
    figures: dict[str, float] = {}
    number = 0
    for group in grouped_cases(engine.tokenizer, length, n_cases):
        known = _session(engine, len(group[0].before), Reuse.EXACT)
        known.update(group[0].before, NEVER)
        for case in group:
            number += 1
            # The start that both have in common is what a full computation would give: tests hold that.
            full = _like(engine, known, Reuse.EXACT, Repair(), len(case.after))
            expected, _ = full.update(case.after, NEVER)
            answer = list(decoded(full, expected, frozenset(), CONTINUED, NEVER, lookup=False))
            for name, (reuse, repair) in VARIANTS.items():
                session = _like(engine, known, reuse, repair, len(case.after))
                results[name].append(_compared(session, case, expected, answer))
            session = _like(engine, known, Reuse.ROTATE, Repair(), len(case.after))
            _leave_keys(session)
            results["stale keys"].append(_compared(session, case, expected, answer))
        print(f"{number} cases:\n{_quality_table(results)}", flush=True)
    print(f"{number} cases of {length} tokens:")
    print(_quality_table(results), flush=True)
    for name, found in results.items():
        stem = f"quality_{name}".replace(" ", "_").replace(",", "")
        figures[f"{stem}_kl_mean"] = statistics.mean(one.divergence for one in found)
        figures[f"{stem}_top1"] = statistics.mean(one.same_first for one in found)
        figures[f"{stem}_identical"] = statistics.mean(one.identical for one in found)
    return figures


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
            *(f"{statistics.mean([one.divergence for one in found if one.edit == edit] or [0]):.4f}" for edit in EDITS),
        )
        for name, found in results.items()
    ]
    return table(["method", "computed", "mean KL", "median KL", "top-1", "identical", "similarity", *EDITS], rows)


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
