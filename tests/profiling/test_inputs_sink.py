"""What the file of a function's inputs holds at most."""

from pathlib import Path

import pytest

from speedproof.profiling.worker import inputs
from speedproof.profiling.worker.inputs import Sink, read


def test_large_inputs_fill_a_file_up_to_a_bound_and_small_ones_still_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MAX_FILE_BYTES", 400_000)
    sink = Sink(str(tmp_path), {"recorded": 10})
    large = [sink.add("f", "recorded", (str(n) * 150_000,), {}) for n in range(4)]
    assert large == [True, True, False, False]
    assert sink.add("f", "recorded", ("small",), {})
    assert sink.add("g", "recorded", ("x" * 150_000,), {})
    assert [header["origin"] for header, _ in read(str(tmp_path), "f")] == ["recorded"] * 3
    assert sum(sink.refused["f"].values()) == 2
    assert all("larger than" in why for why in sink.refused["f"])


def test_an_input_that_is_too_large_alone(tmp_path: Path) -> None:
    sink = Sink(str(tmp_path), {"recorded": 10})
    assert not sink.add("f", "recorded", ("x" * (inputs.MAX_BLOB_BYTES + 1),), {})
