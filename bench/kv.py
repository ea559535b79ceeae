"""What a keystroke costs: time to first token after an edit, and how close the answer is to full recomputation.

Real Python files and seven kinds of edits. Time is measured by ratio, all methods in turn for every case: ours, full
recomputation in transformers, and llama.cpp's server with its prefix cache and with its key shifting. Quality is the
next token's distribution and a continuation of 24 tokens, against full recomputation at the same precision.
"""

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from _common import REPOSITORY, development_data, finish, parser, table
from _kv_cases import EDITS, Case, cases
from _kv_decode import decoding
from _kv_plot import plot
from _kv_quality import quality
from _kv_service import N_CANCELS, N_DOCUMENTS, N_EDITS, N_TRACES, drifted, held, many, stopped
from _llama_server import Server, installed
from _models import small_model

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.repair import Reuse
from speedproof.suggest.local.session import Session

NEVER = CancelToken()
CACHE_MB = 1024
MOST = {
    ("one place", 2000): 1 / 50,
    ("one place", 4000): 1 / 80,
    ("one place", 8000): 1 / 120,
    ("three places", 4000): 1 / 30,
}
"""Ratios of the default to full recomputation in transformers."""
AGAINST_LLAMA = {
    ("repair", "llama.cpp shifting", "insert 1"): 1 / 50,
    ("repair", "llama.cpp shifting", "insert 10"): 1 / 50,
    ("repair", "llama.cpp shifting", "delete 20"): 1.0,
    ("full", "llama.cpp full", "insert 1"): 1.0,
}
AGAINST_LLAMA_LENGTH = 2000
"""At which length ours may take which share of its time."""
SERVICE = {
    "memory_over_mib": (0.0, 200.0),
    "caches_mib": (0.0, CACHE_MB),
    "cancel_seconds_max": (0.0, 0.1),
    "after_cancel_apart": (0.0, 1e-3),
    "drift_repair_kl_mean": (0.0, 0.005),
    "drift_repair_top1": (0.95, 1.0),
}
"""Between which each has to be."""
QUALITY = {"kl_mean": (0.0, 0.001), "top1": (0.98, 1.0), "identical": (0.90, 1.0)}
"""Of the default: between which each has to be."""
PEERS = ("transformers", "llama.cpp")
ONE_PLACE = ("insert 1", "insert 10", "delete 20")
Method = Callable[[Case], tuple[float, int]]
"""Seconds to the first token of the text after the edit, the text before being known; and tokens computed."""
Ratios = dict[str, dict[str, float]]
"""By method and edit."""


def main() -> int:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--lengths", type=int, nargs="+", default=[1000, 2000, 4000, 8000], help="in tokens")
    arguments.add_argument("--cases", type=int, default=7, help="per length, for time")
    arguments.add_argument("--quality-cases", type=int, default=210)
    arguments.add_argument("--quality-length", type=int, default=2000)
    arguments.add_argument("--precision", type=Precision, choices=list(Precision), default=Precision.FP16)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--only", choices=("time", "decode", "quality", "service"))
    arguments.add_argument("--plot", type=Path, metavar="FILE", help="the times as a picture, SVG or PNG")
    arguments.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="whom to measure besides")
    arguments.add_argument("--data", type=Path, default=development_data(), help="folder with the JSONL files")
    arguments.add_argument("--work", type=Path, default=REPOSITORY / "build" / "kv", help="for the model and llama.cpp")
    options = arguments.parse_args()
    if options.quick:
        options.lengths, options.cases, options.quality_cases, options.quality_length = [500], 3, 7, 300
    torch.set_num_threads(options.threads)
    gguf = small_model(options.work)
    engine = Engine.load(
        gguf, Options(precision=options.precision, context=max(options.lengths) + 512, cache_mb=CACHE_MB)
    )
    figures: dict[str, float] = {}
    failures: list[str] = []
    if options.only in (None, "service"):
        failures += _service(engine, gguf, options, figures)
    if options.only in (None, "time"):
        ratios: dict[int, Ratios] = {}
        for length in options.lengths:
            base, ratios[length] = _time(engine, gguf, length, options, figures)
            failures += _too_slow(length, figures)
            if options.plot is not None:
                plot(ratios, base, options.plot)
    if options.only in (None, "decode"):
        failures += decoding(engine, gguf, min(options.quality_length, max(options.lengths)), options, figures)
    if options.only in (None, "quality"):
        figures |= quality(engine, options.quality_length, options.quality_cases, options.data)
        failures += _too_far(figures)
    return finish("kv", options, figures, failures=[] if options.quick else failures)


