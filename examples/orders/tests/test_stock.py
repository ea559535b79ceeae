import pytest

from orderdesk.stock import (
    after_delivery,
    all_delivered,
    last_movements,
    levels_backwards,
    missing_articles,
    pack_parcels,
    take,
    take_all,
)


@pytest.mark.parametrize(
    ("weights", "limit", "parcels"),
    [
        ([], 100, []),
        ([40], 100, [[40]]),
        ([40, 60, 1], 100, [[40, 60], [1]]),
        ([140, 10, 90, 10], 100, [[140], [10, 90], [10]]),
        ([5] * 7, 10, [[5, 5], [5, 5], [5, 5], [5]]),
        ([30, 30, 30], 0, [[30], [30], [30]]),
    ],
)
def test_parcels(weights, limit, parcels):
    before = list(weights)
    assert pack_parcels(weights, limit) == parcels
    assert weights == before


def test_no_parcel_of_a_busy_day_is_too_heavy(rng):
    weights = [rng.randint(20, 900) for _ in range(2000)]
    parcels = pack_parcels(weights, 2000)
    assert [weight for parcel in parcels for weight in parcel] == weights
    assert max(map(sum, parcels)) <= 2000


def test_levels_backwards(rng):
    assert levels_backwards(5, []) == []
    assert levels_backwards(5, [5]) == [0]
    assert levels_backwards(7, [10, -2, -1]) == [0, 10, 8]
    movements = [rng.randint(-20, 20) for _ in range(1000)]
    levels = levels_backwards(sum(movements), movements)
    assert levels[0] == 0
    assert all(level + movement == after for level, movement, after in zip(levels, movements, levels[1:]))


def test_last_movements_come_first_and_the_card_stays():
    card = [5, -2, 12, -1]
    assert last_movements(card, 2) == [-1, 12]
    assert card == [5, -2, 12, -1]
    assert last_movements([], 3) == []
    assert last_movements([5], 3) == [5]
    assert last_movements(list(range(600)), 3) == [599, 598, 597]


def test_missing_articles(articles):
    shelf = {article: 0 for article in articles[50:]}
    assert missing_articles(articles[:100], shelf) == articles[:50]
    assert missing_articles(["x", "y", "x"], {"y": 3}) == ["x", "x"]
    assert missing_articles([], {"y": 3}) == []
    assert missing_articles(["y"], {}) == ["y"]


def test_a_delivery_leaves_the_old_shelf_alone(articles, rng):
    shelf = {"AB-120": 3, "CD-990": 0}
    assert after_delivery(shelf, {"CD-990": 5, "EF-100": 1}) == {"AB-120": 3, "CD-990": 5, "EF-100": 1}
    assert shelf == {"AB-120": 3, "CD-990": 0}
    assert after_delivery({}, {}) == {}
    full = {article: rng.randint(0, 40) for article in articles}
    assert after_delivery(full, {}) == full
    assert sum(after_delivery(full, {articles[0]: 7}).values()) == sum(full.values()) + 7


def test_take_says_whether_it_was_all():
    shelf = {"AB-120": 3}
    assert take(shelf, "AB-120", 2)
    assert not take(shelf, "AB-120", 2)
    assert not take(shelf, "CD-990", 1)
    assert shelf == {"AB-120": 0}


def test_every_article_is_taken_even_after_one_was_missing(articles):
    shelf = {"AB-120": 3, "CD-990": 1, "EF-100": 4}
    assert not take_all(shelf, [("AB-120", 1), ("CD-990", 2), ("EF-100", 4)])
    assert shelf == {"AB-120": 2, "CD-990": 0, "EF-100": 0}
    assert take_all(shelf, [("AB-120", 2)])
    assert take_all(shelf, [])
    full = dict.fromkeys(articles, 2)
    assert take_all(full, [(article, 1) for article in articles])
    assert not take_all(full, [(article, 2) for article in articles])
    assert set(full.values()) == {0}


def test_all_delivered(articles):
    assert all_delivered([], [])
    assert all_delivered(["a"], ["b", "a"])
    assert not all_delivered(["a", "c"], ["b", "a"])
    assert all_delivered(articles, articles)
    assert not all_delivered(["nothing like it", *articles], articles)
