"""Memory of a model that reads one text, in a process that does nothing else: MODEL LENGTH → JSON, in MiB."""

import json
import resource
import sys

import tokenizers  # noqa: F401
import torch
from _kv_cases import long_text

from speedproof.core.cancel import CancelToken

MIB = 2**20


def main() -> None:
    model, length = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    torch.randn(300, 300) @ torch.randn(300, 300)  # what torch takes by itself, it takes by now
    before = _peak()
    from speedproof.suggest.local.engine import Engine, Options

    engine = Engine.load(model, Options(context=length + 256))
    loaded = _peak()
    engine.session("long").update(long_text(engine.tokenizer, length), CancelToken())
    assert engine.model is not None
    layers = [linear for layer in engine.model.layers for linear in (layer.qkv, layer.out, layer.up, layer.down)]
    weights = engine.model.embedding.nbytes + sum(linear.n_bytes for linear in [*layers, engine.model.head])  # type: ignore[attr-defined]
    found = {
        "torch": before,
        "loaded": loaded,
        "peak": _peak(),
        "weights": weights / MIB,
        "cache": engine.n_bytes / MIB,
    }
    print(json.dumps(found))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
