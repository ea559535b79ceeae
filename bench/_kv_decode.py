"""What a token of an answer takes, beside llama.cpp with the same weights in the same precision."""

import os
import statistics
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from _common import table
from _kv_cases import long_text
from _llama_server import Server, backend, installed

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.decode import decoded
from speedproof.suggest.local.engine import Engine
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.repair import Reuse
from speedproof.suggest.local.session import Session

NEVER = CancelToken()
N_TOKENS, N_ROUNDS = 32, 5
MOST_OF_LLAMA = 1.5
THEIR_NAMES = {Precision.FP16: "F16", Precision.BF16: "BF16", Precision.FP32: "F32", Precision.INT8: "Q8_0"}


def decoding(engine: Engine, gguf: Path, length: int, options: Any, figures: dict[str, float]) -> list[str]:
    """Milliseconds per token after `length` tokens, all in turn; what is slower than it may be."""
    assert engine.model is not None
    tokens = long_text(engine.tokenizer, length)
    session = Session(engine.model, length + N_TOKENS + 1, Reuse.EXACT)
    logits, _ = session.update(tokens, NEVER)
    milliseconds: dict[str, list[float]] = {"ours": []}
    same = f"llama.cpp, {THEIR_NAMES[options.precision]}"
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        root = installed(options.work / "llama.cpp") if "llama.cpp" in options.peers else None
        if root is not None:
            files = {f"llama.cpp, {gguf.stem}": gguf, same: _converted(root, gguf, options.precision)}
            for name, file in files.items():
                servers[name] = stack.enter_context(Server(root, file, length + 512, options.threads))
                servers[name].timings(tokens)
                milliseconds[name] = []
        for _ in range(N_ROUNDS):
            start = time.perf_counter()
            count = sum(1 for _ in decoded(session, logits, frozenset(), N_TOKENS + 1, NEVER, lookup=False)) - 1
            milliseconds["ours"].append(1000 * (time.perf_counter() - start) / count)
            session.crop(length)
            for name, server in servers.items():
                timings = server.timings(tokens, N_TOKENS)
                milliseconds[name].append(timings["predicted_ms"] / timings["predicted_n"])
    rows, failures = [], []
    for name, found in milliseconds.items():
        ratio = statistics.median(one / other for one, other in zip(milliseconds["ours"], found, strict=True))
        rows.append((name, f"{statistics.median(found):.1f}", f"{ratio:.2f}"))
        figures[f"decode_ratio_to_{name}".replace(" ", "_").replace(",", "")] = ratio
        if name == same and ratio > MOST_OF_LLAMA:
            failures.append(f"a token takes {ratio:.2f} times of what {same} takes, {MOST_OF_LLAMA} is allowed")
    print(f"decoding after {length} tokens, without a guess:")
    print(table(["method", "ms per token", "ours is"], rows), flush=True)
    return failures


def _converted(root: Path, gguf: Path, precision: Precision) -> Path:
    """The same weights, written by llama.cpp in that precision."""
    name = THEIR_NAMES[precision]
    target = gguf.with_name(f"{gguf.stem}.{name}.gguf")
    if not target.exists():
        libraries = next(root.rglob("libc.so.6")).parent
        partial = target.with_suffix(".partial")
        command = [
            next(root.rglob("ld-linux-*.so.2")), "--library-path", f"{libraries}:{libraries}/llama",
            root / "usr/bin/llama-quantize", "--allow-requantize", gguf, partial, name,
        ]  # fmt: skip
        environment = {**os.environ, "GGML_BACKEND_PATH": str(backend(root))}
        subprocess.run(list(map(str, command)), check=True, env=environment, capture_output=True)
        partial.rename(target)
    return target
