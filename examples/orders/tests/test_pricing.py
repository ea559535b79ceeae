import statistics

import pytest

from orderdesk.models import Line
from orderdesk.pricing import (
    basket_total,
    cost_shares,
    first_offer,
    is_wholesale,
    lowest_offer,
    price_points,
    running_median,
)


def test_shares_add_up(rng):
    assert cost_shares([]) == []
    assert cost_shares([200]) == [1.0]
    assert cost_shares([1, 1, 2]) == [0.25, 0.25, 0.5]
    assert cost_shares([0, 300, 100]) == [0.0, 0.75, 0.25]
    assert sum(cost_shares([rng.randint(100, 90_000) for _ in range(200)])) == pytest.approx(1, abs=0.02)


def test_shares_of_nothing_cannot_be():
    with pytest.raises(ZeroDivisionError):
        cost_shares([0, 0])


def test_lowest_offer(rng):
    assert lowest_offer([]) is None
    assert lowest_offer([7]) == 7
    assert lowest_offer([1999, 1850, 2400, 1850]) == 1850
    offers = [rng.randint(500, 90_000) for _ in range(800)]
    assert lowest_offer(offers) == min(offers)
    assert offers != sorted(offers)


def test_first_offer_is_the_first_that_came(rng):
    assert first_offer({"Huber": 1999, "Moser": 1850}) == 1999
    assert first_offer({f"supplier {n}": rng.randint(1, 999) + n for n in range(300)}) < 1000
    with pytest.raises(IndexError):
        first_offer({})


def test_price_points_in_order_of_appearance(rng):
    assert list(price_points([500, 300, 500, 100]).items()) == [(500, 2), (300, 1), (100, 1)]
    assert price_points([]) == {}
    prices = [99 + 100 * rng.randrange(30) for _ in range(800)]
    points = price_points(prices)
    assert sum(points.values()) == 800
    assert list(points) == list(dict.fromkeys(prices))


def test_basket_total(lines):
    assert basket_total([]) == 0
    assert basket_total([Line("AB-120", 3, 250)]) == 750
    assert basket_total([Line("AB-120", 3, 250), Line("CD-990", 0, 1), Line("EF-100", 1, 49)]) == 799
    assert basket_total(lines) == sum(line.total() for line in lines)
    assert basket_total(lines[:7]) == sum(line.total() for line in lines[:7])


@pytest.mark.parametrize(
    ("quantities", "threshold", "wholesale"),
    [
        ([], 10, False),
        ([9, 8, 7], 10, False),
        ([1, 10], 10, True),
        ([11], 10, True),
        ([3] * 400, 10, False),
        ([3] * 400 + [12], 10, True),
        ([0], 0, True),
    ],
)
def test_wholesale(quantities, threshold, wholesale):
    assert is_wholesale(quantities, threshold) is wholesale


def test_running_median(rng):
    assert running_median([]) == []
    assert running_median([5, 1, 3, 9]) == [5, 5, 3, 5]
    prices = [rng.randint(1, 999) for _ in range(400)]
    medians = running_median(prices)
    assert medians[-1] == statistics.median_high(prices)
    assert medians[99] == statistics.median_high(prices[:100])
