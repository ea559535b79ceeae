"""How much has to be known of a function before there is any verdict on a rewrite."""

from collections import Counter
from types import SimpleNamespace
from typing import cast

import pytest

from speedproof.core.settings import Settings
from speedproof.profiling.enough import shortfall
from speedproof.profiling.gather import Gathered


def gathered(returning: int, dropped: dict[str, int], coverage: float) -> Gathered:
    """Stands for what was gathered: each call returns something else."""
    observations = {
        place: {"outcome": "return", "mutates": False, "aspects": {"result": {"digest": str(place)}}}
        for place in range(returning)
    }
    found = returning + sum(dropped.values())
    fields = {"inputs": list(observations), "observations": observations, "found": found, "coverage": coverage}
    return cast("Gathered", SimpleNamespace(**fields, dropped=Counter(dropped)))


@pytest.mark.parametrize(
    ("returning", "dropped", "coverage", "is_enough"),
    [
        (10, {}, 0.9, True),
        (9, {}, 1.0, False),
        (9, {"guessed, and refused by the function": 20}, 1.0, False),
        (9, {"timed out": 1}, 1.0, True),
        (6, {"timed out": 2, "no time left": 8}, 1.0, True),
        (6, {"timed out": 2, "raises RecursionError in the sandbox": 1}, 1.0, False),
        (5, {"timed out": 2, "no time left": 30}, 1.0, False),
        (9, {"timed out": 2, "no time left": 8}, 0.9, False),
    ],
)
def test_fewer_calls_are_enough_where_more_take_too_long(
    returning: int, dropped: dict[str, int], coverage: float, is_enough: bool
) -> None:
    problem = shortfall(gathered(returning, dropped, coverage), Settings(), "")
    assert (problem is None) is is_enough
    assert is_enough or (problem is not None and f"returns on only {returning}" in problem[1])
