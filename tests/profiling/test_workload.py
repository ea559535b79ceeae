"""Which inputs are timed, and which of them a second time."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from speedproof.profiling.gather import Gathered
from speedproof.profiling.pool import Input
from speedproof.profiling.workload import MAX_TIMED, growing, timeable, workload


@dataclass
class Inputs:
    """Stands for what was gathered: calls named by origin and number, the n-th takes as many microseconds."""

    inputs: list[Input] = field(default_factory=list)
    observations: dict[int, Any] = field(default_factory=dict)
    lengths: dict[int, float] = field(default_factory=dict)

    def add(self, origin: str, microseconds: float, outcome: str = "return") -> None:
        place = len(self.inputs)
        self.inputs.append(Input(place, origin, f"{origin} {microseconds:g}"))
        self.observations[place] = {
            "outcome": outcome,
            "seconds": microseconds * 1e-6,
            "mutates": False,
            "lazy": False,
            "draws": False,
            "aspects": {"result": {"digest": "d"}},
        }


def made(**counts: int) -> Gathered:
    inputs = Inputs()
    for origin, count in counts.items():
        for microseconds in range(1, count + 1):
            inputs.add(origin, microseconds)
    return cast("Gathered", inputs)


@pytest.mark.parametrize(
    ("gathered", "expected"),
    [
        (made(), []),
        (made(recorded=2), ["recorded 2", "recorded 1"]),
        (made(recorded=9), ["recorded 9", "recorded 6", "recorded 4", "recorded 1"]),
        (made(mutated=3, scaled=1), ["scaled 1", "mutated 1", "mutated 2", "mutated 3"]),
        (
            made(recorded=1, scaled=5, mutated=2),
            ["recorded 1", "scaled 5", "scaled 1", "scaled 2", "scaled 3", "scaled 4", "mutated 1", "mutated 2"],
        ),
    ],
)
def test_calls_from_use_come_first_the_longest_always(gathered: Gathered, expected: list[str]) -> None:
    calls = [timed.call for timed in workload(gathered)]
    assert sorted(calls) == sorted(expected)
    assert calls[:1] == expected[:1]
    assert len(calls) <= MAX_TIMED


def test_a_second_time_others_are_taken_but_for_the_longest_of_real_use() -> None:
    gathered = made(recorded=9, mutated=20)
    first = workload(gathered)
    second = workload(gathered, {timed.place for timed in first})
    again = {timed.call for timed in first} & {timed.call for timed in second}
    assert again == {"recorded 9"}
    assert workload(made(recorded=1), {0}) == workload(made(recorded=1))


def test_what_raises_or_takes_long_is_not_timed() -> None:
    inputs = Inputs()
    inputs.add("recorded", 5)
    inputs.add("recorded", 6, outcome="raise")
    inputs.add("recorded", 2_000_000)
    inputs.add("scaled", 1_500_000)
    assert [timed.call for timed in timeable(cast("Gathered", inputs))] == ["recorded 5"]


def test_the_longest_call_of_real_use_is_timed_where_its_machine_is_busy() -> None:
    inputs = Inputs()
    inputs.add("recorded", 5)
    inputs.add("recorded", 1_500_000)
    assert workload(cast("Gathered", inputs))[0].call == "recorded 1.5e+06"


def test_the_longest_is_the_one_that_was_measured_to_be() -> None:
    gathered = made(recorded=9)
    gathered.lengths.update({8: 1e-7, 3: 1e-3})
    assert [timed.call for timed in timeable(gathered)][-1] == "recorded 4"
    assert workload(gathered)[0].call == "recorded 4"


def test_a_pass_over_all_inputs_is_short_unless_the_longest_call_alone_is_not() -> None:
    inputs = Inputs()
    for milliseconds in (1, 2, 60, 70, 80):
        inputs.add("recorded", milliseconds * 1000)
    assert sum(timed.seconds for timed in workload(cast("Gathered", inputs))) <= 0.1
    inputs.add("recorded", 900_000)
    assert workload(cast("Gathered", inputs))[0].seconds == pytest.approx(0.9)


def test_what_is_grown_is_the_longest_that_leaves_room() -> None:
    inputs = Inputs()
    for microseconds in (10, 400, 90_000, 600):
        inputs.add("recorded", microseconds)
    inputs.add("mutated", 450)
    calls = [timed.call for timed in growing(cast("Gathered", inputs))]
    assert calls == ["recorded 400", "recorded 10", "recorded 600", "recorded 90000"]
