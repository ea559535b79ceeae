"""What a keystroke costs: time to first token after an edit, and how close the answer is to full recomputation.

Real Python files and seven kinds of edits. Time is measured by ratio, all methods in turn for every case: ours, full
recomputation in transformers, and llama.cpp's server with its prefix cache and with its key shifting. Quality is the
next token's distribution and a continuation of 24 tokens, against full recomputation at the same precision.
"""

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from _common import finish, parser, table
from _kv_cases import EDITS, Case, cases, grouped_cases
from _llama_server import Server, installed
from _models import small_model

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.decode import decoded
from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.repair import Repair, Reuse
from speedproof.suggest.local.session import Session

REPOSITORY = Path(__file__).resolve().parents[1]
NEVER = CancelToken()
CONTINUED = 24
MOST = {
    ("one place", 2000): 1 / 50,
    ("one place", 4000): 1 / 80,
    ("one place", 8000): 1 / 120,
    ("three places", 4000): 1 / 30,
}
"""Ratios of the default to full recomputation in transformers."""
ONE_PLACE = ("insert 1", "insert 10", "delete 20")
Method = Callable[[Case], tuple[float, int]]
"""Seconds to the first token of the text after the edit, the text before being known; and tokens computed."""


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


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--lengths", type=int, nargs="+", default=[1000, 2000, 4000, 8000], help="in tokens")
    arguments.add_argument("--cases", type=int, default=7, help="per length, for time")
    arguments.add_argument("--quality-cases", type=int, default=210)
    arguments.add_argument("--quality-length", type=int, default=2000)
    arguments.add_argument("--precision", type=Precision, choices=list(Precision), default=Precision.FP32)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--only", choices=("time", "quality"))
    arguments.add_argument("--no-peers", action="store_true", help="neither transformers nor llama.cpp")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "kv", help="for the model and llama.cpp")
    options = arguments.parse_args()
    if options.quick:
        options.lengths, options.cases, options.quality_cases, options.quality_length = [500], 3, 7, 300
    torch.set_num_threads(options.threads)
    gguf = small_model(options.work)
    engine = Engine.load(gguf, Options(precision=options.precision, context=max(options.lengths) + 512))
    figures: dict[str, float] = {}
    failures: list[str] = []
    if options.only != "quality":
        for length in options.lengths:
            _time(engine, gguf, length, options, figures)
            failures += _too_slow(length, figures)
    if options.only != "time":
        _quality(engine, options, figures)
    return finish("kv", options, figures, failures=[] if options.quick else failures)


def _too_slow(length: int, figures: dict[str, float]) -> list[str]:
    """What of the default setting costs more than it may."""
    failures = []
    for (kind, at), most in MOST.items():
        for edit in (ONE_PLACE if kind == "one place" else (kind,)) if at == length else ():
            ratio = figures.get(f"repair_{edit}_{length}_ratio".replace(" ", "_"), 0.0)
            if ratio > most:
                failures.append(f"{edit} at {length} tokens: 1/{1 / ratio:.0f}, 1/{1 / most:.0f} is needed")
    return failures


def _time(engine: Engine, gguf: Path, length: int, options: Any, figures: dict[str, float]) -> None:
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    computed: dict[str, list[int]] = defaultdict(list)
    with _methods(engine, gguf, length, options) as methods:
        for case in cases(engine.tokenizer, length, options.cases):
            for name, method in methods.items():
                took, count = method(case)
                seconds[name, case.edit].append(took)
                computed[name].append(count)
    base = "transformers" if ("transformers", "insert 1") in seconds else "full"
    rows = []
    for name in computed:
        cells = []
        for edit in EDITS:
            ratios = [a / b for a, b in zip(seconds[name, edit], seconds[base, edit], strict=True)]
            cells.append(f"1/{1 / statistics.median(ratios):.1f}" if ratios else "-")
            if ratios:
                figures[f"{name}_{edit}_{length}_ratio".replace(" ", "_")] = statistics.median(ratios)
        milliseconds = 1000 * statistics.median(value for edit in EDITS for value in seconds[name, edit])
        rows.append((name, f"{milliseconds:.0f}", f"{statistics.median(computed[name]):.0f}", *cells))
    print(f"{length} tokens, ratio to {base}:")
    print(table(["method", "ms", "computed", *EDITS], rows), flush=True)
    print()


@contextmanager
def _methods(engine: Engine, gguf: Path, length: int, options: Any) -> Iterator[dict[str, Method]]:
    def ours(reuse: Reuse | None) -> Method:
        def method(case: Case) -> tuple[float, int]:
            session = _session(engine, length, reuse or Reuse.EXACT)
            if reuse is not None:
                session.update(case.before, NEVER)
            start = time.perf_counter()
            _, reused = session.update(case.after, NEVER)
            return time.perf_counter() - start, reused.n_computed

        return method

    methods: dict[str, Method] = {reuse.value: ours(reuse) for reuse in (Reuse.REPAIR, Reuse.ROTATE, Reuse.EXACT)}
    methods["full"] = ours(None)
    with ExitStack() as stack:
        if not options.no_peers:
            methods["transformers"] = _transformers(gguf)
            root = installed(options.work / "llama.cpp")
            if root is not None:
                context = length + 512
                for name, more in (("llama.cpp", ()), ("llama.cpp shifting", ("--cache-reuse", "16"))):
                    server = stack.enter_context(Server(root, gguf, context, options.threads, *more))
                    methods[name] = _of_server(server)
        yield methods


def _transformers(gguf: Path) -> Method:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32).eval()

    def method(case: Case) -> tuple[float, int]:
        start = time.perf_counter()
        with torch.inference_mode():
            model(input_ids=torch.tensor([case.after]), use_cache=True, logits_to_keep=1)
        return time.perf_counter() - start, len(case.after)

    return method


def _of_server(server: Server) -> Method:
    def method(case: Case) -> tuple[float, int]:
        server.timings(case.before)
        timings = server.timings(case.after)
        return timings["prompt_ms"] / 1000, timings["prompt_n"]

    return method


VARIANTS: dict[str, tuple[Reuse, Repair]] = {
    "rotate": (Reuse.ROTATE, Repair()),
    "4 + 4": (Reuse.REPAIR, Repair(4, 4, moved=0, while_decoding=0)),
    "0 + 8": (Reuse.REPAIR, Repair(0, 8, moved=0, while_decoding=0)),
    "4 + 4, moved": (Reuse.REPAIR, Repair(4, 4, moved=256, while_decoding=0)),
    "8 + 24, moved": (Reuse.REPAIR, Repair(8, 24, moved=256, while_decoding=0)),
    "default": (Reuse.REPAIR, Repair()),
}


def _quality(engine: Engine, options: Any, figures: dict[str, float]) -> None:
    results: dict[str, list[Quality]] = defaultdict(list)
    number = 0
    for group in grouped_cases(engine.tokenizer, options.quality_length, options.quality_cases):
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
    print(f"{number} cases of {options.quality_length} tokens, {options.precision}:")
    print(_quality_table(results), flush=True)
    for name, found in results.items():
        stem = f"quality_{name}".replace(" ", "_").replace(",", "")
        figures[f"{stem}_kl_mean"] = statistics.mean(one.divergence for one in found)
        figures[f"{stem}_top1"] = statistics.mean(one.same_first for one in found)
        figures[f"{stem}_identical"] = statistics.mean(one.identical for one in found)


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
    """The greedy continuation. One pass tells whether it is `answer`, unless steps of decoding repair the cache."""
    if not session.repairs_while_decoding and int(logits.argmax()) == answer[0]:
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


if __name__ == "__main__":
    sys.exit(main())
