"""What tests of loading share: what a model says after one text, and that a source is refused."""

from pathlib import Path

import pytest
import torch
from models import NEVER

from speedproof.core.errors import UsageError
from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.load import How, load

HOW = How(Precision.FP32, torch.device("cpu"), 256)
TEXT = [*range(4, 90), 17, 5]


def logits_from(source: Path | str) -> torch.Tensor:
    """Of the token after TEXT."""
    engine = Engine.load(source, Options(HOW.precision, "cpu", context=HOW.context))
    logits, _ = engine.session("document").update(TEXT, NEVER)
    return logits


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().max())


def folders(data: Path) -> list[Path]:
    """Those of models that were made of files."""
    return sorted(path for path in (data / "converted").glob("*") if path.is_dir())


def check_refused(source: Path | str, *words: str) -> None:
    with pytest.raises(UsageError) as raised:
        load(source, HOW)
    for word in words:
        assert word in str(raised.value)
