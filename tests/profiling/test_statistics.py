"""The arithmetic of "faster": against worked values, by its properties, and on simulated noise."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speedproof.profiling.calibration import ENOUGH_ROUNDS
from speedproof.profiling.statistics import (
    ERROR,
    MAX_ROUNDS,
    MAX_ROUNDS_AHEAD,
    MIN_ROUNDS,
    Decision,
    combine,
    decide,
    error_share,
    median_interval,
    robust_deviation,
    slope,
    student_quantile,
)
from speedproof.profiling.timing import LOUD_NOISE

RATIOS = st.lists(st.floats(-3, 3), min_size=1, max_size=20)
CANDIDATES = 8


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [(1, 0, 0), (3, 0, 2), (6, 0, 5), (9, 1, 7), (12, 2, 9), (20, 5, 14)],
)
def test_the_interval_of_the_median_is_the_sign_tests(n: int, low: int, high: int) -> None:
    interval = median_interval([float(value) for value in range(n)])
    assert (interval.low, interval.high) == (low, high)
    assert interval.mid == (n - 1) / 2


@pytest.mark.parametrize(
    ("values", "center", "expected"),
    [
        ([], None, 0.0),
        ([5.0], None, 0.0),
        ([1.0, 2.0, 3.0], None, 1.4826 * 1.495),
        ([1.0, 2.0, 3.0, 4.0, 50.0], None, 1.4826 * 1.206),
        ([-1.0, 1.0, 3.0], 0.0, 1.4826 * 1.495),
    ],
)
def test_the_deviation_ignores_what_lies_far_off(values: list[float], center: float | None, expected: float) -> None:
    assert robust_deviation(values, center) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], None),
        ([(1.0, 1.0)], None),
        ([(1.0, 1.0), (1.0, 2.0)], None),
        ([(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)], 2.0),
        ([(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0), (5.0, 500.0)], 1.0),
    ],
)
def test_the_slope_is_that_of_most_pairs(points: list[tuple[float, float]], expected: float | None) -> None:
    assert slope(points) == expected


@given(RATIOS, st.floats(0.001, 0.3), st.floats(0.5, 0.999))
def test_an_interval_holds_its_estimate_and_grows_with_noise(rounds: list[float], noise: float, sure: float) -> None:
    interval, louder = combine(rounds, floor=noise, confidence=sure), combine(rounds, floor=2 * noise, confidence=sure)
    assert louder.low <= interval.low <= interval.mid <= interval.high <= louder.high
    assert louder.mid == interval.mid
    assert interval.low <= median_interval(rounds).low


@given(RATIOS)
def test_swapping_the_sides_mirrors_the_interval(rounds: list[float]) -> None:
    interval, mirrored = combine(rounds), combine([-ratio for ratio in rounds])
    assert (mirrored.low, mirrored.mid, mirrored.high) == pytest.approx((-interval.high, -interval.mid, -interval.low))


@given(RATIOS, st.floats(0.001, 0.2), st.floats(1e-6, 0.2))
def test_less_noise_and_a_looser_error_never_turn_faster_into_less(
    rounds: list[float], noise: float, error: float
) -> None:
    if decide(rounds, 1.05, floor=2 * noise, error=error) is Decision.FASTER:
        assert decide(rounds, 1.05, floor=noise, error=error) is Decision.FASTER
        assert decide(rounds, 1.05, floor=2 * noise, error=1.5 * error) is Decision.FASTER
        assert decide([ratio + 0.1 for ratio in rounds], 1.05, floor=2 * noise, error=error) is Decision.FASTER


@given(RATIOS)
def test_faster_is_never_said_of_what_may_be_less_than_the_floor(rounds: list[float]) -> None:
    if decide(rounds, 1.05) is Decision.FASTER:
        assert len(rounds) >= MIN_ROUNDS
        assert sorted(rounds)[len(rounds) // 4] > math.log(1.02)


def test_all_candidates_of_a_function_share_one_error() -> None:
    shares = [error_share(attempt) for attempt in range(1, 500)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) < ERROR


def simulated(effect: float, rng: random.Random, *, noise: float = 0.01, attempt: int = 1) -> tuple[Decision, int]:
    """Rounds as they are measured here: a process is off by `noise`, now and then by 20 %; before a gain is believed
    that is not a loud one, identical code is measured.
    """

    def measured() -> float:
        return rng.gauss(0, 0.2 if rng.random() < 0.02 else noise)

    rounds: list[float] = []
    identical: list[float] = []
    error = error_share(attempt)
    while True:
        rounds.append(math.log(effect) + measured())
        decision = decide(rounds, 1.05, identical=identical, error=error)
        loud = decide(rounds, 1.05, floor=LOUD_NOISE, error=error) is Decision.FASTER
        if decision is Decision.FASTER and not loud and not identical:
            identical = [measured() for _ in range(ENOUGH_ROUNDS)]
            decision = decide(rounds, 1.05, identical=identical, error=error)
        if decision is not Decision.UNDECIDED:
            return decision, len(rounds)


@pytest.mark.parametrize("noise", [0.005, 0.01, 0.03, 0.07, 0.15, 0.3])
def test_of_identical_candidates_hardly_one_in_two_hundred_functions_has_one_called_faster(noise: float) -> None:
    rng = random.Random(1)
    faster = sum(
        any(simulated(1.0, rng, noise=noise, attempt=k)[0] is Decision.FASTER for k in range(1, CANDIDATES + 1))
        for _ in range(1000)
    )
    assert faster / 1000 <= ERROR


def test_what_leans_one_way_in_all_rounds_of_a_loud_function_is_hardly_ever_called_faster() -> None:
    """One side may have the worse place in memory in every round; that is no larger than what rounds differ by."""
    rng, noise, faster = random.Random(2), 0.08, 0
    for _ in range(500):
        lean = math.exp(rng.gauss(0, 0.3 * noise))
        faster += any(
            simulated(lean, rng, noise=noise, attempt=k)[0] is Decision.FASTER for k in range(1, CANDIDATES + 1)
        )
    assert faster / 500 <= 2 * ERROR


@pytest.mark.parametrize(
    ("probability", "degrees", "quantile"),
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.9975, 2, 14.089),
        (0.975, 5, 2.571),
        (0.995, 10, 3.169),
        (0.9, 30, 1.310),
    ],
)
def test_quantiles_of_student(probability: float, degrees: int, quantile: float) -> None:
    assert student_quantile(probability, degrees) == pytest.approx(quantile, abs=6e-4)


@pytest.mark.parametrize(("effect", "least"), [(1.10, 0.90), (1.30, 0.99), (3.0, 0.99)])
@pytest.mark.parametrize("attempt", [1, CANDIDATES])
def test_true_effects_are_found(effect: float, least: float, attempt: int) -> None:
    rng = random.Random(2)
    found = sum(simulated(effect, rng, attempt=attempt)[0] is Decision.FASTER for _ in range(500))
    assert found / 500 >= least


@pytest.mark.parametrize(("effect", "most"), [(0.5, 2.1), (1.0, 3.5), (2.0, 3.1)])
def test_what_is_clear_is_decided_soon(effect: float, most: float) -> None:
    rng = random.Random(3)
    assert sum(simulated(effect, rng)[1] for _ in range(300)) / 300 <= most


def test_the_number_of_rounds_is_bounded() -> None:
    rng = random.Random(3)
    counts = [simulated(1.045, rng, noise=0.03)[1] for _ in range(200)]
    assert MIN_ROUNDS <= min(counts) <= max(counts) <= MAX_ROUNDS_AHEAD
    identical = sorted(simulated(1.0, rng, noise=0.03)[1] for _ in range(200))
    assert identical[-2] <= MAX_ROUNDS


def test_rounds_that_differ_are_made_up_for_by_more() -> None:
    rng = random.Random(2)
    found = sum(simulated(1.10, rng, noise=0.05)[0] is Decision.FASTER for _ in range(300))
    assert found / 300 >= 0.9
