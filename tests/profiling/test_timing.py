"""The clock on real processes: known ratios, code that waits, coroutines, and the arithmetic of rounds.

What is asserted is far from what is measured: machines that run tests are busy.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from speedproof.analysis.project import discover
from speedproof.analysis.targets import find_target
from speedproof.core.cancel import CancelToken
from speedproof.core.settings import Settings
from speedproof.core.target import Candidate
from speedproof.core.verdict import Evidence, Status, Verdict
from speedproof.profiling.calibration import ENOUGH_ROUNDS, Clock, Noise
from speedproof.profiling.judge import compare_times, confirm, sides_of
from speedproof.profiling.profiler import Profiler
from speedproof.profiling.refute import Prepared
from speedproof.profiling.rounds import Batch, Pair, Round
from speedproof.profiling.statistics import MIN_ROUNDS, QUIET_NOISE


@dataclass(frozen=True)
class Case:
    """`low` and `high` bound the measured ratio where it is verified."""

    original: str
    candidate: str
    status: Status
    clock: str = "cpu"
    low: float = 0.0
    high: float = 0.0


LOOP = "    total = 0\n    for i in range({}):\n        total += i % 7\n    return total and n\n"
CASES = {
    "three times as fast": Case(
        "def f(n):\n" + LOOP.format("3000"), "def f(n):\n" + LOOP.format("1000"), Status.VERIFIED, "cpu", 2.0, 4.5
    ),
    "the same": Case("def f(n):\n" + LOOP.format("3000"), "def f(n):\n" + LOOP.format("3_000"), Status.NOT_FASTER),
    "slower": Case("def f(n):\n" + LOOP.format("1000"), "def f(n):\n" + LOOP.format("3000"), Status.NOT_FASTER),
    "waits for less time": Case(
        "def f(n):\n    time.sleep(0.02)\n    return n\n",
        "def f(n):\n    time.sleep(0.004)\n    return n\n",
        Status.VERIFIED,
        "wall",
        2.0,
        8.0,
    ),
    "waits instead of working": Case(
        "def f(n):\n" + LOOP.format("20000"),
        "def f(n):\n    time.sleep(0.02)\n    return n\n",
        Status.NOT_FASTER,
        "wall",
    ),
    "a coroutine that works less": Case(
        "async def f(n):\n    await asyncio.sleep(0)\n" + LOOP.format("9000"),
        "async def f(n):\n    await asyncio.sleep(0)\n" + LOOP.format("3000"),
        Status.VERIFIED,
        "cpu",
        1.5,
        4.5,
    ),
    "a coroutine that waits less": Case(
        "async def f(n):\n    await asyncio.sleep(0.01)\n    await asyncio.sleep(0.01)\n    return n\n",
        "async def f(n):\n    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.01))\n    return n\n",
        Status.VERIFIED,
        "wall",
        1.3,
        2.6,
    ),
    "a generator": Case(
        "def f(n):\n    for i in range(n * 1000):\n        yield sum([i, 1, 2, 3, 4, 5, 6, 7])\n",
        "def f(n):\n    for i in range(n * 1000):\n        yield i + 28\n",
        Status.VERIFIED,
        "cpu",
        1.3,
        9.0,
    ),
}
CALLS = "    assert call(f{0}, 3) or True\n    assert call(f{0}, 5) or True\n"
HELPER = """\
import asyncio
import inspect

from cases import *


def call(function, n):
    result = function(n)
    if inspect.iscoroutine(result):
        return asyncio.run(result)
    return list(result) if inspect.isgenerator(result) else result


