"""What tests of snapshots share: an engine as after a restart, and what is on disk."""

from pathlib import Path

import torch
from models import CONTEXT, MOVABLE, NEVER, OTHERS, logits_of, prepared
from test_session import TEXT, apart

from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.repair import Reuse
from speedproof.suggest.local.session import Reused
from speedproof.suggest.local.snapshots import PAGE

DOCUMENT = "file:///a.py"
N_PAGES = -(-len(TEXT) // PAGE)
OPTIONS = Options(Precision.FP32, "cpu", Reuse.ROTATE, context=CONTEXT, snapshot_mb=8)


def started(name: str = "llama", options: Options = OPTIONS, identity: str = "one") -> Engine:
    """As after a restart: nothing is in memory."""
    kinds: dict[str, tuple[str, dict[str, object]]] = {**MOVABLE, **{kind: said[:2] for kind, said in OTHERS.items()}}
    _, loaded = prepared(*kinds[name], options.precision)
    return Engine(loaded, options, identity)


def read(engine: Engine, text: list[int], document: str = DOCUMENT) -> tuple[torch.Tensor, Reused]:
    """What comes after `text`, and what that took; then time goes by in which nothing is typed."""
    logits, reused = engine.session(document, text).update(text, NEVER)
    while engine.improve(document, NEVER):
        pass
    return logits, reused


def pages(data: Path) -> list[Path]:
    return sorted((data / "snapshots").rglob("*.val"))


def check_whole(text: list[int] = TEXT) -> None:
    """The whole text is there."""
    logits, reused = read(started(), text)
    assert reused == Reused(len(text) - 1, 1)
    assert apart(logits, expected(text)) < 1e-3


def expected(text: list[int]) -> torch.Tensor:
    theirs, _ = prepared(*MOVABLE["llama"])
    return logits_of(theirs, text)[-1]
