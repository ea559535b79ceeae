"""How long is waited for a pause in typing."""

import pytest

from speedproof.server.pace import Pace

LIMIT = 0.15


@pytest.mark.parametrize(
    ("intervals", "latency", "expected"),
    [
        ([], 0.0, 0.0),  # the first key
        ([0.05], 0.0, 0.075),
        ([0.05, 0.05, 0.3], 0.0, 0.075),  # the usual interval, not the longest
        ([0.2], 0.0, LIMIT),
        ([0.2], 0.2, 0.1),  # the model takes its time anyway
        ([0.2], 1.0, 0.0),
        ([0.05, 5.0], 0.0, 0.0),  # after a pause one begins again
        ([0.05, 5.0, 0.05], 0.0, 0.075),
    ],
)
def test_delay(intervals: list[float], latency: float, expected: float) -> None:
    pace, now = Pace(), 100.0
    delay = pace.delay(now, latency, LIMIT)
    for interval in intervals:
        now += interval
        delay = pace.delay(now, latency, LIMIT)
    assert delay == pytest.approx(expected)
