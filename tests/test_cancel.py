"""Calling off a run at random moments leaves nothing behind, and a store that says the same as before.

`bench/cancel.py` does the same fifty times and looks at the time: that says little on a machine with other work to do.
"""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled

BENCH = Path(__file__).resolve().parents[1] / "bench"
PATIENCE_SECONDS = 60.0


@pytest.fixture
def cancelling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(BENCH))
    _cancelling = importlib.import_module("_cancelling")

    yield _cancelling
    sys.modules.pop("_cancelling", None)


def test_nothing_is_left(cancelling: Any, tmp_path: Path) -> None:
    playground = cancelling.Playground(tmp_path)
    trials = [cancelling.cancel_in_a_thread(playground, after) for after in cancelling.moments(6, 4.0, seed=3)]
    trials += [cancelling.interrupt_the_command(playground, after) for after in cancelling.moments(3, 4.0, seed=4)]
    for trial in trials:
        assert trial.left == ()
        assert trial.seconds < PATIENCE_SECONDS
    assert set(playground.run(CancelToken())) == {"squares", "counts"}


def test_a_run_that_is_called_off_before_it_begins(cancelling: Any, tmp_path: Path) -> None:
    playground = cancelling.Playground(tmp_path)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        playground.run(cancel)
    assert playground.left() == ()