"""


def named(text: str, number: int) -> str:
    return text.replace("def f(", f"def f{number}(")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Prepared]]:
    root: Path = tmp_path_factory.mktemp("project").resolve()
    path = root / "cases.py"
    text = "import asyncio\nimport time\n\n\n" + "\n\n".join(
        named(case.original, number) for number, case in enumerate(CASES.values())
    )
    path.write_text(text)
    tests = "\n\n".join(f"def test_{number}():\n{CALLS.format(number)}" for number in range(len(CASES)))
    (root / "test_cases.py").write_text(HELPER + tests)
    project = discover(path, python=sys.executable)
    found = {}
    with Profiler(project, Settings(max_inputs=10), CancelToken()) as profiler:
        profiler.record([(path, text, [f"f{number}" for number in range(len(CASES))])], project.tests)
        for number, name in enumerate(CASES):
            target = find_target(path, text, f"f{number}")
            assert target is not None
            ready = profiler.prepare(target)
            assert not isinstance(ready, Verdict), ready.reason
            found[name] = ready
        yield found


@pytest.mark.parametrize("name", CASES)
def test_the_clock_sees(name: str, prepared: dict[str, Prepared]) -> None:
    case, ready = CASES[name], prepared[name]
    number = list(CASES).index(name)
    text = ready.target.text.replace(named(case.original, number), named(case.candidate, number))
    sides = sides_of(ready, Candidate(text, "given", ()), None)
    verdict = compare_times(ready, Evidence(), sides, deadline=time.monotonic() + 60)
    assert verdict.status is case.status, verdict.reason
    assert verdict.evidence.clock == case.clock
    assert len(verdict.evidence.per_input) == verdict.evidence.timed_inputs > 0
    assert {3, 5} <= {timed.size for timed in verdict.evidence.per_input if timed.origin == "recorded"}
    if case.status is Status.VERIFIED:
        assert verdict.speedup is not None
        assert case.low < verdict.speedup.estimate < case.high


def test_a_clear_gain_is_found_however_late_it_is(prepared: dict[str, Prepared]) -> None:
    name = "three times as fast"
    case, ready = CASES[name], prepared[name]
    text = ready.target.text.replace(named(case.original, 0), named(case.candidate, 0))
    sides = sides_of(ready, Candidate(text, "given", ()), None)
    verdict = compare_times(ready, Evidence(), sides, deadline=time.monotonic() - 1)
    assert verdict.verified, verdict.reason
    assert len(verdict.evidence.samples) >= MIN_ROUNDS


def test_the_best_of_several_is_measured_again_on_other_inputs(prepared: dict[str, Prepared]) -> None:
    name = "three times as fast"
    case, ready = CASES[name], prepared[name]
    candidate = Candidate(ready.target.text.replace(named(case.original, 0), named(case.candidate, 0)), "given", ())
    ready.clock = Clock()
    deadline = time.monotonic() + 60
    first = compare_times(ready, Evidence(), sides_of(ready, candidate, None), deadline=deadline)
    assert confirm(ready, candidate, first, deadline=deadline) is first, "there was no choice"
    compare_times(ready, Evidence(), sides_of(ready, candidate, None), deadline=deadline)
    again = confirm(ready, candidate, first, deadline=deadline)
    assert again.verified, again.reason
    assert again.evidence.confirmed
    assert not first.evidence.confirmed
    assert ready.clock.attempts == 2
    assert len(again.evidence.per_input) < len(first.evidence.per_input), "but for the longest, others"
    slower = Candidate(ready.target.text.replace("range(3000)", "range(9000)", 1), "given", ())
    failed = confirm(ready, slower, first, deadline=deadline)
    assert failed.status is Status.NOT_FASTER
    assert "measured again" in failed.reason


def pairs(*seconds: tuple[float, float]) -> list[Pair]:
    return [Pair(*(Batch(side, 2 * side, switched=False) for side in pair)) for pair in seconds]


@pytest.mark.parametrize(
    ("indices", "baseline", "candidate", "passes"),
    [([0], 4.0, 2.0, 3), ([1], 1.0, 2.0, 1), ([0, 1], 5.0, 4.0, 3)],
)
def test_a_pass_takes_what_was_measured_less_often_again(
    indices: list[int], baseline: float, candidate: float, passes: int
) -> None:
    one = Round([pairs((4.0, 2.0), (4.0, 1.0), (6.0, 3.0)), pairs((1.0, 2.0))])
    assert one.seconds(indices, "cpu") == (baseline, candidate)
    assert len(one.pass_ratios(indices, "cpu")) == passes


def test_wall_time_is_that_of_the_shortest_batches() -> None:
    one = Round([pairs((4.0, 2.0), (4.0, 1.0), (6.0, 3.0)), pairs((1.0, 2.0), (3.0, 1.0))])
    assert one.seconds([0, 1], "wall") == (2 * (4.0 + 1.0), 2 * (1.0 + 1.0))
    assert len(one.pass_ratios([0, 1], "wall")) == 1


@pytest.mark.parametrize(
    ("cpu", "wall", "switched", "blocks"),
    [(1.0, 1.0, True, False), (0.1, 1.0, False, False), (0.1, 1.0, True, True), (0.8, 1.0, True, False)],
)
def test_what_waits_gives_up_its_processor_and_does_not_compute(
    cpu: float, wall: float, switched: bool, blocks: bool
) -> None:
    assert Batch(cpu, wall, switched).blocks is blocks
    quiet = Batch(1.0, 1.0, switched=False)
    assert Round([[Pair(quiet, Batch(cpu, wall, switched))]]).blocks is blocks


@pytest.mark.parametrize(
    ("ratios", "level", "extent"),
    [
        ([], QUIET_NOISE, 0.0),
        ([0.001, -0.002, 0.0], QUIET_NOISE, 0.002),
        ([0.05, -0.05, 0.05], 1.4826 * 1.495 * 0.05, 0.05),
        ([0.02, -0.02, 2.3], 1.4826 * 1.495 * 0.02, 2 * 1.4826 * 1.495 * 0.02),
    ],
)
def test_the_noise_is_what_identical_code_shows(ratios: list[float], level: float, extent: float) -> None:
    noise = Noise()
    for ratio in ratios:
        noise.add(ratio)
    assert noise.level == pytest.approx(level)
    assert noise.known is (len(ratios) >= ENOUGH_ROUNDS)
    assert noise.extent == pytest.approx(extent)


def test_the_clocks_of_two_functions_count_apart_and_share_the_noise_of_the_machine() -> None:
    noise = Noise()
    one, other = Clock(noise), Clock(noise)
    one.attempts += 1
    one.noise.add(0.1)
    assert (other.attempts, other.noise.extent) == (0, 0.1)