def _service(engine: Engine, gguf: Path, options: Any, figures: dict[str, float]) -> list[str]:
    """Cancel, memory and drift."""
    length = max(options.lengths)
    memory = held(gguf, length)
    over = memory["peak"] - memory["torch"] - memory["weights"] - memory["cache"]
    caches = many(engine, length // 8)
    print(
        f"memory: peak {memory['peak']:.0f} MiB = torch by itself {memory['torch']:.0f} + weights "
        f"{memory['weights']:.0f} + cache of {length} tokens {memory['cache']:.0f} + {over:.0f}; {N_DOCUMENTS} "
        f"documents: caches {caches:.0f} of {CACHE_MB} MiB",
        flush=True,
    )
    cancels = stopped(engine, length)
    print(
        f"cancel while {length} tokens are computed, {N_CANCELS} times: control back after "
        f"{1000 * cancels.median_seconds:.0f} ms, {1000 * cancels.longest_seconds:.0f} at most; logits then differ "
        f"from those of a fresh session by {cancels.apart:.1e}"
    )
    found = {
        "memory_over_mib": over,
        "caches_mib": caches,
        "cancel_seconds_max": cancels.longest_seconds,
        "after_cancel_apart": cancels.apart,
    }
    for reuse, steps in drifted(engine, options.quality_length).items():
        mean, agree = statistics.mean(kl for kl, _ in steps), statistics.mean(same for _, same in steps)
        print(f"{N_EDITS} edits without a pause, {N_TRACES} texts, {reuse}: mean KL {mean:.5f}, top-1 {agree:.0%}")
        found |= {f"drift_{reuse}_kl_mean": mean, f"drift_{reuse}_top1": agree}
    figures |= found
    return [
        f"{name} is {found[name]:.3g}" for name, (least, most) in SERVICE.items() if not least <= found[name] <= most
    ]


def _too_slow(length: int, figures: dict[str, float]) -> list[str]:
    """What of the default setting costs more than it may."""
    failures = []
    for (kind, at), most in MOST.items():
        for edit in (ONE_PLACE if kind == "one place" else (kind,)) if at == length else ():
            ratio = figures.get(f"repair_{edit}_{length}_ratio".replace(" ", "_"), 0.0)
            if ratio > most:
                failures.append(f"{edit} at {length} tokens: 1/{1 / ratio:.0f}, 1/{1 / most:.0f} is needed")
    for (ours, theirs, edit), most in AGAINST_LLAMA.items() if length == AGAINST_LLAMA_LENGTH else ():
        names = [f"{name}_{edit}_{length}_ratio".replace(" ", "_") for name in (ours, theirs)]
        if all(name in figures for name in names):
            ratio = figures[names[0]] / figures[names[1]]
            print(f"{edit}: {ours} takes {ratio:.3f} of {theirs}, {most:.3f} is allowed")
            if ratio > most:
                failures.append(f"{edit}: {ours} takes {ratio:.3f} of the time of {theirs}, {most:.3f} is allowed")
    return failures


def _too_far(figures: dict[str, float]) -> list[str]:
    """What of the default setting is too far from full recomputation."""
    found = {name: figures[f"quality_default_{name}"] for name in QUALITY}
    return [
        f"{name} is {found[name]:.4g}, which must be between {least:g} and {most:g}"
        for name, (least, most) in QUALITY.items()
        if not least <= found[name] <= most
    ]


def _time(engine: Engine, gguf: Path, length: int, options: Any, figures: dict[str, float]) -> tuple[str, Ratios]:
    """The method that all are compared to, and their ratios to it."""
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    computed: dict[str, list[int]] = defaultdict(list)
    with _methods(engine, gguf, length, options) as methods:
        for case in cases(engine.tokenizer, length, options.cases):
            for name, method in methods.items():
                took, count = method(case)
                seconds[name, case.edit].append(took)
                computed[name].append(count)
    base = "transformers" if "transformers" in options.peers else "full"
    ratios: Ratios = {
        name: {
            edit: statistics.median(a / b for a, b in zip(seconds[name, edit], seconds[base, edit], strict=True))
            for edit in EDITS
            if seconds[name, edit]
        }
        for name in computed
    }
    rows = []
    for name, by_edit in ratios.items():
        cells = [f"1/{1 / by_edit[edit]:.1f}" if edit in by_edit else "-" for edit in EDITS]
        figures |= {f"{name}_{edit}_{length}_ratio".replace(" ", "_"): ratio for edit, ratio in by_edit.items()}
        milliseconds = 1000 * statistics.median(value for edit in EDITS for value in seconds[name, edit])
        rows.append((name, f"{milliseconds:.0f}", f"{statistics.median(computed[name]):.0f}", *cells))
    print(f"{length} tokens, ratio to {base}:")
    print(table(["method", "ms", "computed", *EDITS], rows), flush=True)
    print()
    return base, ratios


@contextmanager
def _methods(engine: Engine, gguf: Path, length: int, options: Any) -> Iterator[dict[str, Method]]:
    def ours(reuse: Reuse | None) -> Method:
        def method(case: Case) -> tuple[float, int]:
            assert engine.model is not None
            session = Session(engine.model, length + 256, reuse or Reuse.EXACT)
            if reuse is not None:
                session.update(case.before, NEVER)
            start = time.perf_counter()
            _, reused = session.update(case.after, NEVER)
            return time.perf_counter() - start, reused.n_computed

        return method

    methods: dict[str, Method] = {reuse.value: ours(reuse) for reuse in (Reuse.REPAIR, Reuse.ROTATE, Reuse.EXACT)}
    methods["full"] = ours(None)
    with ExitStack() as stack:
        if "transformers" in options.peers:
            methods["transformers"] = _transformers(gguf)
        root = installed(options.work / "llama.cpp") if "llama.cpp" in options.peers else None
        if root is not None:
            for name, more in (("llama.cpp", ()), ("llama.cpp shifting", ("--cache-reuse", "16"))):
                server = stack.enter_context(Server(root, gguf, length + 512, options.threads, *more))
                methods[name] = _of_server(server)
            methods["llama.cpp full"] = _of_server(server, cached=False)
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


def _of_server(server: Server, *, cached: bool = True) -> Method:
    def method(case: Case) -> tuple[float, int]:
        if cached:
            server.timings(case.before)
        timings = server.timings(case.after, cached=cached)
        return timings["prompt_ms"] / 1000, timings["prompt_n"]

    return method


if __name__ == "__main__":
    sys.exit(main())
